/**
 * Evaluates the whole pipeline on queries with gold: ranking, and what packs name and show, by kind, language,
 * repository and resolution. History ends where the query was asked; with `--folds` no repository is scored with
 * weights it helped to fit (`fit.ts --folds`). Uses the trees and indexes of `collect.ts`.
 *
 * usage: node tools/node24.mjs training/ranking/evaluate.ts QUERIES.jsonl IDS MIRRORS WORK [--folds] [--no-history]
 *        [--shard N/OF --out FILE] | --show FILE,…
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Weights } from '../../src/engine/retrieve/ranking-weights.ts'
import { retrieveContext } from '../../src/engine/retrieve/retrieve.ts'
import { isExample, isTest } from '../../src/engine/text/path-role.ts'
import { checkOut, evidenceOf, openTree, type Query, readQueries } from './collect.ts'

const BUDGETS = [1000, 2000, 4000, 8000, 16_000, 32_000]
const RESOLUTIONS = ['full', 'trimmed']
const HISTORY = ['past', 'pastChunk', 'churn']

type Figures = Readonly<Record<string, number>>

interface Row {
  readonly groups: readonly string[]
  readonly figures: Figures
}

interface Options {
  readonly without: readonly string[]
  readonly weights: Weights | undefined
}

async function answer(tree: Awaited<ReturnType<typeof openTree>>, query: Query, options: Options): Promise<Figures> {
  const began = performance.now()
  const { hits, packs } = await retrieveContext(
    { signal: new AbortController().signal, report: () => {} },
    tree.retriever,
    { text: query.query, budgets: BUDGETS, withoutSignals: options.without },
    { ports: tree.ports, read: tree.read, ...(options.weights ? { weights: options.weights } : {}) },
  )
  const gold = new Set(query.gold_files)
  const files = [...new Set(hits.map(({ path }) => path))]
  const rank = files.findIndex((file) => gold.has(file))
  const share = (found: Iterable<string>) => new Set([...found].filter((file) => gold.has(file))).size / gold.size
  const figures: Record<string, number> = { ms: performance.now() - began, MRR: rank < 0 ? 0 : 1 / (rank + 1) }
  for (const k of [1, 5, 10]) figures[`R@${k}`] = share(files.slice(0, k))
  const evidence = evidenceOf(query)
  const lines = [...evidence.values()].reduce((sum, { size }) => sum + size, 0)
  for (const { budget, tokens, blocks } of packs) {
    const k = budget / 1000
    figures[`files ${k}k`] = share(blocks.map(({ path }) => path))
    if (tokens > budget) throw new Error(`${query.id}: ${tokens} tokens in a pack of ${budget}`)
    if (lines === 0) continue
    for (const wanted of RESOLUTIONS) {
      const shown = blocks
        .filter(({ resolution }) => resolution === wanted)
        .flatMap(({ path, shown }) => shown.map(([first, last]) => ({ path, first, last })))
      const held = shown.reduce(
        (sum, { path, first, last }) =>
          sum + [...(evidence.get(path) ?? [])].filter((n) => n >= first && n <= last).length,
        0,
      )
      figures[`lines ${k}k`] = (figures[`lines ${k}k`] ?? 0) + held / lines
      figures[`${wanted} ${k}k`] = held / lines
    }
  }
  return figures
}

/** The groups a query counts towards. */
function groupsOf({ kind, set, repo, gold_files }: Query): string[] {
  const extensions = new Map<string, number>()
  for (const file of gold_files) {
    const extension = /\.(\w+)$/.exec(file)?.[1] ?? ''
    extensions.set(extension, (extensions.get(extension) ?? 0) + 1)
  }
  const [extension = ''] = [...extensions].sort((a, b) => b[1] - a[1])[0] ?? []
  const aside = gold_files.every((file) => isTest(file) || isExample(file)) ? ['gold is a test or example'] : []
  return ['all', `kind ${kind}`, `set ${set}`, `language .${extension}`, repo, ...aside]
}

function show(rows: readonly Row[]): void {
  const names = ['MRR', 'R@1', 'R@5', 'R@10', ...BUDGETS.flatMap((b) => [`files ${b / 1000}k`, `lines ${b / 1000}k`])]
  const all = [...new Set(rows.flatMap(({ groups }) => groups))]
  console.log(`${'group'.padEnd(28)}    n ${names.map((name) => name.padStart(9)).join(' ')}`)
  const mean = (name: string, its: readonly Row[]) => {
    const values = its.flatMap(({ figures }) => figures[name] ?? [])
    return (values.reduce((a, b) => a + b, 0) / Math.max(1, values.length)).toFixed(3)
  }
  const rank = (group: string) => ['all', 'kind', 'set', 'language', 'gold'].findIndex((s) => group.startsWith(s))
  for (const group of all.sort((a, b) => ((rank(a) + 9) % 9) - ((rank(b) + 9) % 9) || (a < b ? -1 : 1))) {
    const its = rows.filter(({ groups }) => groups.includes(group))
    const cells = names.map((name) => mean(name, its).padStart(9)).join(' ')
    console.log(`${group.padEnd(28)} ${String(its.length).padStart(4)} ${cells}`)
  }
  const byRung = RESOLUTIONS.map(
    (wanted) => `${wanted} ${BUDGETS.map((b) => mean(`${wanted} ${b / 1000}k`, rows)).join(' ')}`,
  )
  console.log(`lines by wanted at 1…32k: ${byRung.join('; ')}`)
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      folds: { type: 'boolean' },
      'no-history': { type: 'boolean' },
      shard: { type: 'string' },
      out: { type: 'string' },
      show: { type: 'string' },
    },
  })
  if (values.show)
    return show(values.show.split(',').flatMap((file) => JSON.parse(readFileSync(file, 'utf8')) as Row[]))
  const [queries = '', ids = '', mirrors = '', work = ''] = positionals
  process.env.FOVEA_HOME = join(work, 'home')
  const folds = values.folds
    ? (JSON.parse(readFileSync(join(work, 'folds.json'), 'utf8')) as Record<string, Weights>)
    : {}
  const [part = 0, parts = 1] = (values.shard ?? '0/1').split('/').map(Number)
  const trees = [...Map.groupBy(readQueries(queries, ids), ({ repo, commit }) => `${repo} ${commit}`)]
  const rows: Row[] = []
  for (const [key, group] of trees.filter((_, i) => i % parts === part)) {
    const [repo = '', commit = ''] = key.split(' ')
    const tree = await openTree(checkOut(mirrors, work, repo, commit))
    const options = { without: values['no-history'] ? HISTORY : [], weights: folds[repo] }
    for (const query of group) rows.push({ groups: groupsOf(query), figures: await answer(tree, query, options) })
  }
  if (values.out) writeFileSync(values.out, JSON.stringify(rows))
  else show(rows)
}

await main()
