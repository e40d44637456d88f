/**
 * LanceDB's own vector indexes over given vectors, with which `fovea bench centroids` compares the clusters. Used by
 * nothing else.
 */
import { connect, Index, type Table } from '@lancedb/lancedb'
import { Field, FixedSizeList, Float32, Int32, Schema } from 'apache-arrow'

/** Inverted lists of whole vectors, or of product-quantised ones. */
export type VectorIndexKind = 'IVF_FLAT' | 'IVF_PQ'

const ROWS_PER_WRITE = 10_000
/** Dimensions per byte of a quantised vector: LanceDB's default. */
const DIMENSIONS_PER_BYTE = 16

export interface VectorIndex {
  readonly partitions: number
  /** Bytes read per visited vector. */
  readonly bytesOf: number
  /** Rows of the nearest vectors by cosine, nearest first, from the nearest partitions. */
  nearest(query: Float32Array, limit: number, probes: number): Promise<readonly number[]>
  /** How many vectors a search visits, as LanceDB reports it. */
  looked(query: Float32Array, limit: number, probes: number): Promise<number>
  close(): void
}

/** `rows` are vectors of the given dimension, concatenated. The caller removes the folder. */
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
  // LanceDB's default number of partitions.
  const partitions = Math.max(1, Math.round(Math.sqrt(rows.length)))
  const options = { numPartitions: partitions, distanceType: 'cosine' } as const
  const config =
    kind === 'IVF_PQ'
      ? Index.ivfPq({ ...options, numSubVectors: dimensions / DIMENSIONS_PER_BYTE })
      : Index.ivfFlat(options)
  await table.createIndex('vector', { config, waitTimeoutSeconds: 600 })
  return {
    partitions,
    bytesOf: kind === 'IVF_PQ' ? dimensions / DIMENSIONS_PER_BYTE : 4 * dimensions,
    async nearest(query, limit, probes) {
      const found = (await queryFor(table, query, limit, probes).toArray()) as { row: number }[]
      return found.map(({ row }) => row)
    },
    async looked(query, limit, probes) {
      const plan = await queryFor(table, query, limit, probes).analyzePlan()
      const counts = [...plan.matchAll(/index_comparisons=([\d.]+)(?: ([KM]))?/g)]
      return counts.reduce((sum, [, count, unit]) => sum + Number(count) * (unit ? { K: 1e3, M: 1e6 }[unit]! : 1), 0)
    },
    close() {
      table.close()
      db.close()
    },
  }
}

const queryFor = (table: Table, query: Float32Array, limit: number, probes: number) =>
  table
    .query()
    .nearestTo(Array.from(query))
    .distanceType('cosine')
    .nprobes(probes)
    .limit(limit)
    .select(['row', '_distance'])
