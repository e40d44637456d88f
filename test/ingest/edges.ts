/** The edges of a tree written as text. */
import { symbolTableOf } from '../../src/engine/measure.ts'
import { EDGE_KINDS } from '../../src/engine/types/symbol.ts'
import { openWorld } from '../engine.ts'

/** `<from> <kind> <to>` of each edge between symbols, with its weight unless it is certain. */
export async function edgesOf(tree: string): Promise<string> {
  const { engine, index } = await openWorld(tree)
  await index()
  const { records, edges } = await symbolTableOf(engine)
  const name = (file: number, symbol: number): string => {
    const { symbols } = records[file]!
    const owner = symbols[symbol]
    return owner ? (owner.parent < 0 ? owner.name : `${name(file, owner.parent)}.${owner.name}`) : ''
  }
  const rows = Array.from(edges.kind, (kind, row) => {
    const from = name(edges.fromFile[row]!, edges.fromSymbol[row]!)
    const to = name(edges.toFile[row]!, edges.toSymbol[row]!)
    const weight = edges.weight[row]!
    return from && to ? [`${from} ${EDGE_KINDS[kind]} ${to}${weight > 0.99 ? '' : ` ?${weight.toFixed(2)}`}`] : []
  })
  return rows.flat().sort().join('\n')
}
