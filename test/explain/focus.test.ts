/**
 * What an explanation starts from: traces of any size and language; paths and names that exist, nearly exist or do not.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ExplainTarget } from '../../src/engine/types/explanation.ts'
import { openWorld } from '../engine.ts'
import { testRun } from '../fixture.ts'

const TREE = `
  //- /ra/index.ts
  export function start() {
    return openShop()
  }
  //- /ra/app/shop.ts
  export function openShop() {
    return 1
  }

  export function closeShop() {
    return 2
  }
  //- /ra/app/run.py
  class Runner:
      def go(self):
          return self.step()

      def step(self):
          return 1
  //- /rb/app/b.ts
  export class Till {
    payOut() {
      return 1
    }
  }
  //- /rb/app/Pay.java
  class Pay {
    void settle() {
      charge();
    }
    void charge() {
      throw new RuntimeException();
    }
  }
  //- /rb/deep/down/index.ts
  export function same() {
    return 1
  }
  //- /rb/other/index.ts
  export function same() {
    return 2
  }
`

async function opened(tree = TREE) {
  const { engine, index } = await openWorld(tree)
  await index()
  return async (text: string, place: ExplainTarget['place'] = null) => {
    const { title, note, diagram } = await engine.explain(testRun(), { text, place })
    const focus = diagram.nodes.filter(({ role }) => role === 'focus').map(({ label }) => label)
    return { title, note, focus: focus.sort().join(' ') }
  }
}

test('parses two megabytes of any shape in bounded time', async () => {
  const explain = await opened()
  const size = 2_000_000
  const fill = (part: string, end = '') => part.repeat(Math.ceil(size / part.length)) + end
  const shapes = [
    `Error\n   at ${fill(' x.y')}`,
    fill(' ', 'zxqv'),
    fill('.', 'zxqv'),
    fill('/', 'zxqv'),
    fill('zx/', 'zxqv.zz'),
    fill('at zx.zz '),
    fill('at zx.zz:1\n'),
    fill('File "'),
    fill('a'),
    fill('\n', 'zxqv'),
  ]
  for (const shape of shapes)
    await explain(shape).then(
      ({ note }) => assert.match(note ?? '', /the best matches for its words are explained/),
      (error: unknown) => assert.match(String(error), /EngineError: (?:Nothing here is called|The question is empty)/),
    )
  const long = await explain(`Error: x\n${fill('    at openShop (/home/me/ra/app/shop.ts:2:1)\n')}`)
  assert.deepEqual([long.title, long.focus], ['Error: x', 'openShop'])
})

test('says that a path does not exist, and names the nearest one', async () => {
  const explain = await opened()
  await assert.rejects(
    explain('ra/app/shopp.ts'),
    /^EngineError: Nothing is indexed at ra\/app\/shopp\.ts; nearest: ra\/app\/shop\.ts: .*fovea status/,
  )
  await assert.rejects(explain('src/b.ts'), /nearest: rb\/app\/b\.ts/)
  await assert.rejects(explain('nosuch.ts:12'), /Nothing is indexed at nosuch\.ts/)
  await assert.rejects(explain('foo/bar'), /Nothing is indexed in foo\/bar: .*skipped/)
  await assert.rejects(explain('ra\\ap'), /Nothing is indexed in ra\/ap; nearest: ra\/app/)
  await assert.rejects(
    explain('', { path: 'no/such.ts', firstLine: 1, lastLine: 2 }),
    /Nothing is indexed at no\/such\.ts/,
  )
})

test('says that a name does not exist, and names the nearest one; plain words are searched', async () => {
  const explain = await opened()
  await assert.rejects(
    explain('openShops'),
    /^EngineError: Nothing here is called "openShops"; nearest: openShop \(ra\/app\/shop\.ts:1\)/,
  )
  await assert.rejects(explain('Till.payOuts'), /nearest: Till\.payOut \(rb\/app\/b\.ts:2\)/)
  await assert.rejects(explain('nosuchfunction'), /Nothing here is called "nosuchfunction"/)
  assert.match((await explain('open shop')).note ?? '', /the best matches for its words are explained/)
  assert.match((await explain('shops')).note ?? '', /the best matches for its words are explained/)
  assert.equal((await explain('Till.payOut')).note, null)
})

test('resolves paths from other machines, and picks the shortest of several matches', async () => {
  const explain = await opened()
  assert.equal((await explain('/home/me/ra/app/shop.ts')).title, 'ra/app/shop.ts')
  assert.equal((await explain('C:\\me\\ra\\app\\shop.ts:2')).title, 'openShop')
  assert.equal((await explain('../../rb/app/b.ts')).title, 'rb/app/b.ts')
  assert.equal((await explain('./app/b.ts:2:5')).title, 'Till.payOut')
  assert.equal((await explain('b.ts')).title, 'rb/app/b.ts')
  assert.equal((await explain('/home/me/rb/other')).title, 'rb/other')
  const several = await explain('index.ts')
  assert.equal(several.title, 'ra/index.ts')
  assert.match(
    several.note ?? '',
    /^Of 3 paths that fit ra\/index\.ts is explained; others: rb\/other\/index\.ts, rb\/deep/,
  )
  assert.equal((await explain('deep/down/index.ts')).note, null)
})

test('says that a line lies beyond the end of a file', async () => {
  const explain = await opened()
  await assert.rejects(explain('ra/app/shop.ts:9999'), /^EngineError: ra\/app\/shop\.ts has 7 lines: name one of them/)
  assert.equal((await explain('ra/app/shop.ts:6-9999')).title, 'closeShop')
  assert.match(
    (await explain('', { path: 'ra/app/shop.ts', firstLine: 50, lastLine: 50 })).note ?? '',
    /has 7 lines in the index/,
  )
})

test('explains the innermost frames of a long trace and counts all of them', async () => {
  const names = Array.from({ length: 40 }, (_, i) => i)
  const script = names.map((i) => `  export function step${i}() {\n    return ${i}\n  }`).join('\n')
  const python = names.map((i) => `  def walk${i}():\n      return ${i}`).join('\n')
  const explain = await opened(`\n  //- /src/steps.ts\n${script}\n  //- /src/walks.py\n${python}\n`)
  const first = names.map((i) => `    at step${i} (/x/src/steps.ts:${3 * i + 2}:1)\n`).join('')
  const js = await explain(`Error: far\n${first.repeat(500)}`)
  assert.match(js.note ?? '', /^Of 20000 frames in the index the innermost 12 functions are explained\.$/)
  assert.match(js.focus, /^step0 step1 step10 step11 step2 .*step9$/)
  const last = names.map((i) => `  File "/x/src/walks.py", line ${2 * i + 2}, in walk${i}\n    return ${i}\n`).join('')
  const py = await explain(`Traceback (most recent call last):\n${last}ValueError: near`)
  assert.equal(py.title, 'ValueError: near')
  assert.match(py.note ?? '', /^Of 40 frames /)
  assert.match(py.focus, /^walk28 .*walk39$/)
})

test('explains the last cause with its own frames, in the frame formats of several languages', async () => {
  const explain = await opened()
  const java =
    'Exception in thread "main" java.lang.IllegalStateException: outer\n\tat rb.Pay.settle(Pay.java:3)\n' +
    'Caused by: java.lang.RuntimeException: no money\n\tat rb.Pay.charge(Pay.java:6)\n\t... 3 more'
  assert.deepEqual(await explain(java), {
    title: 'java.lang.RuntimeException: no money',
    note: 'The frames of the last cause are explained.',
    focus: 'Pay.charge',
  })
  const outside = await explain(java.replace('rb.Pay.charge(Pay.java:6)', 'lib.Net.send(Net.java:6)'))
  assert.deepEqual([outside.title, outside.focus], ['java.lang.RuntimeException: no money', 'Pay.settle'])
  const frames = [
    ['    at handleError (file:///home/me/ra/app/shop.ts:2:1)', 'openShop'],
    ['    at handleError (C:\\my code\\ra\\app\\shop.ts:2:1)', 'openShop'],
    ['   at Shop.Open() in /home/me/ra/app/shop.ts:line 6', 'closeShop'],
    ['error in ra/app/shop.ts:2: no', 'openShop'],
    ['\t/home/me/ra/app/shop.ts:6 +0x1d', 'closeShop'],
    ['\u001b[31m  File "ra/app/run.py", line 3, in go\u001b[0m', 'Runner.go'],
  ]
  for (const [frame, focus] of frames) {
    const found = await explain(`TypeError: x\n${frame}`)
    assert.deepEqual([found.title, found.focus], ['TypeError: x', focus], frame)
  }
})

test('says which of several definitions is explained', async () => {
  const explain = await opened()
  assert.match(
    (await explain('same')).note ?? '',
    /^same is defined 2 times; they are referred to equally, and the first of/,
  )
  const used = await opened(`
    //- /a.ts
    export function same() {
      return 1
    }
    //- /b.ts
    import { same } from './a'
    export function user() {
      return same()
    }
    //- /c.ts
    export function same() {
      return 2
    }
  `)
  assert.match((await used('same')).note ?? '', /the definition most referred to is explained. Others: c\.ts:1/)
})

test('the title of a trace is one short line without secrets or deceptive characters', async () => {
  const explain = await opened()
  const at = '\n    at openShop (/home/me/ra/app/shop.ts:2:1)'
  const token = `ghp_${'a1B2c3D4'.repeat(5)}`
  const { title } = await explain(`Error: \u202eno\u0007 entry\u2066 for ${token} ${'long '.repeat(200)}${at}`)
  assert.match(title, /^Error: no entry for \*+ long /)
  assert.ok(title.length <= 160)
  assert.doesNotMatch(title, /ghp_a1|[\u0000-\u001f\u202a-\u202e\u2066-\u2069]/)
})
