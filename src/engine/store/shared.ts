/**
 * A team's shared index: records, vectors and finished trees by key, in a bucket or a folder. It only saves work: any
 * failure costs a reader one warning, and the work is done locally. For a publisher a failure is an error.
 * `tools/s3.mjs` runs the tests against a real S3-compatible server.
 */
import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import type { Log } from '../ports.ts'
import type { FileRecord } from '../types/chunk.ts'
import { EngineError, type Run } from '../types/run.ts'
import type { Tree, TreeEntry } from '../types/tree.ts'
import { INDEX_VERSION } from '../types/version.ts'
import type { KeyedTables } from './keyed-tables.ts'
import { loadLance } from './load-lance.ts'
import { StringInterner, unpackRecord } from './record-codec.ts'
import type { Row } from './rows.ts'
import { packTree, unpackTree } from './tree-files.ts'
import { schemeOf, variablesFor } from './uri.ts'
import { isRecord, isTree } from './validate.ts'

/** A storage that does not answer for this long counts as unreachable. */
const FIRST_ANSWER_MS = 5000
const READ_MS = 10_000
/** After a failure it is not contacted for this long. */
const RETRY_AFTER_MS = 5 * 60_000
const ROWS_PER_READ = 256
const ROWS_PER_WRITE = 512
const RETENTION_MS = 7 * 24 * 3600 * 1000
const MAX_TREES = 20
/** A tree's sketch is the smallest of its files' keys: shared ones estimate the overlap of two trees (MinHash). */
const SKETCH_KEYS = 48
const MIN_TREE_SIMILARITY = 0.3

const RECORDS = `records_v${INDEX_VERSION}`
const TREES = `trees_v${INDEX_VERSION}`
const vectorsOf = (embedder: string) => `vectors_v${INDEX_VERSION}_${hashOf(embedder).slice(0, 12)}`

export interface SharedRecord {
  readonly record: FileRecord
  readonly packed: Uint8Array
}

/** Supplies the rows of keys that the index lacks. */
export type SharedRecords = (keys: readonly string[]) => Promise<readonly Row[]>

export class SharedIndex {
  private readonly uri: string
  private readonly publishes: boolean
  private readonly log: Log
  private opening: Promise<KeyedTables> | null = null
  /** Time of the last failure, in epoch milliseconds. */
  private failedAt = 0
  /** Warnings given so far: each is given once. */
  private readonly warned = new Set<string>()

  constructor(uri: string, publishes: boolean, log: Log) {
    this.uri = uri
    this.publishes = publishes
    this.log = log
  }

  /** The keys that the index contains. */
  async has(run: Run, keys: readonly string[]): Promise<ReadonlySet<string>> {
    const stored = await this.read(run, READ_MS, new Set<string>(), async (base) => {
      const found = await base.keys(RECORDS)
      if (found.size === 0 && !this.publishes) throw await this.missingIndexError(base)
      return found
    })
    return new Set(keys.filter((key) => stored.has(key)))
  }

  /** The records that the index contains and that are valid. */
  async records(run: Run, keys: readonly string[]): Promise<Map<string, SharedRecord>> {
    const found = new Map<string, SharedRecord>()
    const strings = new StringInterner()
    for (const [key, packed] of await this.rows(run, RECORDS, keys)) {
      const record = attempt(() => unpackRecord(packed, strings))
      if (isRecord(record, key)) found.set(key, { record, packed })
      else this.warn(`The shared index at ${this.uri} has damaged records: their files are parsed on this machine.`)
    }
    return found
  }

  async vectors(run: Run, embedder: string, dimensions: number, ids: readonly string[]) {
    const vectors = new Map<string, Float32Array>()
    for (const [id, bytes] of await this.rows(run, vectorsOf(embedder), ids)) {
      const vector = bytes.length === 4 * dimensions ? new Float32Array(bytes.slice().buffer) : null
      if (vector?.every(Number.isFinite)) vectors.set(id, vector)
    }
    return vectors
  }

  /** The tree of exactly these files with its links, or the newest similar one. */
  async tree(run: Run, draft: Tree, dimensions: number, symbols: readonly number[]) {
    const draftHash = hashOf(linesOf(draft.entries))
    const sketch = new Set(sketchOf(draft.entries))
    const names = await this.read(run, READ_MS, new Set<string>(), (base) => base.keys(TREES))
    const [best] = [...names]
      .map((name) => ({ name, ...readName(name) }))
      .filter(({ embedder }) => embedder === hashOf(draft.embedder))
      .map((one) => ({
        ...one,
        same: one.hash === draftHash,
        shared: one.sketch.filter((key) => sketch.has(key)).length,
      }))
      .filter(({ same, shared }) => same || shared >= MIN_TREE_SIMILARITY * sketch.size)
      .sort((a, b) => Number(b.same) - Number(a.same) || b.at - a.at)
    if (!best) return null
    const [payload] = (await this.rows(run, TREES, [best.name])).values()
    const tree = payload && attempt(() => unpackTree(payload))
    const same = best.same && linesOf(tree?.entries ?? []) === linesOf(draft.entries)
    if (isTree(tree, dimensions, same ? symbols : null)) return { tree, same }
    if (payload) this.warn(`The shared index at ${this.uri} has a damaged tree: its files are linked on this machine.`)
    return null
  }

  private async rows(run: Run, table: string, keys: readonly string[]): Promise<Map<string, Uint8Array>> {
    const all = new Map<string, Uint8Array>()
    for (let i = 0; i < keys.length && !this.isResting; i += ROWS_PER_READ) {
      const part = keys.slice(i, i + ROWS_PER_READ)
      const found = await this.read(run, READ_MS, new Map(), (base) => base.get(table, part))
      for (const [key, payload] of found) all.set(key, payload)
    }
    return all
  }

  private get isResting(): boolean {
    return Date.now() - this.failedAt < RETRY_AFTER_MS
  }

  /** A timeout counts as a failure. For a reader it is no error; cancellation is. */
  private async read<T>(run: Run, limitMs: number, fallback: T, work: (base: KeyedTables) => Promise<T>): Promise<T> {
    if (this.isResting) return fallback
    try {
      const base = await withTimeout(run, this.publishes ? READ_MS : FIRST_ANSWER_MS, this.open())
      return await withTimeout(run, this.publishes ? 30 * limitMs : limitMs, work(base))
    } catch (error) {
      // Closing does not wait for what hangs.
      this.opening = null
      run.signal.throwIfAborted()
      if (this.publishes) throw this.publishError(error)
      this.failedAt = Date.now()
      this.warn(`${this.describeError(error)} Until it can be used, everything is computed on this machine.`)
      return fallback
    }
  }

  private open(): Promise<KeyedTables> {
    this.opening ??= openAt(this.uri, this.publishes)
    return this.opening
  }

  private async missingIndexError(base: KeyedTables): Promise<EngineError> {
    const others = (await base.tables()).filter((name) => name.startsWith('records_v') && name !== RECORDS)
    return new EngineError(
      'store',
      others.length
        ? `The shared index at ${this.uri} was made by another version of Fovea: ` +
            'publish it with this version as well (`fovea index --uri`).'
        : `There is no shared index at ${this.uri}: publish one with \`fovea index --uri\`, or correct the address.`,
    )
  }

  private warn(sentence: string): void {
    if (!this.warned.has(sentence)) this.log.warn('shared', sentence)
    this.warned.add(sentence)
  }

  publishRecords(run: Run, keys: readonly string[], supply: SharedRecords): Promise<number> {
    return this.publish(run, RECORDS, keys, supply)
  }

  publishVectors(run: Run, embedder: string, ids: readonly string[], supply: SharedRecords): Promise<number> {
    return this.publish(run, vectorsOf(embedder), ids, supply)
  }

  /** Publishes the tree without what is specific to this machine; old trees are removed. */
  async publishTree(run: Run, tree: Tree): Promise<void> {
    const name = nameOf(tree)
    const entries = tree.entries.map((entry) => ({ ...entry, mtime: 0 }))
    const hashes = new Set([...(await this.write((base) => base.keys(TREES)))].map((one) => readName(one).hash))
    if (!hashes.has(readName(name).hash)) {
      const payload = await packTree({ ...tree, id: '', roots: tree.roots.map(() => ''), entries, skipped: [] })
      await this.publish(run, TREES, [name], async () => [{ key: name, payload }])
    }
    const names = [...(await this.write((base) => base.keys(TREES)))].sort((a, b) => readName(b).at - readName(a).at)
    const old = names.slice(MAX_TREES).filter((one) => readName(one).at < Date.now() - RETENTION_MS)
    await this.write((base) => base.remove(TREES, old))
  }

  /** Adds missing rows and returns their number. */
  private async publish(run: Run, table: string, keys: readonly string[], supply: SharedRecords): Promise<number> {
    const stored = await this.write((base) => base.keys(table))
    const missing = keys.filter((key) => !stored.has(key))
    for (let i = 0; i < missing.length; i += ROWS_PER_WRITE) {
      run.signal.throwIfAborted()
      run.report({ stage: 'share', done: i, total: missing.length })
      const rows = await supply(missing.slice(i, i + ROWS_PER_WRITE))
      await this.write((base) => base.add(table, rows))
    }
    // Of two concurrent merges one fails: the next run merges.
    if (missing.length > 0) await this.write((base) => base.compact(table, RETENTION_MS)).catch(() => {})
    return missing.length
  }

  private async write<T>(work: (base: KeyedTables) => Promise<T>): Promise<T> {
    try {
      return await work(await this.open())
    } catch (error) {
      throw this.publishError(error)
    }
  }

  private publishError(error: unknown): EngineError {
    return new EngineError('store', `Publishing stopped. ${this.describeError(error)}`)
  }

  /** One sentence on what happened and what to do, without anything a storage may repeat of the credentials. */
  private describeError(error: unknown): string {
    if (error instanceof EngineError) return error.message
    const at = `The shared index at ${this.uri}`
    const text = String(error)
    const variables = variablesFor(this.uri)
    const matches = (pattern: RegExp) => pattern.test(text)
    if (matches(/BadScheme/)) return `${at} uses plain http: set AWS_ALLOW_HTTP=true to allow it.`
    if (matches(/status: 40[13]|AccessDenied|SignatureDoesNotMatch|permission denied|credential|Unauthorized/i))
      return (
        `${at} may not be ${this.publishes ? 'written' : 'read'}: ` +
        `${variables ? `set ${variables} in the environment, or ` : ''}ask for access.`
      )
    if (matches(/NoSuchBucket|status: 404/))
      return `${at} is in a bucket that does not exist: create it, or correct the address.`
    if (error instanceof TimeoutError || matches(/HttpError|connect error|timed? ?out|dns error/i))
      return `${at} cannot be reached: check the network and, for self-hosted storage, AWS_ENDPOINT.`
    if (matches(/no space left|quota/i)) return `${at} is full: free some space.`
    return (
      `${at} is damaged or cannot be used (${shortReason(text)}): ` +
      'remove its tables and publish it again with `fovea index --uri`.'
    )
  }

  /** Closes what is open; the next use sees what was published meanwhile. */
  async close(): Promise<void> {
    const { opening } = this
    this.opening = null
    await opening?.then((base) => base.close()).catch(() => {})
  }
}

/** Opens a shared index; null, with a warning, where LanceDB does not run. */
export function openShared(uri: string, publishes: boolean, lance: boolean, log: Log): SharedIndex | null {
  if (lance) return new SharedIndex(uri, publishes, log)
  log.warn('shared', `The shared index at ${uri} is not used: LanceDB, which reads it, does not run on this machine.`)
  return null
}

async function openAt(uri: string, publishes: boolean): Promise<KeyedTables> {
  // A reader creates nothing, not even a folder.
  if (!publishes && schemeOf(uri) === null && !(await stat(uri).catch(() => null)))
    throw new EngineError('store', `There is no folder ${uri} for the shared index: mount it, or correct the address.`)
  return (await loadLance()).openKeyedTables(uri, publishes)
}

class TimeoutError extends Error {}

/** Waits at most this long; a later result is discarded. */
function withTimeout<T>({ signal }: Run, ms: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    const timer = setTimeout(() => reject(new TimeoutError()), ms)
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
    })
    if (signal.aborted) stop()
  })
}

function attempt<T>(read: () => T): T | null {
  try {
    return read()
  } catch {
    return null
  }
}

/** The beginning of an error, without a storage's answer. */
function shortReason(text: string): string {
  const reason = text.replace(/<[^>]*>.*|body: .*/s, '').replace(/^Error: /, '')
  return (reason.split(/[\n,{]/)[0] ?? '').slice(0, 120).trim() || 'no reason given'
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32)
const linesOf = (entries: readonly Pick<TreeEntry, 'path' | 'key'>[]): string =>
  entries.map(({ path, key }) => `${path} ${key}\n`).join('')
const sketchOf = (entries: readonly TreeEntry[]): string[] =>
  [...new Set(entries.map(({ key }) => key.slice(0, 10)))].sort().slice(0, SKETCH_KEYS)

/** A tree's key contains what it is selected by: files, embedder, time, sketch. */
function nameOf({ entries, embedder, at }: Tree): string {
  return [hashOf(linesOf(entries)), hashOf(embedder), Math.floor(at), ...sketchOf(entries)].join(' ')
}

function readName(name: string) {
  const [hash = '', embedder = '', at = '', ...sketch] = name.split(' ')
  return { hash, embedder, at: Number(at) || 0, sketch }
}
