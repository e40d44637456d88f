/** Reads files and commits from a git directory without a work tree, for the miner. */
import { spawnSync } from 'node:child_process'

const MAX_OUTPUT_BYTES = 2 ** 31 - 1
const MAX_FILE_BYTES = 400_000

export interface Blob {
  readonly path: string
  readonly bytes: Uint8Array
}

/** Old side and context of the hunks of one modified file. */
export interface Touched {
  readonly subject: string
  readonly path: string
  readonly text: string
}

function git(folder: string, args: readonly string[], input = ''): Buffer {
  const { stdout, status, error } = spawnSync('git', ['--git-dir', folder, ...args], {
    input,
    maxBuffer: MAX_OUTPUT_BYTES,
    env: { ...process.env, GIT_NO_LAZY_FETCH: '1' },
  })
  if (status !== 0) throw new Error(`git ${args[0]} failed in ${folder}`, { cause: error })
  return stdout
}

/** Files of a commit in git's order, except large ones. */
export function blobsOf(folder: string, commit: string, wanted: (path: string) => boolean): Blob[] {
  const listed = git(folder, ['ls-tree', '-r', '-l', '-z', commit]).toString().split('\0')
  const files = listed.flatMap((line) => {
    const [, hash, size, path] = /^100\d+ blob (\w+) +(\d+)\t(.+)$/s.exec(line) ?? []
    return hash && path && Number(size) < MAX_FILE_BYTES && wanted(path) ? [{ hash, path }] : []
  })
  const out = git(folder, ['cat-file', '--batch'], files.map(({ hash }) => `${hash}\n`).join(''))
  let at = 0
  return files.map(({ path }) => {
    const line = out.indexOf(10, at)
    const size = Number(out.toString('latin1', at, line).split(' ')[2])
    const bytes = out.subarray(line + 1, line + 1 + size)
    at = line + size + 2
    return { path, bytes }
  })
}

export interface TouchedFilter {
  /** Maximum number of commits. */
  readonly limit: number
  readonly extensions: readonly string[]
  wanted(path: string): boolean
}

/**
 * For each of the last non-merge commits that modified one to four wanted files: its subject with each of these files.
 */
export function touchedFiles(folder: string, commit: string, { limit, extensions, wanted }: TouchedFilter): Touched[] {
  const log = git(folder, [
    'log',
    '--no-merges',
    '--no-renames',
    '--diff-filter=M',
    '-p',
    '-U6',
    `--max-count=${limit}`,
    '--format=%x01%s%x02',
    commit,
    '--',
    ...extensions.map((extension) => `*.${extension}`),
    ':(exclude)vendor/**',
    ':(exclude)**/vendor/**',
  ])
  const touched: Touched[] = []
  for (let at = 0; at < log.length; ) {
    // Decoded commit by commit, because a log can exceed the maximum string length.
    const next = log.indexOf(1, at + 1)
    const [subject = '', patch = ''] = log.toString('utf8', at + 1, next < 0 ? log.length : next).split('\u0002')
    const files = patch.split(/^diff --git .*$/m).slice(1)
    const inCommit = files.flatMap((file) => {
      const path = /^\+\+\+ b\/(.*)$/m.exec(file)?.[1]
      return path && wanted(path) ? [{ subject, path, text: oldSide(file) }] : []
    })
    if (inCommit.length <= 4) touched.push(...inCommit)
    at = next < 0 ? log.length : next
  }
  return touched
}

/** The first four hunks with git's hunk headings, without the added lines. */
function oldSide(file: string): string {
  const hunks = file
    .split(/^@@ /m)
    .slice(1, 5)
    .map((hunk) => {
      const [heading = '', ...lines] = hunk.split('\n')
      const old = lines.filter((line) => !line.startsWith('+')).map((line) => line.slice(1))
      return [heading.slice(heading.indexOf('@@') + 2), ...old].join('\n')
    })
  return hunks.join('\n')
}
