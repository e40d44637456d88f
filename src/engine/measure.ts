/** Entry point for `src/bench`: gives benches the internals of an engine that its public API does not expose. */
import { type Engine, internalsOf } from './engine.ts'
import { embedChunks } from './ingest/ingest.ts'
import type { Ports } from './ports.ts'
import { type DenseIndex, openDense, openRetriever, SIGNALS } from './retrieve/retrieve.ts'
import { IndexSnapshot } from './snapshot.ts'
import { buildVectorIndex, StringInterner, storedForm, type VectorIndex, type VectorIndexKind } from './store/store.ts'
import type { FileRecord } from './types/chunk.ts'
import type { Context } from './types/pack.ts'
import type { Mode, Question } from './types/query.ts'
import type { Run } from './types/run.ts'
import type { Tree } from './types/tree.ts'
import type { SymbolTable } from './types/workspace.ts'

export type { DenseIndex, VectorIndex, VectorIndexKind }
export { buildVectorIndex, SIGNALS, StringInterner, storedForm }

/** Every indexed file with its symbols and references. */
export async function symbolTableOf(engine: Engine): Promise<SymbolTable> {
  const { tree, retriever } = await internalsOf(engine).host.openIndex()
  return { files: tree.entries, records: retriever.corpus.records, edges: tree.edges }
}

/** The mode in which a question would be answered if a model answered it. */
export async function modeOf(engine: Engine, text: string): Promise<Mode> {
  const { host, ports } = internalsOf(engine)
  return (await new IndexSnapshot(ports, await host.openIndex(), new Map()).route({ text, budgets: [] })).mode
}

/** Dense search over the index as it is; null unless the clusters were made with the built-in embedder. */
export async function denseIndexOf(engine: Engine): Promise<DenseIndex | null> {
  const { host, ports } = internalsOf(engine)
  const { tree, retriever } = await host.openIndex()
  const { embedding, clock } = ports
  if (embedding?.id !== tree.embedder) return null
  const { corpus } = retriever
  const rows = corpus.chunks.map((chunk, i) => ({ chunk, record: corpus.records[corpus.fileOf[i]!]! }))
  return openDense(corpus, embedding, await embedChunks(embedding, rows, clock))
}

/** Queries a tree that is not stored, in the same way as `Engine.context` queries a stored one. */
export async function askTree(
  ports: Ports,
  tree: Tree,
  records: readonly FileRecord[],
): Promise<(run: Run, question: Question) => Promise<Context>> {
  const retriever = await openRetriever(tree, records, ports.clock)
  const snapshot = new IndexSnapshot(ports, { tree, retriever }, new Map())
  return (run, question) => snapshot.context(run, question)
}
