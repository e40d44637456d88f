/**
 * Golden test of ranking on corpora pinned by the lock file. Each query is a file of `golden/`: the query, `=====`, the
 * file that answers it and why, `=====`, the current ranking; `summary.txt` sums them up. `npm run golden` rewrites the
 * rankings.
 * To add a query, write its first two parts: the answer is judged by reading the code, before anything is ranked. The
 * queries measure; no weight is fitted to them.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff'
import type { Hit } from '../../src/engine/types/pack.ts'
import { openWorld } from '../engine.ts'
import { testRun } from '../fixture.ts'

const FOLDER = join(import.meta.dirname, 'golden')
const MODULES = join(import.meta.dirname, '../../node_modules')
const CORPORA = [
  ...['ignore', 'mocha/lib', 'piscina/src', 'preact/src'],
  ...['core', 'internal', 'lib'].map((name) => `openai/src/${name}`),
]
const SUMMARY = 'summary.txt'
const BREAK = '=====\n'
const LISTED = 10
/** Largest parts of a score, with one decimal, so that the order of float additions does not show. */
const PARTS = 4

test('ranks queries as recorded', async () => {
  const world = await openWorld('')
  for (const corpus of CORPORA)
    for (const name of readdirSync(join(MODULES, corpus), { recursive: true, encoding: 'utf8' }))
      if (/\.(ts|js|md)$/.test(name) && !name.includes('node_modules'))
        world.tree.set(`/${corpus}/${name.replaceAll('\\', '/')}`, readFileSync(join(MODULES, corpus, name)))
  await world.index()
  const ranks: { name: string; rank: number }[] = []
  const ranked = new Map<string, string>()
  for (const name of readdirSync(FOLDER).sort()) {
    if (name === SUMMARY) continue
    const [query, answer] = readGolden(name).split(BREAK)
    assert.ok(query && answer, `${name} is a query, =====, the file that answers it and why`)
    const file = answer.split('\n')[0]
    assert.ok(world.tree.has(`/${file}`), `${name}: ${file} is no file of the corpora`)
    const { hits } = await world.engine.context(testRun(), { text: query.trim(), budgets: [1000] })
    const files = hits.filter(({ path }, i) => path !== hits[i - 1]?.path)
    const rank = files.findIndex(({ path }) => path === file) + 1
    ranks.push({ name, rank })
    ranked.set(name, [query, answer, showRanking(files, rank)].join(BREAK))
  }
  const now = new Map([[SUMMARY, summarise(ranks)], ...ranked])
  if (process.argv.includes('--write')) for (const [name, text] of now) writeFileSync(join(FOLDER, name), text)
  const changes = [...now].filter(([name, text]) => readGolden(name) !== text)
  const patches = changes.map(([name, text]) =>
    createTwoFilesPatch(`recorded/${name}`, `ranked/${name}`, readGolden(name), text, '', '', {
      context: 1,
      headerOptions: FILE_HEADERS_ONLY,
    }),
  )
  if (patches.length > 0)
    assert.fail(`The ranking has changed; if it is meant to, \`npm run golden\` records it.\n${patches.join('')}`)
})

const readGolden = (name: string) => readFileSync(join(FOLDER, name), 'utf8')

/**
 * Files by rank, the first ones and the one that answers the query wherever it is: each with its best hit and the
 * largest parts of the hit's score. Scores of files are left out: each would change with any weight, and the order
 * shows the outcome.
 */
function showRanking(files: readonly Hit[], rank: number): string {
  const rows = files.flatMap(({ path, firstLine, lastLine, symbol, why }, i) => {
    if (i >= LISTED && i !== rank - 1) return []
    const parts = why.slice(0, PARTS).map(({ part, value }) => `${part} ${value.toFixed(1)}`)
    const hit = `${String(i + 1).padStart(3)} ${path}:${firstLine}-${lastLine} ${symbol}`.trimEnd()
    return [hit, `      ${parts.join(', ')}`]
  })
  return `${[`rank ${rank || '-'}`, ...rows].join('\n')}\n`
}

function summarise(ranks: readonly { readonly name: string; readonly rank: number }[]): string {
  const mean = (of: (rank: number) => number) =>
    (ranks.reduce((sum, { rank }) => sum + (rank && of(rank)), 0) / ranks.length).toFixed(3)
  const corpora = [...new Set(CORPORA.map((path) => path.split('/')[0]!))].map((name) => {
    const { version } = JSON.parse(readFileSync(join(MODULES, name, 'package.json'), 'utf8')) as { version: string }
    return `${name} ${version}`
  })
  return [
    `${ranks.length} queries on ${corpora.join(', ')}`,
    `MRR ${mean((rank) => 1 / rank)}`,
    ...[1, 5, 10].map((n) => `recall@${n} ${mean((rank) => (rank <= n ? 1 : 0))}`),
    '',
    ...ranks.map(({ name, rank }) => `${String(rank || '-').padStart(3)} ${name.replace('.txt', '')}`),
    '',
  ].join('\n')
}
