/** Reads pairs.jsonl into bags of term ids and builds the vocabulary from the training pairs. */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { countWeight, ngramBuckets } from '../../src/engine/text/embedding.ts'
import type { Pair, PairKind } from './pairs.ts'
import { readRepositories } from './repositories.ts'

/** A bag of words: distinct term ids and their counts. */
export interface Bag {
  readonly terms: Int32Array
  readonly counts: Uint16Array
}

export interface Example {
  readonly repository: string
  readonly kind: PairKind
  readonly query: Bag
  readonly code: Bag
  /** Equal for equal texts: such pairs are not negatives for each other. */
  readonly queryText: number
  readonly codeText: number
}

export interface Data {
  /** All terms; the first `known` are the vocabulary, most frequent first. */
  readonly terms: readonly string[]
  readonly known: number
  readonly train: readonly Example[]
  readonly heldOut: readonly Example[]
}

/** A vocabulary term occurs in at least this many training pairs. */
const MIN_PAIRS = 4

/** Reads the pairs; `limit` is the maximum size of the vocabulary. */
export async function readData(file: string, limit: number): Promise<Data> {
  const held = new Set(readRepositories().flatMap(({ repository, heldOut }) => (heldOut ? [repository] : [])))
  const pairs: Pair[] = []
  for await (const line of createInterface({ input: createReadStream(file) })) pairs.push(JSON.parse(line))
  const frequency = new Map<string, number>()
  for (const { repository, query, code } of pairs) {
    if (held.has(repository)) continue
    for (const term of new Set([...query.split(' '), ...code.split(' ')]))
      frequency.set(term, (frequency.get(term) ?? 0) + 1)
  }
  const terms = [...frequency]
    .filter(([, count]) => count >= MIN_PAIRS)
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, limit)
    .map(([term]) => term)
  const known = terms.length
  const numbers = new Map(terms.map((term, i) => [term, i]))
  const bagOf = (text: string): Bag => {
    const counts = new Map<number, number>()
    for (const term of text.split(' ')) {
      let number = numbers.get(term)
      if (number === undefined) {
        number = terms.push(term) - 1
        numbers.set(term, number)
      }
      counts.set(number, (counts.get(number) ?? 0) + 1)
    }
    return { terms: Int32Array.from(counts.keys()), counts: Uint16Array.from(counts.values()) }
  }
  const texts = new Map<string, number>()
  const numberOf = (text: string) => {
    const number = texts.get(text) ?? texts.size
    texts.set(text, number)
    return number
  }
  const examples = pairs.map(
    ({ repository, kind, query, code }): Example => ({
      repository,
      kind,
      query: bagOf(query),
      code: bagOf(code),
      queryText: numberOf(query),
      codeText: numberOf(code),
    }),
  )
  return {
    terms,
    known,
    train: examples.filter(({ repository }) => !held.has(repository)),
    heldOut: examples.filter(({ repository }) => held.has(repository)),
  }
}

/** Row numbers of each term's n-gram buckets; bucket rows follow the vocabulary rows. */
export function ngramRows({ terms, known }: Data, buckets: number): Int32Array[] {
  return terms.map((term) => Int32Array.from(ngramBuckets(term, buckets), (bucket) => known + bucket))
}

export const weightsOf = ({ counts }: Bag): Float32Array => Float32Array.from(counts, countWeight)
