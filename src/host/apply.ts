/**
 * Writes accepted changes to disk, all or none, and undoes them; never overwrites what somebody else wrote. At every
 * moment each file is in its old or its new state, so that an interrupted apply can be undone, too.
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
  const targets = await targetsOf(changes, disk)
  throwIfBlocked(await Promise.all(targets.map((target) => obstacleTo(target, disk.roots, [target.before]))))
  await writeTargets(targets, disk.roots, id)
}

/** Undoes an apply, also an interrupted one. False when there was nothing to undo. */
export async function undoChanges(changes: readonly FileChange[], disk: Disk, id: string): Promise<boolean> {
  const targets = await targetsOf(changes, disk)
  throwIfBlocked(
    await Promise.all(targets.map((target) => obstacleTo(target, disk.roots, [target.after, target.before]))),
  )
  for (const { file } of targets) await removeLeftovers(file, disk.roots, tempSuffix(id))
  const isApplied = await Promise.all(targets.map(async ({ file, before }) => !(await isInState(file, before))))
  const applied = targets.filter((_, i) => isApplied[i])
  await writeTargets(
    applied.map(({ before, after, ...target }) => ({ ...target, before: after, after: before })),
    disk.roots,
    id,
  )
  return applied.length > 0
}

/** The changes as one target per path: a moved file is deleted at one path and created at another. */
async function targetsOf(changes: readonly FileChange[], { placeFor }: Disk): Promise<readonly TargetFile[]> {
  const states = new Map<string, { before: FileState | null; after: FileState | null }>()
  const stateOf = (path: string) => {
    const state = states.get(path) ?? { before: null, after: null }
    states.set(path, state)
    return state
  }
  for (const { path, from, before, after, mode } of changes) {
    if (before !== null) stateOf(from || path).before = { text: before, mode }
    if (after !== null) stateOf(path).after = { text: after, mode }
  }
  return Promise.all([...states].map(async ([path, state]) => ({ path, file: await placeFor(path), ...state })))
}

function throwIfBlocked(obstacles: readonly (string | null)[]): void {
  const sentences = obstacles.filter((obstacle) => obstacle !== null)
  if (sentences.length) throw new EngineError('input', `Nothing was changed: ${sentences.join(' ')}`)
}

/** Why a path must not be written, in a sentence; null when its file is in one of the given states. */
async function obstacleTo(
  { path, file, before }: TargetFile,
  roots: readonly string[],
  states: readonly (FileState | null)[],
): Promise<string | null> {
  if (!(await isWithin(file, roots))) return `${path} lies outside the workspace, behind a link.`
  for (const state of states) if (await isInState(file, state)) return null
  const entry = await lstat(file).catch(() => null)
  if (!entry) return `${path} no longer exists.`
  if (entry.isSymbolicLink()) return `${path} is a symbolic link.`
  return before === null && states.length === 1 ? `${path} already exists.` : `${path} has changed in the meantime.`
}

async function isInState(file: string, state: FileState | null): Promise<boolean> {
  const entry = await lstat(file).catch(() => null)
  if (entry === null || state === null) return entry === state
  return entry.isFile() && hashOf(await readFile(file)) === hashOf(state.text)
}

const hashOf = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex')

/** Whether the file's folder, or its nearest existing ancestor, is within a root after following links. */
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

/** The suffix of the temporary files of an apply or undo, before `.new` or `.old`. */
const tempSuffix = (id: string): string => `.fovea-${id}`

/** First writes new texts and backups next to the files, which is slow and may fail, so that only renames remain. */
async function writeTargets(targets: readonly TargetFile[], roots: readonly string[], id: string): Promise<void> {
  const suffix = tempSuffix(id)
  const written: TargetFile[] = []
  try {
    for (const target of targets) await prepare(target, suffix)
    for (const target of [...targets.filter(({ after }) => after), ...targets.filter(({ after }) => !after)]) {
      // Somebody may have saved it since.
      if (!(await isInState(target.file, target.before))) throw new Error(`${target.path} has just changed`)
      written.push(target)
      if (target.after) await rename(`${target.file}${suffix}.new`, target.file)
      else await rm(target.file)
    }
  } catch (error) {
    for (const { file, before } of written) {
      if (before) await rename(`${file}${suffix}.old`, file).catch(() => {})
      else await rm(file, { force: true })
    }
    for (const { file } of targets) await removeLeftovers(file, roots, suffix)
    const { message } = error as Error
    throw new EngineError(
      'input',
      `Nothing was changed, because a file cannot be written: ${message}. Free some disk space, or make the file writable.`,
    )
  }
  for (const { file } of targets) await removeLeftovers(file, roots, suffix)
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
  for (const ending of ['.old', '.new']) await rm(`${file}${suffix}${ending}`, { force: true }).catch(() => {})
  for (let folder = dirname(file); !roots.includes(folder); folder = dirname(folder)) {
    const isRemoved = await rmdir(folder).then(
      () => true,
      () => false,
    )
    if (!isRemoved) return
  }
}
