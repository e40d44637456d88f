/** LanceDB's own vector indexes over given vectors, for `fovea bench centroids` to hold the clusters against. Nothing else asks them. */
import { connect, Index, type Table } from '@lancedb/lancedb'
import { Field, FixedSizeList, Float32, Int32, Schema } from 'apache-arrow'

/** Lists of whole vectors, or of product-quantised ones. */
export type VectorIndexKind = 'IVF_FLAT' | 'IVF_PQ'

const ROWS_PER_WRITE = 10_000
/** Bytes of a quantised vector: the standard is one for 16 numbers. */
const QUANTISED = 16

export interface VectorIndex {
  readonly partitions: number
  /** Bytes that are read of a vector that is looked at. */
  readonly bytesOf: number
  /** Rows of the nearest vectors by cosine, nearest first, of the nearest partitions. */
  nearest(query: Float32Array, limit: number, probes: number): Promise<readonly number[]>
  /** How many vectors that looks at, as LanceDB reports it. */
  looked(query: Float32Array, limit: number, probes: number): Promise<number>
  close(): void
}

/** `rows` are numbers of the vectors to be found again, each `dimensions` long. The folder is the caller's to remove. */
export async function buildVectorIndex(
  folder: string,
  kind: VectorIndexKind,
  rows: readonly (readonly [row: number, vector: Float32Array])[],
  dimensions: number,
): Promise<VectorIndex> {
  const db = await connect(folder)
  const list = new FixedSizeList(dimensions, new Field('item', new Float32(), true))
  const schema = new Schema([new Field('row', new Int32(), false), new Field('vector', list, false)])
  const table = await db.createEmptyTable(kind.toLowerCase(), schema, { mode: 'overwrite' })
  for (let i = 0; i < rows.length; i += ROWS_PER_WRITE)
    await table.add(rows.slice(i, i + ROWS_PER_WRITE).map(([row, vector]) => ({ row, vector: Array.from(vector) })))
  // As many as LanceDB makes when it is not told.
  const partitions = Math.max(1, Math.round(Math.sqrt(rows.length)))
  const options = { numPartitions: partitions, distanceType: 'cosine' } as const
  const config =
    kind === 'IVF_PQ' ? Index.ivfPq({ ...options, numSubVectors: dimensions / QUANTISED }) : Index.ivfFlat(options)
  await table.createIndex('vector', { config, waitTimeoutSeconds: 600 })
  return {
    partitions,
    bytesOf: kind === 'IVF_PQ' ? dimensions / QUANTISED : 4 * dimensions,
    async nearest(query, limit, probes) {
      const found = (await asked(table, query, limit, probes).toArray()) as { row: number }[]
      return found.map(({ row }) => row)
    },
    async looked(query, limit, probes) {
      const plan = await asked(table, query, limit, probes).analyzePlan()
      const counts = [...plan.matchAll(/index_comparisons=([\d.]+)(?: ([KM]))?/g)]
      return counts.reduce((sum, [, count, unit]) => sum + Number(count) * (unit ? { K: 1e3, M: 1e6 }[unit]! : 1), 0)
    },
    close() {
      table.close()
      db.close()
    },
  }
}

const asked = (table: Table, query: Float32Array, limit: number, probes: number) =>
  table
    .query()
    .nearestTo(Array.from(query))
    .distanceType('cosine')
    .nprobes(probes)
    .limit(limit)
    .select(['row', '_distance'])
