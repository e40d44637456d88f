/** The subject of a question decides how it is answered, and the answer names that mode. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { modeOf } from '../../src/engine/measure.ts'
import { openWorld } from '../engine.ts'
import { testRun } from '../fixture.ts'

const TREE = `
  //- /src/cart.ts
  export function cartTotal(items: number[]) {
    return items.length
  }
  export function emptyCart() {
    return []
  }
  //- /src/order/cart.ts
  export function orderCart() {}
  //- /src/order/place.ts
  import { cartTotal } from '../cart'
  export function placeOrder(items: number[]) {
    return cartTotal(items)
  }
`

test('a single file named in the question comes first; several files or a symbol are searched as usual', async () => {
  const { engine, index } = await openWorld(TREE)
  await index()
  const routed = async (text: string) => {
    const { packs } = await engine.assemble(testRun(), { text, budgets: [600] })
    const { mode, trace, blocks } = packs[0]!
    return { mode, route: trace.route!, blocks }
  }
  const file = await routed('what does place.ts do?')
  assert.equal(file.route.scope, 'a file')
  assert.ok(file.route.diffusion.half >= 1 && file.route.diffusion.half <= file.route.diffusion.files)
  assert.equal(file.blocks.find(({ path }) => path === 'src/order/place.ts')?.resolution, 'full')
  assert.equal(await modeOf(engine, 'what does place.ts do?'), 'hybrid')
  const other = (text: string) => modeOf(engine, text)
  assert.equal(await other('what does cart.ts do?'), 'retrieved', 'two files are called so')
  assert.equal(await other('what does src/cart.ts do?'), 'hybrid')
  assert.equal(await other('what do place.ts and src/cart.ts do?'), 'retrieved')
  assert.equal(await other('what does `placeOrder` in place.ts do?'), 'retrieved')
  assert.equal((await routed('how does placeOrder work?')).route.scope, '1 symbol')
  await engine.close()
})

test('a conversation starts with an overview of the repository', async () => {
  const { engine, index } = await openWorld(TREE)
  await index()
  assert.match(await engine.outline(), /^Folders: src \(\d+ lines\), src\/order \(\d+ lines\)/)
  await engine.close()
})
