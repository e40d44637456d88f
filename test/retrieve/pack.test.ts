/** Packing: within the budget, true to the files, and nothing shown twice. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { present } from '../../src/engine/engine.ts'
import type { Pack } from '../../src/engine/types/pack.ts'
import { openWorld, roughTokenizer } from '../engine.ts'
import { testRun } from '../fixture.ts'

const WORDS = 'cart price item user order stock total tax rate store mail queue'.split(' ')

/** Files of functions named by pairs of words, with bodies of different length. */
function shop(files: number): string {
  const fn = (i: number, j: number) => {
    const [a, b] = [WORDS[(i + j) % 12], WORDS[(i * 5 + j * 7) % 12]]
    const body = Array.from({ length: (i * 3 + j * 5) % 40 }, (_, k) => `  const ${b}${k} = ${a}(${k}) + ${i}`).join(
      '\n',
    )
    return `/** Finds the ${a} of a ${b}. */\nexport function ${a}Of${b}${i}(${b}: string) {\n${body}\n  return ${b}\n}`
  }
  const file = (i: number) =>
    `//- /src/${WORDS[i % 12]}/${WORDS[(i * 7) % 12]}${i}.ts\n${[0, 1, 2, 3].map((j) => fn(i, j)).join('\n\n')}`
  return Array.from({ length: files }, (_, i) => file(i)).join('\n')
}

test('stays within the budget, and citations point at existing text', async () => {
  const { engine, tree, index } = await openWorld(shop(40))
  assert.equal((await index()).files, 40)
  const linesOf = new Map([...tree].map(([path, text]) => [path.slice(1), String(text).split('\n')]))
  const check = (pack: Pack, budget: number) => {
    const text = present(pack)
    assert.ok(roughTokenizer.count(text) <= pack.tokens && pack.tokens <= budget)
    assert.equal(text.length, pack.chars)
    assert.ok(pack.chars <= 5 * budget)
    const seen = new Set<string>()
    for (const block of pack.blocks) {
      const lines = linesOf.get(block.path) ?? []
      for (const [first, last] of block.shown) {
        assert.ok(first >= block.firstLine && last <= block.lastLine && last <= lines.length)
        assert.ok(block.text.includes(lines.slice(first - 1, last).join('\n')), `${block.path}:${first}-${last}`)
        for (let n = first; n <= last; n++) {
          assert.ok(!seen.has(`${block.path}:${n}`), `${block.path}:${n} is shown twice`)
          seen.add(`${block.path}:${n}`)
        }
      }
    }
    assert.deepEqual(
      pack.blocks.map(({ id }) => id),
      pack.blocks.map((_, i) => `b${i + 1}`),
    )
  }
  const question = fc.array(fc.constantFrom(...WORDS, 'how', 'why', 'priceOfitem3'), { minLength: 1, maxLength: 6 })
  await fc.assert(
    fc.asyncProperty(question, fc.integer({ min: 1, max: 30_000 }), async (words, budget) => {
      const { packs } = await engine.context(testRun(), { text: words.join(' '), budgets: [budget] })
      check(packs[0]!, budget)
    }),
    { numRuns: 60 },
  )
})

test('the sum of the blocks equals the real tokenizer’s count for the whole text', async () => {
  const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base')
  const odd = `\n//- /odd.md\n# )}\n\n  \n\ttabs and 数据 🎉 ---\n//- /blank.py\ndef cart():\n    price = [1]\n\n\n`
  const { engine, index } = await openWorld(shop(12) + odd, {
    ports: { tokenizer: { id: 'o200k_base', count: (text) => countTokens(text) } },
  })
  await index()
  for (const budget of [150, 900, 4000, 100_000]) {
    const { packs } = await engine.context(testRun(), { text: 'cart price tabs 数据', budgets: [budget] })
    assert.equal(countTokens(present(packs[0]!)), packs[0]!.tokens)
    assert.ok(packs[0]!.tokens <= budget)
  }
})

test('shows a tree that fits in full, and a larger one in part, with cards for what did not fit', async () => {
  const { engine, index } = await openWorld(shop(40))
  await index()
  const { packs } = await engine.context(testRun(), {
    text: 'How is the tax rate of an item found?',
    budgets: [1500, 8000, 1_000_000],
  })
  assert.deepEqual(
    packs.map(({ mode }) => mode),
    ['retrieved', 'retrieved', 'full'],
  )
  assert.equal(packs[2]?.blocks.length, 40)
  const kinds = (pack: Pack | undefined) => new Set(pack?.blocks.map(({ resolution }) => resolution))
  assert.ok(kinds(packs[0]).has('full') && kinds(packs[0]).has('file card'))
  assert.ok(kinds(packs[1]).has('folder card'))
  assert.ok(packs[0]!.dropped.some(({ reason }) => reason === 'over budget'))
})

test('shows the signature of what a shown body calls when the callee does not fit', async () => {
  const long = Array.from({ length: 2000 }, (_, i) => `  stripe${i}(${i}, 'grass')`).join('\n')
  const { engine, index } = await openWorld(
    `//- /a.ts\nimport { zebra } from './z'\nexport function tangle() {\n  return zebra(1)\n}\n//- /z.ts\nexport function zebra(n: number) {\n${long}\n}\n`,
  )
  await index()
  const { packs } = await engine.context(testRun(), { text: 'what does tangle do?', budgets: [8000] })
  const [callee] = packs[0]!.blocks.filter(({ resolution }) => resolution === 'signature')
  assert.deepEqual([callee?.path, callee?.symbols, callee?.why[0]?.part], ['z.ts', ['zebra'], 'called by tangle'])
})

test('trims a body that does not fit to its relevant lines, with real line numbers', async () => {
  const filler = Array.from({ length: 60 }, (_, i) => `  step${i}()`).join('\n')
  const { engine, index } = await openWorld(
    `//- /a.ts\nfunction tangle() {\n${filler}\n  const needle = haystack()\n  return needle\n}\n//- /b.ts\n${'// nothing here at all\n'.repeat(200)}`,
  )
  await index()
  const { packs } = await engine.context(testRun(), { text: 'tangle haystack needle', budgets: [110] })
  const block = packs[0]!.blocks.find(({ resolution }) => resolution === 'trimmed')
  assert.ok(block, JSON.stringify(packs[0]!.blocks))
  assert.match(block.text, /⋯ \d+-\d+/)
  assert.match(block.text, /const needle = haystack\(\)/)
})

test('names a copy instead of showing it again', async () => {
  const text = 'export function alpha() {\n  return beta(1)\n}\n'
  const { engine, index } = await openWorld(
    `//- /a.ts\n${text}//- /copy/a.ts\n${text}//- /z.md\n${'# filler\n\ntext\n\n'.repeat(300)}`,
  )
  await index()
  const { packs } = await engine.context(testRun(), { text: 'alpha beta', budgets: [200] })
  assert.equal(packs[0]!.blocks.filter(({ text: shown }) => shown.includes('beta(1)')).length, 1)
  assert.ok(packs[0]!.dropped.some(({ reason }) => /^same text as /.test(reason)))
})
