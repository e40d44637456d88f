/** BM25 with semble's ranking heuristics and constants, without its static embeddings. */
import { posix } from 'node:path'
import { subTokens, wordsOf } from '../../src/engine/text/terms.ts'
import { byScore, Inverted } from './inverted.ts'
import type { Peer, Place } from './peer.ts'
import { isStopWord } from './terms.ts'

const CHUNK_CHARS = 1500
const K1 = 1.5
const B = 0.75
/** Boost of a definition when the question is the symbol, and when it names the symbol in a sentence. */
const DEFINITION_BOOST = 3
const NAMED_DEFINITION_BOOST = 1.5
/** Further factor when the file is named like the symbol. */
const FILE_NAME_FACTOR = 1.5
const COHERENCE = 0.2
const MIN_OVERLAP = 0.1
/** Factor for each further chunk of a file. */
const SATURATION = 0.5
const CANDIDATES = 600
const KEYWORDS =
  'class|module|defmodule|def|interface|struct|enum|trait|type|func|function|object|fn|fun|package|namespace|protocol|record|typedef'
const SYMBOL = /^(?:[A-Za-z_]\w*(?:(?:::|\\|->|\.)[A-Za-z_]\w*)+|_\w*|[A-Za-z][A-Za-z0-9]*[A-Z_]\w*|[A-Z][A-Za-z0-9]*)$/
const NAMED = /\b(?:[A-Z][a-z][a-zA-Z0-9]*[A-Z]|[a-z][a-zA-Z0-9]*[A-Z])[a-zA-Z0-9]*\b/g
const PENALTIES: readonly (readonly [RegExp, number])[] = [
  [
    /(^|\/)(tests?|__tests__|spec|testing)\/|(^|\/)test_[^/]*\.(py|c|cpp|lua)$|_(test|spec)\.\w+$|\.(test|spec)\.[jt]sx?$|(Tests?|Spec|Suite)\.(java|php|kt|swift|cs|scala)$/,
    0.3,
  ],
  [/(^|\/)(_?compat|legacy)\//, 0.3],
  [/(^|\/)(_?examples?|docs?_src)\//, 0.3],
  [/(^|\/)single_include\//, 0.3],
  [/(^|\/)(__init__\.py|package-info\.java)$/, 0.5],
  [/\.d\.ts$/, 0.7],
]

interface Chunk extends Place {
  readonly text: string
}

const stemOf = (path: string): string => posix.parse(path).name
const tokensOf = (text: string): string[] =>
  wordsOf(text).flatMap((word) => [word.toLowerCase(), ...(subTokens(word).length > 1 ? subTokens(word) : [])])

export const semblePeer: Peer = {
  id: 'semble',
  name: 'BM25 with semble’s heuristics',
  kind: 're-implementation',
  how: 'BM25 over chunks of up to 1,500 characters with the path’s words added (the name twice), boosts for definitions (+3.0, +1.5 for names in a sentence), file names (+1.0) and coherent files (+0.2), factors for tests, examples and compatibility (0.3), `__init__` (0.5) and `.d.ts` (0.7), 0.5 for each further chunk of a file (MinishLab/semble, `ranking/`). Chunks are merged from lines, where semble merges syntax nodes, and its embedding model is not included.',
  version: async () => undefined,
  async open(tree) {
    const index = new Inverted()
    const chunks: Chunk[] = []
    for (const { path, lines } of tree.files())
      for (const chunk of cut(path, lines)) {
        chunks.push(chunk)
        const folders = posix.dirname(path).split('/').slice(-3).join(' ')
        index.add(tokensOf(`${chunk.text} ${stemOf(path)} ${stemOf(path)} ${folders}`))
      }
    return {
      diskBytes: 0,
      async ask(text) {
        const scores = index.bm25(
          [...new Set(tokensOf(text))].filter((token) => !isStopWord(token)),
          K1,
          B,
        )
        const best = new Map(
          byScore(scores)
            .slice(0, CANDIDATES)
            .map((id) => [id, scores.get(id)!]),
        )
        boost(best, chunks, text)
        return { places: saturated(best, chunks) }
      },
    }
  },
}

function cut(path: string, lines: readonly string[]): Chunk[] {
  const chunks: { path: string; firstLine: number; lastLine: number; text: string }[] = []
  lines.forEach((line, i) => {
    const chunk = chunks.at(-1)
    if (chunk && chunk.text.length + line.length < CHUNK_CHARS) {
      chunk.text += `\n${line}`
      chunk.lastLine = i + 1
    } else chunks.push({ path, firstLine: i + 1, lastLine: i + 1, text: line })
  })
  return chunks.filter(({ text }) => text.trim())
}

function boost(scores: Map<number, number>, chunks: readonly Chunk[], question: string): void {
  const top = Math.max(0, ...scores.values())
  const asked = question.trim()
  const isSymbol = SYMBOL.test(asked)
  const names = isSymbol ? [asked.split(/::|\\|->|\./).at(-1)!] : [...new Set(question.match(NAMED) ?? [])]
  if (!isSymbol) boostStems(scores, chunks, question, top)
  if (names.length)
    boostDefinitions(scores, chunks, names, top * (isSymbol ? DEFINITION_BOOST : NAMED_DEFINITION_BOOST))
  const sums = new Map<string, number>()
  const first = new Map<string, number>()
  for (const id of byScore(scores)) {
    const { path } = chunks[id]!
    if (!first.has(path)) first.set(path, id)
    sums.set(path, (sums.get(path) ?? 0) + scores.get(id)!)
  }
  const [most, best] = [Math.max(1e-9, ...sums.values()), Math.max(0, ...scores.values())]
  for (const [path, id] of first) scores.set(id, scores.get(id)! + (COHERENCE * best * sums.get(path)!) / most)
}

/** Boosts chunks of files whose name or folder contains words of the question. */
function boostStems(scores: Map<number, number>, chunks: readonly Chunk[], question: string, top: number): void {
  const words = [...new Set(question.toLowerCase().match(/[a-z_]\w{2,}/g) ?? [])].filter((word) => !isStopWord(word))
  const shares = new Map<string, number>()
  for (const [id, score] of scores) {
    const { path } = chunks[id]!
    if (!shares.has(path)) {
      const parts = [stemOf(path), posix.basename(posix.dirname(path))].flatMap((part) => [
        part.toLowerCase(),
        ...subTokens(part),
      ])
      const alike = (word: string) =>
        parts.some(
          (part) =>
            part === word ||
            (Math.min(part.length, word.length) > 2 && (part.startsWith(word) || word.startsWith(part))),
        )
      shares.set(path, words.filter(alike).length / Math.max(1, words.length))
    }
    const share = shares.get(path)!
    if (share >= MIN_OVERLAP) scores.set(id, score + top * share)
  }
}

/** Boosts chunks that define a name; in files named like it, even chunks that share no word with the question. */
function boostDefinitions(
  scores: Map<number, number>,
  chunks: readonly Chunk[],
  names: readonly string[],
  unit: number,
) {
  const pattern = new RegExp(
    `(?:^|\\s)(?:${KEYWORDS})\\s+(?:\\w+(?:\\.|::))*(?:${names.map((name) => name.replace(/\W/g, '\\$&')).join('|')})(?:[\\s<({:[;]|$)`,
    'm',
  )
  const lower = names.map((name) => name.toLowerCase())
  chunks.forEach(({ path, text }, id) => {
    const stem = stemOf(path).toLowerCase().replaceAll('_', '')
    const isNamedLike = lower.some((name) => stem === name || stem.replace(/s$/, '') === name)
    const isNear = isNamedLike || (stem.length >= 4 && lower.some((name) => name.startsWith(stem)))
    if ((scores.has(id) || isNear) && pattern.test(text))
      scores.set(id, (scores.get(id) ?? 0) + unit * (isNamedLike ? FILE_NAME_FACTOR : 1))
  })
}

/** Applies the path penalties and the saturation, and returns the chunks by score. */
function saturated(scores: ReadonlyMap<number, number>, chunks: readonly Chunk[]): Chunk[] {
  const factor = (path: string) => PENALTIES.reduce((all, [pattern, one]) => (pattern.test(path) ? all * one : all), 1)
  const factors = new Map<string, number>()
  const penalised = new Map<number, number>()
  for (const [id, score] of scores) {
    const { path } = chunks[id]!
    if (!factors.has(path)) factors.set(path, factor(path))
    penalised.set(id, score * factors.get(path)!)
  }
  const taken = new Map<string, number>()
  const final = byScore(penalised).map((id): [number, number] => {
    const { path } = chunks[id]!
    const before = taken.get(path) ?? 0
    taken.set(path, before + 1)
    return [id, penalised.get(id)! * SATURATION ** before]
  })
  return byScore(new Map(final)).map((id) => chunks[id]!)
}
