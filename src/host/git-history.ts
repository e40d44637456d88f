/**
 * The History port over the `git` command. Git runs read-only, and without starting any program or network access that
 * the repository's settings ask for. Without git, or outside a repository, all results are empty.
 */
import { execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve as resolvePath } from 'node:path'
import { StringDecoder } from 'node:string_decoder'
import type { History, LineOrigin } from '../engine/ports.ts'
import type { Commit } from '../engine/types/tree.ts'

const TIME_LIMIT_MS = 20_000
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024

/** Overrides of the settings with which a repository could make git run a program. */
const SAFE_SETTINGS = [
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'log.showSignature=false',
  'protocol.allow=never',
]

/** Variables that point git at a repository other than the folder's, as they do inside a hook. */
const REDIRECTING_VARIABLES =
  /^GIT_(DIR|WORK_TREE|INDEX_FILE|PREFIX|COMMON_DIR|NAMESPACE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|CONFIG_PARAMETERS|EXTERNAL_DIFF|LITERAL_PATHSPECS|GLOB_PATHSPECS|NOGLOB_PATHSPECS|ICASE_PATHSPECS)$/

interface Output {
  readonly ok: boolean
  /** The output until the process ended or a limit was reached. */
  readonly text: string
}

export interface GitOptions {
  readonly signal?: AbortSignal
  readonly env?: Readonly<Record<string, string>>
  readonly limitMs?: number
}

function spawnOptions(options: GitOptions = {}) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !REDIRECTING_VARIABLES.test(name)))
  return {
    env: {
      ...env,
      GIT_NO_LAZY_FETCH: '1',
      GIT_TERMINAL_PROMPT: '0',
      GIT_ALLOW_PROTOCOL: 'none',
      LC_ALL: 'C',
      ...options.env,
    },
    // Not in the workspace: on Windows a `git.exe` in the current folder would take precedence.
    cwd: dirname(process.execPath),
    timeout: options.limitMs ?? TIME_LIMIT_MS,
    ...(options.signal && { signal: options.signal }),
    killSignal: 'SIGKILL' as const,
    windowsHide: true,
  }
}

function commandLine(root: string, settings: readonly string[], args: readonly string[]): string[] {
  const safe = SAFE_SETTINGS.flatMap((setting) => ['-c', setting])
  return [...safe, ...settings, '--no-optional-locks', '-C', resolvePath(root), ...args]
}

export function git(root: string, args: readonly string[], options: GitOptions = {}): Promise<Output> {
  const execOptions = { ...spawnOptions(options), maxBuffer: MAX_OUTPUT_BYTES }
  return new Promise((resolve) => {
    try {
      execFile('git', commandLine(root, [], args), execOptions, (error, text) =>
        resolve({ ok: !error, text: text ?? '' }),
      )
    } catch {
      resolve({ ok: false, text: '' })
    }
  })
}

/** The one line that git prints; null when it fails or prints nothing. */
export async function line(root: string, args: readonly string[]): Promise<string | null> {
  const { ok, text } = await git(root, args)
  const value = text.replace(/\r?\n$/, '')
  return ok && value !== '' ? value : null
}

async function linesOf(file: string): Promise<readonly string[]> {
  try {
    return (await readFile(file, 'utf8')).replace(/^\uFEFF/, '').split(/\r?\n/)
  } catch {
    return []
  }
}

async function globalExcludes(root: string): Promise<readonly string[]> {
  const { ok, text } = await git(root, ['config', '--type=path', '-z', '--get', 'core.excludesFile'])
  const file = text.replace(/\0$/, '')
  if (ok)
    return file === '' ? [] : linesOf(resolvePath((await line(root, ['rev-parse', '--show-toplevel'])) ?? root, file))
  return linesOf(join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'git', 'ignore'))
}

const MAX_BODY_CHARS = 400
const TRAILER = /^[\w-]+: .*$|^\(cherry picked from .*$/gm

/** One record per commit: \x01 hash \x02 subject \x02 body \x02, then the paths, each ended by NUL. */
function parseLog(text: string): readonly Commit[] {
  return text
    .split('\x01')
    .slice(1)
    .flatMap((record) => {
      const [hash, subject, body, tail] = record.split('\x02')
      if (hash === undefined || subject === undefined || body === undefined || tail === undefined) return []
      const paths = tail
        .replace(/^[\0\n]+/, '')
        .split('\0')
        .filter((path) => path !== '')
      return [{ hash, subject, body: body.replace(TRAILER, '').trim().slice(0, MAX_BODY_CHARS), paths, hunks: [] }]
    })
}

const HUNK = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/
type Hunks = Map<string, Map<string, Int32Array>>

/** Reads a log of patches without context, line by line; the content of a hunk is skipped by its length. */
class PatchReader {
  readonly result: Hunks = new Map()
  private paths = new Map<string, Int32Array>()
  private path = ''
  private hunks: number[] = []
  private linesToSkip = 0

  line(text: string): void {
    if (this.linesToSkip > 0) {
      // "\\ No newline at end of file" belongs to no side.
      if (!text.startsWith('\\')) this.linesToSkip--
      return
    }
    if (text.startsWith('\x01')) {
      this.close()
      this.paths = new Map()
      this.result.set(text.slice(1), this.paths)
    } else if (text.startsWith('diff ')) this.close()
    else if (text.startsWith('+++ b/')) this.path = text.slice(6).replace(/\t$/, '')
    else if (text.startsWith('@@ ')) {
      const match = HUNK.exec(text)
      if (!match) return
      const [before, removed, after, added] = [1, 2, 3, 4].map((i) => Number(match[i] ?? 1)) as [
        number,
        number,
        number,
        number,
      ]
      this.hunks.push(before, removed, after, added)
      this.linesToSkip = removed + added
    }
  }

  close(): void {
    if (this.path && this.hunks.length) this.paths.set(this.path, Int32Array.from(this.hunks))
    this.path = ''
    this.hunks = []
  }
}

function readHunks(root: string, hashes: readonly string[]): Promise<Hunks> {
  const args = [
    ...['log', '--no-walk=unsorted', '--stdin', '-p', '-U0', '--no-color', '--no-renames', '--no-ext-diff'],
    ...['--no-textconv', '--relative', '--src-prefix=a/', '--dst-prefix=b/', '--format=%x01%H'],
  ]
  const reader = new PatchReader()
  return new Promise((resolve) => {
    const child = spawn('git', commandLine(root, ['-c', 'core.quotePath=false'], args), {
      ...spawnOptions(),
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    const decoder = new StringDecoder('utf8')
    let rest = ''
    child.stdout.on('data', (bytes: Buffer) => {
      const lines = (rest + decoder.write(bytes)).split('\n')
      rest = lines.pop() ?? ''
      for (const text of lines) reader.line(text)
    })
    const end = () => {
      reader.close()
      resolve(reader.result)
    }
    child.on('error', end)
    child.on('close', end)
    child.stdin.on('error', () => {})
    child.stdin.end(`${hashes.join('\n')}\n`)
  })
}

const BLAME_TIMEOUT_MS = 3000
const MAX_ORIGINS = 4
const MAX_MESSAGE_CHARS = 1200

/** Commit hash → number of lines, from `git blame --porcelain`; uncommitted lines have no commit. */
function lineCountsByCommit(porcelain: string): Map<string, number> {
  const counts = new Map<string, number>()
  for (const [, hash] of porcelain.matchAll(/^([0-9a-f]{40,64}) \d+ \d+/gm))
    if (!/^0+$/.test(hash!)) counts.set(hash!, (counts.get(hash!) ?? 0) + 1)
  return counts
}

async function blameLines(root: string, path: string, first: number, last: number): Promise<readonly LineOrigin[]> {
  const blame = ['blame', '--porcelain', '-L', `${first},${last}`, '--', path]
  const { ok, text } = await git(root, blame, { limitMs: BLAME_TIMEOUT_MS })
  const counts = lineCountsByCommit(ok ? text : '')
  // In a shallow clone, lines of all earlier commits are attributed to its boundary commit.
  const boundary = [...text.matchAll(/^([0-9a-f]{40,64}) \d+ \d+(?: \d+)?\n(?:(?!\t).*\n)*?boundary$/gm)].map(
    ([, hash]) => hash!,
  )
  const isShallow =
    boundary.length > 0 && (await git(root, ['rev-parse', '--is-shallow-repository'])).text.trim() === 'true'
  if (isShallow) for (const hash of boundary) counts.delete(hash)
  const hashes = [...counts].sort((a, b) => b[1] - a[1]).slice(0, MAX_ORIGINS)
  if (hashes.length === 0) return []
  const show = ['log', '--no-walk=unsorted', '--format=%x01%H%x02%at%x02%s%x02%b', ...hashes.map(([hash]) => hash)]
  const log = await git(root, show, { limitMs: BLAME_TIMEOUT_MS })
  const records = log.text.split('\x01').slice(1)
  return records.flatMap((record): LineOrigin[] => {
    const [hash, seconds, subject, body] = record.split('\x02')
    if (!hash || !subject) return []
    const message = (body ?? '').replace(TRAILER, '').trim().slice(0, MAX_MESSAGE_CHARS)
    return [{ hash, seconds: Number(seconds), subject, body: message, lines: counts.get(hash) ?? 0 }]
  })
}

export const gitHistory: History = {
  blame: blameLines,

  async commits(root, limit, after) {
    const continues =
      after !== null &&
      /^[0-9a-f]{40,64}$/.test(after) &&
      (await git(root, ['merge-base', '--is-ancestor', after, 'HEAD'])).ok
    const { ok, text } = await git(root, [
      ...['log', '--no-merges', '--no-renames', '--no-ext-diff', '--no-textconv', '--name-only', '-z', '--relative'],
      ...['--format=%x01%H%x02%s%x02%b%x02', '-n', String(limit), continues ? `${after}..HEAD` : 'HEAD', '--', '.'],
    ])
    return { commits: parseLog(text), continuesHistory: continues, ok }
  },

  hunks: readHunks,

  async tracked(root) {
    const { ok, text } = await git(root, ['ls-files', '-c', '-z'])
    if (!ok) return null
    const paths = new Set(text.split('\0'))
    paths.delete('')
    return paths
  },

  async excludes(root) {
    const excludeFile = await line(root, ['rev-parse', '--git-path', 'info/exclude'])
    if (excludeFile === null) return []
    const [user, repository] = await Promise.all([globalExcludes(root), linesOf(resolvePath(root, excludeFile))])
    return [...user, ...repository]
  },

  async ignoresCase(root) {
    return (await line(root, ['config', '--type=bool', '--get', 'core.ignoreCase'])) === 'true'
  },

  async head(root) {
    const { ok, text } = await git(root, ['rev-parse', '--git-path', 'shallow', '--revs-only', 'HEAD^{commit}'])
    const [shallow = '', commit = ''] = text.split(/\r?\n/)
    if (!ok || !commit) return null
    const boundary = await readFile(resolvePath(root, shallow), 'utf8').catch(() => '')
    // A deepened clone keeps its commit, but its history must be read again.
    return boundary ? `${commit}+${createHash('sha256').update(boundary).digest('hex').slice(0, 8)}` : commit
  },
}

/** The repository a folder belongs to, the same for all its worktrees; null outside one. */
export async function repositoryOf(root: string): Promise<string | null> {
  const common = await line(root, ['rev-parse', '--git-common-dir'])
  return common === null ? null : resolvePath(root, common)
}

/** For folders in which git must not run. */
export const noHistory: History = {
  commits: async () => ({ commits: [], continuesHistory: false, ok: true }),
  hunks: async () => new Map(),
  blame: async () => [],
  tracked: async () => null,
  excludes: async () => [],
  ignoresCase: async () => false,
  head: async () => null,
}
