/** Rows in LanceDB: a table of records, and one table of vectors per embedder. */
import { createHash } from 'node:crypto'
import { type Connection, connect } from '@lancedb/lancedb'
import { Binary, Field, FixedSizeList, Float32, Schema, Utf8 } from 'apache-arrow'
import type { Row, Rows } from './rows.ts'
import { TieredTable } from './tiered-table.ts'

/** In the same bundle, so that LanceDB is bundled once. */
export { openKeyedTables } from './keyed-tables.ts'
export { buildVectorIndex } from './vector-index.ts'

const text = (name: string) => new Field(name, new Utf8(), false)
const RECORDS = new Schema([text('key'), new Field('payload', new Binary(), false)])

export async function openLance(folder: string): Promise<Rows> {
  const rows = new LanceRows(await connect(folder))
  // Opening a damaged table fails here.
  await rows.keys()
  return rows
}

class LanceRows implements Rows {
  readonly kind = 'lancedb'
  private readonly db: Connection
  private readonly records: TieredTable
  private readonly vectorTables = new Map<string, TieredTable>()

  constructor(db: Connection) {
    this.db = db
    this.records = new TieredTable(db, 'records', 'payload')
  }

  keys(): Promise<ReadonlySet<string>> {
    return this.records.keys()
  }

  async *get(keys: readonly string[]): AsyncGenerator<readonly [string, Uint8Array]> {
    for await (const { key, payload } of this.records.rows(keys)) yield [key as string, payload as Uint8Array]
  }

  async add(rows: readonly Row[]): Promise<void> {
    await this.records.add(
      rows.map(({ key, payload }) => ({ key, payload: Buffer.from(payload) })),
      RECORDS,
    )
  }

  private vectorsIn(name: string): TieredTable {
    const table = this.vectorTables.get(name) ?? new TieredTable(this.db, name, 'vector')
    this.vectorTables.set(name, table)
    return table
  }

  async vectors(embedder: string, keys: readonly string[]): Promise<Map<string, Float32Array>> {
    const found = new Map<string, Float32Array>()
    for await (const { key, vector } of this.vectorsIn(vectorTable(embedder)).rows(keys))
      found.set(key as string, Float32Array.from(vector as Iterable<number>))
    return found
  }

  async addVectors(embedder: string, vectors: ReadonlyMap<string, Float32Array>): Promise<void> {
    const [first] = vectors.values()
    if (!first) return
    const rows = Array.from(vectors, ([key, vector]) => ({ key, vector: Array.from(vector) }))
    const list = new FixedSizeList(first.length, new Field('item', new Float32(), true))
    const schema = new Schema([text('key'), new Field('vector', list, false)])
    await this.vectorsIn(vectorTable(embedder)).add(rows, schema)
  }

  remove(keys: readonly string[]): Promise<void> {
    return this.records.remove(keys)
  }

  async keepVectors(keys: () => Promise<ReadonlySet<string>>): Promise<void> {
    const tables = await this.allVectorTables()
    const wanted = tables.length > 0 ? await keys() : new Set()
    for (const table of tables) await table.remove([...(await table.keys())].filter((key) => !wanted.has(key)))
  }

  async compact(retentionMs: number): Promise<void> {
    for (const table of [this.records, ...(await this.allVectorTables())]) await table.compact(retentionMs)
  }

  private async allVectorTables(): Promise<TieredTable[]> {
    const names = (await this.db.tableNames()).flatMap((name) => /^vectors_[0-9a-f]+/.exec(name)?.[0] ?? [])
    return [...new Set(names)].map((name) => this.vectorsIn(name))
  }

  async close(): Promise<void> {
    for (const table of [this.records, ...this.vectorTables.values()]) table.close()
    this.db.close()
  }
}

function vectorTable(embedder: string): string {
  return `vectors_${createHash('sha256').update(embedder).digest('hex').slice(0, 12)}`
}
