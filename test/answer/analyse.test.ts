/** Who calls, uses, extends a symbol: read off the index, all of it, and said to be so. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { relationAsked } from '../../src/engine/answer/analyse.ts'
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

test('the form of the question says what is asked', () => {
  assert.deepEqual(relationAsked('Who calls `cartTotal`?'), { kinds: ['call', 'tests'], name: 'cartTotal' })
  assert.equal(relationAsked('who uses Flask.register_blueprint()?')?.name, 'Flask.register_blueprint')
  assert.deepEqual(relationAsked('What extends Store?')?.kinds, ['extends'])
  assert.deepEqual(relationAsked('Which classes implement Reader?')?.kinds, ['implements', 'extends'])
  assert.equal(relationAsked('where is cartTotal tested?')?.name, 'cartTotal')
  for (const text of [
    'how does cartTotal work?',
    'who calls the shots in the order flow?',
    'where is the cart summed?',
  ])
    assert.equal(relationAsked(text), null, text)
})

test('all places are listed, and only they', async () => {
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
  assert.match(calls.summary, /^Read off the index, not ranked: 3 places are sure\. .*function, src\/cart\.ts:1/)
  assert.deepEqual((await ask('What extends Store?')).said, ['extended by FileStore, src/order.ts'])
  const none = await ask('Who calls lonely?')
  assert.deepEqual(none.said, [])
  assert.match(none.summary, /nothing in it stands so to lonely/)
  assert.match((await ask('Who calls nosuch?')).summary, /speak|Nothing|guess/)
})
