/** The queries of a file, and a sample of them that always comes out the same. */
import { readFileSync } from 'node:fs'
import { sample } from '../../src/bench/questions.ts'
import type { Query } from '../../training/ranking/collect.ts'

export type { Query }

/** Completions are no questions about a repository: left out, as the scorer of the query file does by default. */
const LEFT_OUT = 'completion'
/** Every tree has to be written and indexed by everyone. */
const TREES_A_KIND = 10
const A_TREE = 3

export const RULE = `as many of each kind (question, issue, commit) as there are, up to a third of the sample each; one query of every repository and set in turn, at most ${A_TREE} of a tree and ${TREES_A_KIND} trees of a kind`

export function readQueries(file: string, ids?: string): Query[] {
  const kept = ids ? new Set(readFileSync(ids, 'utf8').split(/\s+/)) : null
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim())
    .map((line) => JSON.parse(line) as Query)
    .filter(({ id, kind, gold_files }) => kind !== LEFT_OUT && gold_files.length > 0 && (kept?.has(id) ?? true))
}

export const treeOf = ({ repo, commit }: Pick<Query, 'repo' | 'commit'>): string =>
  `${repo.replace('/', '+')}-${commit.slice(0, 12)}`

/** `count` 0: all. */
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
  // Kinds in turn, so that a run that is cut short has some of each.
  return Array.from({ length: count }, (_, i) => drawn.flatMap((own) => own[i] ?? [])).flat()
}

function ofKind(queries: readonly Query[], quota: number, seed: number): Query[] {
  const ordered = [...queries].sort((a, b) => (a.id < b.id ? -1 : 1))
  const strata = [...Map.groupBy(sample(ordered, ordered.length, seed), ({ repo, set }) => `${repo} ${set}`).values()]
  const taken: Query[] = []
  const perTree = new Map<string, number>()
  const isOpen = (query: Query): boolean => {
    const used = perTree.get(treeOf(query))
    return !taken.includes(query) && (used === undefined ? perTree.size < TREES_A_KIND : used < A_TREE)
  }
  for (;;) {
    const before = taken.length
    for (const stratum of strata) {
      // Of a tree that is there already, if there is one.
      const open = stratum.filter(isOpen)
      const next = open.find((query) => perTree.has(treeOf(query))) ?? open[0]
      if (!next || taken.length >= quota) continue
      taken.push(next)
      perTree.set(treeOf(next), (perTree.get(treeOf(next)) ?? 0) + 1)
    }
    if (taken.length === before) return taken
  }
}
