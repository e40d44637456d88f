/** What the miner reads of a git directory without a work tree. */
import { spawnSync } from 'node:child_process'

const MAX_OUTPUT = 2 ** 31 - 1
const MAX_FILE = 400_000

export interface Blob {
  readonly path: string
  readonly bytes: Uint8Array
}

/** Old side and context of the hunks of one touched file. */
export interface Touched {
  readonly subject: string
  readonly path: string
  readonly text: string
}

function git(folder: string, args: readonly string[], input = ''): Buffer {
  const { stdout, status, error } = spawnSync('git', ['--git-dir', folder, ...args], {
    input,
    maxBuffer: MAX_OUTPUT,
    env: { ...process.env, GIT_NO_LAZY_FETCH: '1' },
  })
  if (status !== 0) throw new Error(`git ${args[0]} failed in ${folder}`, { cause: error })
  return stdout
}

/** Files of a commit, in git's order, without large ones. */
export function blobsOf(folder: string, commit: string, wanted: (path: string) => boolean): Blob[] {
  const listed = git(folder, ['ls-tree', '-r', '-l', '-z', commit]).toString().split('\0')
  const files = listed.flatMap((line) => {
    const [, hash, size, path] = /^100\d+ blob (\w+) +(\d+)\t(.+)$/s.exec(line) ?? []
    return hash && path && Number(size) < MAX_FILE && wanted(path) ? [{ hash, path }] : []
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

/** Of the last commits but merges: the subject with each of the one to four modified files that are wanted. */
export function touchedFiles(
  folder: string,
  commit: string,
  limit: number,
  extensions: readonly string[],
  wanted: (path: string) => boolean,
): Touched[] {
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
    // By pieces, because a log may be longer than a string can be.
    const next = log.indexOf(1, at + 1)
    const [subject = '', patch = ''] = log.toString('utf8', at + 1, next < 0 ? log.length : next).split('\u0002')
    const files = patch.split(/^diff --git .*$/m).slice(1)
    const kept = files.flatMap((file) => {
      const path = /^\+\+\+ b\/(.*)$/m.exec(file)?.[1]
      return path && wanted(path) ? [{ subject, path, text: oldSide(file) }] : []
    })
    if (kept.length <= 4) touched.push(...kept)
    at = next < 0 ? log.length : next
  }
  return touched
}

/** The first four hunks, each with the heading git gives it, without the added lines. */
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
