/**
 * Finds the files of a tree as `git ls-files -co --exclude-standard` does, and lists why others are skipped. Judges by
 * name, size and ignore rules; it reads ignore files only, never content (see `parse/screen.ts`).
 */

import type { FileEntry, Files, History } from '../../ports.ts'
import { EngineError, type Run } from '../../types/run.ts'
import type { Skipped, SkipReason, SourceFile } from '../../types/source.ts'
import { joinPath, parentOf, rootNames, slashed } from './roots.ts'
import { enterRules, exemptFolder, type Rules, topRules, verdict } from './rules.ts'
import { reasonByName } from './skip-by-name.ts'

export interface Walked {
  readonly files: SourceFile[]
  readonly skipped: Skipped[]
}

/** Larger files are listed but not indexed. */
export const MAX_BYTES = 1024 * 1024
/** Folders visited at once, and files of a folder. */
const MAX_CONCURRENCY = 32
/** Files between two progress reports. */
const REPORT_EVERY_FILES = 512

/** What stays the same during the walk of one root. */
interface Walk {
  readonly run: Run
  readonly files: Files
  readonly root: number
  readonly disk: string
  /** Prefix of displayed paths: '' or `name/`. */
  readonly label: string
  /** Where the root is in its repository: '' or `a/b/`. */
  readonly prefix: string
  readonly tracked: ReadonlySet<string>
  /** Folders that contain tracked files, at any depth. */
  readonly trackedFolders: ReadonlySet<string>
  /** Other roots, which are walked separately. */
  readonly otherRoots: ReadonlySet<string>
  readonly result: Walked
}

interface Folder {
  /** Below the root: '' or `a/b`. */
  readonly inner: string
  readonly rules: Rules
  /** Ignored, and entered only for the tracked files in it. */
  readonly trackedOnly: boolean
}

/**
 * All files below the roots, sorted by path. An unreadable root is an error; any other unreadable folder is skipped.
 */
export async function walkFiles(
  run: Run,
  ports: { readonly files: Files; readonly history: History },
  roots: readonly string[],
): Promise<Walked> {
  const keys = roots.map(slashed)
  const names = rootNames(roots)
  const result: Walked = { files: [], skipped: [] }
  for (const [root, path] of roots.entries()) {
    run.signal.throwIfAborted()
    const key = keys[root] ?? path
    const disk = path.replace(/(?<=[^/])\/+$/, '')
    if (keys.indexOf(key) < root) continue
    const [above, tracked, excludes, ignoreCase] = await Promise.all([
      enclosingFolders(ports.files, key),
      ports.history.tracked(disk),
      ports.history.excludes(disk),
      ports.history.ignoresCase(disk),
    ])
    const start = topRules(tracked ? excludes : ['node_modules/', ...excludes], ignoreCase)
    const top = above[0]?.folder
    const prefix = top === undefined ? '' : `${key.slice(top.endsWith('/') ? top.length : top.length + 1)}/`
    const walk: Walk = {
      run,
      files: ports.files,
      root,
      disk,
      label: names[root] ? `${names[root]}/` : '',
      prefix,
      tracked: tracked ?? new Set(),
      trackedFolders: foldersOf(tracked ?? []),
      otherRoots: new Set(keys.filter((other) => other !== key)),
      result,
    }
    const rules = await rulesAbove(walk, above, start)
    await drain<Folder>({ inner: '', rules, trackedOnly: false }, (folder, push) => visit(walk, folder, push))
  }
  result.files.sort(byPath)
  result.skipped.sort(byPath)
  run.report({ stage: 'walk', done: result.files.length, total: result.files.length })
  return result
}

/** The path on disk of a file of the tree. */
export function diskPath(roots: readonly string[], { root, inner }: Pick<SourceFile, 'root' | 'inner'>): string {
  return joinPath(roots[root] ?? '', inner)
}

const byPath = (a: { path: string }, b: { path: string }): number => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)

/** Every ancestor folder of the paths. */
function foldersOf(paths: Iterable<string>): Set<string> {
  const folders = new Set<string>()
  for (const path of paths) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      const folder = path.slice(0, end)
      if (folders.has(folder)) break
      folders.add(folder)
    }
  }
  return folders
}

/** Processes a list that grows meanwhile, some items at a time; the first failure ends it. */
function drain<T>(first: T, work: (item: T, push: (item: T) => void) => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const queue = [first]
    let active = 0
    let failed = false
    const next = (): void => {
      while (!failed && active < MAX_CONCURRENCY && queue.length > 0) {
        active++
        work(queue.pop() as T, (item) => queue.push(item)).then(
          () => {
            active--
            next()
          },
          (error) => {
            failed = true
            reject(error)
          },
        )
      }
      if (!failed && active === 0 && queue.length === 0) resolve()
    }
    next()
  })
}

interface Above {
  readonly folder: string
  readonly entries: readonly FileEntry[]
}

/** Folders from the top of the repository to the root's parent; empty when the root is the top, or in no repository. */
async function enclosingFolders(files: Files, root: string): Promise<readonly Above[]> {
  const found: Above[] = []
  for (let folder: string | null = root; folder; folder = parentOf(folder)) {
    const entries: readonly FileEntry[] = await files.list(folder).catch(() => [])
    if (folder !== root) found.unshift({ folder, entries })
    if (entries.some((entry) => entry.name === '.git')) return found
  }
  return []
}

/** The rules that apply to the root from above. A root that is itself ignored was opened on purpose: it is walked. */
async function rulesAbove(walk: Walk, above: readonly Above[], start: Rules): Promise<Rules> {
  let rules = start
  const parts = walk.prefix.split('/')
  for (const [depth, { folder, entries }] of above.entries()) {
    rules = await readRules(walk, { disk: folder, path: parts.slice(0, depth).join('/'), entries }, rules)
    rules = exemptFolder(rules, parts.slice(0, depth + 1).join('/'))
  }
  return rules
}

interface RulesFolder {
  /** Path on disk. */
  readonly disk: string
  /** Path in the repository. */
  readonly path: string
  readonly entries: readonly FileEntry[]
}

/** Adds a folder's ignore files. Like git, it does not follow an ignore file that is a link. */
async function readRules(walk: Walk, { disk, path, entries }: RulesFolder, rules: Rules): Promise<Rules> {
  const read = (name: string): Promise<Uint8Array | null> =>
    entries.some((entry) => entry.name === name && entry.kind === 'file')
      ? walk.files.read(joinPath(disk, name))
      : Promise.resolve(null)
  const [git, fovea] = await Promise.all([read('.gitignore'), read('.foveaignore')])
  return enterRules(rules, path, git, fovea)
}

async function visit(walk: Walk, folder: Folder, push: (folder: Folder) => void): Promise<void> {
  walk.run.signal.throwIfAborted()
  const disk = joinPath(walk.disk, folder.inner)
  const entries = await list(walk, folder, disk)
  if (!entries) return
  if (isRepository(walk, folder, entries)) return skip(walk, folder.inner, 'submodule')
  const path = walk.prefix + folder.inner
  const rules = await readRules(walk, { disk, path: path.replace(/\/$/, ''), entries }, folder.rules)
  const entered: Folder = { ...folder, rules }
  const found: FileEntry[] = []
  for (const entry of entries) {
    if (entry.name === '.git' || entry.kind === 'other') continue
    const inner = folder.inner === '' ? entry.name : `${folder.inner}/${entry.name}`
    if (entry.kind === 'folder') {
      const child = enter(walk, entered, inner)
      if (child) push(child)
    } else if (isWanted(walk, entered, inner)) {
      if (entry.kind === 'link') skip(walk, inner, 'link')
      else found.push(entry)
    }
  }
  for (let at = 0; at < found.length; at += MAX_CONCURRENCY) {
    walk.run.signal.throwIfAborted()
    await Promise.all(found.slice(at, at + MAX_CONCURRENCY).map((entry) => add(walk, folder, entry.name)))
  }
}

async function list(walk: Walk, folder: Folder, disk: string): Promise<readonly FileEntry[] | null> {
  try {
    return await walk.files.list(disk)
  } catch {
    if (folder.inner === '') {
      const problem = `The folder ${walk.disk} does not exist or cannot be read`
      throw new EngineError('input', `${problem}: check the path and its permissions, then index again.`)
    }
    skip(walk, folder.inner, 'unreadable')
    return null
  }
}

/** A repository inside the tree: checked out, or the empty folder of a submodule that is not. */
function isRepository(walk: Walk, folder: Folder, entries: readonly FileEntry[]): boolean {
  if (folder.inner === '' || walk.trackedFolders.has(folder.inner)) return false
  if (entries.length === 0) return walk.tracked.has(folder.inner)
  return entries.some((entry) => entry.name === '.git')
}

/** The next folder to visit, or null when nothing below it is needed. */
function enter(walk: Walk, folder: Folder, inner: string): Folder | null {
  if (walk.otherRoots.size > 0 && walk.otherRoots.has(slashed(joinPath(walk.disk, inner)))) return null
  const path = walk.prefix + inner
  const fovea = verdict(folder.rules.fovea, `${path}/`)
  if (fovea === 'ignored') return null
  const git = fovea === 'kept' ? fovea : folder.trackedOnly ? 'ignored' : verdict(folder.rules.git, `${path}/`)
  if (folder.trackedOnly || git === 'ignored') {
    const hasTracked = walk.trackedFolders.has(inner) || walk.tracked.has(inner)
    if (!hasTracked) return null
    return { inner, rules: fovea === 'kept' ? exemptFolder(folder.rules, path) : folder.rules, trackedOnly: true }
  }
  return { inner, rules: git === 'kept' ? exemptFolder(folder.rules, path) : folder.rules, trackedOnly: false }
}

function isWanted(walk: Walk, folder: Folder, inner: string): boolean {
  const path = walk.prefix + inner
  const fovea = verdict(folder.rules.fovea, path)
  if (fovea === 'ignored') return false
  if (walk.tracked.has(inner)) return true
  if (folder.trackedOnly) return false
  return fovea === 'kept' || verdict(folder.rules.git, path) !== 'ignored'
}

function skip(walk: Walk, inner: string, reason: SkipReason): void {
  walk.result.skipped.push({ path: walk.label + inner, reason })
}

async function add(walk: Walk, folder: Folder, name: string): Promise<void> {
  const inner = folder.inner === '' ? name : `${folder.inner}/${name}`
  const reason = reasonByName(name)
  if (reason) return skip(walk, inner, reason)
  const stat = await walk.files.stat(joinPath(walk.disk, inner))
  if (!stat) return skip(walk, inner, 'unreadable')
  if (stat.size > MAX_BYTES) return skip(walk, inner, 'too large')
  const { files } = walk.result
  files.push({ path: walk.label + inner, root: walk.root, inner, size: stat.size, mtime: stat.mtime })
  if (files.length % REPORT_EVERY_FILES === 0) {
    walk.run.report({ stage: 'walk', done: files.length, total: Math.max(files.length, walk.tracked.size) })
  }
}
