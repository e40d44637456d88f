/** Graph signals: what the best chunks call, and how much the rest of the tree refers to a file. */
import { EDGE_KINDS, type Edges } from '../types/symbol.ts'
import type { Corpus } from './corpus.ts'
import { topIndices } from './lexical.ts'

const TESTS = EDGE_KINDS.indexOf('tests')

/** ln(1 + total weight of the references from other files), per file. */
export function referencesOf({ kind, fromFile, toFile, weight }: Edges, files: number): Float32Array {
  const sums = new Float32Array(files)
  for (let i = 0; i < kind.length; i++) if (fromFile[i] !== toFile[i]) sums[toFile[i]!]! += weight[i]!
  return sums.map((sum) => Math.log(1 + sum))
}

/** Scores the chunks that the `top` best chunks refer to, by the evidence of the referring chunk. */
export function followCalls(corpus: Corpus, evidence: Float32Array, top: number): Float32Array {
  const { chunks, records, fileOf, tree } = corpus
  const { kind, fromSymbol, toFile, toSymbol, weight } = tree.edges
  const scores = new Float32Array(chunks.length)
  for (const chunk of topIndices(evidence, top)) {
    const { firstLine, lastLine } = chunks[chunk]!
    const [start, end] = corpus.edgesOf(fileOf[chunk]!)
    const { symbols } = records[fileOf[chunk]!]!
    const reached = new Map<number, number>()
    for (let i = start; i < end; i++) {
      const symbol = symbols[fromSymbol[i]!]
      if (
        kind[i] === TESTS ||
        toSymbol[i]! < 0 ||
        !symbol ||
        symbol.firstLine > lastLine ||
        symbol.lastLine < firstLine
      )
        continue
      const target = corpus.chunkAt(toFile[i]!, records[toFile[i]!]!.symbols[toSymbol[i]!]!.firstLine)
      if (target !== undefined && target !== chunk) reached.set(target, Math.max(weight[i]!, reached.get(target) ?? 0))
    }
    for (const [target, weightOfEdge] of reached)
      scores[target]! += (evidence[chunk]! * weightOfEdge) / Math.sqrt(reached.size)
  }
  return scores
}
