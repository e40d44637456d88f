/** What a user attaches comes first in the prompts of the planner and of every step, even after steps have moved it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type GenerateOptions, TokenBudget } from '../../src/engine/engine.ts'
import { linesAfter } from '../../src/engine/generate/patch.ts'
import type { Message } from '../../src/engine/types/answer.ts'
import { DEFAULT_LIMITS } from '../../src/engine/types/generation.ts'
import { openWorld } from '../engine.ts'
import { testRun } from '../fixture.ts'

// More than fits at once, so that there is something to choose from.
const OTHERS = Array.from({ length: 900 }, (_, i) => `  export const total${i} = round(items, ${i}) // round totals`)
const lines = (n: number, name: string) => Array.from({ length: n }, (_, i) => `${name}(${i})`).join('\n')
const TREE = `
  //- /src/total.ts
  export function total(items: number[]) {
    return items.reduce((a, b) => a + b, 0)
  }
  //- /src/zebra.ts
  export function first() {
${lines(60, '    first')}
  }
  export function stripes() {
${lines(30, '    stripes')}
  }
  //- /src/others.ts
${OTHERS.join('\n')}
`
const step = (id: string, path: string, deps: string[]) => ({
  ...{ id, goal: 'round totals', requirements: ['R1'], files: [{ path, action: 'edit' }], deps },
})
const PLAN = { steps: [step('s1', 'src/zebra.ts', []), step('s2', 'src/total.ts', ['s1'])] }
const MOVED = `RENAME src/zebra.ts src/horse.ts
REPLACE src/horse.ts:1
<<<<<<< TEXT
${lines(100, 'above')}
export function first() {
>>>>>>> END
DONE moved`

test('shows attachments first and follows them when they move', async () => {
  const { engine, index } = await openWorld(TREE)
  await index()
  const sent: string[] = []
  const replies = [
    JSON.stringify(PLAN),
    MOVED,
    'SEARCH round total items',
    'CREATE src/a.ts\n<<<<<<< TEXT\nexport {}\n>>>>>>> END\nDONE',
  ]
  const write = async (_run: unknown, messages: readonly Message[], onText: (text: string) => void) => {
    sent.push(messages.at(-1)!.content)
    onText(replies[sent.length - 1] ?? 'DONE')
    return { usage: null, finished: true }
  }
  const options: GenerateOptions = {
    model: {
      name: 'scripted',
      windowTokens: 0,
      effectiveTokens: 0,
      tokenRatio: 1,
      recordUsage: () => {},
      complete: write,
    },
    ...{
      limits: DEFAULT_LIMITS,
      budget: new TokenBudget(DEFAULT_LIMITS.tokens),
      unchecked: true,
      tests: false,
      fence: 'f00d',
      command: null,
    },
    attached: [{ path: 'src/zebra.ts', firstLine: 63, lastLine: 94, kind: 'pin' }],
    onEvent: () => {},
  }
  const plan = await engine.planGenerate(testRun(), 'Round totals.', options)
  const { error, changes } = await engine.generate(testRun(), plan, options)
  assert.equal(error, null)
  assert.deepEqual(
    changes.map(({ path }) => path),
    ['src/a.ts', 'src/horse.ts'],
  )
  const first = sent.slice(0, 3).map((text) => /^## (.*)\n\[b1\]/m.exec(text)?.[1])
  assert.deepEqual(first, ['src/zebra.ts', 'src/zebra.ts', 'src/horse.ts'])
  for (const text of sent.slice(0, 3)) assert.match(text, /stripes\(0\)\n[\s\S]*stripes\(29\)/)
  assert.match(sent[3]!, /round total items[\s\S]*?## src\/total\.ts\n\[b1\]/, 'what a model searches for is its own')
  assert.doesNotMatch(sent[3]!, /stripes/)
})

test('an attached location carries its lines', () => {
  const textOf = (rows: string[]) => rows.map((row) => `${row}\n`).join('')
  const place = (before: string[], after: string[], start: number, end: number) =>
    linesAfter({ path: 'a', firstLine: start, lastLine: end }, [
      { path: 'b', from: 'a', before: textOf(before), after: textOf(after), hash: null, mode: 0 },
    ])
  const lines = ['1', '2', '3', '4', '5', '6']
  const rows: [after: string[], start: number, end: number][] = [
    [['x', ...lines], 4, 5],
    [['1', '2', 'x', 'y', '3', '4', '5', '6'], 5, 6],
    [['1', '2', '3', 'x', '4', '5', '6'], 3, 5],
    [['1', '2', '3', '4', 'x', '5', '6'], 3, 4],
    [['1', '3', '4', '5', '6'], 2, 3],
    [['1', 'x', '4', '5', '6'], 2, 3],
    [['1', '2', '3', 'x', 'y', '6'], 3, 5],
  ]
  for (const [after, start, end] of rows)
    assert.deepEqual(place(lines, after, 3, 4), [{ path: 'b', firstLine: start, lastLine: end }], `${after}`)
  assert.deepEqual(place(lines, ['x'], 0, 0), [{ path: 'b', firstLine: 0, lastLine: 0 }])
  assert.deepEqual(linesAfter({ path: 'a', firstLine: 1, lastLine: 1 }, []), [{ path: 'a', firstLine: 1, lastLine: 1 }])
  const deletion = { path: 'a', from: 'a', before: 'x', after: null, hash: null, mode: 0 }
  assert.deepEqual(linesAfter({ path: 'a', firstLine: 1, lastLine: 1 }, [deletion]), [])
  const text = (...of: string[]) => fc.array(fc.constantFrom(...of), { maxLength: 12 })
  const [high, low] = [text('a', 'b', 'c'), text('x', 'y', 'z')]
  const middle = fc.array(fc.constantFrom('a', 'x'), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(high, middle, low, high, low, (above, original, below, over, under) => {
      // Marked, and between distinct lines, so that only one alignment is possible.
      const edited = original.map((line, i) => `${line}${i}!`)
      const [found] = place(
        [...above, ...edited, ...below],
        [...over, ...edited, ...under],
        above.length + 1,
        above.length + original.length,
      )
      assert.deepEqual(found, { path: 'b', firstLine: over.length + 1, lastLine: over.length + original.length })
    }),
  )
})
