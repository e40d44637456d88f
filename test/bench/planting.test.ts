/**
 * The benches that plant functions or read facts, on a small repository: without a model, and with a scripted one over
 * HTTP.
 */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { cacheReuse, commonPrefix } from '../../src/bench/cache-reuse.ts'
import { holistic, scoreOf } from '../../src/bench/holistic.ts'
import { Names, toIdentifier } from '../../src/bench/invented-names.ts'
import { effectiveContext, isExact, needles } from '../../src/bench/needles.ts'
import { pairs, verdictOf } from '../../src/bench/pairs.ts'
import { gapsOf, withPlanted } from '../../src/bench/plant.ts'
import { randomOf } from '../../src/bench/questions.ts'
import { benchText } from '../../src/bench/report-text.ts'
import { routing } from '../../src/bench/routing.ts'
import { isEnd, threads } from '../../src/bench/threads.ts'
import { fails, workspace } from '../cli/cli.ts'
import { check } from '../fixture.ts'
import { type RecordedRequest, scriptedOpenAI } from '../scripted-openai.ts'
import { rowsOf, shopSetting } from './shop.ts'

const lastMessage = ({ body }: RecordedRequest): string => body.messages?.at(-1)?.content ?? ''

/** Reads the number out of the function the question names: a script, not a model. */
function lookUp(asked: RecordedRequest): string {
  const text = body(asked)
  const [, name] = [...lastMessage(asked).matchAll(/What number does (\w+) return\?/g)].at(-1) ?? []
  const found = [...text.matchAll(new RegExp(`def ${name}\\(\\):\\n\\s+return (\\d+)`, 'g'))].at(-1)
  return `It returns ${found?.[1] ?? 'nothing'} [b1].`
}

const body = (asked: RecordedRequest): string => (asked.body.messages ?? []).map(({ content }) => content).join('\n')

test('needles: finds the line at every depth; a model that reads the haystack scores exactly', async () => {
  const server = await scriptedOpenAI()
  server.script({ reply: lookUp })
  const setting = shopSetting(1, server.url)
  const before = snapshot(setting.dir)
  const found = await needles.measure(setting)
  assert.match(found.notes[0] ?? '', /^Of the lengths 1 of 6 are measured: /)
  const [packed] = rowsOf(found, /pack of 8000/)
  assert.deepEqual([packed?.tokens, packed?.all, packed?.['52 %']], ['4k', 1, 1])
  const [exact] = rowsOf(found, /Exact constant/)
  assert.equal(exact?.all, 1)
  assert.match(found.meaning, /Effective context of scripted-1: 4000 tokens/)
  assert.equal(server.requests.length, 11)
  for (const asked of server.requests) {
    assert.match(lastMessage(asked), /^<code>\n## shop\/[\s\S]*<\/code>\n\nWhat number does \w+ return\?$/)
    assert.ok(lastMessage(asked).length > 8000, 'the whole haystack')
  }
  // Each request places the needle deeper in the haystack.
  const depths = server.requests.map((asked) => {
    const text = lastMessage(asked)
    const [, name] = /What number does (\w+)/.exec(text) ?? []
    return text.indexOf(`def ${name}()`) / text.length
  })
  assert.ok(depths[0]! < 0.2 && depths[5]! > 0.35 && depths[5]! < 0.65 && depths[10]! > 0.85, depths.join(' '))
  assert.deepEqual(snapshot(setting.dir), before, 'the measured folder is as it was')
})

test('threads: counts the links in the pack, and accepts only an answer whose last named function is the end', async () => {
  const server = await scriptedOpenAI()
  server.script({ reply: (asked) => followed(body(asked)) })
  const found = await threads.measure(shopSetting(1, server.url))
  const rows = rowsOf(found, /Chains/)
  assert.deepEqual(
    rows.map(({ functions, chains }) => `${functions}: ${chains}`),
    [...[2, 3, 4, 5, 6, 7, 8, 9, 10].map((n) => `${n}: 2`), 'forward: 9', 'backward: 9', 'all: 18'],
  )
  for (const row of rows) {
    assert.ok((row['links 8k'] as number) >= (row['whole 8k'] as number))
    // The script follows what it is shown: it is right where the whole chain is in the pack.
    assert.ok((row['model right'] as number) >= (row['whole 8k'] as number), JSON.stringify(row))
  }
  assert.equal(server.requests.length, 18)
})

/** Follows `return next()` from the question's function as far as the text goes. */
function followed(text: string): string {
  let [, name = ''] = /that begins with (\w+) end/.exec(text) ?? []
  for (;;) {
    const [, next] = new RegExp(`def ${name}\\(\\):\\n\\s+return ([a-z]\\w*)\\(\\)`).exec(text) ?? []
    if (!next) return `The chain ends in \`${name}\`.`
    name = next
  }
}

test('pairs: claims of every kind have false twins; always saying yes gets no pair right', async () => {
  const server = await scriptedOpenAI()
  server.script({ pieces: ['**Yes**, as [b1] shows.'] })
  const found = await pairs.measure(shopSetting(2, server.url))
  const decidingRows = rowsOf(found, /lines that decide/)
  assert.deepEqual(
    decidingRows.map(({ kind, pairs: n }) => `${kind} ${n}`),
    ['calls 2', 'extends 2', 'number 2', 'file 2', 'all 8'],
  )
  assert.equal(decidingRows.at(-1)?.['true 8k'], 1)
  const judged = rowsOf(found, /Judged/).at(-1)
  assert.deepEqual([judged?.true, judged?.false, judged?.both], [1, 0, 0])
  const asked = server.requests.map((one) => lastMessage(one).split('\n').at(-1) ?? '')
  assert.equal(asked.length, 16)
  assert.equal(asked.filter((claim) => /^`\w+` calls `\w+`\.$/.test(claim)).length, 4)
  assert.equal(new Set(asked).size, 16, 'a twin differs')
})

test('shared: a thread of seven turns with stable prefixes, cached tokens, and an edit that is noticed', async () => {
  const server = await scriptedOpenAI()
  server.script({ reply: lookUp, cached: 60 })
  const found = await cacheReuse.measure(shopSetting(1, server.url))
  const turns = rowsOf(found, /by turn/)
  assert.equal(turns.length, 8)
  assert.equal(turns[0]?.['kept of the one before'], null)
  for (const turn of turns.slice(1)) assert.ok((turn['kept of the one before'] as number) > 0)
  assert.equal(turns.at(-1)?.right, 1)
  const edit = Object.fromEntries(rowsOf(found, /edit/).map(({ what, share }) => [what, share]))
  assert.equal(edit['old text shown after'], 0)
  assert.equal(edit['new text shown after'], 1)
  assert.equal(edit['stale answers'], 0)
  assert.equal(server.requests.length, 8)
  assert.match(body(server.requests[7]!), /It returns \d+ \[b?1\]/, 'what was said before is sent along')
})

test('parses values out of answers', () => {
  const right = (length: number, share: number) =>
    Array.from({ length: 10 }, (_, i) => ({ length, right: i < share * 10 }))
  assert.equal(
    effectiveContext([...right(4000, 1), ...right(8000, 0.9), ...right(16_000, 0.8), ...right(32_000, 1)]),
    8000,
  )
  assert.equal(effectiveContext(right(4000, 0)), null)
  const needle = { value: 12345, others: [23456] }
  assert.ok(isExact('It is 12,345.', needle) && isExact('`12_345`', needle))
  assert.ok(!isExact('12345 or 23456', needle) && !isExact('112345', needle) && !isExact('', needle))
  const chain = {
    functions: ['one_a', 'two_b', 'three_c'].map((name) => ({ name, path: '', after: 0, lines: [], line: '' })),
  }
  assert.ok(isEnd('one_a → two_b → `three_c`', chain) && !isEnd('three_c? no: two_b', chain) && !isEnd('none', chain))
  assert.deepEqual(['Yes.', '**No**, never', 'Answer: true', 'Perhaps yes'].map(verdictOf), [true, false, true, null])
  assert.equal(commonPrefix('abc', 'abd'), 2)
  const names = new Names(randomOf(1))
  assert.equal(new Set(Array.from({ length: 1500 }, () => toIdentifier(names.next(), 'camel'))).size, 1500)
})

test('plants functions between functions, never inside one', () => {
  const lines = [
    'def a():',
    '    def inner():',
    '        pass',
    '',
    '    return 1',
    '',
    'x = 1',
    '',
    'def b():',
    '    pass',
  ]
  const symbol = (first: number, last: number, parent = -1) => ({
    kind: 'function',
    parent,
    firstLine: first,
    lastLine: last,
  })
  const gaps = gapsOf([symbol(1, 5), symbol(2, 3, 0), symbol(9, 10)], lines)
  assert.deepEqual(gaps, [5, 10])
  const planted = gaps.map((after, i) => ({
    path: '',
    after,
    name: '',
    line: '',
    lines: [`def new${i}():`, '    return 0'],
  }))
  check(
    withPlanted(
      lines.slice(4),
      planted.map((one) => ({ ...one, after: one.after - 4 })),
    ).join('\n'),
    `
    return 1

def new0():
    return 0

x = 1

def b():
    pass

def new1():
    return 0
    `.trimEnd(),
  )
})

test('prints a readable report, and answers wrong usage with one sentence', async () => {
  const found = {
    notes: ['Half was cut.'],
    tables: [
      {
        title: 'Shares',
        columns: ['what', 'n', 'share'],
        rows: [
          ['one', '3', 0.5],
          ['longer', '10', null],
        ],
      },
    ],
    meaning: '1.00 is right.',
    failures: ['a', 'b', 'c', 'd', 'e', 'f'],
  }
  check(
    benchText('needles', { dir: 'shop', seed: 1, items: 2, model: null }, found, false),
    `
    bench needles: shop, seed 1, 2 items
    ! Half was cut.

    Shares
    what     n  share
    one      3   0.50
    longer  10      –

    For example:
      a
      b
      c
      d
      e
      … 1 more (--verbose lists them)
    1.00 is right.
    `,
  )
  const { run } = workspace('//- /notes.txt\nno code\n')
  await fails(run(['bench', 'nothing']), 2, /Choose what to measure: ingest, .*needles/)
  await fails(run(['bench', 'needles', '--seed', '0']), 2, /--seed must be a whole number from 1 to \d+, not 0/)
  await fails(run(['bench', 'needles']), 1, /Nothing can be planted/)
})

function snapshot(dir: string): Record<string, string> {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(
    files.map(({ parentPath, name }) => [join(parentPath, name), readFileSync(join(parentPath, name), 'utf8')]),
  )
}

test('holistic: oracle and answer agree on every row; routing: each kind of question takes its own route', async () => {
  const all = rowsOf(await holistic.measure(shopSetting(10)), /Rows of holistic/).find(({ kind }) => kind === 'all')
  assert.deepEqual([all?.understood, all?.['all rows exact']], [1, 1])
  assert.equal(scoreOf(['a.ts:1', 'a.ts:9'], { gold: ['a.ts:1', 'a.ts:5'], any: false }).f1, 0.5)
  const routes = rowsOf(await routing.measure(shopSetting(14)), /routed to/)
  assert.deepEqual(
    routes.map(({ kind, suits }) => [kind, suits]),
    routes.map(({ kind }) => [kind, 1]),
  )
})
