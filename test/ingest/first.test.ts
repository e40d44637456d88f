/** While a tree is indexed for the first time, what the user is at comes first and can be asked about at once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { byInterest, NO_INTEREST } from '../../src/engine/ingest/first.ts'
import { openWorld } from '../engine.ts'
import { check, testRun } from '../fixture.ts'

test('open files, then what a question names, then their neighbours, code before data; the rest in its order', () => {
  const paths = 'docs/a.md src/app/main.ts src/app/user.ts src/db/tableStore.ts src/db/user.json src/x.ts'.split(' ')
  const jobs = paths.map((path) => ({ path, file: `C:/w/${path}` }))
  const order = byInterest(jobs, { files: ['c:\\w\\src\\app\\main.ts'], text: 'How does the table store work?' })
  check(
    order.map(({ path }) => path).join('\n'),
    `
    src/app/main.ts
    src/db/tableStore.ts
    src/app/user.ts
    src/x.ts
    docs/a.md
    src/db/user.json
  `,
  )
  assert.deepEqual(
    byInterest(jobs, NO_INTEREST).map(({ path }) => path),
    ['src/app/main.ts', 'src/app/user.ts', 'src/db/tableStore.ts', 'src/x.ts', 'docs/a.md', 'src/db/user.json'],
  )
})

test('a question put while indexing goes on finds the file it names long before the end', async () => {
  const files = Array.from({ length: 600 }, (_, i) => `//- /src/f${i}.ts\nexport const value${i} = ${i}\n`)
  const { engine } = await openWorld(`${files.join('')}//- /src/zebraStripes.ts\nexport function paint() {}\n`)
  let parsed = 0
  let asked: Promise<number> | null = null
  const ask = async () => {
    await engine.favour({ files: [], text: 'Where are zebra stripes painted?' })
    const until = parsed
    const { hits } = await engine.context(testRun(), { text: 'zebraStripes', budgets: [500] })
    assert.equal(hits[0]?.path, 'src/zebraStripes.ts')
    return until
  }
  await engine.index({
    signal: new AbortController().signal,
    report: ({ stage, done, total }) => {
      if (stage !== 'parse') return
      assert.equal(total, 601)
      parsed = done
      asked ??= ask()
    },
  })
  assert.ok(asked !== null && (await asked) < 601)
  await engine.favour(NO_INTEREST)
})

test('where memory ends, the files that were not read are named, and the others can be asked about', async () => {
  const files = Array.from({ length: 300 }, (_, i) => `//- /src/f${i}.ts\nexport const value${i} = ${i}\n`)
  let looks = 0
  const { engine, index, warnings } = await openWorld(files.join(''), {
    ports: { memory: { used: () => (++looks > 1 ? 0.9 : 0.1), giveBack: () => {} } },
  })
  const { skipped, files: read, complete } = await index()
  assert.equal(read, 240)
  assert.equal(skipped.filter(({ reason }) => reason === 'no memory left').length, 60)
  assert.ok(complete)
  assert.match(warnings.join('\n'), /^60 of 300 files are left out, as the memory of this process is used up/)
  const { hits } = await engine.context(testRun(), { text: 'value1', budgets: [500] })
  assert.equal(hits[0]?.path, 'src/f1.ts')
})
