/** Threads on disk: those of earlier versions are read into the current format. */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { threadsIn } from '../../src/host/threads.ts'

const folder = mkdtempSync(join(tmpdir(), 'fovea-threads-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** As version 0.1.0 wrote it, before files had a format version. */
const OLD = {
  id: 'old',
  title: 'Where is it?',
  at: 7,
  turns: [
    {
      ...{ id: 't1', question: 'Where is it?', budget: 8000, error: '', feedback: null, next: ['What is Cart for?'] },
      mentions: [{ kind: 'file', label: 'a.ts', path: 'a.ts', start: 0, end: 0 }],
      adjust: [{ path: 'a.ts', start: 2, end: 5, wish: 'r1', why: 'called by b' }],
      answer: {
        ...{ mode: 'model', model: 'm', text: 'Here [1].', findings: null, prompt: [], usage: null, end: 'finished' },
        citations: [
          {
            ...{ mark: '1', n: 1, path: 'a.ts', start: 2, end: 5, symbol: 'Cart.add, Cart.total' },
            ...{ verdict: 'verified', missing: [], quote: [] },
          },
        ],
        context: {
          ...{ query: 'Where is it?', notes: [], ms: 3 },
          hits: [{ chunk: 'c', path: 'a.ts', start: 2, end: 5, symbol: 'Cart.add', score: 1, why: [] }],
          packs: [
            {
              ...{ budget: 8000, tokens: 9, chars: 40, mode: 'retrieved', leftOut: 0 },
              dropped: [{ path: 'b.ts', start: 1, end: 9, symbol: 'B', tokens: 3, reason: 'over budget' }],
              trace: [{ stage: 'plan', note: 'explicit fact, 4 terms' }],
              blocks: [
                {
                  ...{ id: 'b1', path: 'a.ts', symbol: 'Cart.add, Cart.total', resolution: 'r0', start: 2, end: 5 },
                  ...{ shown: [[2, 5]], tokens: 9, text: 'start: 1, end: 2', hash: 'h', why: [] },
                },
              ],
            },
          ],
        },
      },
    },
  ],
}

test('a thread of an earlier version is read completely, and survives being saved again', async () => {
  writeFileSync(join(folder, 'old.json'), JSON.stringify(OLD))
  const threads = threadsIn(folder, assert.fail)
  const upgraded = await threads.load('old')
  const [turn] = upgraded!.turns
  assert.ok(turn?.answer?.mode === 'model')
  assert.deepEqual(turn.overrides, [
    { path: 'a.ts', firstLine: 2, lastLine: 5, kind: 'trimmed', reason: 'called by b' },
  ])
  assert.deepEqual([turn.nextQuestions, turn.mentions[0]?.firstLine], [['What is Cart for?'], 0])
  const [citation] = turn.answer.citations
  assert.deepEqual([citation?.firstLine, citation?.symbols], [2, ['Cart.add', 'Cart.total']])
  const { hits, packs } = turn.answer.context
  assert.deepEqual([hits[0]?.lastLine, hits[0]?.symbol, packs[0]?.dropped[0]?.symbol], [5, 'Cart.add', 'B'])
  const [block] = packs[0]!.blocks
  assert.deepEqual(
    [block?.resolution, block?.symbols, block?.text],
    ['full', ['Cart.add', 'Cart.total'], 'start: 1, end: 2'],
  )
  assert.equal(packs[0]?.trace.route, null)
  assert.equal(turn.answer.end, 'finished', 'how it ended is no line')
  await threads.change('old', (now) => now)
  assert.deepEqual(await threadsIn(folder, assert.fail).load('old'), upgraded)
  assert.match(readFileSync(join(folder, 'old.json'), 'utf8'), /"format":2/)
})
