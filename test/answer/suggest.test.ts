/** Suggested questions name existing symbols and nothing that was already asked. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { symbolTableOf } from '../../src/engine/measure.ts'
import { openWorld } from '../engine.ts'
import { testRun } from '../fixture.ts'

const TREE = `
  //- /src/cart.ts
  import { PriceList } from './prices'
  /** Sums a cart. */
  export function cartTotal(items: string[]) {
    return roundMoney(items.length)
  }
  export function roundMoney(x: number) {
    return new PriceList().round(x)
  }
  //- /src/prices.ts
  export class PriceList {
    round(x: number) { return x }
  }
  export class PriceError extends Error {}
  //- /src/order.ts
  import { cartTotal } from './cart'
  import { PriceError, PriceList } from './prices'
  export function placeOrder(items: string[]) {
    if (!items.length) throw new PriceError()
    return cartTotal(items) + new PriceList().round(1)
  }
`

test('opening suggestions name the most referenced symbols', async () => {
  const { engine, index } = await openWorld(TREE)
  await index()
  assert.deepEqual(await engine.exampleQuestions(), [
    'What is PriceList for, and who uses it?',
    'How does cartTotal work, step by step?',
    'When is PriceError raised?',
  ])
})

test('follow-up suggestions name neighbours of what was shown, once each, and not what was asked', async () => {
  const { engine, index } = await openWorld(TREE)
  await index()
  const question = 'how is a cart summed by cartTotal?'
  const answer = await engine.ask(testRun(), { text: question, budgets: [2000] })
  const next = await engine.nextQuestions(answer, [question])
  assert.ok(next.length > 0 && next.length <= 3)
  const names = new Set((await symbolTableOf(engine)).records.flatMap(({ symbols }) => symbols.map(({ name }) => name)))
  for (const one of next) {
    const name = /(?:uses|does|is) (\w+)/.exec(one)?.[1]
    assert.ok(name && names.has(name), one)
  }
  assert.ok(next.includes('How does roundMoney work?'), next.join(' '))
  const again = await engine.nextQuestions(answer, [question, ...next])
  assert.deepEqual(
    again.filter((one) => next.includes(one)),
    [],
  )
})

test('suggests three questions, none about a symbol an earlier question named in other words', async () => {
  const { engine, index } = await openWorld(TREE)
  await index()
  const first = 'how is a cart summed by cartTotal?'
  const answer = await engine.ask(testRun(), { text: first, budgets: [2000] })
  assert.equal((await engine.nextQuestions(answer, [first])).length, 3)
  const next = await engine.nextQuestions(answer, ['and pricelist?', first])
  assert.equal(next.length, 3)
  assert.doesNotMatch(next.join(' '), /PriceList|cartTotal/)
})

test('suggests follow-ups for files that are shown in full, too', async () => {
  const { engine, index } = await openWorld(`
    //- /main.ts
    export function startServer() {
      return readSettings()
    }
    export function readSettings() { return 1 }
    export class ServerState {}
    export function closeServer() {}
  `)
  await index()
  const question = 'where is the state kept?'
  const answer = await engine.ask(testRun(), { text: question, budgets: [2000] })
  const whole = {
    ...answer,
    context: { ...answer.context, hits: answer.context.hits.map((hit) => ({ ...hit, symbol: '' })) },
  }
  const next = await engine.nextQuestions(whole, [question])
  assert.equal(next.length, 3)
  assert.equal(next[0], 'What is ServerState for?')
})
