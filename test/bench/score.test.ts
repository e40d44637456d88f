/** The arithmetic of `bench retrieval`, and the windows of its baseline searchers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { packWindows } from '../../src/bench/baselines.ts'
import { sample } from '../../src/bench/questions.ts'
import { type SearchAnswer, type ShownBlock, scoreAnswer, summarise } from '../../src/bench/score.ts'

const shown = (
  path: string,
  first: number,
  last: number,
  resolution: ShownBlock['resolution'] = 'full',
): ShownBlock => ({
  path,
  resolution,
  lines: first > last ? [] : [[first, last]],
})

test('scores an answer as computed by hand', () => {
  const gold = [
    { path: 'a', lines: [1, 2, 3, 4] },
    { path: 'b', lines: [] },
  ]
  const answer: SearchAnswer = {
    files: ['x', 'a', 'y', 'z', 'w', 'b'],
    packs: [
      [shown('x', 1, 9), shown('a', 2, 3)],
      [shown('a', 1, 1), shown('a', 3, 9, 'trimmed'), shown('b', 1, 0, 'file card')],
    ],
    ms: 7,
  }
  const score = scoreAnswer(gold, answer)
  assert.equal(score.rank, 2)
  assert.deepEqual(score.recall, [0, 0.5, 1])
  assert.deepEqual(score.files, [0.5, 1])
  assert.deepEqual(score.lines, [0.5, 0.75])
  assert.deepEqual(score.byResolution, { full: [0.5, 0.25], trimmed: [0, 0.5] })
  const missed = scoreAnswer([{ path: 'q', lines: [] }], answer)
  assert.equal(missed.rank, 0)
  assert.equal(missed.lines, null)
  const both = summarise([score, missed])
  assert.equal(both.mrr, 0.25)
  // Only questions whose gold has lines count towards line recall.
  assert.deepEqual(both.lines, [0.5, 0.75])
  assert.deepEqual(both.files, [0.25, 0.5])
})

const FILES = 4
const window = fc.record({ file: fc.nat(FILES - 1), step: fc.nat(6) }).map(({ file, step }) => ({
  file,
  firstLine: step * 40 + 1,
  lastLine: step * 40 + 50,
}))
const golds = fc
  .uniqueArray(fc.nat(FILES - 1), { minLength: 1 })
  .chain((files) =>
    fc.tuple(
      ...files.map((file) =>
        fc.uniqueArray(fc.integer({ min: 1, max: 300 })).map((lines) => ({ path: String(file), lines })),
      ),
    ),
  )

test('recalls are fractions, packs stay within their budget, and a larger budget never shows less', () => {
  fc.assert(
    fc.property(
      fc.array(window),
      golds,
      fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 2 }),
      (all, gold, b) => {
        const budgets = b.sort((x, y) => x - y)
        const cost = ({ firstLine, lastLine }: { firstLine: number; lastLine: number }) =>
          2 + (lastLine - firstLine + 1)
        const packs = packWindows(all, budgets, cost)
        packs.forEach((pack, i) => {
          assert.ok(pack.reduce((sum, one) => sum + cost(one), 0) <= budgets[i]!)
          const lines = pack.flatMap(({ file, firstLine, lastLine }) =>
            Array.from({ length: lastLine - firstLine + 1 }, (_, n) => `${file} ${firstLine + n}`),
          )
          assert.equal(new Set(lines).size, lines.length, 'no line twice')
        })
        const score = scoreAnswer(gold, {
          files: [...new Set(all.map(({ file }) => String(file)))],
          packs: packs.map((pack) =>
            pack.map(({ file, firstLine, lastLine }) => shown(String(file), firstLine, lastLine)),
          ),
          ms: 0,
        })
        for (const row of [score.recall, score.files, score.lines ?? []]) {
          for (const value of row) assert.ok(value >= 0 && value <= 1)
          assert.deepEqual(
            row,
            [...row].sort((x, y) => x - y),
          )
        }
      },
    ),
  )
})

test('sampling is deterministic for a seed and draws without replacement', () => {
  const items = Array.from({ length: 100 }, (_, i) => i)
  assert.deepEqual(sample(items, 10, 1), sample(items, 10, 1))
  assert.notDeepEqual(sample(items, 10, 1), sample(items, 10, 2))
  assert.deepEqual(new Set(sample(items, 1000, 1)), new Set(items))
})
