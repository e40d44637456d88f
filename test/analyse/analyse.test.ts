/**
 * Exhaustive queries (callers, uses, subtypes of a symbol): answered from the index, complete, and labelled as such.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { analysisAsked } from '../../src/engine/analyse/grammar.ts'
import { openWorld } from '../engine.ts'
import { testRun } from '../fixture.ts'

const TREE = `
  //- /src/cart.ts
  export function cartTotal(items: number[]) {
    return items.length
  }
  export class Store {}
  //- /src/order.ts
  import { cartTotal, Store } from './cart'
  export class FileStore extends Store {}
  export function placeOrder(items: number[]) {
    return cartTotal(items)
  }
  export function reviewOrder(items: number[]) {
    return cartTotal(items) > 3
  }
  //- /test/cart.test.ts
  import { cartTotal } from '../src/cart'
  export function checkCart() {
    cartTotal([])
  }
  //- /src/unrelated.ts
  export function lonely() {}
`

test('recognizes the kind of query from how the question is phrased', () => {
  const relation = (text: string) => {
    const asked = analysisAsked(text)
    return asked?.form === 'relation' ? asked : null
  }
  assert.deepEqual(relation('Who calls `cartTotal`?')?.kinds, ['call', 'tests'])
  assert.equal(relation('who uses Flask.register_blueprint()?')?.name, 'Flask.register_blueprint')
  assert.deepEqual(relation('What extends Store?')?.kinds, ['extends'])
  assert.equal(relation('where is cartTotal tested?')?.name, 'cartTotal')
  assert.deepEqual(relation('list the subclasses of Store')?.kinds, ['extends'])
  assert.equal(relation('What does placeOrder call?')?.direction, 'out')
  const listing = (text: string) => {
    const asked = analysisAsked(text)
    return asked?.form === 'listing' ? asked : null
  }
  assert.deepEqual(listing('Which classes implement Reader?')?.filters, [
    { by: 'relation', direction: 'out', kinds: ['implements', 'extends'], name: 'Reader' },
  ])
  assert.deepEqual(listing('How many functions are there in this repository?'), {
    ...{ form: 'listing', subject: 'function', filters: [], count: true, order: null },
  })
  assert.deepEqual(listing('List all functions in src/order.ts that call cartTotal')?.filters, [
    { by: 'place', name: 'src/order.ts' },
    { by: 'relation', direction: 'out', kinds: ['call', 'tests'], name: 'cartTotal' },
  ])
  assert.deepEqual(listing('Which functions are never called?')?.filters, [{ by: 'lack', of: 'use' }])
  assert.deepEqual(listing('what are the 5 longest functions in src?')?.order, { by: 'lines', most: true, first: 5 })
  assert.deepEqual(listing('which function takes the most parameters?')?.order?.by, 'parameters')
  assert.deepEqual(listing('how many classes whose name ends with Store')?.filters, [
    { by: 'name', how: 'ends', text: 'Store' },
  ])
  for (const text of [
    'how does cartTotal work?',
    'who calls the shots in the order flow?',
    'where is the cart summed?',
    'list the steps of an order',
    'how many retries are made before it fails?',
    'which functions parse the configuration and why?',
    'all tests fail after the upgrade',
  ])
    assert.equal(analysisAsked(text), null, text)
})

test('recognizes counts of callers, and callers of two functions, in many phrasings', () => {
  for (const text of [
    'how many places call hub',
    'count the callers of hub',
    'how many callers does hub have?',
    'How many callers of hub are there?',
    'in how many places is hub called?',
  ]) {
    const asked = analysisAsked(text)
    assert.deepEqual(asked, { form: 'relation', direction: 'in', kinds: ['call', 'tests'], name: 'hub' }, text)
  }
  for (const text of ['which functions call both cut and paste', 'Which functions call cut and paste?']) {
    const asked = analysisAsked(text)
    assert.deepEqual(
      asked?.form === 'listing' && asked.filters.map((one) => one.by === 'relation' && one.name),
      ['cut', 'paste'],
      text,
    )
  }
  for (const text of [
    'how many places call the shots?',
    'count the callers of the hub and of the store',
    'which functions call cut and then fail',
    'how many callers does it take to change it?',
  ])
    assert.equal(analysisAsked(text), null, text)
})

test('lists every matching location and nothing else', async () => {
  const { engine, index } = await openWorld(TREE)
  await index()
  const ask = async (text: string) => {
    const { summary, statements } = await engine.ask(testRun(), { text, budgets: [2000] })
    return { summary, said: statements.map(({ text: said, path }) => `${said}, ${path}`).sort() }
  }
  const calls = await ask('Who calls cartTotal?')
  assert.deepEqual(calls.said, [
    'called in placeOrder, src/order.ts',
    'called in reviewOrder, src/order.ts',
    'tested in checkCart, test/cart.test.ts',
  ])
  assert.match(calls.summary, /^Read off the index, not ranked: 3 functions call it\. .*function, src\/cart\.ts:1/)
  assert.deepEqual((await ask('What extends Store?')).said, ['extended by FileStore, src/order.ts'])
  const none = await ask('Who calls lonely?')
  assert.deepEqual(none.said, [])
  assert.match(none.summary, /nothing in it calls lonely/)
  assert.match((await ask('Who calls nosuch?')).summary, /match|Nothing|guess/)
})

test('lists, counts and extremes are exact', async () => {
  const { engine, index } = await openWorld(TREE)
  await index()
  const ask = async (text: string) => {
    const { summary, statements } = await engine.ask(testRun(), { text, budgets: [2000] })
    return [summary.replace('Read off the index, not ranked: ', ''), ...statements.map(({ text: said }) => said)]
  }
  assert.deepEqual(await ask('How many classes are there?'), ['2 classes.', 'class Store', 'class FileStore'])
  assert.deepEqual(await ask('List all functions in src/order.ts that call cartTotal'), [
    ...['2 functions and methods.', 'function placeOrder', 'function reviewOrder'],
  ])
  assert.deepEqual(await ask('which functions are not tested and in src/cart.ts'), ['0 functions and methods.'])
  assert.deepEqual((await ask('Which functions are never used?')).slice(1), [
    ...['function placeOrder: exported', 'function reviewOrder: exported', 'function lonely: exported'],
  ])
  assert.deepEqual(await ask('what is the most called function?'), [
    'of 5 functions and methods, 1 of them in tests, the one with the most callers.',
    'function cartTotal: 3 callers',
  ])
  assert.deepEqual(await ask('Which functions call nosuch?').then(([first]) => /not ranked/.test(first!)), false)
})

const MANY = `
  //- /src/app.py
  def hub():
      pass
  def cut():
      hub()
  def both():
      cut()
      hub()
  def outer():
      def inner():
          hub()
      return inner
  class Desk:
      def work(self):
          return hub()
  //- /tests/test_app.py
  from src.app import hub
  class TestRoutes:
      def test_one(self):
          hub()
      def helper(self):
          pass
  def test_two():
      def test():
          pass
  //- /tests/conftest.py
  def test_apps():
      pass
  //- /tests/app.spec.js
  describe('a', () => {
    it('does', () => {})
    it.only('does', () => {})
  })
  export function testHelper() {}
`

async function asker(tree: string) {
  const { engine, index } = await openWorld(tree)
  await index()
  return async (text: string) => {
    const { summary, statements } = await engine.ask(testRun(), { text, budgets: [2000] })
    return [summary.replace('Read off the index, not ranked: ', ''), ...statements.map(({ text: said }) => said)]
  }
}

test('a test is a function, a method or a title, not the class that contains it', async () => {
  const ask = await asker(MANY)
  assert.deepEqual(await ask('how many tests are there'), [
    '4 tests. 2 of them are calls of it or test.',
    ...['method TestRoutes.test_one', 'function test_two', 'test', 'test'],
  ])
  assert.deepEqual(await ask('how many tests are in tests/test_app.py'), [
    ...['2 tests.', 'method TestRoutes.test_one', 'function test_two'],
  ])
  const unmarked = await asker(`
    //- /tests/a.rs
    #[test]
    fn adds() {}
  `)
  assert.doesNotMatch((await unmarked('how many tests are there'))[0]!, /^\d+ tests/)
})

test('attributes a call to the innermost enclosing function, however the question is phrased', async () => {
  const ask = await asker(MANY)
  const callers = ['cut', 'both', 'outer.inner', 'Desk.work', 'TestRoutes.test_one']
  const names = (rows: readonly string[]) => rows.slice(1).map((row) => row.split(' ').at(-1))
  const listed = await ask('list every function that calls hub')
  const related = await ask('what calls hub?')
  assert.deepEqual(names(listed).sort(), [...callers].sort())
  assert.deepEqual(names(related).sort(), [...callers].sort())
  assert.match(related[0]!, /^5 functions call it\./)
  assert.match((await ask('how many places call cut'))[0]!, /^1 function calls it\./)
  assert.deepEqual(await ask('which classes call hub and are in src'), ['1 class.', 'class Desk'])
  assert.deepEqual(await ask('which functions call both cut and hub'), ['1 function.', 'function both'])
  assert.deepEqual(await ask('which functions are called by both'), [
    '2 functions and methods.',
    'function hub',
    'function cut',
  ])
})

test('says so when the file or folder of the question does not exist', async () => {
  const ask = await asker(MANY)
  for (const place of ['src/nosuch', 'nosuch.py', 'the folder nosuch'])
    assert.deepEqual(await ask(`how many classes are in ${place}`), [
      `0 classes. No indexed file is in ${place.split(' ').at(-1)}.`,
    ])
  assert.doesNotMatch((await ask('how many classes are in nosuch'))[0]!, /classes\./)
})

test('a base class that is not indexed is not mistaken for a key or function of the same name', async () => {
  const ask = await asker(`
    //- /a.ts
    export class Late extends Error {}
    export const handlers = { error: (text: string) => text }
  `)
  for (const question of ['which classes extend Error', 'what extends Error'])
    assert.doesNotMatch((await ask(question))[0]!, /Read off the index|0 classes|nothing in it/, question)
})

test('says how many rows there are when it lists only some of them', async () => {
  const functions = Array.from({ length: 1001 }, (_, i) => `  export function f${i}() {}`).join('\n')
  const ask = await asker(`\n  //- /src/big.ts\n${functions}\n`)
  assert.deepEqual(await ask('how many functions are in src/big.ts'), [
    '1001 functions and methods. They are too many to be listed.',
  ])
  const rows = await ask('list all functions in src/big.ts')
  assert.deepEqual([rows[0], rows.length], ['1001 functions and methods. The first 1000 are listed.', 1001])
})

const SEEN = `
  //- /src/badge.tsx
  export function Badge() {
    return null
  }
  function helper() {
    return 1
  }
  function spare() {
    return 2
  }
  @Injectable()
  class Wired {}
  export const table = load('helper')
  //- /src/page.tsx
  export function Page() {
    const Part = load('./badge').of('Badge')
    return <Part />
  }
  //- /src/page.twig
  {{ Badge() }}
  //- /docs/badge.md
  Use \`Badge\` for numbers.
`

test('an absence is claimed only if the name occurs nowhere else in the code', async () => {
  const { engine, index } = await openWorld(SEEN)
  await index()
  const ask = (text: string) => engine.ask(testRun(), { text, budgets: [2000] })
  const badge = await ask('who calls Badge?')
  assert.match(
    badge.summary,
    /^No reference was resolved that calls Badge .*2 lines of code in 2 files contain the name/,
  )
  assert.match(badge.summary, /1 line of comments or documents name it\.$/)
  assert.deepEqual(
    badge.statements.map(({ text, path, firstLine }) => [text, path, firstLine]),
    [
      ['the name occurs in Page (a candidate, not resolved)', 'src/page.tsx', 2],
      ['the name occurs at the top level of the file (a candidate, not resolved)', 'src/page.twig', 1],
    ],
  )
  const spare = await ask('who uses spare?')
  assert.match(spare.summary, /nothing in it refers to spare .*; the name occurs in no other code of its 4 files\./)
  assert.deepEqual(spare.statements, [])
})

test('unused symbols are listed apart from those that something indicates a use of', async () => {
  const { engine, index } = await openWorld(SEEN)
  await index()
  const unused = async (subject: string) => {
    const { summary, statements } = await engine.ask(testRun(), {
      text: `which ${subject} are never used?`,
      budgets: [2000],
    })
    return { summary, rows: statements.map(({ text }) => text).sort() }
  }
  const functions = await unused('functions')
  assert.deepEqual(functions.rows, [
    ...['function Badge: its name occurs elsewhere', 'function Page: exported'],
    ...['function helper: its name occurs elsewhere', 'function spare'],
  ])
  assert.match(functions.summary, /1 function\. .* 3 more have no resolved reference but may have one: /)
  assert.deepEqual((await unused('classes')).rows, ['class Wired: annotated'])
})

test('files without a grammar are never counted as if they defined nothing', async () => {
  const { engine, index } = await openWorld(`
    //- /ios/Cart.swift
    func add() {}
    //- /lib/cart.dart
    void add() {}
    //- /src/cart.ts
    export function add() {}
    //- /LICENSE
    Permission is granted.
  `)
  await index()
  const summaryOf = async (text: string) => (await engine.ask(testRun(), { text, budgets: [2000] })).summary
  assert.match(
    await summaryOf('how many functions are in ios/Cart.swift?'),
    /no functions and methods in the files that are parsed\. 1 file \(\.swift\) is read as text/,
  )
  assert.match(
    await summaryOf('how many functions are there?'),
    /1 function\. 2 files \(\.swift, \.dart\) are read as text/,
  )
  assert.match(await summaryOf('how many functions are in src?'), /1 function\.$/)
})

test('a list by what its rows refer to says which lines were not resolved', async () => {
  const { engine, index } = await openWorld(SEEN)
  await index()
  const { summary } = await engine.ask(testRun(), { text: 'which functions call Badge?', budgets: [2000] })
  assert.match(
    summary,
    /no functions and methods in the files that are parsed\. Badge: 2 lines of code in 2 files contain the name without being resolved\./,
  )
})

test('functions assigned to members are found by the names people type', async () => {
  const { engine, index } = await openWorld(`
    //- /auth.js
    exports.login = async function (name) {
      return name
    }
    function Foo() {}
    Foo.prototype.gamma = function () {
      return 1
    }
    //- /routes.js
    const auth = require('./auth')
    function enter() {
      return auth.login('a')
    }
  `)
  await index()
  const ask = async (text: string) => (await engine.ask(testRun(), { text, budgets: [2000] })).statements
  for (const name of ['login', 'exports.login'])
    assert.match((await ask(`who calls ${name}?`)).map(({ text }) => text).join(), /called in enter/, name)
  for (const name of ['gamma', 'Foo.gamma', 'Foo.prototype.gamma'])
    assert.deepEqual(
      (await engine.lookUp(name, undefined)).map(({ path }) => path),
      ['auth.js'],
      name,
    )
})

test('a lookup gives the lines of calls, and the lines that contain the name without being resolved', async () => {
  const { engine, index } = await openWorld(SEEN)
  await index()
  const [helper] = await engine.lookUp('helper')
  assert.deepEqual(helper!.referredBy, [])
  assert.deepEqual(helper!.unresolved, [{ path: 'src/badge.tsx', line: 12 }])
  const world = await openWorld(`
    //- /a.ts
    export function run() {}

    export function caller() {
      const first = 1
      run()
    }
  `)
  await world.index()
  const [run] = await world.engine.lookUp('run')
  assert.deepEqual(
    run!.referredBy.map(({ name, line }) => [name, line]),
    [['caller', 5]],
  )
  assert.deepEqual(run!.unresolved, [])
})

test('parameters are counted however long their list is, without the receiver', async () => {
  const many = Array.from({ length: 12 }, (_, i) => `firstArgument${i}: Map<string, [number, string]>`).join(', ')
  const { engine, index } = await openWorld(`
    //- /src/long.ts
    export function long(${many}) {}
    export class Box {
      put(this: Box, item: (a: number, b: number) => void, times = 1,) {}
    }
    //- /src/get.go
    package get
    type Store struct{}
    func (s *Store) Get(id string, keys map[string]int) error { return nil }
    //- /src/put.py
    class Store:
        def put(self, row, *, strict=False, **rest):
            pass
    //- /src/none.c
    int none(void) { return 1; }
  `)
  await index()
  const counted = async (n: number) =>
    (
      await engine.ask(testRun(), { text: `which functions have more than ${n} parameters?`, budgets: [2000] })
    ).statements
      .map(({ text }) => text.split(' ').at(-1))
      .sort()
  assert.deepEqual(await counted(11), ['long'])
  assert.deepEqual(await counted(12), [])
  assert.deepEqual(await counted(1), ['Box.put', 'Store.Get', 'Store.put', 'long'])
  assert.deepEqual(await counted(2), ['Store.put', 'long'])
})
