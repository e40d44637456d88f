/** Citation marks become plain numbers wherever the stream is split, and code is left alone. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CitationStream, citationsOf } from '../../src/engine/answer/citations.ts'
import type { Block } from '../../src/engine/types/pack.ts'

function stream(pieces: readonly string[]): string {
  const marks = new CitationStream()
  return pieces.map((piece) => marks.push(piece)).join('') + marks.end()
}

const CASES: readonly (readonly [said: string, read: string])[] = [
  ['It packs [b3].', 'It packs [3].'],
  ['It packs [3] and [b1, b4; 7].', 'It packs [3] and [1] [4] [7].'],
  ['`argv[2]` and `x = [1]` are code [b2]', '`argv[2]` and `x = [1]` are code [2]'],
  ['```ts\nconst x = [b1, b2]\na[010]\n```\nthen [b5]', '```ts\nconst x = [b1, b2]\na[010]\n```\nthen [5]'],
  ['A list [1, 2] is no mark; [note] neither, nor [b', 'A list [1, 2] is no mark; [note] neither, nor [b'],
  ['````\n```\n[b1]\n````\n[b2]', '````\n```\n[b1]\n````\n[2]'],
]

test('replaces citation marks with numbers and leaves code alone', () => {
  for (const [input, expected] of CASES) assert.equal(stream([input]), expected)
})

test('gives the same result wherever the stream is split', () => {
  fc.assert(
    fc.property(fc.constantFrom(...CASES), fc.array(fc.nat(80), { maxLength: 12 }), ([input, expected], cuts) => {
      const at = [0, ...cuts.filter((cut) => cut < input.length).sort((a, b) => a - b), input.length]
      assert.equal(stream(at.slice(1).map((end, i) => input.slice(at[i], end))), expected)
    }),
  )
})

test('citations name existing blocks, in text order, and ignore marks inside code', () => {
  const block = (n: number, path: string): Block => ({
    ...{
      id: `b${n}`,
      path,
      symbols: [],
      resolution: 'full',
      firstLine: 0,
      lastLine: 0,
      shown: [],
      tokens: 1,
      text: '',
    },
    ...{ hash: '', why: [] },
  })
  const blocks = [block(1, ''), block(2, 'a.ts'), block(3, 'b.ts')]
  const numbers = citationsOf('See [3], [2], [3], [9], [1] and `argv[2]`.', blocks).map(({ n, path }) => [n, path])
  assert.deepEqual(numbers, [
    [3, 'b.ts'],
    [2, 'a.ts'],
  ])
  assert.deepEqual(citationsOf('`[2]`', blocks), [])
})
