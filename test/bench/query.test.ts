/**
 * `fovea bench query`: generates a larger tree that resembles the folder, and reports how query time grows with size.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { grow } from '../../src/bench/scaled.ts'
import { askTree, symbolTableOf } from '../../src/engine/measure.ts'
import { ok, workspace } from '../cli/cli.ts'
import { openWorld } from '../engine.ts'
import { testRun } from '../fixture.ts'
import { SHOP } from './shop.ts'

test('a generated corpus matches the sizes, terms and references of its template, and can be queried', async () => {
  const { engine, index, ports } = await openWorld(SHOP)
  await index()
  const { roots, embedder } = await engine.status()
  const { clusters } = await engine.map()
  const source = { ...(await symbolTableOf(engine)), roots, embedder, clusters }
  const { tree, records } = grow(source, 300, 1)
  assert.deepEqual(grow(source, 300, 1), { tree, records })
  assert.ok(tree.chunks >= 300 && tree.chunks < 320, `${tree.chunks}`)
  assert.equal(tree.entries.length, records.length)
  assert.equal(new Set(tree.entries.map(({ path }) => path)).size, records.length)

  const known = new Set(source.records.flatMap(({ terms }) => terms))
  const drawn = records.flatMap(({ terms }) => terms)
  assert.ok(records.every(({ terms }) => new Set(terms).size === terms.length))
  const share = drawn.filter((term) => known.has(term)).length / drawn.length
  assert.ok(share > 0.4 && share < 1, `${share}`)

  const ids = new Set(records.flatMap(({ chunks }) => chunks.map(({ id }) => id)))
  assert.equal(ids.size, tree.chunks)
  assert.ok(tree.clusters.every(({ members }) => members.every((id) => ids.has(id))))
  const { kind, fromFile, fromSymbol, toFile, toSymbol } = tree.edges
  assert.ok(kind.length > source.edges.kind.length)
  kind.forEach((_, row) => {
    assert.ok(row === 0 || fromFile[row - 1]! <= fromFile[row]!)
    assert.ok(fromSymbol[row]! < records[fromFile[row]!]!.symbols.length)
    assert.ok(toSymbol[row]! < records[toFile[row]!]!.symbols.length)
  })

  const { hits, packs } = await (await askTree(ports, tree, records))(testRun(), {
    text: 'load the orders',
    budgets: [2000],
  })
  assert.ok(hits.length > 0)
  assert.ok(
    packs[0]!.blocks.some(({ shown }) => shown.length > 0),
    'their text is read',
  )
})

test('the command reports times by size, how they grow, and what was generated', async () => {
  const { out } = await ok(workspace(SHOP).run(['bench', 'query', '--items', '1200', '--json']))
  const rows = JSON.parse(out)
  assert.match(rows['larger corpora'], /^generated/)
  assert.equal(typeof rows['growth with the generated chunks, exponent of p50'], 'number')
  assert.equal(Object.keys(rows).filter((name) => /^\d+ generated chunks, 32k tokens/.test(name)).length, 2)
  assert.equal(rows['growth with the chunks, exponent of p50'], 'too few chunks to tell')
})
