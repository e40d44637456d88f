/** Questions a newcomer could ask, made of the repository's own symbols: what most others refer to. */

import type { FileRecord } from '../model/chunk.ts'
import { rolesOf } from '../model/role.ts'
import type { Edges } from '../model/symbol.ts'
import { subTokens } from '../model/terms.ts'

interface Known {
  readonly files: readonly { readonly path: string }[]
  readonly records: readonly FileRecord[]
  readonly edges: Edges
}

const SHORTEST_NAME = 4
const CALLS = ['function', 'method']
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
  const known = ranked.flatMap(({ file, symbol }) => {
    const { test, example, document, generated } = rolesOf(files[file]!.path)
    const { kind, name } = records[file]!.symbols[symbol]!
    return test || example || document || generated || name.length < SHORTEST_NAME ? [] : [{ kind, name }]
  })
  const named = (kinds: readonly string[], fits: (name: string) => boolean = () => true): string =>
    known.find(({ kind, name }) => kinds.includes(kind) && fits(name))?.name ?? ''
  const type = named(TYPES)
  // A name of several words says more than `get`.
  const call = named(CALLS, (name) => subTokens(name).length > 1) || named(CALLS)
  const failure = named(TYPES, (name) => /(Error|Exception|Failure)$/.test(name))
  const second = named(TYPES, (name) => name !== type)
  return [
    type && `What is ${type} for, and who uses it?`,
    call && `How does ${call} work, step by step?`,
    failure ? `When is ${failure} raised?` : second && `How do ${type} and ${second} work together?`,
  ].filter((question): question is string => Boolean(question))
}
