/**
 * A shared index in LanceDB: tables of bytes by key, in a bucket or a folder that many machines read and write at once.
 * A reader sees each table as it was when opened; a writer appends, and LanceDB commits by a conditional put.
 */
import { randomUUID } from 'node:crypto'
import { type Connection, connect, type Table } from '@lancedb/lancedb'
import { Binary, Field, Schema, Utf8 } from 'apache-arrow'
import type { Row } from './rows.ts'
import { isIn, openTable } from './tiered-table.ts'

/**
 * A logical table is one or more LanceDB tables, because whoever finds none creates one under a unique name (see
 * `openForAppend`).
 */
export interface KeyedTables {
  tables(): Promise<readonly string[]>
  keys(table: string): Promise<ReadonlySet<string>>
  get(table: string, keys: readonly string[]): Promise<Map<string, Uint8Array>>
  /** Appends; rows that others add meanwhile remain. */
  add(table: string, rows: readonly Row[]): Promise<void>
  remove(table: string, keys: readonly string[]): Promise<void>
  /** Merges fragments of many writers and removes versions older than `retentionMs`. */
  compact(table: string, retentionMs: number): Promise<void>
  close(): void
}

const SCHEMA = new Schema([new Field('key', new Utf8(), false), new Field('payload', new Binary(), false)])
/** Timeouts of a reader, which parses files itself rather than wait for storage that hangs; a publisher waits. */
const FAST_OPTIONS = { connect_timeout: '3s', timeout: '15s', client_max_retries: '1', client_retry_timeout: '10' }
const MAX_FRAGMENTS = 24
const MAX_TRIES = 6

interface OpenTable {
  readonly table: Table
  /** Key → row id. Concurrent writers may leave rows with equal keys; one of them is enough. */
  readonly rows: ReadonlyMap<string, bigint>
}

export async function openKeyedTables(uri: string, patient: boolean): Promise<KeyedTables> {
  return new LanceKeyedTables(await connect(uri, patient ? {} : { storageOptions: FAST_OPTIONS }))
}

class LanceKeyedTables implements KeyedTables {
  private readonly db: Connection
  private readonly opened = new Map<string, Promise<readonly OpenTable[]>>()

  constructor(db: Connection) {
    this.db = db
  }

  async tables(): Promise<readonly string[]> {
    return [...new Set((await this.db.tableNames()).map((name) => name.replace(/-.*/, '')))]
  }

  /**
   * The tables as they are now, oldest name first. A table that another machine is creating, or died creating, is left
   * out.
   */
  private async latest(table: string): Promise<Table[]> {
    const names = (await this.db.tableNames()).filter((name) => name.startsWith(`${table}-`)).sort()
    const found = await Promise.all(names.map((name) => openTable(this.db, name)))
    return found.filter((table) => table !== null)
  }

  private open(table: string): Promise<readonly OpenTable[]> {
    const opened = this.opened.get(table) ?? this.latest(table).then((parts) => Promise.all(parts.map(withRows)))
    this.opened.set(table, opened)
    return opened
  }

  async keys(table: string): Promise<ReadonlySet<string>> {
    return new Set((await this.open(table)).flatMap(({ rows }) => [...rows.keys()]))
  }

  async get(table: string, keys: readonly string[]): Promise<Map<string, Uint8Array>> {
    const found = new Map<string, Uint8Array>()
    for (const part of await this.open(table)) {
      const ids = keys.flatMap((key) => (found.has(key) ? [] : (part.rows.get(key) ?? [])))
      if (ids.length === 0) continue
      const rows = (await part.table.takeRowIds(ids).select(['key', 'payload']).toArray()) as Row[]
      for (const { key, payload } of rows) found.set(key, payload)
    }
    return found
  }

  async add(table: string, rows: readonly Row[]): Promise<void> {
    const data = rows.map(({ key, payload }) => ({ key, payload: Buffer.from(payload) }))
    await withRetries(async () => (await this.openForAppend(table)).add(data))
    this.opened.delete(table)
  }

  async remove(table: string, keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return
    for (const part of await this.latest(table)) await withRetries(() => part.delete(isIn(keys)))
    this.opened.delete(table)
  }

  async compact(table: string, retentionMs: number): Promise<void> {
    for (const part of await this.latest(table)) {
      const { numFragments } = (await part.stats()).fragmentStats
      if (numFragments > MAX_FRAGMENTS) await part.optimize({ cleanupOlderThan: new Date(Date.now() - retentionMs) })
    }
  }

  /**
   * The table to append to. LanceDB cannot handle two writers creating a table of one name at once: the later may
   * remove or overwrite what the earlier wrote. A new table therefore gets a unique name.
   */
  private async openForAppend(table: string): Promise<Table> {
    const [first] = await this.latest(table)
    return first ?? this.db.createEmptyTable(`${table}-${randomUUID().slice(0, 8)}`, SCHEMA)
  }

  close(): void {
    this.opened.clear()
    this.db.close()
  }
}

async function withRows(table: Table): Promise<OpenTable> {
  const rows = new Map<string, bigint>()
  for await (const batch of table.query().select(['key']).withRowId()) {
    const [keys, ids] = [batch.getChild('key'), batch.getChild('_rowid')]
    for (let i = 0; i < batch.numRows; i++) rows.set(keys?.get(i) as string, ids?.get(i) as bigint)
  }
  return { table, rows }
}

/** LanceDB retries a commit itself, but gives up under heavy concurrency. */
async function withRetries(work: () => Promise<unknown>): Promise<void> {
  for (let i = 1; ; i++) {
    try {
      await work()
      return
    } catch (error) {
      if (i === MAX_TRIES || !/conflict|concurrent|preempted/i.test(String(error))) throw error
      await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** i * (0.5 + Math.random())))
    }
  }
}
