/** The built-in embedder: unit vectors, equal for equal bags of words, close for bags that share words. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { DIMENSIONS, embedHashed } from '../../src/engine/ingest/embed/embed.ts'
import { termsOf } from '../../src/engine/text/terms.ts'

const embed = (...texts: string[]): Float32Array[] => {
  const bags = texts.map((text) => ({ terms: termsOf(text), counts: termsOf(text).map(() => 1) }))
  const all = embedHashed(
    bags.length,
    () => 1,
    (i) => bags[i]!,
  )
  return bags.map((_, i) => all.subarray(i * DIMENSIONS, (i + 1) * DIMENSIONS))
}
const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, x, i) => sum + x * b[i]!, 0)

test('vectors have unit length, or are zero for a bag without words', () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { maxLength: 30 }), (words) => {
      const [vector] = embed(words.join(' '))
      const length = Math.hypot(...vector!)
      assert.ok(words.length === 0 ? length === 0 : Math.abs(length - 1) < 1e-4)
    }),
  )
})

test('shared words bring texts together, and whole identifiers do not count twice', () => {
  const [a, b, c] = embed('parse http header line', 'parseHttpHeader value', 'draw circle on canvas')
  assert.ok(dot(a!, b!) > 0.5 && Math.abs(dot(a!, c!)) < 0.4)
  const [split, joined] = embed('parse header', 'parseHeader')
  assert.ok(dot(split!, joined!) > 0.999)
})

test('rare terms weigh more', () => {
  const bag = { terms: ['common', 'rare'], counts: [1, 1] }
  const idf = (term: string) => (term === 'rare' ? 5 : 1)
  const rows = embedHashed(
    3,
    idf,
    (i) => [bag, { terms: ['rare'], counts: [1] }, { terms: ['common'], counts: [1] }][i]!,
  )
  const [both, rare, common] = [0, 1, 2].map((i) => rows.subarray(i * DIMENSIONS, (i + 1) * DIMENSIONS))
  assert.ok(dot(both!, rare!) > dot(both!, common!) + 0.3)
})
