/** After edits only changes are linked, embedded and clustered again; the edges equal those of a fresh index. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Engine } from '../../src/engine/engine.ts'
import { symbolTableOf } from '../../src/engine/measure.ts'
import { openWorld } from '../engine.ts'
import { testRun } from '../fixture.ts'

const TREE = `
//- /src/store.ts
import { log } from './log'
export interface Row { id: string }
export class Store {
  private rows: Row[] = []
  push(row: Row) {
    this.rows.push(row)
    log(row.id)
  }
  close() {
    log('closed')
  }
}
//- /src/log.ts
export function log(text: string) {
  console.log(text)
}
export function warn(text: string) {
  log(text)
}
//- /src/app.ts
import { Store } from './store'
export function run() {
  const store = new Store()
  store.push({ id: 'a' })
  store.close()
}
//- /pkg/a.go
package pkg
type Closer interface { Close() error }
type File struct{}
func (f *File) Close() error { return nil }
`

/** The edges, with what they connect. */
async function edgesOf(engine: Engine) {
  const { records, files, edges } = await symbolTableOf(engine)
  const place = (file: number, symbol: number) => `${files[file]!.path} ${records[file]!.symbols[symbol]?.name ?? ''}`
  return Array.from(edges.kind, (kind, i) =>
    [
      ...[kind, place(edges.fromFile[i]!, edges.fromSymbol[i]!), place(edges.toFile[i]!, edges.toSymbol[i]!)],
      ...[edges.weight[i]!, edges.line[i]!],
    ].join(' '),
  )
}

async function edgesAnew(tree: ReadonlyMap<string, string | Uint8Array>) {
  const text = [...tree].map(([path, content]) => `//- ${path}\n${content}`).join('')
  const fresh = await openWorld(text)
  await fresh.index()
  return edgesOf(fresh.engine)
}

const EDITS: readonly (readonly [what: string, path: string, from: string, to: string])[] = [
  ['a body calls something else', '/src/store.ts', "log('closed')", "this.push({ id: '' })"],
  ['lines move', '/src/log.ts', 'export function log', '// one\n// two\nexport function log'],
  ['a call is taken away', '/src/app.ts', '  store.close()\n', ''],
  ['a function is new', '/src/log.ts', 'export function warn', 'export function close() {}\nexport function warn'],
  ['a signature changes', '/src/store.ts', 'push(row: Row)', 'push(row: Row, again: boolean)'],
  ['a name is gone', '/src/log.ts', 'function log(', 'function tell('],
  ['Go: another body', '/pkg/a.go', 'return nil', 'return f.Close()'],
]

test('edges after each edit equal those of a fresh index', async () => {
  const { engine, tree, index } = await openWorld(TREE)
  await index()
  for (const [what, path, from, to] of EDITS) {
    const before = String(tree.get(path))
    const after = before.replace(from, to)
    assert.notEqual(after, before, what)
    tree.set(path, after)
    await index()
    assert.deepEqual(await edgesOf(engine), await edgesAnew(tree), what)
  }
})

test('an edit is found at once, its symbols keep their edges, and the next run completes it', async () => {
  const { engine, tree, index } = await openWorld(TREE)
  await index()
  const run = testRun()
  await engine.context(run, { text: 'store', budgets: [1000] })
  const text = String(tree.get('/src/store.ts'))
  tree.set(
    '/src/store.ts',
    `// A new line.\n${text.replace('  close()', '  flushEverything() {\n    this.close()\n  }\n  close()')}`,
  )
  assert.equal(await engine.applyEdits(run, ['/repo/src/store.ts']), true)
  const found = await engine.context(run, { text: 'flushEverything', budgets: [1000] })
  assert.equal(found.hits[0]?.path, 'src/store.ts')
  assert.match(found.packs[0]!.blocks.map((block) => block.text).join('\n'), /flushEverything\(\)/)
  const edges = await edgesOf(engine)
  assert.ok(edges.includes('0 src/app.ts run src/store.ts close 1 5'), edges.join('\n'))
  assert.ok(edges.includes('0 src/store.ts close src/log.ts log 1 14'), edges.join('\n'))
  await index()
  assert.deepEqual(await edgesOf(engine), await edgesAnew(tree))
})

test('an edit after a run that nobody has queried yet is not lost', async () => {
  const { engine, tree, index } = await openWorld(TREE)
  await index()
  const run = testRun()
  await engine.context(run, { text: 'store', budgets: [1000] })
  tree.set('/src/log.ts', `${tree.get('/src/log.ts')}\nexport function first() {}\n`)
  await index()
  tree.set('/src/store.ts', `${tree.get('/src/store.ts')}\nexport function secondEdit() {}\n`)
  assert.equal(await engine.applyEdits(run, ['/repo/src/store.ts']), true)
  const { hits } = await engine.context(run, { text: 'secondEdit', budgets: [1000] })
  assert.equal(hits[0]?.path, 'src/store.ts')
})

test('new files, deleted files and files outside the tree are not edits', async () => {
  const { engine, tree, index } = await openWorld(TREE)
  await index()
  const run = testRun()
  assert.equal(await engine.applyEdits(run, ['/repo/src/log.ts']), true, 'it is opened for that')
  await engine.context(run, { text: 'store', budgets: [1000] })
  assert.equal(await engine.applyEdits(run, ['/repo/src/log.ts']), true, 'not changed')
  assert.equal(await engine.applyEdits(run, ['/repo/src/new.ts']), false)
  tree.delete('/src/log.ts')
  assert.equal(await engine.applyEdits(run, ['/repo/src/log.ts']), false)
})
