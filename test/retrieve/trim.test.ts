/** Trimming: which lines of a long body are kept for a question. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { chooseLines } from '../../src/engine/retrieve/trim.ts'
import { dedent } from '../fixture.ts'

const keptLines = (text: string, pattern: RegExp) => {
  const lines = dedent(text).split('\n')
  const numbers = chooseLines(lines, { firstLine: 1, lastLine: lines.length, headEnd: 1 }, (line) =>
    pattern.test(line) ? 1 : 0,
  )
  return numbers.map((n) => lines[n - 1]?.trim())
}

test('keeps the relevant line, where its value comes from, the enclosing blocks, and the return', () => {
  const filler = Array.from({ length: 20 }, (_, i) => `        step${i}()`).join('\n')
  const text = `
    def bill(order):
        tax = rate(order)
${filler}
        for item in order:
            log(item)
            if item.taxed:
                item.price += tax
        return order
  `
  assert.deepEqual(keptLines(text, /price/), [
    'def bill(order):',
    'tax = rate(order)',
    'for item in order:',
    'log(item)',
    'if item.taxed:',
    'item.price += tax',
    'return order',
  ])
})

test('line numbers ascend, stay in the body, and leave out at least part of a long one', () => {
  const line = fc.constantFrom('  a = b', 'if x:', '    call(a)', '', '  return a', '  # b', 'needle', '    needle = a')
  fc.assert(
    fc.property(fc.array(line, { minLength: 4, maxLength: 80 }), fc.nat(3), (lines, headEnd) => {
      const head = Math.max(1, headEnd)
      const chosen = chooseLines(lines, { firstLine: 1, lastLine: lines.length, headEnd: head }, (text) =>
        /needle/.test(text) ? 1 : 0,
      )
      assert.deepEqual(
        chosen,
        [...new Set(chosen)].sort((a, b) => a - b),
      )
      assert.ok(chosen.every((n) => n >= 1 && n <= lines.length))
      for (let n = 1; n <= head; n++) assert.ok(chosen.includes(n))
    }),
  )
})
