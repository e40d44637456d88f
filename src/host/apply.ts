/**
 * Writes accepted changes to disk, all or none, and undoes them; never overwrites an edit made meanwhile. At every
 * moment each file is in its old or its new state, so that an interrupted apply can be undone as well.
 */
import { createHash } from 'node:crypto'
import { chmod, copyFile, lstat, mkdir, readFile, realpath, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { dirname, sep } from 'node:path'
import type { FileChange } from '../engine/types/generation.ts'
import { EngineError } from '../engine/types/run.ts'

/** A text as on disk, with its permission bits. */
interface FileState {
  readonly text: string
  readonly mode: number
}

/** A path and its content before and after; null: no file. */
interface TargetFile {
  readonly path: string
  readonly file: string
  readonly before: FileState | null
  readonly after: FileState | null
}

export interface Disk {
  readonly roots: readonly string[]
  /** The file on disk for a path. */
  placeFor(path: string): Promise<string>
}

/** `id` names the temporary files. Throws, without any change, when a file is not in its expected state. */
export async function applyChanges(changes: readonly FileChange[], disk: Disk, id: string): Promise<void> {
  const places = await placesOf(changes, disk)
  const conflicts = await Promise.all(places.map((place) => conflictOf(place, disk.roots, [place.before])))
  refuse(conflicts)
  await replaceFiles(places, disk.roots, id)
}

/** Undoes an apply, also an interrupted one. False when there was nothing to undo. */
export async function undoChanges(changes: readonly FileChange[], disk: Disk, id: string): Promise<boolean> {
  const places = await placesOf(changes, disk)
  refuse(await Promise.all(places.map((place) => conflictOf(place, disk.roots, [place.after, place.before]))))
  for (const { file } of places) await removeLeftovers(file, disk.roots, suffixOf(id))
  const done = await Promise.all(places.map(async (place) => !(await isUnchanged(place.file, place.before))))
  const left = places.filter((_, i) => done[i])
  await replaceFiles(
    left.map(({ before, after, ...place }) => ({ ...place, before: after, after: before })),
    disk.roots,
    id,
  )
  return left.length > 0
}

/** Changes by path: a moved file is deleted at one path and created at another. */
async function placesOf(changes: readonly FileChange[], { placeFor }: Disk): Promise<readonly TargetFile[]> {
  const states = new Map<string, { before: FileState | null; after: FileState | null }>()
  const at = (path: string) => {
    const state = states.get(path) ?? { before: null, after: null }
    states.set(path, state)
    return state
  }
  for (const { path, from, before, after, mode } of changes) {
    if (before !== null) at(from || path).before = { text: before, mode }
    if (after !== null) at(path).after = { text: after, mode }
  }
  return Promise.all([...states].map(async ([path, state]) => ({ path, file: await placeFor(path), ...state })))
}

function refuse(conflicts: readonly (string | null)[]): void {
  const found = conflicts.filter((one) => one !== null)
  if (found.length) throw new EngineError('input', `Nothing was changed: ${found.join(' ')}`)
}

/** Why a path must not be written, in a sentence; null when its file is in one of the two known states. */
async function conflictOf(
  { path, file, before }: TargetFile,
  roots: readonly string[],
  states: readonly (FileState | null)[],
): Promise<string | null> {
  if (!(await isWithin(file, roots))) return `${path} lies outside the workspace, by a link.`
  for (const state of states) if (await isUnchanged(file, state)) return null
  const entry = await lstat(file).catch(() => null)
  if (!entry) return `${path} is no longer there.`
  if (entry.isSymbolicLink()) return `${path} is a link.`
  return before === null && states.length === 1 ? `${path} already exists.` : `${path} changed meanwhile.`
}

async function isUnchanged(file: string, state: FileState | null): Promise<boolean> {
  const entry = await lstat(file).catch(() => null)
  if (entry === null || state === null) return entry === state
  return entry.isFile() && hashOf(await readFile(file)) === hashOf(state.text)
}

const hashOf = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex')

/** Whether the folder that contains it, or will, is within one of the roots after following links. */
export async function isWithin(file: string, roots: readonly string[]): Promise<boolean> {
  const within = await Promise.all(roots.map((root) => realpath(root)))
  let folder = dirname(file)
  for (;;) {
    const real = await realpath(folder).catch(() => null)
    if (real !== null)
      return within.some((root) => real === root || real.startsWith(root.endsWith(sep) ? root : root + sep))
    if (dirname(folder) === folder) return false
    folder = dirname(folder)
  }
}

const suffixOf = (id: string): string => `.fovea-${id}`

/** Writes new texts and backups next to the files first, which is slow or may fail, so that only renames remain. */
async function replaceFiles(places: readonly TargetFile[], roots: readonly string[], id: string): Promise<void> {
  const suffix = suffixOf(id)
  const replaced: TargetFile[] = []
  try {
    for (const place of places) await prepare(place, suffix)
    for (const place of [...places.filter(({ after }) => after), ...places.filter(({ after }) => !after)]) {
      // It may have been saved since the check.
      if (!(await isUnchanged(place.file, place.before))) throw new Error(`${place.path} changed just now`)
      replaced.push(place)
      if (place.after) await rename(`${place.file}${suffix}.new`, place.file)
      else await rm(place.file)
    }
  } catch (error) {
    for (const { file, before } of replaced) {
      if (before) await rename(`${file}${suffix}.old`, file).catch(() => {})
      else await rm(file, { force: true })
    }
    for (const { file } of places) await removeLeftovers(file, roots, suffix)
    const { message } = error as Error
    throw new EngineError(
      'input',
      `Nothing was changed, because a file cannot be written: ${message}. Make room, or make it writable.`,
    )
  }
  for (const { file } of places) await removeLeftovers(file, roots, suffix)
}

async function prepare({ file, before, after }: TargetFile, suffix: string): Promise<void> {
  if (before) await copyFile(file, `${file}${suffix}.old`)
  if (!after) return
  await mkdir(dirname(file), { recursive: true })
  await writeFile(`${file}${suffix}.new`, after.text, { flush: true })
  // A file keeps its mode; a new one gets the system's default.
  const mode = before ? (await stat(file)).mode : after.mode
  if (mode) await chmod(`${file}${suffix}.new`, mode)
}

/** Removes temporary files, and folders that are left empty, as git does. */
async function removeLeftovers(file: string, roots: readonly string[], suffix: string): Promise<void> {
  for (const end of ['.old', '.new']) await rm(`${file}${suffix}${end}`, { force: true }).catch(() => {})
  for (let folder = dirname(file); !roots.includes(folder); folder = dirname(folder)) {
    const gone = await rmdir(folder).then(
      () => true,
      () => false,
    )
    if (!gone) return
  }
}
