/** Rows in LanceDB: tables `records`, `chunks` (with its native full-text index) and one of vectors an embedder. */
import { createHash } from 'node:crypto'
import { type Connection, connect, Index, type Table as LanceTable, MatchQuery } from '@lancedb/lancedb'
import { Binary, Field, FixedSizeList, Float32, Schema, Utf8 } from 'apache-arrow'
import type { Row, Rows, Table } from './rows.ts'

/** In the same bundle, so that LanceDB is there once. */
export { openBase } from './base.ts'

/** Above this share of the table a full scan is faster than looking rows up. */
const SCAN_SHARE = 0.25
const KEYS_A_QUERY = 400
/** Small writes that may pile up before they are merged. */
const MAX_FRAGMENTS = 24
const MAX_UNINDEXED = 20_000

const text = (name: string) => new Field(name, new Utf8(), false)
const SCHEMAS = {
  records: new Schema([text('key'), new Field('payload', new Binary(), false)]),
  chunks: new Schema([text('key'), text('terms')]),
}

export async function openLance(folder: string): Promise<Rows> {
  const db = await connect(folder)
  const names = new Set(await db.tableNames())
  const tables = { records: await opened(db, names, 'records'), chunks: await opened(db, names, 'chunks') }
  return new LanceRows(db, tables)
}

async function opened(db: Connection, names: ReadonlySet<string>, table: Table): Promise<LanceTable> {
  const found = names.has(table) ? await db.openTable(table) : await db.createEmptyTable(table, SCHEMAS[table])
  await found.countRows()
  return found
}

class LanceRows implements Rows {
  readonly kind = 'lancedb'
  private readonly db: Connection
  private readonly tables: Record<Table, LanceTable>
  private readonly known: Partial<Record<Table, Set<string>>> = {}

  constructor(db: Connection, tables: Record<Table, LanceTable>) {
    this.db = db
    this.tables = tables
  }

  async keys(table: Table): Promise<Set<string>> {
    let keys = this.known[table]
    if (!keys) {
      const rows = (await this.tables[table].query().select(['key']).toArray()) as { key: string }[]
      keys = new Set(rows.map(({ key }) => key))
      this.known[table] = keys
    }
    return keys
  }

  async get(keys: readonly string[]): Promise<Map<string, Uint8Array>> {
    const rows = await pick(this.tables.records, keys, (await this.keys('records')).size, ['key', 'payload'])
    return new Map(rows.map((row) => [row.key as string, row.payload as Uint8Array]))
  }

  async add(rows: readonly Row[]): Promise<void> {
    if (rows.length === 0) return
    await this.tables.records.add(rows.map(({ key, payload }) => ({ key, payload: Buffer.from(payload) })))
    for (const { key } of rows) this.known.records?.add(key)
  }

  async addTexts(texts: readonly { readonly key: string; readonly terms: string }[]): Promise<void> {
    if (texts.length === 0) return
    await this.tables.chunks.add(texts.map(({ key, terms }) => ({ key, terms })))
    for (const { key } of texts) this.known.chunks?.add(key)
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

  async search(terms: readonly string[], limit: number): Promise<readonly { id: string; score: number }[]> {
    const table = this.tables.chunks
    if (terms.length === 0 || (await table.countRows()) === 0) return []
    if ((await table.listIndices()).length === 0) await this.indexTexts()
    const rows = await table
      .search(new MatchQuery(terms.join(' '), 'terms'))
      .select(['key', '_score'])
      .limit(limit)
      .toArray()
    return (rows as { key: string; _score: number }[]).map(({ key, _score }) => ({ id: key, score: _score }))
  }

  async remove(table: Table, keys: readonly string[]): Promise<void> {
    for (let i = 0; i < keys.length; i += KEYS_A_QUERY)
      await this.tables[table].delete(isIn(keys.slice(i, i + KEYS_A_QUERY)))
    delete this.known[table]
  }

  async compact(retention: number): Promise<void> {
    const cleanupOlderThan = new Date(Date.now() - retention)
    for (const table of Object.values(this.tables)) {
      const { numFragments } = (await table.stats()).fragmentStats
      if (numFragments > MAX_FRAGMENTS) await table.optimize({ cleanupOlderThan })
    }
    const chunks = this.tables.chunks
    const [index] = await chunks.listIndices()
    if (!index) await this.indexTexts()
    else if (((await chunks.indexStats(index.name))?.numUnindexedRows ?? 0) > MAX_UNINDEXED)
      await chunks.optimize({ cleanupOlderThan })
  }

  async close(): Promise<void> {
    for (const table of Object.values(this.tables)) table.close()
    this.db.close()
  }

  private async indexTexts(): Promise<void> {
    if ((await this.tables.chunks.countRows()) === 0) return
    const config = Index.fts({
      baseTokenizer: 'whitespace',
      withPosition: false,
      lowercase: false,
      stem: false,
      removeStopWords: false,
      asciiFolding: false,
      maxTokenLength: 200,
    })
    await this.tables.chunks.createIndex('terms', { config })
  }
}

function vectorTable(embedder: string): string {
  return `vectors_${createHash('sha256').update(embedder).digest('hex').slice(0, 12)}`
}

const isIn = (keys: readonly string[]) => `key IN (${keys.map((key) => `'${key.replaceAll("'", "''")}'`).join(',')})`

/** Rows of the keys: by lookup when they are few, by one scan otherwise. */
async function pick(table: LanceTable, keys: readonly string[], size: number, columns: string[]) {
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
