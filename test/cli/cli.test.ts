/** The command line as people and other programs use it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fails, fovea, ok, temporaryFolder, workspace, writeTree } from './cli.ts'

const SHOP = `
  //- /src/cart.ts
  import { priceOf } from './price.ts'

  /** What a customer is about to buy. */
  export class Cart {
    total(items: string[]): number {
      return items.map(priceOf).reduce((a, b) => a + b, 0)
    }
  }
  //- /src/price.ts
  // Prices in cents.
  export function priceOf(item: string): number {
    return item.length * 100
  }
  //- /README.md
  # Shop

  Sells things.
`

test('prints help for every command to stdout with exit code 0, and rejects a call without a command', async () => {
  const { out } = await ok(fovea(['--help']))
  for (const name of ['index', 'status', 'context', 'ask', 'map', 'bench']) {
    assert.match(out, new RegExp(`^ {2}${name} `, 'm'))
    assert.match((await ok(fovea([name, '--help']))).out, new RegExp(`usage: fovea ${name} `))
  }
  assert.equal((await fovea([])).code, 2)
  assert.match((await ok(fovea(['--version']))).out, /^\d+\.\d+\.\d+\n$/)
})

test('wrong usage prints one sentence and exits with code 2', async () => {
  const { run } = workspace(SHOP)
  await fails(fovea(['frobnicate']), 2, /Unknown command frobnicate\. See `fovea --help`/)
  await fails(run(['index', '--frob']), 2, /'--frob'/)
  await fails(run(['index', 'src']), 2, /Unexpected argument src: to name a folder, use --dir src/)
  await fails(run(['context']), 2, /No question given/)
  for (const budget of ['0', '-5', 'many', '1.5', '99999999999'])
    await fails(
      run(['context', 'price', `--budget=${budget}`]),
      2,
      /--budget must be a whole number of tokens from 1 to 10000000/,
    )
  await fails(run(['context', 'price', '--batch', 'x']), 2, /remove the question from the command line/)
})

test('context --json keeps its contract', async () => {
  const { run, dir } = workspace(SHOP)
  const { out } = await ok(run(['context', 'How is the price of an item found?', '--json', '--budget', '120']))
  const found = JSON.parse(out)
  assert.deepEqual(
    Object.keys(found),
    'query budget tokens chars mode hits blocks dropped leftOut trace notes ms'.split(' '),
  )
  assert.equal(found.budget, 120)
  assert.ok(found.tokens <= 120 && found.blocks.length > 0)
  assert.equal(found.hits[0].path, 'src/price.ts')
  assert.deepEqual(Object.keys(found.hits[0]), 'path start end symbol score why'.split(' '))
  for (const { path, shown, text, id, resolution, start, end, tokens } of found.blocks) {
    assert.match(id, /^b\d+$/)
    assert.match(resolution, /^r[0-5]$/)
    assert.ok(tokens > 0 && start <= end)
    const lines = path ? readFileSync(join(dir, path), 'utf8').split('\n') : []
    for (const [first, last] of shown) assert.ok(text.includes(lines.slice(first - 1, last).join('\n')))
  }
})

test('context --batch answers one line per question and says which line is invalid', async () => {
  const { run } = workspace('//- /a.py\ndef alpha():\n    return 1\n')
  const dir = temporaryFolder()
  writeTree(
    dir,
    new Map([
      ['questions.jsonl', '{"id": "x", "query": "alpha"}\n\n{"id": 2, "query": ""}\n{"query": "什么是 alpha? 🎉"}\n'],
      ['wrong.jsonl', '{"id": 1}\n'],
    ]),
  )
  const { out } = await ok(
    run(['context', '--batch', join(dir, 'questions.jsonl'), '--json', '--budget', '100', '--budget', '2000']),
  )
  const answers = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  assert.deepEqual(
    answers.map(({ id }) => id),
    ['x', '2', '4'],
  )
  assert.deepEqual(
    answers[0].packs.map((pack: { budget: number }) => pack.budget),
    [100, 2000],
  )
  assert.equal(answers[0].hits[0].path, 'a.py')
  assert.match(answers[1].error, /The question is empty/)
  assert.equal(answers[2].hits[0].path, 'a.py')
  await fails(run(['context', '--batch', join(dir, 'wrong.jsonl')]), 1, /Line 1 of .* is not {"id"/)
  await fails(run(['context', '--batch', join(dir, 'none.jsonl')]), 1, /Cannot read/)
})

test('ask says that no model was used, and cites existing lines', async () => {
  const { run, dir } = workspace(SHOP)
  const { out } = await ok(run(['ask', 'What does the cart total?', '--json']))
  const { mode, statements } = JSON.parse(out)
  assert.equal(mode, 'offline')
  assert.equal(statements[0].path, 'src/cart.ts')
  for (const { path, start, end, quote } of statements) {
    const lines = readFileSync(join(dir, path), 'utf8').split('\n')
    assert.ok(start >= 1 && end <= lines.length)
    for (const line of quote) {
      const [, n, text] = /^(\d+): (.*)$/.exec(line) ?? []
      assert.equal(lines[Number(n) - 1]?.trim(), text)
    }
  }
  assert.match((await ok(run(['ask', 'price']))).out, /^Offline answer \(no model was asked\)/)
})

test('answers any question: empty, long, Chinese, emoji, unknown words', async () => {
  const { run, index } = workspace(SHOP)
  await index()
  for (const empty of ['', '   ', '?!']) await fails(run(['context', empty]), 1, /The question is empty/)
  const { out } = await ok(run(['ask', 'zxqwv 🎉', '--json']))
  assert.match(JSON.parse(out).summary, /Nothing in the index matches|places? in/)
  await ok(run(['context', '价格 是怎么算的？']))
  await ok(run(['context', 'price '.repeat(20_000)]))
  await ok(run(['context', 'price', '--budget', '1']))
  await ok(run(['context', 'price', '--budget', '10000000']))
})

test('map and status print for people and for programs', async () => {
  const { run, home } = workspace(SHOP)
  assert.match((await ok(run(['status']))).out, /not indexed yet/)
  const map = JSON.parse((await ok(run(['map', '--json']))).out)
  assert.deepEqual(
    map.folders.map(({ path }: { path: string }) => path),
    ['', 'src'],
  )
  assert.ok(map.clusters.every(({ label, size }: { label: string[]; size: number }) => label.length > 0 && size > 0))
  assert.match((await ok(run(['map']))).out, /^Folders\n.*src {2}2 files/s)
  const status = JSON.parse((await ok(run(['status', '--json']))).out)
  assert.equal(status.files, 3)
  assert.ok(status.folder.startsWith(home))
  const fallback = await ok(run(['status'], { env: { FOVEA_STORE: 'files' } }))
  assert.match(fallback.out, /store {5}files \(FOVEA_STORE=files\)|\(files\)/)
})
