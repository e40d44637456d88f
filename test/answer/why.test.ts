/** A pack with the commits behind its lines: priced exactly as it is presented, whatever the messages and paths. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { present } from '../../src/engine/engine.ts'
import type { LineOrigin } from '../../src/engine/ports.ts'
import { openWorld, roughTokenizer } from '../engine.ts'
import { noHistory, testRun } from '../fixture.ts'

const DEEP = 'packages/storefront/src/checkout/pricing/strategies/promotions/customers'
const FILES = ['retry', 'gateway', 'timeout', 'queue']
  .map((name) => `//- /${DEEP}/${name}Policy.ts\nexport function ${name}Policy() {\n  return '${name}'\n}`)
  .join('\n')

test('a pack with commits stays within the budget, however long paths and messages are', async () => {
  const message = fc.string({ maxLength: 300, unit: fc.constantFrom(...'retry gateway timeout \n'.split('')) })
  const origin = fc.record({
    hash: fc.string({ minLength: 40, maxLength: 40, unit: fc.constantFrom(...'0123456789abcdef') }),
    seconds: fc.integer({ min: 0, max: 2_000_000_000 }),
    subject: message,
    body: message,
    lines: fc.integer({ min: 0, max: 9 }),
  })
  const input = fc.record({
    origins: fc.array(origin, { maxLength: 3 }),
    budgets: fc.array(fc.integer({ min: 20, max: 1500 }), { minLength: 1, maxLength: 2 }),
  })
  let origins: LineOrigin[] = []
  const history = { ...noHistory, blame: async () => origins }
  const { engine, index } = await openWorld(FILES, { ports: { history } })
  await index()
  let shown = 0
  await fc.assert(
    fc.asyncProperty(input, async ({ origins: written, budgets }) => {
      origins = written
      const { packs } = await engine.assemble(testRun(), { text: 'why is there a retry at the gateway?', budgets })
      for (const [i, pack] of packs.entries()) {
        const text = present(pack)
        assert.ok(roughTokenizer.count(text) <= pack.tokens && pack.tokens <= budgets[i]!, `${budgets[i]}`)
        assert.equal(text.length, pack.chars)
        shown += pack.blocks.filter(({ resolution }) => resolution === 'log').length
      }
    }),
    { numRuns: 200 },
  )
  assert.ok(shown > 50, 'commits were shown with it')
  await engine.close()
})
