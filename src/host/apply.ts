/** Writes accepted changes to the disk: all of them or none, and never over what somebody else wrote meanwhile. */
import { createHash, randomBytes } from 'node:crypto'
import { chmod, mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, sep } from 'node:path'
import type { FileChange } from '../engine/model/revision.ts'
import { EngineError } from '../engine/model/run.ts'

/** A change with the files it is about. */
interface Placed extends FileChange {
  readonly file: string
  /** Where it was; the same file unless it was renamed. */
  readonly old: string
}

/** `placeFor` names the file on disk of a path. Throws, with nothing changed, when a file is not as it was. */
export async function applyChanges(
  changes: readonly FileChange[],
  roots: readonly string[],
  placeFor: (path: string) => Promise<string>,
): Promise<void> {
  const placed = await Promise.all(
    changes.map(async (change) => ({
      ...change,
      file: await placeFor(change.path),
      old: await placeFor(change.from || change.path),
    })),
  )
  const within = await Promise.all(roots.map((root) => realpath(root)))
  const troubles = (await Promise.all(placed.map((change) => troubleOf(change, within)))).filter(Boolean)
  if (troubles.length) throw new EngineError('input', `Nothing was changed: ${troubles.join(' ')}`)
  const mark = `.fovea-${randomBytes(4).toString('hex')}`
  try {
    for (const { file, old, after } of placed) if (after !== null) await prepare(file, old, after, mark)
  } catch (error) {
    await clean(placed, mark)
    throw new EngineError(
      'input',
      `Nothing was changed, because the files cannot be written: ${(error as Error).message}. Make room, or make them writable.`,
    )
  }
  await commit(placed, mark)
}

async function troubleOf({ path, from, file, old, before, hash }: Placed, roots: readonly string[]): Promise<string> {
  if (!(await isWithin(file, roots))) return `${path} lies outside the workspace, by a link.`
  const bytes = await readFile(old).catch(() => null)
  if (before === null) return bytes === null ? '' : `${path} is there already.`
  if (bytes === null) return `${from} is no longer there.`
  if (createHash('sha256').update(bytes).digest('hex') !== hash) return `${from} changed meanwhile.`
  return file !== old && (await stat(file).catch(() => null)) ? `${path} is there already.` : ''
}

/** Whether the folder that holds it, or will hold it, lies within a root, whatever links say. */
async function isWithin(file: string, roots: readonly string[]): Promise<boolean> {
  let folder = dirname(file)
  for (;;) {
    const real = await realpath(folder).catch(() => null)
    if (real !== null)
      return roots.some((root) => real === root || real.startsWith(root.endsWith(sep) ? root : root + sep))
    if (dirname(folder) === folder) return false
    folder = dirname(folder)
  }
}

/** Beside its place, so that what follows only renames. */
async function prepare(file: string, old: string, text: string, mark: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(`${file}${mark}.new`, text, { flush: true })
  const held = await stat(old).catch(() => null)
  if (held) await chmod(`${file}${mark}.new`, held.mode)
}

/** What was written beside the files; where a folder could not be made there is nothing. */
async function clean(placed: readonly Placed[], mark: string): Promise<void> {
  for (const { file } of placed) await rm(`${file}${mark}.new`, { force: true }).catch(() => {})
}

async function commit(placed: readonly Placed[], mark: string): Promise<void> {
  const undo: (() => Promise<void>)[] = []
  try {
    for (const { file, old, before, after } of placed) {
      if (before !== null) {
        await rename(old, `${old}${mark}.old`)
        undo.push(() => rename(`${old}${mark}.old`, old))
      }
      if (after === null) continue
      await rename(`${file}${mark}.new`, file)
      undo.push(() => rm(file, { force: true }))
    }
  } catch (error) {
    for (const back of undo.reverse()) await back()
    await clean(placed, mark)
    throw new EngineError(
      'input',
      `Nothing was changed, because a file cannot be replaced: ${(error as Error).message}.`,
    )
  }
  for (const { old, before } of placed) if (before !== null) await rm(`${old}${mark}.old`, { force: true })
}

/** What undoes the changes: applied after them, every byte is as it was. */
export function inverseOf(changes: readonly FileChange[]): readonly FileChange[] {
  return changes.map(({ path, from, before, after }): FileChange => {
    const hash = after === null ? '' : createHash('sha256').update(after).digest('hex')
    return { path: from || path, from: after === null ? '' : path, before: after, after: before, hash }
  })
}
