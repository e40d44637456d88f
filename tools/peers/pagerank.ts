/**
 * A repository map like Aider's (`repomap.py`): PageRank over the references between files; the best definitions are
 * shown with one line each. The constants are Aider's.
 */

import { posix } from 'node:path'
import { symbolTableOf } from '../../src/engine/measure.ts'
import type { SymbolTable } from '../../src/engine/types/workspace.ts'
import { foveaVersion, openIndexed } from './fovea.ts'
import type { Count, Pack, Peer, Place } from './peer.ts'
import { isNameLike } from './terms.ts'
import type { Tree } from './tree.ts'

const DAMPING = 0.85
const ITERATIONS = 50
/** Edge weight factors by the referenced name. */
const MENTIONED = 10
const LONG_NAME = 10
const PRIVATE = 0.1
const COMMON = 0.1
/** Length from which a composite name is long. */
const LONG_CHARS = 8
/** A name defined in more files is common. */
const MAX_DEFINING_FILES = 5
/** Personalisation of files that the question names. */
const PERSONAL = 100
/** The search for the size of the map stops within this share of the budget. */
const BUDGET_TOLERANCE = 0.15
/** Lines are cut to this length. */
const MAX_LINE_CHARS = 100
const NO_DEFINITION = new Set(['section', 'key', 'variable'])

interface Definition {
  readonly file: number
  readonly name: string
  readonly line: number
  /** First lines of the enclosing symbols, outermost first. */
  readonly around: readonly number[]
}

export interface Tags {
  readonly paths: readonly string[]
  readonly definitions: readonly Definition[]
  /** Name → file → number of references. */
  readonly references: ReadonlyMap<string, ReadonlyMap<number, number>>
}

interface Edge {
  readonly from: number
  readonly to: number
  readonly name: string
  readonly weight: number
}

export const pagerankPeer: Peer = {
  id: 'pagerank',
  name: 'PageRank map (Aider)',
  kind: 're-implementation',
  sharesIndex: true,
  how: 'PageRank over definitions and references of Fovea’s own parse: weight √references, ×10 for names in the question, ×10 for long composite names, ×0.1 for private and for common ones; files named in the question personalise it; the map’s size is searched for until within 15 % of the budget (Aider-AI/aider, `repomap.py`). It shows signatures only, which line recall penalises. It needs only symbols but reads Fovea’s index, so its own cold start is not measured.',
  version: async () => `on Fovea ${foveaVersion()}`,
  async open(tree, { count, budgets }) {
    const engine = await openIndexed(tree.root)
    const tags = tagsOf(await symbolTableOf(engine))
    return {
      diskBytes: (await engine.status()).bytes,
      async ask(text) {
        const ranked = rankDefinitions(tags, text)
        const places = ranked.map(({ file, line }) => ({ path: tags.paths[file]!, firstLine: line, lastLine: line }))
        return { places, packs: budgets.map((budget) => mapWithin(tree, tags, ranked, budget, count)) }
      },
      close: () => engine.close(),
    }
  },
}

export function tagsOf({ files, records }: SymbolTable): Tags {
  const definitions: Definition[] = []
  const references = new Map<string, Map<number, number>>()
  records.forEach((record, file) => {
    for (const symbol of record.symbols) {
      if (NO_DEFINITION.has(symbol.kind)) continue
      const around: number[] = []
      for (let p = symbol.parent; p >= 0; p = record.symbols[p]!.parent) around.unshift(record.symbols[p]!.firstLine)
      definitions.push({ file, name: symbol.name, line: symbol.firstLine, around })
    }
    for (const { kind, name } of record.references) {
      if (kind === 'import') continue
      const files = references.get(name) ?? new Map<number, number>()
      references.set(name, files.set(file, (files.get(file) ?? 0) + 1))
    }
  })
  return { paths: files.map(({ path }) => path), definitions, references }
}

/** Definitions, best first; those that no other file references come last, ordered by the rank of their file. */
export function rankDefinitions({ paths, definitions, references }: Tags, question: string): Definition[] {
  const mentioned = new Set(question.split(/\W+/))
  const definers = Map.groupBy(definitions, ({ name }) => name)
  const edges: Edge[] = []
  for (const [name, defined] of definers) {
    const files = new Set(defined.map(({ file }) => file))
    const isLong = name.length >= LONG_CHARS && (isNameLike(name) || name.includes('-'))
    const factor =
      (mentioned.has(name) ? MENTIONED : 1) *
      (isLong ? LONG_NAME : 1) *
      (name.startsWith('_') ? PRIVATE : 1) *
      (files.size > MAX_DEFINING_FILES ? COMMON : 1)
    for (const [from, times] of references.get(name) ?? [])
      for (const to of files) edges.push({ from, to, name, weight: factor * Math.sqrt(times) })
  }
  const isMentioned = (path: string) => question.includes(posix.basename(path)) || mentioned.has(posix.parse(path).name)
  const ranks = pageRank(
    edges,
    paths.map((path) => (isMentioned(path) ? PERSONAL / paths.length : 0)),
  )
  return byRank(definitions, edges, ranks)
}

function byRank(definitions: readonly Definition[], edges: readonly Edge[], ranks: Float64Array): Definition[] {
  const total = outWeights(edges, ranks.length)
  const shares = new Map<string, number>()
  for (const { from, to, name, weight } of edges) {
    const key = `${to} ${name}`
    shares.set(key, (shares.get(key) ?? 0) + (ranks[from]! * weight) / total[from]!)
  }
  const scored = definitions.map((one) => ({ one, score: shares.get(`${one.file} ${one.name}`) ?? 0 }))
  scored.sort((a, b) => b.score - a.score || ranks[b.one.file]! - ranks[a.one.file]! || a.one.line - b.one.line)
  return scored.map(({ one }) => one)
}

function outWeights(edges: readonly Edge[], files: number): Float64Array {
  const total = new Float64Array(files)
  for (const { from, weight } of edges) total[from]! += weight
  return total
}

/** PageRank of files. `personal` is the restart distribution; all zero means uniform. */
export function pageRank(edges: readonly Edge[], personal: readonly number[]): Float64Array {
  const sum = personal.reduce((a, b) => a + b, 0)
  const start = Float64Array.from(personal, (one) => (sum ? one / sum : 1 / personal.length))
  const total = outWeights(edges, personal.length)
  let ranks = start
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    let dangling = 0
    ranks.forEach((rank, i) => {
      if (!total[i]) dangling += rank
    })
    const next = start.map((one) => one * (1 - DAMPING + DAMPING * dangling))
    for (const { from, to, weight } of edges) next[to]! += (DAMPING * ranks[from]! * weight) / total[from]!
    ranks = next
  }
  return ranks
}

/** A map of as many definitions as fit, found by binary search. */
function mapWithin(tree: Tree, tags: Tags, ranked: readonly Definition[], budget: number, count: Count): Pack {
  let best = draw(tree, tags, [])
  let [low, high] = [1, ranked.length]
  while (low <= high) {
    const middle = (low + high) >> 1
    const map = draw(tree, tags, ranked.slice(0, middle))
    const tokens = map.text.length > budget * 12 ? budget + 1 : count(map.text)
    if (tokens > budget) high = middle - 1
    else {
      best = map
      low = middle + 1
      if (tokens >= budget * (1 - BUDGET_TOLERANCE)) break
    }
  }
  return best
}

/** Renders a map file by file, lines in order, long ones cut; `⋮` stands for omitted lines. */
function draw(tree: Tree, { paths }: Tags, definitions: readonly Definition[]): Pack {
  const texts: string[] = []
  const shown: Place[] = []
  const files = Map.groupBy(definitions, ({ file }) => file)
  for (const [file, own] of [...files].sort(([a], [b]) => a - b)) {
    const path = paths[file]!
    const lines = tree.lines(path)
    const numbers = [...new Set(own.flatMap(({ line, around }) => [...around, line]))].sort((a, b) => a - b)
    texts.push(`\n${path}:\n`)
    for (const [i, n] of numbers.entries()) {
      if (n !== (numbers[i - 1] ?? 0) + 1) texts.push('⋮\n')
      texts.push(`│${(lines[n - 1] ?? '').slice(0, MAX_LINE_CHARS)}\n`)
      shown.push({ path, firstLine: n, lastLine: n })
    }
  }
  return { text: texts.join(''), shown, named: [...files.keys()].map((file) => paths[file]!) }
}
