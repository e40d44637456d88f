/** What a run may cost, and what it did cost. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { costOf, mostOf, parsePrice } from '../../src/engine/types/price.ts'

test('a price is a pair, and no cost is given without a price', () => {
  const price = parsePrice(' 0.5 / 15 ')!
  assert.deepEqual(price, { input: 0.5, output: 15 })
  assert.equal(costOf({ input: 2_000_000, output: 100_000 }, price), '2.50')
  assert.equal(mostOf(500_000, price), '7.50')
  for (const none of ['', '3', '3/', '/15', '3/15/1', '-3/15', 'a/b', '3,15', '$3/$15'])
    assert.equal(parsePrice(none), null)
})
