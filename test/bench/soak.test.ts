/** `fovea bench soak` on a small tree: performs its actions, compares, and finds no difference. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { differences } from '../../src/bench/soak-compare.ts'
import { ok, workspace } from '../cli/cli.ts'

test('an index that survives edits, branch switches and kills equals a fresh one', async () => {
  const { run } = workspace(
    Array.from(
      { length: 12 },
      (_, i) => `//- /src/part${i}/file${i}.ts\n/** Part ${i}. */\nexport function part${i}() {\n  return ${i}\n}\n`,
    ).join(''),
  )
  const { out } = await ok(run(['bench', 'soak', '--items', '8', '--json', '--offline']))
  const { tables, failures } = JSON.parse(out)
  assert.deepEqual(failures, [])
  const [series, growth, done] = tables
  assert.deepEqual(
    series.rows.map(([deeds, , , differences]: string[]) => [deeds, differences]),
    [
      ['0', '0'],
      ['8', '0'],
    ],
  )
  assert.deepEqual(
    growth.rows.map(([what]: string[]) => what),
    ['resident', 'index'],
  )
  assert.equal(
    done.rows.reduce((sum: number, [, times]: string[]) => sum + Number(times), 0),
    8,
  )
})

test('reports every kind of difference: text, link, missing file, location', () => {
  const fresh = { files: { a: '1', b: '2' }, edges: { a: '1' }, skipped: {}, tops: { 'Where?': 'a:1' } }
  assert.deepEqual(differences(fresh, fresh), [])
  const ours = { files: { a: '3' }, edges: {}, skipped: { b: 'too large' }, tops: { 'Where?': 'b:1' } }
  assert.deepEqual(differences(ours, fresh), [
    'a is indexed differently',
    'b is indexed differently',
    'a is linked differently',
    'b is too large instead of indexed',
    'Where? → b:1 | a:1',
  ])
  assert.deepEqual(differences({ files: ours.files }, fresh), ['a is indexed differently', 'b is indexed differently'])
})
