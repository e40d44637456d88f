/** The tree of files on disk that every peer gets, and how it is written from a git mirror. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Roughly the default limit of the other programs. */
const MAX_FILE_BYTES = 1 << 20
const MAX_OUTPUT_BYTES = 1 << 30

export interface TextFile {
  readonly path: string
  readonly text: string
  readonly lines: readonly string[]
}

export class Tree {
  readonly root: string
  private readonly linesByPath = new Map<string, readonly string[]>()
  private all: readonly TextFile[] | null = null
  constructor(root: string) {
    this.root = root
  }

  /** All text files up to 1 MiB, sorted by path. */
  files(): readonly TextFile[] {
    this.all ??= readdirSync(this.root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => this.relative(join(entry.parentPath, entry.name)))
      .sort()
      .flatMap((path) => {
        const bytes = readFileSync(join(this.root, path))
        if (bytes.length > MAX_FILE_BYTES || bytes.subarray(0, 8000).includes(0)) return []
        const text = bytes.toString('utf8')
        const lines = text.split(/\r?\n/)
        this.linesByPath.set(path, lines)
        return [{ path, text, lines }]
      })
    return this.all
  }

  /** Lines of a file; empty when there is no such file. */
  lines(path: string): readonly string[] {
    const known = this.linesByPath.get(path)
    if (known) return known
    const file = join(this.root, path)
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split(/\r?\n/) : []
    this.linesByPath.set(path, lines)
    return lines
  }

  /** Converts a path as peers print it to one relative to the root, with forward slashes. */
  relative(path: string): string {
    const plain = path.replaceAll('\\', '/')
    const root = `${this.root.replaceAll('\\', '/')}/`
    return (plain.startsWith(root) ? plain.slice(root.length) : plain).replace(/^\.\//, '')
  }
}

/** The git directory of a repository's mirror; null when there is none. */
function gitDir(mirrors: string, repo: string): string | null {
  const folder = join(mirrors, repo.replace('/', '+'), 'repo')
  return [join(folder, '.git'), folder].find((dir) => existsSync(join(dir, 'HEAD'))) ?? null
}

export const hasMirror = (mirrors: string, repo: string): boolean => gitDir(mirrors, repo) !== null

function git(dir: string, args: readonly string[], input = ''): Buffer {
  const env = { ...process.env, GIT_NO_LAZY_FETCH: '1' }
  const run = spawnSync('git', ['--git-dir', dir, ...args], { input, env, maxBuffer: MAX_OUTPUT_BYTES })
  if (run.status !== 0) throw new Error(`git ${args[0]} failed: ${run.stderr}`)
  return run.stdout
}

/**
 * Writes the files of a commit, unless that was done before. Mirrors may be partial clones: absent blobs are skipped,
 * where a checkout would fail. Symbolic links and submodules are skipped, too, and there is no `.git`.
 */
export function writeTree(mirrors: string, repo: string, commit: string, into: string): void {
  if (existsSync(into)) return
  const dir = gitDir(mirrors, repo)
  if (!dir) throw new Error(`There is no mirror of ${repo}.`)
  const listed = git(dir, ['ls-tree', '-r', '-z', commit]).toString('utf8').split('\0')
  const blobs = listed.flatMap((row) => {
    const [, mode, id, path] = /^(\d+) blob (\w+)\t(.*)$/s.exec(row) ?? []
    return id && path && mode !== '120000' ? [{ id, path }] : []
  })
  const part = `${into}.part`
  rmSync(part, { recursive: true, force: true })
  const out = git(dir, ['cat-file', '--batch'], blobs.map(({ id }) => `${id}\n`).join(''))
  let at = 0
  for (const { path } of blobs) {
    const end = out.indexOf(10, at)
    const [, kind, size] = out.toString('utf8', at, end).split(' ')
    at = end + 1
    if (kind !== 'blob') continue
    const file = join(part, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, out.subarray(at, at + Number(size)))
    at += Number(size) + 1
  }
  renameSync(part, into)
}
