/** Questions a newcomer could ask, made of the repository's own symbols: what most others refer to. */

import type { FileRecord } from '../model/chunk.ts'
import type { Cluster } from '../model/cluster.ts'
import { rolesOf } from '../model/role.ts'
import type { Edges } from '../model/symbol.ts'

interface Known {
  readonly files: readonly { readonly path: string }[]
  readonly records: readonly FileRecord[]
  readonly edges: Edges
  readonly clusters: readonly Cluster[]
}

const SHORTEST_NAME = 4

/** At most three; none of a repository without symbols. */
export function exampleQuestions({ files, records, edges, clusters }: Known): string[] {
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
  const named = (kinds: readonly string[]): string => {
    for (const { file, symbol } of ranked) {
      const { test, example, document, generated } = rolesOf(files[file]!.path)
      const { kind, name } = records[file]!.symbols[symbol]!
      if (!test && !example && !document && !generated && kinds.includes(kind) && name.length >= SHORTEST_NAME)
        return name
    }
    return ''
  }
  const type = named(['class', 'interface', 'struct', 'trait', 'type'])
  const call = named(['function', 'method'])
  const topic = clusters
    .filter(({ level, folders }) => level === 0 && !folders[0]?.[0].match(/(^|\/)(tests?|docs?|examples?)(\/|$)/))
    .sort((a, b) => b.members.length - a.members.length)[0]
    ?.label.slice(0, 2)
    .join(' ')
  return [
    type && `What is ${type} for, and who uses it?`,
    call && `How does ${call} work, step by step?`,
    topic && `Where is ${topic} handled?`,
  ].filter((question): question is string => Boolean(question))
}
