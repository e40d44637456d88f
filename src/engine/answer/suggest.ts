/** Questions a newcomer could ask, made of the repository's own symbols: what most others refer to. */

import type { FileRecord } from '../model/chunk.ts'
import { rolesOf } from '../model/role.ts'
import type { Edges } from '../model/symbol.ts'

interface Known {
  readonly files: readonly { readonly path: string }[]
  readonly records: readonly FileRecord[]
  readonly edges: Edges
}

const SHORTEST_NAME = 4
const TYPES = ['class', 'interface', 'struct', 'trait', 'type']

/** At most three; none of a repository without symbols. */
export function exampleQuestions({ files, records, edges }: Known): string[] {
  const weights = new Map<string, { readonly file: number; readonly symbol: number; weight: number }>()
  for (let row = 0; row < edges.kind.length; row++) {
    const [file, symbol] = [edges.toFile[row]!, edges.toSymbol[row]!]
    // What a file refers to of its own says little about the repository.
    if (symbol < 0 || edges.fromFile[row] === file) continue
    const key = `${file} ${symbol}`
    const held = weights.get(key) ?? { file, symbol, weight: 0 }
    held.weight += edges.weight[row]!
    weights.set(key, held)
  }
  const ranked = [...weights.values()].sort((a, b) => b.weight - a.weight)
  const named = (kinds: readonly string[], fits: (name: string) => boolean = () => true): string => {
    for (const { file, symbol } of ranked) {
      const { test, example, document, generated } = rolesOf(files[file]!.path)
      const { kind, name } = records[file]!.symbols[symbol]!
      if (
        !test &&
        !example &&
        !document &&
        !generated &&
        kinds.includes(kind) &&
        name.length >= SHORTEST_NAME &&
        fits(name)
      )
        return name
    }
    return ''
  }
  const type = named(TYPES)
  const call = named(['function', 'method'])
  const failure = named(TYPES, (name) => /(Error|Exception|Failure)$/.test(name))
  const second = named(TYPES, (name) => name !== type)
  return [
    type && `What is ${type} for, and who uses it?`,
    call && `How does ${call} work, step by step?`,
    failure ? `When is ${failure} raised?` : second && `How do ${type} and ${second} work together?`,
  ].filter((question): question is string => Boolean(question))
}
