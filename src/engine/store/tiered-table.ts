/**
 * Rows by key in two LanceDB tables. LanceDB merges small writes by copying the whole table, so they go to a small
 * young table, which is merged often and joins the old one when it has grown to a share of it: the levels of a
 * log-structured merge tree (O'Neil et al., 1996). A row may be in both tables: a key has one content.
 */
import type { Connection, Table } from '@lancedb/lancedb'
import type { Schema } from 'apache-arrow'

/** Above this share of the table a full scan is faster than lookups. */
const SCAN_SHARE = 0.25
const KEYS_PER_QUERY = 400
/** A write of more rows goes to the old table. */
const MAX_SMALL_WRITE_ROWS = 32
/** Small writes before they are merged. */
const MAX_FRAGMENTS = 24
/** The young table joins the old one when it is this share of it. */
const MAX_YOUNG_SHARE = 1 / 16

type Values = Record<string, unknown>

export class TieredTable {
  private readonly db: Connection
  private readonly name: string
  private readonly columns: string[]
  private readonly open = new Map<string, Table>()
  private known: Set<string> | null = null
  /** Removed rows take space until a table is rewritten. */
  private hasRemovals = false

  /** `value` is the column next to the key. */
  constructor(db: Connection, name: string, value: string) {
    this.db = db
    this.name = name
    this.columns = ['key', value]
  }

  /**
   * Opens the tables that exist. The young one is opened first: what moves to the old one meanwhile is then in both.
   */
  private async tables(): Promise<Table[]> {
    const names = [this.young, this.name]
    if (names.some((name) => !this.open.has(name))) {
      const existing = await this.db.tableNames()
      for (const name of names)
        if (!this.open.has(name) && existing.includes(name)) {
          const table = await openTable(this.db, name)
          if (table) this.open.set(name, table)
        }
    }
    return names.flatMap((name) => this.open.get(name) ?? [])
  }

  private get young(): string {
    return `${this.name}_young`
  }

  private async openOrCreate(name: string, schema: Schema): Promise<Table> {
    await this.tables()
    const table = this.open.get(name) ?? (await this.db.createEmptyTable(name, schema))
    this.open.set(name, table)
    return table
  }

  async keys(): Promise<ReadonlySet<string>> {
    if (!this.known) {
      const known = new Set<string>()
      for (const table of await this.tables())
        for (const { key } of (await table.query().select(['key']).toArray()) as { key: string }[]) known.add(key)
      this.known = known
    }
    return this.known
  }

  async *rows(keys: readonly string[]): AsyncGenerator<Values> {
    for (const table of await this.tables()) yield* selectRows(table, keys, this.columns)
  }

  async add(rows: readonly (Values & { readonly key: string })[], schema: Schema): Promise<void> {
    if (rows.length === 0) return
    await (await this.openOrCreate(rows.length > MAX_SMALL_WRITE_ROWS ? this.name : this.young, schema)).add([...rows])
    for (const { key } of rows) this.known?.add(key)
  }

  async remove(keys: readonly string[]): Promise<void> {
    for (const table of await this.tables())
      for (let i = 0; i < keys.length; i += KEYS_PER_QUERY) await table.delete(isIn(keys.slice(i, i + KEYS_PER_QUERY)))
    this.hasRemovals ||= keys.length > 0
    this.known = null
  }

  /** Only for the holder of the lock. Versions older than `retentionMs` are removed. */
  async compact(retentionMs: number): Promise<void> {
    await this.tables()
    const [old, young] = [this.open.get(this.name), this.open.get(this.young)]
    // Only the holder of the lock compacts: files that no version names were left by a crashed writer.
    const mergeOptions = () => ({ cleanupOlderThan: new Date(Date.now() - retentionMs), deleteUnverified: true })
    if (young && (this.hasRemovals || (await countFragments(young)) > MAX_FRAGMENTS)) {
      const isLarge = (await young.countRows()) > MAX_YOUNG_SHARE * ((await old?.countRows()) ?? 0)
      if (isLarge) {
        // After a crash between the two steps, rows are in both.
        await (await this.openOrCreate(this.name, await young.schema())).add(await young.toArrow())
        await young.delete('true')
      }
      await young.optimize(mergeOptions())
    }
    if (old && (this.hasRemovals || (await countFragments(old)) > MAX_FRAGMENTS)) await old.optimize(mergeOptions())
    this.hasRemovals = false
  }

  close(): void {
    for (const table of this.open.values()) table.close()
    this.open.clear()
  }
}

/** null for a table that is just being created, or whose creator crashed. */
export async function openTable(db: Connection, name: string): Promise<Table | null> {
  return db.openTable(name).catch((error: unknown) => {
    if (/was not found/i.test(String(error))) return null
    throw error
  })
}

const countFragments = async (table: Table): Promise<number> => (await table.stats()).fragmentStats.numFragments

/** A filter on the column `key`. */
export const isIn = (keys: readonly string[]) =>
  `key IN (${keys.map((key) => `'${key.replaceAll("'", "''")}'`).join(',')})`

/** Rows of the keys: by lookups if few, by one scan otherwise. */
async function* selectRows(table: Table, keys: readonly string[], columns: string[]): AsyncGenerator<Values> {
  const wanted = new Set(keys)
  if (wanted.size > SCAN_SHARE * (await table.countRows())) {
    for await (const batch of table.query().select(columns))
      for (const row of batch.toArray()) if (wanted.has(row.key)) yield row.toJSON()
    return
  }
  for (let i = 0; i < keys.length; i += KEYS_PER_QUERY) {
    const query = table.query().where(isIn(keys.slice(i, i + KEYS_PER_QUERY)))
    for (const row of await query.select(columns).toArray()) yield row.toJSON()
  }
}
