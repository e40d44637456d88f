/**
 * The History port over the `git` command. It runs git read-only and so that the repository's own settings start no
 * program and reach no network; without git, or outside a repository, it answers that there is nothing.
 */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Commit } from '../engine/model/tree.ts'
import type { History } from '../engine/ports.ts'

const TIME_LIMIT_MS = 20_000
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024

/** Settings with which a repository could make git run a program. */
const SAFE = ['core.fsmonitor=false', 'core.hooksPath=/dev/null', 'log.showSignature=false', 'protocol.allow=never']

/** Variables that point git at another repository than the folder's own, as inside a hook. */
const REDIRECTS =
  /^GIT_(DIR|WORK_TREE|INDEX_FILE|PREFIX|COMMON_DIR|NAMESPACE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|CONFIG_PARAMETERS|EXTERNAL_DIFF|LITERAL_PATHSPECS|GLOB_PATHSPECS|NOGLOB_PATHSPECS|ICASE_PATHSPECS)$/

interface Output {
  readonly ok: boolean
  /** What was written until the end, or until a limit was reached. */
  readonly text: string
}

export interface GitOptions {
  readonly signal?: AbortSignal
  readonly env?: Readonly<Record<string, string>>
  readonly limitMs?: number
}

export function git(root: string, args: readonly string[], more: GitOptions = {}): Promise<Output> {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !REDIRECTS.test(name)))
  const options = {
    env: {
      ...env,
      GIT_NO_LAZY_FETCH: '1',
      GIT_TERMINAL_PROMPT: '0',
      GIT_ALLOW_PROTOCOL: 'none',
      LC_ALL: 'C',
      ...more.env,
    },
    // Not the workspace: on Windows a `git.exe` in the current folder would be preferred.
    cwd: dirname(process.execPath),
    timeout: more.limitMs ?? TIME_LIMIT_MS,
    ...(more.signal && { signal: more.signal }),
    killSignal: 'SIGKILL' as const,
    maxBuffer: MAX_OUTPUT_BYTES,
    windowsHide: true,
  }
  const all = [...SAFE.flatMap((setting) => ['-c', setting]), '--no-optional-locks', '-C', resolve(root), ...args]
  return new Promise((done) => {
    try {
      execFile('git', all, options, (error, text) => done({ ok: !error, text: text ?? '' }))
    } catch {
      done({ ok: false, text: '' })
    }
  })
}

/** A one-line answer, or null. */
export async function line(root: string, args: readonly string[]): Promise<string | null> {
  const { ok, text } = await git(root, args)
  const value = text.replace(/\r?\n$/, '')
  return ok && value !== '' ? value : null
}

async function lines(file: string): Promise<readonly string[]> {
  try {
    return (await readFile(file, 'utf8')).replace(/^\uFEFF/, '').split(/\r?\n/)
  } catch {
    return []
  }
}

async function globalExcludes(root: string): Promise<readonly string[]> {
  const { ok, text } = await git(root, ['config', '--type=path', '-z', '--get', 'core.excludesFile'])
  const file = text.replace(/\0$/, '')
  if (ok) return file === '' ? [] : lines(resolve((await line(root, ['rev-parse', '--show-toplevel'])) ?? root, file))
  return lines(join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'git', 'ignore'))
}

/** One record a commit: \x01 subject \x02, then the paths, each ended by NUL; git puts newlines between the two. */
function parseLog(text: string): readonly Commit[] {
  const commits: Commit[] = []
  for (const record of text.split('\x01').slice(1)) {
    const end = record.indexOf('\x02')
    if (end < 0) continue
    const paths = record
      .slice(end + 1)
      .replace(/^[\0\n]+/, '')
      .split('\0')
    commits.push({ subject: record.slice(0, end), paths: paths.filter((path) => path !== '') })
  }
  return commits
}

export const gitHistory: History = {
  async commits(root, limit) {
    const { text } = await git(root, [
      'log',
      '--no-merges',
      '--no-renames',
      '--no-ext-diff',
      '--no-textconv',
      '--name-only',
      '-z',
      '--relative',
      '--format=%x01%s%x02',
      '-n',
      String(limit),
      '--',
      '.',
    ])
    return parseLog(text)
  },

  async tracked(root) {
    const { ok, text } = await git(root, ['ls-files', '-c', '-z'])
    if (!ok) return null
    const paths = new Set(text.split('\0'))
    paths.delete('')
    return paths
  },

  async excludes(root) {
    const own = await line(root, ['rev-parse', '--git-path', 'info/exclude'])
    if (own === null) return []
    const [user, repository] = await Promise.all([globalExcludes(root), lines(resolve(root, own))])
    return [...user, ...repository]
  },

  head(root) {
    return line(root, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'])
  },
}

/** The repository a folder belongs to, the same for all its worktrees; null outside one. */
export async function repositoryOf(root: string): Promise<string | null> {
  const common = await line(root, ['rev-parse', '--git-common-dir'])
  return common === null ? null : resolve(root, common)
}
