/**
 * Entry point of the store. Two implementations of one interface: LanceDB, and plain files where the native module
 * cannot run. Records and vectors are content-addressed and written first; the tree that names them is replaced
 * atomically afterwards, so a crash at any point leaves the previous tree intact.
 */
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../ports.ts'
import type { FileRecord, PackedRecord } from '../types/chunk.ts'
import { EngineError } from '../types/run.ts'
import type { Tree } from '../types/tree.ts'
import { INDEX_VERSION } from '../types/version.ts'
import { loadLance } from './load-lance.ts'
import { openPlainFiles } from './plain-files.ts'
import { contentStore } from './tree-files.ts'
import type { VectorIndex, VectorIndexKind } from './vector-index.ts'

export { acquireLock } from './lock.ts'
export { StringInterner, storedForm, unpackRecord } from './record-codec.ts'
export { openShared, type SharedIndex } from './shared.ts'
export { sharedUri } from './uri.ts'
export type { VectorIndex, VectorIndexKind }

export interface StoreReader {
  readonly kind: 'lancedb' | 'files'
  tree(id: string): Promise<Tree | null>
  /** Records by key; keys that are not stored are missing from the result. */
  records(keys: readonly string[]): Promise<Map<string, FileRecord>>
  /** The same, in their stored form. */
  packed(keys: readonly string[]): Promise<Map<string, Uint8Array>>
  /** How many records are stored. */
  count(): Promise<number>
  /** Which of the keys are stored. */
  has(keys: readonly string[]): Promise<Set<string>>
  /** Vectors by chunk id for one embedder. */
  vectors(embedder: string, ids: readonly string[]): Promise<Map<string, Float32Array>>
  /** Bytes on disk. */
  size(): Promise<number>
  close(): Promise<void>
}

export interface StoreWriter extends StoreReader {
  putRecords(records: readonly PackedRecord[]): Promise<void>
  putVectors(embedder: string, vectors: ReadonlyMap<string, Float32Array>): Promise<void>
  putTree(tree: Tree): Promise<void>
  /**
   * Removes what crashed writers left behind; records that no tree names, with their vectors, once they outweigh the
   * others; trees of missing folders older than `treeRetentionMs`; and versions replaced more than `versionRetentionMs`
   * ago. Only for the holder of the lock.
   */
  compact(treeRetentionMs: number, versionRetentionMs: number): Promise<void>
}

export interface StoreLocation {
  readonly folder: string
  /** Whether the native module runs on this machine. */
  readonly lance: boolean
  readonly log: Log
}

/**
 * Opens the store for writing and creates it if it does not exist; an unreadable one is rebuilt, with a warning. Only
 * for the holder of the lock.
 */
export async function openStore(location: StoreLocation): Promise<StoreWriter> {
  const { folder, log } = location
  const kind = kindOf(location)
  try {
    await mkdir(folder, { recursive: true })
    const found = await readMeta(folder)
    if (found && found.schema > INDEX_VERSION) throw newerVersionError(folder)
    if (found !== null && found.schema !== INDEX_VERSION) {
      log.warn('store', `The index in ${folder} was written by an older version of Fovea and is being rebuilt.`)
      await eraseStore(folder)
    }
    await writeMeta(folder)
    return await openKind(folder, kind, true)
  } catch (error) {
    if (error instanceof EngineError) throw error
    const diskError = storeErrorOf(folder, error)
    if (diskError) throw diskError
    log.warn('store', `The index in ${folder} could not be read (${messageOf(error)}) and is being rebuilt.`)
    await eraseStore(folder)
    await mkdir(folder, { recursive: true })
    await writeMeta(folder)
    return openKind(folder, kind, true)
  }
}

/** Opens a store that another process may be writing, without changing anything; null when nothing can be read. */
export async function readStore(location: StoreLocation): Promise<StoreReader | null> {
  const found = await readMeta(location.folder)
  if (found && found.schema > INDEX_VERSION) throw newerVersionError(location.folder)
  const inner = join(location.folder, kindOf(location))
  if (found?.schema !== INDEX_VERSION || !(await stat(inner).catch(() => null))) return null
  return openKind(location.folder, kindOf(location), false).catch(() => null)
}

function kindOf({ lance }: StoreLocation): StoreReader['kind'] {
  return lance ? 'lancedb' : 'files'
}

function newerVersionError(folder: string): EngineError {
  return new EngineError(
    'store',
    `The index in ${folder} was written by a newer Fovea: update Fovea, or set FOVEA_HOME to another folder.`,
  )
}

/** LanceDB's own vector index, for benches; only where the native module runs. */
export async function buildVectorIndex(
  folder: string,
  kind: VectorIndexKind,
  rows: readonly (readonly [row: number, vector: Float32Array])[],
  dimensions: number,
): Promise<VectorIndex> {
  return (await loadLance()).buildVectorIndex(folder, kind, rows, dimensions)
}

/** Removes everything in the folder except the writer's lock. */
export async function eraseStore(folder: string): Promise<void> {
  for (const name of ['lancedb', 'files', 'meta.json'])
    await rm(join(folder, name), { recursive: true, force: true, maxRetries: 3 })
}

async function openKind(folder: string, kind: StoreReader['kind'], writes: boolean): Promise<StoreWriter> {
  const inner = join(folder, kind)
  await mkdir(inner, { recursive: true })
  const rows = kind === 'lancedb' ? await (await loadLance()).openLance(inner) : await openPlainFiles(inner, writes)
  return contentStore(inner, rows)
}

async function readMeta(folder: string): Promise<{ readonly schema: number } | null> {
  let text: string
  try {
    text = await readFile(join(folder, 'meta.json'), 'utf8')
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null
    throw storeErrorOf(folder, error) ?? error
  }
  try {
    const { schema } = JSON.parse(text) as { schema?: unknown }
    return { schema: typeof schema === 'number' ? schema : 0 }
  } catch {
    return { schema: 0 }
  }
}

async function writeMeta(folder: string): Promise<void> {
  const next = join(folder, `meta.${process.pid}.tmp`)
  await writeFile(next, `${JSON.stringify({ schema: INDEX_VERSION })}\n`)
  await rename(next, join(folder, 'meta.json'))
}

const DISK_FULL = /\b(ENOSPC|EDQUOT|EFBIG)\b|no space left|file too large|quota exceeded/i
const ACCESS_DENIED =
  /\b(EACCES|EPERM|EROFS|ENOTDIR|EEXIST|EIO)\b|read-only file system|permission denied|not a directory/i
/** Errors that may go away: too many open files, or a virus scanner or backup holding one. */
const TRANSIENT = /\b(EMFILE|ENFILE|ENOMEM|EBUSY|EAGAIN)\b/
const DAMAGED =
  /lance error|ENOENT|panic in async function|corrupt|unexpected end of file|incorrect (header|data) check|invalid (block|distance|stored|code)/i

/** A disk error as a sentence for the user; null when the disk is not the cause. */
export function storeErrorOf(folder: string, error: unknown): EngineError | null {
  const { code } = (error ?? {}) as NodeJS.ErrnoException
  const text = `${code} ${error instanceof Error ? error.message : String(error)}`
  const remedies = [
    [
      DISK_FULL,
      `There is no space left for the index in ${folder}: free some, or set FOVEA_HOME to a folder on another disk.`,
    ],
    [ACCESS_DENIED, `The index cannot be written to ${folder}: make it writable, or set FOVEA_HOME to another folder.`],
    [
      TRANSIENT,
      `The index in ${folder} cannot be opened at the moment (${TRANSIENT.exec(text)?.[0]}): try again shortly.`,
    ],
  ] as const
  const remedy = remedies.find(([pattern]) => pattern.test(text))
  return remedy ? new EngineError('store', remedy[1]) : null
}

/** Whether an error means that stored data cannot be read. */
export function isDamage(error: unknown): boolean {
  if (error instanceof EngineError) return error.code === 'damaged'
  return storeErrorOf('', error) === null && DAMAGED.test(String(error))
}

function messageOf(error: unknown): string {
  const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
  // LanceDB appends the location in its own sources.
  return first.replace(/,? \S+\.rs:\d+(:\d+)?/g, '')
}
