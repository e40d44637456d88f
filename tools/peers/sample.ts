/** Reads a query file and draws a reproducible, stratified sample. */
import { readFileSync } from 'node:fs'
import { sample } from '../../src/bench/questions.ts'
import type { Query } from '../../training/ranking/collect.ts'

export type { Query }

/** Completions are not questions about a repository; the query file's own scorer excludes them by default, too. */
const EXCLUDED_KIND = 'completion'
/** Limited, because every peer has to index every tree. */
const MAX_TREES_PER_KIND = 10
const MAX_QUERIES_PER_TREE = 3

export const RULE = `as many of each kind (question, issue, commit) as there are, up to a third of the sample each; one query of every repository and set in turn, at most ${MAX_QUERIES_PER_TREE} of a tree and ${MAX_TREES_PER_KIND} trees of a kind`

/** The queries of a JSON lines file that have gold files; with `ids`, only those listed there. */
export function readQueries(file: string, ids?: string): Query[] {
  const selected = ids ? new Set(readFileSync(ids, 'utf8').split(/\s+/)) : null
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim())
    .map((line) => JSON.parse(line) as Query)
    .filter(
      ({ id, kind, gold_files }) => kind !== EXCLUDED_KIND && gold_files.length > 0 && (selected?.has(id) ?? true),
    )
}

export const treeOf = ({ repo, commit }: Pick<Query, 'repo' | 'commit'>): string =>
  `${repo.replace('/', '+')}-${commit.slice(0, 12)}`

/** Draws `count` queries by `RULE`; all of them when it is 0. */
export function drawSample(queries: readonly Query[], count: number, seed: number): Query[] {
  if (count === 0) return [...queries]
  const kinds = [...new Set(queries.map(({ kind }) => kind))].sort()
  const drawn = kinds.map((kind) =>
    ofKind(
      queries.filter((query) => query.kind === kind),
      Math.ceil(count / kinds.length),
      seed,
    ),
  )
  // Alternates the kinds, so that a run that is cut short has some of each.
  return Array.from({ length: count }, (_, i) => drawn.flatMap((ofOneKind) => ofOneKind[i] ?? [])).flat()
}

function ofKind(queries: readonly Query[], quota: number, seed: number): Query[] {
  const ordered = [...queries].sort((a, b) => (a.id < b.id ? -1 : 1))
  const strata = [...Map.groupBy(sample(ordered, ordered.length, seed), ({ repo, set }) => `${repo} ${set}`).values()]
  const taken: Query[] = []
  const perTree = new Map<string, number>()
  const isOpen = (query: Query): boolean => {
    const used = perTree.get(treeOf(query))
    return (
      !taken.includes(query) && (used === undefined ? perTree.size < MAX_TREES_PER_KIND : used < MAX_QUERIES_PER_TREE)
    )
  }
  for (;;) {
    const before = taken.length
    for (const stratum of strata) {
      // Prefers a tree that is already in the sample.
      const open = stratum.filter(isOpen)
      const next = open.find((query) => perTree.has(treeOf(query))) ?? open[0]
      if (!next || taken.length >= quota) continue
      taken.push(next)
      perTree.set(treeOf(next), (perTree.get(treeOf(next)) ?? 0) + 1)
    }
    if (taken.length === before) return taken
  }
}
