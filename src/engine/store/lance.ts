/** Rows in LanceDB: a table of records, and one of vectors for each embedder. */
import { createHash } from 'node:crypto'
import { type Connection, connect, type Table } from '@lancedb/lancedb'
import { Binary, Field, FixedSizeList, Float32, Schema, Utf8 } from 'apache-arrow'
import type { Row, Rows } from './rows.ts'

/** In the same bundle, so that LanceDB is there once. */
export { openBase } from './base.ts'
export { indexNeighbours } from './neighbours.ts'

/** Above this share of the table a full scan is faster than looking rows up. */
const SCAN_SHARE = 0.25
const KEYS_A_QUERY = 400
/** Small writes that may pile up before they are merged. */
const MAX_FRAGMENTS = 24

const text = (name: string) => new Field(name, new Utf8(), false)
const RECORDS = new Schema([text('key'), new Field('payload', new Binary(), false)])

export async function openLance(folder: string): Promise<Rows> {
  const db = await connect(folder)
  const known = (await db.tableNames()).includes('records')
  const records = known ? await db.openTable('records') : await db.createEmptyTable('records', RECORDS)
  await records.countRows()
  return new LanceRows(db, records)
}

class LanceRows implements Rows {
  readonly kind = 'lancedb'
  private readonly db: Connection
  private readonly records: Table
  private known: Set<string> | null = null

  constructor(db: Connection, records: Table) {
    this.db = db
    this.records = records
  }

  async keys(): Promise<Set<string>> {
    if (!this.known) {
      const rows = (await this.records.query().select(['key']).toArray()) as { key: string }[]
      this.known = new Set(rows.map(({ key }) => key))
    }
    return this.known
  }

  async get(keys: readonly string[]): Promise<Map<string, Uint8Array>> {
    const rows = await pick(this.records, keys, (await this.keys()).size, ['key', 'payload'])
    return new Map(rows.map((row) => [row.key as string, row.payload as Uint8Array]))
  }

  async add(rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return
    await this.records.add(rows.map(({ key, payload }) => ({ key, payload: Buffer.from(payload) })))
    for (const { key } of rows) this.known?.add(key)
  }

  async vectors(embedder: string, keys: readonly string[]): Promise<Map<string, Float32Array>> {
    const name = vectorTable(embedder)
    if (keys.length === 0 || !(await this.db.tableNames()).includes(name)) return new Map()
    const table = await this.db.openTable(name)
    const rows = await pick(table, keys, await table.countRows(), ['key', 'vector'])
    return new Map(rows.map((row) => [row.key as string, Float32Array.from(row.vector as Iterable<number>)]))
  }

  async addVectors(embedder: string, vectors: ReadonlyMap<string, Float32Array>): Promise<void> {
    const [first] = vectors.values()
    if (!first) return
    const name = vectorTable(embedder)
    const rows = [...vectors].map(([key, vector]) => ({ key, vector: Array.from(vector) }))
    const list = new FixedSizeList(first.length, new Field('item', new Float32(), true))
    const schema = new Schema([text('key'), new Field('vector', list, false)])
    if ((await this.db.tableNames()).includes(name)) await (await this.db.openTable(name)).add(rows)
    else await this.db.createTable(name, rows, { schema })
  }

  async remove(keys: readonly string[]): Promise<void> {
    for (let i = 0; i < keys.length; i += KEYS_A_QUERY) await this.records.delete(isIn(keys.slice(i, i + KEYS_A_QUERY)))
    this.known = null
  }

  async compact(retention: number): Promise<void> {
    for (const name of await this.db.tableNames()) {
      const table = name === 'records' ? this.records : await this.db.openTable(name)
      const { numFragments } = (await table.stats()).fragmentStats
      if (numFragments <= MAX_FRAGMENTS) continue
      // Whoever compacts holds the lock: what no version names was left by a writer that died.
      await table.optimize({ cleanupOlderThan: new Date(Date.now() - retention), deleteUnverified: true })
    }
  }

  async close(): Promise<void> {
    this.records.close()
    this.db.close()
  }
}

function vectorTable(embedder: string): string {
  return `vectors_${createHash('sha256').update(embedder).digest('hex').slice(0, 12)}`
}

const isIn = (keys: readonly string[]) => `key IN (${keys.map((key) => `'${key.replaceAll("'", "''")}'`).join(',')})`

/** Rows of the keys: by lookup when they are few, by one scan otherwise. */
async function pick(table: Table, keys: readonly string[], size: number, columns: string[]) {
  const rows: Record<string, unknown>[] = []
  const wanted = new Set(keys)
  if (wanted.size === 0) return rows
  if (wanted.size > SCAN_SHARE * size) {
    for await (const batch of table.query().select(columns))
      for (const row of batch.toArray()) if (wanted.has(row.key)) rows.push({ ...row.toJSON() })
    return rows
  }
  for (let i = 0; i < keys.length; i += KEYS_A_QUERY)
    for (const row of await table
      .query()
      .where(isIn(keys.slice(i, i + KEYS_A_QUERY)))
      .select(columns)
      .toArray())
      rows.push({ ...row.toJSON() })
  return rows
}
