/** The comparison with peers, without a network: scoring, terms, packing, the re-implementations, and the page. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { bm25Peer } from '../../tools/peers/bm25.ts'
import { latencyChart, linesChart } from '../../tools/peers/charts.ts'
import { packPlaces } from '../../tools/peers/pack.ts'
import { pageRank, pagerankPeer } from '../../tools/peers/pagerank.ts'
import { sectionsOf, verbatim } from '../../tools/peers/repomix.ts'
import { drawSample, type Query, treeOf } from '../../tools/peers/sample.ts'
import { isWithinChance, type Score, scoreAnswer } from '../../tools/peers/score.ts'
import { semblePeer } from '../../tools/peers/semble.ts'
import { leads, losses, type Row, reportText } from '../../tools/peers/table.ts'
import { searchTerms, searchWords } from '../../tools/peers/terms.ts'
import { tfidfPeer } from '../../tools/peers/tfidf.ts'
import { Tree } from '../../tools/peers/tree.ts'
import { roughTokenizer } from '../engine.ts'
import { parseFixture } from '../fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'fovea-peers-test-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const { count } = roughTokenizer

function treeWith(name: string, text: string): Tree {
  for (const [path, content] of parseFixture(text)) {
    const file = join(folder, name, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
  }
  return new Tree(join(folder, name))
}

const toy = treeWith(
  'toy',
  `
  //- /src/invoices.py
  from src.money import round_to_cents

  def total_invoice(lines):
      """Adds up the lines of an invoice."""
      return round_to_cents(sum(line.price for line in lines))
  //- /src/money.py
  def round_to_cents(amount):
      """Rounds an amount of money to whole cents."""
      return round(amount, 2)
  //- /src/server.py
  from src.invoices import total_invoice

  def listen(port):
      """Waits for requests on a port."""
      print(port, total_invoice([]))
  `,
)

const query = (more: Partial<Query> = {}): Query => ({
  id: 'q1',
  set: 'history',
  kind: 'commit',
  repo: 'owner/name',
  commit: 'c'.repeat(40),
  query: 'round to cents',
  gold_files: ['a.py', 'b.py'],
  ...more,
})

test('scores an answer by gold files and gold lines, and only in packs that fit', () => {
  const asked = query({ gold_symbols: [{ file: 'a.py', start: 1, end: 4 }], gold_lines: [] })
  const pack = (tokens: number, first: number, last: number) => ({
    tokens,
    named: ['a.py'],
    shown: [{ path: 'a.py', firstLine: first, lastLine: last }],
  })
  const score = scoreAnswer(asked, {
    files: ['x.py', 'a.py', 'y.py', 'z.py', 'u.py', 'b.py'],
    packs: [pack(2000, 4, 9), pack(8001, 1, 4), pack(100, 1, 4)],
    ms: 7,
  })
  assert.deepEqual(score, {
    id: 'q1',
    kind: 'commit',
    recall5: 0.5,
    recall10: 1,
    mrr: 0.5,
    lines: [0.25, 0, 1],
    over: 1,
    ms: 7,
  })
  const missed = scoreAnswer(query(), null)
  assert.deepEqual([missed.recall10, missed.mrr, missed.lines, missed.ms], [0, 0, null, null])
})

test('gold lines are the context, else changed symbols of a commit, else the lines of the fix', () => {
  const shownFirst = (asked: Query) =>
    scoreAnswer(asked, {
      files: [],
      packs: [{ tokens: 1, named: [], shown: [{ path: 'a.py', firstLine: 1, lastLine: 1 }] }],
      ms: 0,
    }).lines?.[0]
  const at = (n: number) => [{ file: 'a.py', start: n, end: n }]
  assert.equal(shownFirst(query({ gold_context: at(1), gold_symbols: at(2), gold_lines: at(3) })), 1)
  assert.equal(shownFirst(query({ gold_symbols: at(2), gold_lines: at(1) })), 0)
  assert.equal(shownFirst(query({ set: 'swe_qa', gold_symbols: at(2), gold_lines: at(1) })), 1)
})

test('the terms of a question are its names first, without stop words, each once', () => {
  assert.deepEqual(searchWords('How does the parser use parseHeader and parse_header for a Parser?'), [
    'parseHeader',
    'parse_header',
    'parser',
  ])
  assert.deepEqual(searchTerms('Where is the parsedHeader?'), ['pars', 'header', '=parsedheader'])
  assert.equal(searchWords(Array.from({ length: 90 }, (_, i) => `wordier${'x'.repeat(i)}`).join(' ')).length, 40)
})

test('a pack shows each line once, cuts the last place, and stays within its budget', () => {
  const places = [
    { path: 'src/money.py', firstLine: 1, lastLine: 2 },
    { path: 'src/money.py', firstLine: 1, lastLine: 3 },
    { path: 'src/invoices.py', firstLine: 1, lastLine: 5 },
  ]
  const budgets = [30, 40, 4000]
  const packs = packPlaces(toy, places, budgets, count)
  packs.forEach((pack, i) => {
    assert.ok(count(pack.text) <= budgets[i]!)
  })
  assert.deepEqual(packs[2]!.shown, [
    { path: 'src/money.py', firstLine: 1, lastLine: 2 },
    { path: 'src/money.py', firstLine: 3, lastLine: 3 },
    { path: 'src/invoices.py', firstLine: 1, lastLine: 5 },
  ])
  assert.deepEqual(packs[0]!.shown, [{ path: 'src/money.py', firstLine: 1, lastLine: 2 }])
  assert.match(packs[2]!.text, /^src\/money\.py:1-2\ndef round_to_cents/)
})

test('every re-implementation finds the obvious file of a small tree, within its budget', async () => {
  process.env.FOVEA_HOME = join(folder, 'home')
  const budgets = [30, 60, 4000]
  for (const peer of [bm25Peer, semblePeer, tfidfPeer, pagerankPeer]) {
    const opened = await peer.open(toy, { cache: folder, count, budgets })
    const { places, packs = packPlaces(toy, places, budgets, count) } = await opened.ask(
      'Where does round_to_cents round an amount of money?',
    )
    await opened.close?.()
    assert.equal(places[0]?.path, 'src/money.py', peer.id)
    assert.equal(packs.length, 3, peer.id)
    packs.forEach(({ text }, i) => {
      assert.ok(count(text) <= budgets[i]!, `${peer.id} at ${budgets[i]}`)
    })
    assert.ok(packs[2]!.shown.some(({ path, firstLine }) => path === 'src/money.py' && firstLine === 1))
  }
})

test('rank flows to what is referenced and starts at what is named', () => {
  const edges = [
    { from: 0, to: 1, name: 'f', weight: 1 },
    { from: 2, to: 1, name: 'f', weight: 1 },
  ]
  const even = pageRank(edges, [0, 0, 0])
  assert.ok(even[1]! > even[0]!)
  assert.ok(Math.abs(even.reduce((a, b) => a + b, 0) - 1) < 1e-9)
  const personal = pageRank(edges, [100, 0, 0])
  assert.ok(personal[0]! > personal[2]!)
})

test('finds the lines of a compressed file in its source', () => {
  const rule = '='.repeat(16)
  const [section] = sectionsOf(
    `Files\n${rule}\nFile: src/money.py\n${rule}\ndef round_to_cents(amount):\n⋮----\n    return round(amount, 2)\n`,
  )
  assert.equal(section?.path, 'src/money.py')
  assert.deepEqual(
    verbatim(toy, section!)
      .slice(1)
      .map(({ firstLine }) => firstLine),
    [1, 3],
  )
})

test('sampling is deterministic for a seed, and spreads over kinds, repositories and trees', () => {
  const all = ['commit', 'issue'].flatMap((kind) =>
    Array.from({ length: 60 }, (_, i) =>
      query({ id: `${kind}${i}`, kind, repo: `o/r${i % 4}`, commit: `${kind}${String(i % 8).padStart(20, '0')}` }),
    ),
  )
  const drawn = drawSample(all, 20, 1)
  assert.deepEqual(drawSample([...all].reverse(), 20, 1), drawn)
  assert.equal(drawn.filter(({ kind }) => kind === 'issue').length, 10)
  assert.equal(new Set(drawn.map(({ repo }) => repo)).size, 4)
  for (const own of Map.groupBy(drawn, treeOf).values()) assert.ok(own.length <= 3)
})

const scoresOf = (values: readonly number[], ms: number): Score[] =>
  values.map((value, i) => ({
    id: `q${i}`,
    kind: 'question',
    recall5: value,
    recall10: value,
    mrr: value,
    lines: [value, value, value],
    over: 0,
    ms,
  }))
const row = (id: string, kind: Row['peer']['kind'], values: readonly number[], more: Partial<Row> = {}): Row => ({
  peer: { id, name: `The ${id}`, kind, how: 'Asked.' },
  version: '1.0',
  missing: '',
  scores: scoresOf(values, more.startMs ?? 10),
  failures: [],
  startMs: 10,
  diskBytes: 0,
  peakBytes: 0,
  ...more,
})

test('the page says where Fovea loses, where it leads, and what was not measured', () => {
  const fovea = row('fovea', 'Fovea', [1, 1, 1, 0.9], { startMs: 5000 })
  const rows = [
    fovea,
    row('worse', 'tool', [0, 0.1, 0, 0.1], { failures: ['owner/name: exit 1'] }),
    row('gone', 're-implementation', [], { missing: 'not installed: not measured (no network)' }),
  ]
  const page = reportText({
    rows,
    date: '2026-01-01',
    machine: '2 cores',
    trees: { count: 1, repositories: 1, files: 3, lines: 14, bytes: 400 },
    queries: 4,
    drawn: 5,
    lined: 4,
    kinds: ['4 questions'],
    sampling: 'all of them',
    withoutMirror: 0,
    command: 'node compare',
  })
  const [, lost = '', led = '', never = ''] = page.split(/## (?:Where Fovea loses|Where Fovea leads|What could)/)
  assert.match(lost, /\*\*cold start s\*\* \(Fovea 5\.0\): The worse 0\.0/)
  assert.doesNotMatch(lost, /R@5/)
  assert.match(led, /\*\*file R@5\*\* \(Fovea \.975\): next is The worse \.050\n/)
  assert.match(never, /\*\*The gone\*\*: not installed: not measured \(no network\)/)
  assert.match(never, /\*\*The worse\*\* gave no answer on owner\/name: exit 1/)
  assert.match(page, /4 \(of 5 drawn, the time being limited\) development queries/)
  assert.match(page, /\| The gone 1\.0 †: \*\*not installed: not measured/)
})

test('says that a small difference is within chance', () => {
  const fovea = row('fovea', 'Fovea', [1, 0, 1, 0])
  const peer = row('peer', 'tool', [0, 1, 1, 1])
  assert.match(losses(fovea, [peer]), /\*\*MRR\*\* \(Fovea \.500\): The peer \.750 \(within chance\)/)
  assert.match(leads(peer, [fovea]), /next is The fovea \.500 \(within chance\)/)
  assert.ok(!isWithinChance(scoresOf([1, 1, 1, 1], 0), scoresOf([0, 0, 0, 0.1], 0), 'mrr'))
})

test('charts have a title and a description, and name every tool that was measured', () => {
  const rows = [
    row('fovea', 'Fovea', [1]),
    row('less < more', 'tool', [0.5]),
    row('gone', 'tool', [], { missing: 'no' }),
  ]
  for (const svg of [linesChart(rows), latencyChart(rows)]) {
    assert.match(svg, /<title id="title">.+<\/title>\n<desc id="desc">.*The fovea.*The less &lt; more/)
    assert.match(svg, /prefers-color-scheme: dark/)
    assert.doesNotMatch(svg, /gone|NaN|Infinity/)
  }
})
