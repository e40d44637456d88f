/**
 * Overrides: pinned blocks are in the pack, dropped ones are not, a chosen resolution is kept, all within the budget.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { present } from '../../src/engine/engine.ts'
import type { Block } from '../../src/engine/types/pack.ts'
import type { Override, OverrideKind } from '../../src/engine/types/query.ts'
import { openWorld } from '../engine.ts'
import { testRun } from '../fixture.ts'

const body = (name: string, n: number) =>
  Array.from({ length: n }, (_, i) => `  const ${name}${i} = prepare(${i}) // step`).join('\n')
const TREE = ['cart', 'order', 'stock', 'mail']
  .map(
    (name) =>
      `//- /src/${name}.ts\n/** Handles the ${name}. */\nexport function ${name}Main(a: string) {\n${body(name, 30)}\n  return a\n}\n\n/** Closes the ${name}. */\nexport function ${name}Close(a: string) {\n${body(`${name}x`, 30)}\n}`,
  )
  .join('\n')

async function world() {
  const { engine, index } = await openWorld(TREE)
  assert.equal((await index()).files, 4)
  return async (overrides: Override[], budget = 900) => {
    const { packs } = await engine.context(testRun(), {
      text: 'how is the cart handled',
      budgets: [budget],
      overrides: overrides,
    })
    return packs[0]!
  }
}
const shows = (blocks: readonly Block[], path: string, line: number) =>
  blocks.some((b) => b.path === path && b.shown.some(([first, last]) => first <= line && last >= line))

test('a pin adds what ranking would not', async () => {
  const ask = await world()
  assert.ok(!shows((await ask([])).blocks, 'src/mail.ts', 40))
  const { blocks } = await ask([{ path: 'src/mail.ts', firstLine: 36, lastLine: 60, kind: 'pin' }])
  assert.ok(shows(blocks, 'src/mail.ts', 40))
  assert.equal(blocks.find(({ path, firstLine }) => path === 'src/mail.ts' && firstLine > 34)?.why[0]?.part, 'pinned')
})

test('a drop leaves a block out and says so; a dropped file leaves no card', async () => {
  const ask = await world()
  const first = (await ask([])).blocks.find(({ path, firstLine }) => path === 'src/cart.ts' && firstLine > 0)!
  const { blocks, dropped } = await ask([
    { path: first.path, firstLine: first.firstLine, lastLine: first.lastLine, kind: 'drop' },
  ])
  assert.ok(
    !blocks.some((b) => b.path === first.path && b.firstLine <= first.lastLine && b.lastLine >= first.firstLine),
  )
  assert.ok(dropped.some(({ path, reason }) => path === first.path && reason === 'left out by you'))
  const without = await ask([{ path: 'src/cart.ts', firstLine: 0, lastLine: 0, kind: 'drop' }])
  assert.deepEqual(
    without.blocks.filter(({ path }) => path === 'src/cart.ts'),
    [],
  )
})

test('coarser and finer keep a block at the chosen resolution', async () => {
  const ask = await world()
  const overrideAs = (kind: OverrideKind): Override => ({ path: 'src/cart.ts', firstLine: 1, lastLine: 34, kind })
  for (const kind of ['name', 'signature', 'trimmed', 'full'] as const) {
    const { blocks } = await ask([overrideAs(kind)], 2000)
    const block = blocks.find(({ path, firstLine }) => path === 'src/cart.ts' && firstLine <= 3)
    assert.equal(block?.resolution, kind)
  }
})

test('whatever the overrides, the pack stays within its budget and shows no line twice', async () => {
  const ask = await world()
  const overrideLists = fc.array(
    fc.record({
      path: fc.constantFrom('src/cart.ts', 'src/order.ts', 'src/mail.ts', 'gone.ts'),
      firstLine: fc.integer({ min: 0, max: 70 }),
      lastLine: fc.integer({ min: 0, max: 90 }),
      kind: fc.constantFrom<OverrideKind>('pin', 'drop', 'full', 'trimmed', 'signature', 'name'),
    }),
    { maxLength: 6 },
  )
  await fc.assert(
    fc.asyncProperty(overrideLists, fc.integer({ min: 1, max: 3000 }), async (overrides, budget) => {
      const pack = await ask(overrides, budget)
      assert.ok(Math.ceil(present(pack).length / 4) <= budget && pack.tokens <= budget)
      const seen = new Set<string>()
      for (const { path, shown } of pack.blocks)
        for (const [first, last] of shown)
          for (let n = first; n <= last; n++) {
            assert.ok(!seen.has(`${path}:${n}`), `${path}:${n}`)
            seen.add(`${path}:${n}`)
          }
    }),
    { numRuns: 80 },
  )
})
