/**
 * A temporary copy of a bounded part of a repository, with an index of its own. Benches plant code in the copy, never
 * in the repository itself.
 */
import { execFileSync } from 'node:child_process'
import { copyFileSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { Engine } from '../engine/engine.ts'
import { EngineError } from '../engine/types/run.ts'
import { stderrLog } from '../host/log.ts'
import { openWorkspace } from '../host/open.ts'
import { readWorld, sample, type World } from './questions.ts'
import { type BenchSetting, logProgress, runOf } from './setting.ts'

const MAX_FILES = 3000
const MAX_BYTES = 30_000_000
/** The indexer skips larger files, too. */
const MAX_FILE_BYTES = 1_000_000
/** Upper bound for the output of `git ls-files`. */
const MAX_LISTED_BYTES = 256 * 1024 * 1024

export interface BenchCopy {
  readonly root: string
  readonly engine: Engine
  /** Sentences that say what was left out of the copy. */
  readonly notes: readonly string[]
  /** Text of a file; a missing file reads as empty. */
  read(path: string): string
  write(path: string, text: string): void
  /** Updates the index after writes. */
  index(): Promise<World>
}

/** Copies the repository, opens and indexes the copy, runs `work` and closes it. The caller removes the folder. */
export async function withCopy<T>(
  setting: BenchSetting,
  work: (copy: BenchCopy, world: World) => Promise<T>,
): Promise<T> {
  const source = resolve(setting.dir)
  const root = join(setting.folder, 'copy')
  const { paths, notes } = choose(source, setting.seed)
  if (paths.length === 0) throw new EngineError('input', `${source} contains no files: choose another folder.`)
  for (const path of paths) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    copyFileSync(join(source, path), join(root, path))
  }
  logProgress(`indexing a copy of ${paths.length} files`)
  return withFolder(setting, root, notes, work)
}

/** Like `withCopy`, over a folder that already exists. */
export async function withFolder<T>(
  setting: BenchSetting,
  root: string,
  notes: readonly string[],
  work: (copy: BenchCopy, world: World) => Promise<T>,
): Promise<T> {
  mkdirSync(root, { recursive: true })
  const engine = await openWorkspace([root], stderrLog)
  const copy: BenchCopy = {
    ...{ root, engine, notes },
    read: (path) => textOf(join(root, path)),
    write: (path, text) => {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    },
    async index() {
      await engine.index(runOf(setting))
      setting.signal.throwIfAborted()
      return readWorld(engine, root)
    },
  }
  try {
    return await work(copy, await copy.index())
  } finally {
    await engine.close()
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** Picks whole folders in a random order until the limit of files or bytes is reached. */
function choose(root: string, seed: number): { readonly paths: readonly string[]; readonly notes: readonly string[] } {
  const sizes = new Map(listFiles(root).flatMap((path) => sizeOf(root, path)))
  const folders = new Map<string, string[]>()
  for (const path of [...sizes.keys()].sort()) {
    const siblings = folders.get(dirname(path)) ?? []
    siblings.push(path)
    folders.set(dirname(path), siblings)
  }
  const order = sample([...folders.values()], folders.size, seed).flat()
  const paths: string[] = []
  let bytes = 0
  for (const path of order) {
    const size = sizes.get(path) ?? 0
    if (paths.length >= MAX_FILES || bytes + size > MAX_BYTES) break
    paths.push(path)
    bytes += size
  }
  const cut = `The copy holds ${paths.length} of ${order.length} files: at most ${MAX_FILES} and ${MAX_BYTES / 1e6} MB are measured.`
  return { paths, notes: paths.length < order.length ? [cut] : [] }
}

function sizeOf(root: string, path: string): readonly (readonly [path: string, size: number])[] {
  const found = lstatSync(join(root, path), { throwIfNoEntry: false })
  return found?.isFile() && found.size <= MAX_FILE_BYTES ? [[path, found.size]] : []
}

/** Lists the files git would track; outside a repository, all files except `.git` and `node_modules`. */
function listFiles(root: string): readonly string[] {
  const tracked = listTracked(root)
  if (tracked.length) return tracked
  const found: string[] = []
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder ? `${folder}/${entry.name}` : entry.name
      if (entry.isFile()) found.push(path)
      else if (entry.isDirectory() && entry.name !== '.git' && entry.name !== 'node_modules') walk(path)
    }
  }
  walk('')
  return found
}

function listTracked(root: string): readonly string[] {
  try {
    // A repository's config can name an fsmonitor program that git would run.
    const args = ['-c', 'core.fsmonitor=false', 'ls-files', '-z', '--cached', '--others', '--exclude-standard']
    const text = execFileSync('git', args, {
      ...{ cwd: root, encoding: 'utf8', maxBuffer: MAX_LISTED_BYTES, stdio: ['ignore', 'pipe', 'ignore'] },
    })
    return [...new Set(text.split('\0').filter(Boolean))]
  } catch {
    return []
  }
}
