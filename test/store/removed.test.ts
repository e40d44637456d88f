/** An index that is removed, or written by other processes, while it is in use. */
import assert from 'node:assert/strict'
import { rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openEngine } from '../../src/engine/engine.ts'
import { openWorld } from '../engine.ts'
import { testRun } from '../fixture.ts'

const REMOVE_OPTIONS = { recursive: true, force: true } as const

const FIXTURE = `
  //- /a.ts
  export function alpha() {}
  //- /b.ts
  export function beta() {}
`

for (const lance of [true, false]) {
  const kind = lance ? 'LanceDB' : 'files'

  test(`${kind}: a removed index still answers, edits included, and is stored again by the next run`, async () => {
    const { engine, index, folder, tree } = await openWorld(FIXTURE, { lance })
    const first = async (text: string) =>
      (await engine.context(testRun(), { text, budgets: [500] })).hits.map(({ path }) => path)[0]
    await index()
    assert.equal(await first('alpha'), 'a.ts')
    rmSync(folder, { recursive: true })
    assert.equal(await first('beta'), 'b.ts')
    tree.set('/b.ts', 'export function gamma() {}\n')
    assert.equal(await engine.applyEdits(testRun(), ['/repo/b.ts']), true)
    assert.equal(await first('gamma'), 'b.ts')
    assert.deepEqual([(await index()).parsed, (await engine.status()).files], [2, 2])
    assert.equal(await first('gamma'), 'b.ts')
  })

  test(`${kind}: an index removed before the first question is rebuilt by that question`, async () => {
    const { engine, index, folder } = await openWorld(FIXTURE, { lance })
    await index()
    rmSync(folder, { recursive: true })
    const { hits } = await engine.context(testRun(), { text: 'alpha', budgets: [500] })
    assert.equal(hits[0]?.path, 'a.ts')
  })

  test(`${kind}: an index removed at any moment of a run is written by that run or the next`, async () => {
    const { engine, tree, folder, warnings } = await openWorld(FIXTURE, { lance })
    for (const stage of ['walk', 'parse', 'store', 'link'] as const) {
      tree.set('/c.ts', `export const c = '${stage}${lance}'\n`)
      let left = 1
      const report = ({ stage: now }: { stage: string }) => {
        if (now === stage && left-- > 0) rmSync(folder, { recursive: true, force: true })
      }
      await engine.index({ ...testRun(), report })
      await engine.index(testRun())
      assert.equal((await engine.status()).files, 3, `${stage}: ${warnings}`)
    }
  })

  test(`${kind}: an edit that is reverted is gone after the next run`, async () => {
    const { engine, index, tree } = await openWorld(FIXTURE, { lance })
    await index()
    await index()
    const found = async (text: string) =>
      (await engine.context(testRun(), { text, budgets: [500] })).hits.some(({ symbol }) => symbol === text)
    const before = tree.get('/b.ts')!
    tree.set('/b.ts', 'export function gamma() {}\n')
    assert.equal(await engine.applyEdits(testRun(), ['/repo/b.ts']), true)
    assert.deepEqual([await found('gamma'), await found('beta')], [true, false])
    tree.set('/b.ts', before)
    assert.equal((await index()).parsed, 0)
    assert.deepEqual([await found('gamma'), await found('beta')], [false, true])
  })

  test(`${kind}: lost records are rebuilt with all links`, async () => {
    const { engine, index, folder, tree, ports } = await openWorld(FIXTURE, { lance })
    for (let i = 0; i < 300; i++)
      tree.set(`/f${i}.ts`, `import { alpha } from './a'\nalpha()\nexport const f${i} = 1\n`)
    await index()
    const { edges } = await engine.status()
    assert.ok(edges >= 300)
    await engine.close()
    if (lance)
      for (const name of ['records', 'records_young']) rmSync(join(folder, `lancedb/${name}.lance`), REMOVE_OPTIONS)
    else truncateSync(join(folder, 'files/records.pack'))
    const other = await openEngine(ports, {
      ...{ roots: ['/repo'], folder, lanceSupport: { usable: lance, reason: '' } },
      shared: null,
    })
    await other.index(testRun())
    const status = await other.status()
    assert.deepEqual([status.complete, status.files, status.edges], [true, 302, edges])
    await other.close()
  })

  test(`${kind}: a run that starts while the index is being opened loses nothing`, async () => {
    const { engine, index, folder, tree, ports, warnings } = await openWorld(FIXTURE, { lance })
    for (let i = 0; i < 300; i++) tree.set(`/f${i}.ts`, `export function name${i}() {}\n`)
    await index()
    // One record that is written separately.
    tree.set('/f7.ts', 'export function seventh() {}\n')
    await index()
    for (let round = 0; round < 12; round++) {
      const other = await openEngine(ports, {
        ...{ roots: ['/repo'], folder, lanceSupport: { usable: lance, reason: '' } },
        shared: null,
      })
      await other.status()
      const run = other.index(testRun())
      for (let n = 0; n < round; n++) await new Promise((resolve) => setImmediate(resolve))
      const { hits } = await other.context(testRun(), { text: 'seventh', budgets: [500] })
      await run
      assert.equal(hits[0]?.path, 'f7.ts')
      await other.close()
    }
    assert.deepEqual([(await engine.status()).files, warnings], [302, []])
  })

  test(`${kind}: reads what another process stored meanwhile, and does not take it for damage`, async () => {
    const { engine, index, folder, tree, ports, warnings } = await openWorld(FIXTURE, { lance })
    await index()
    await engine.map()
    const other = await openEngine(ports, {
      ...{ roots: ['/repo'], folder, lanceSupport: { usable: lance, reason: 'test' }, shared: null },
    })
    tree.set('/c.ts', 'export function gamma() {}\n')
    await other.index(testRun())
    assert.equal((await engine.lookUp('gamma'))[0]?.path, 'c.ts')
    assert.equal((await other.status()).files, 3)
    assert.deepEqual(warnings, [])
    await other.close()
  })
}
