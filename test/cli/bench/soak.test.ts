/** `fovea bench soak` on a small tree: it does its deeds, compares, and finds no difference. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ok, workspace } from '../cli.ts'

test('an index that lives through edits, branches and kills is that of a fresh one', async () => {
  const { run } = workspace(
    Array.from(
      { length: 12 },
      (_, i) => `//- /src/part${i}/file${i}.ts\n/** Part ${i}. */\nexport function part${i}() {\n  return ${i}\n}\n`,
    ).join(''),
  )
  const { out } = await ok(run(['bench', 'soak', '--items', '8', '--json']))
  const { tables, failures } = JSON.parse(out)
  assert.deepEqual(failures, [])
  assert.equal(tables[0].rows.length, 1)
  assert.deepEqual(tables[0].rows[0].slice(0, 1), ['8'])
})
