/**
 * A shared index in LanceDB: tables of bytes by key, in a bucket or a folder that many machines read and write at once.
 * A reader sees each table as it was when it was opened; a writer appends, and LanceDB commits by a conditional put.
 */
import { type Connection, connect, type Table } from '@lancedb/lancedb'
import { Binary, Field, Schema, Utf8 } from 'apache-arrow'
import type { Row } from './rows.ts'

export interface Base {
  tables(): Promise<readonly string[]>
  keys(table: string): Promise<ReadonlySet<string>>
  get(table: string, keys: readonly string[]): Promise<Map<string, Uint8Array>>
  /** Appends; what others add meanwhile stays. */
  add(table: string, rows: readonly Row[]): Promise<void>
  remove(table: string, keys: readonly string[]): Promise<void>
  /** Merges what many writers left behind; versions older than `retention` milliseconds go. */
  compact(table: string, retention: number): Promise<void>
  close(): void
}

const SCHEMA = new Schema([new Field('key', new Utf8(), false), new Field('payload', new Binary(), false)])
/** Who reads parses for itself before a storage that hangs answers; who publishes is patient. */
const HASTY = { connect_timeout: '3s', timeout: '15s', client_max_retries: '1', client_retry_timeout: '10' }
const MAX_FRAGMENTS = 24
const TRIES = 6

interface Opened {
  readonly table: Table
  /** Key → row id. Of rows with equal keys, which concurrent writers leave, one is enough. */
  readonly rows: ReadonlyMap<string, bigint>
}

export async function openBase(uri: string, patient: boolean): Promise<Base> {
  return new LanceBase(await connect(uri, patient ? {} : { storageOptions: HASTY }))
}

class LanceBase implements Base {
  private readonly db: Connection
  private readonly held = new Map<string, Promise<Opened | null>>()

  constructor(db: Connection) {
    this.db = db
  }

  tables(): Promise<readonly string[]> {
    return this.db.tableNames()
  }

  private opened(name: string): Promise<Opened | null> {
    const held = this.held.get(name) ?? this.open(name)
    this.held.set(name, held)
    return held
  }

  private async open(name: string): Promise<Opened | null> {
    if (!(await this.tables()).includes(name)) return null
    const table = await this.db.openTable(name)
    const rows = new Map<string, bigint>()
    for await (const batch of table.query().select(['key']).withRowId()) {
      const [keys, ids] = [batch.getChild('key'), batch.getChild('_rowid')]
      for (let i = 0; i < batch.numRows; i++) rows.set(keys?.get(i) as string, ids?.get(i) as bigint)
    }
    return { table, rows }
  }

  async keys(name: string): Promise<ReadonlySet<string>> {
    return new Set((await this.opened(name))?.rows.keys())
  }

  async get(name: string, keys: readonly string[]): Promise<Map<string, Uint8Array>> {
    const opened = await this.opened(name)
    const ids = keys.flatMap((key) => opened?.rows.get(key) ?? [])
    if (!opened || ids.length === 0) return new Map()
    const found = (await opened.table.takeRowIds(ids).select(['key', 'payload']).toArray()) as Row[]
    return new Map(found.map(({ key, payload }) => [key, payload]))
  }

  async add(name: string, rows: readonly Row[]): Promise<void> {
    const data = rows.map(({ key, payload }) => ({ key, payload: Buffer.from(payload) }))
    await this.retried(async () => (await this.made(name)).add(data))
    this.held.delete(name)
  }

  async remove(name: string, keys: readonly string[]): Promise<void> {
    const opened = await this.opened(name)
    if (!opened || keys.length === 0) return
    const list = keys.map((key) => `'${key.replaceAll("'", "''")}'`).join(',')
    await this.retried(() => opened.table.delete(`key IN (${list})`))
    this.held.delete(name)
  }

  async compact(name: string, retention: number): Promise<void> {
    const table = await this.db.openTable(name)
    const { numFragments } = (await table.stats()).fragmentStats
    if (numFragments > MAX_FRAGMENTS) await table.optimize({ cleanupOlderThan: new Date(Date.now() - retention) })
  }

  /**
   * Two that make one table at the same moment may each believe to have made it, and the later leaves the earlier's
   * rows behind: whoever adds looks again afterwards (`shared.ts`).
   */
  private async made(name: string): Promise<Table> {
    if (!(await this.tables()).includes(name))
      await this.db.createEmptyTable(name, SCHEMA).catch((error: unknown) => {
        if (!/already exists|conflict/i.test(String(error))) throw error
      })
    return this.db.openTable(name)
  }

  /** LanceDB tries a commit again by itself, but gives up when many write at once. */
  private async retried(work: () => Promise<unknown>): Promise<void> {
    for (let i = 1; ; i++) {
      try {
        await work()
        return
      } catch (error) {
        if (i === TRIES || !/conflict|concurrent|preempted|already exists/i.test(String(error))) throw error
        await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** i * (0.5 + Math.random())))
      }
    }
  }

  close(): void {
    this.held.clear()
    this.db.close()
  }
}
