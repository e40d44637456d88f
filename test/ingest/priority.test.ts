/** During the first index, files the user works on come first and can be queried at once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_INTEREST, sortByInterest } from '../../src/engine/ingest/priority.ts'
import { openWorld } from '../engine.ts'
import { check, testRun } from '../fixture.ts'

test('indexes open files first, then files a question names, their neighbours, code before data, and the rest in order', () => {
  const paths = 'docs/a.md src/app/main.ts src/app/user.ts src/db/tableStore.ts src/db/user.json src/x.ts'.split(' ')
  const jobs = paths.map((path) => ({ path, file: `C:/w/${path}` }))
  const order = sortByInterest(jobs, { files: ['c:\\w\\src\\app\\main.ts'], text: 'How does the table store work?' })
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
    sortByInterest(jobs, NO_INTEREST).map(({ path }) => path),
    ['src/app/main.ts', 'src/app/user.ts', 'src/db/tableStore.ts', 'src/x.ts', 'docs/a.md', 'src/db/user.json'],
  )
})

const SPOTS = '//- /src/leopardSpots.ts\nexport function spot() {}\n'

test('a question asked during indexing finds the file it names long before the end', async () => {
  const files = Array.from({ length: 1000 }, (_, i) => `//- /src/f${i}.ts\nexport const value${i} = ${i}\n`)
  const { engine } = await openWorld(`${files.join('')}//- /src/zebraStripes.ts\nexport function paint() {}\n${SPOTS}`)
  let parsed = 0
  let asked: Promise<number> | null = null
  let again: Promise<number> | null = null
  const ask = async (question: string, name: string) => {
    await engine.prioritise({ files: [], text: question })
    const until = parsed
    const { hits } = await engine.context(testRun(), { text: name, budgets: [500] })
    assert.equal(hits[0]?.path, `src/${name}.ts`)
    return until
  }
  await engine.index({
    signal: new AbortController().signal,
    report: ({ stage, done, total }) => {
      if (stage !== 'parse') return
      assert.equal(total, 1002)
      parsed = done
      asked ??= ask('Where are zebra stripes painted?', 'zebraStripes')
      // Needs more files than were indexed for the first question.
      if (done > 300) again ??= ask('And the spots of the leopard?', 'leopardSpots')
    },
  })
  for (const each of [asked, again]) assert.ok(each !== null && (await each) < 1002)
  await engine.prioritise(NO_INTEREST)
})

test('when memory runs out, unread files are named and the others can be queried', async () => {
  const files = Array.from({ length: 300 }, (_, i) => `//- /src/f${i}.ts\nexport const value${i} = ${i}\n`)
  let looks = 0
  const { engine, index, warnings } = await openWorld(files.join(''), {
    ports: { memory: { usedShare: () => (++looks > 1 ? 0.9 : 0.1), collectGarbage: () => {} } },
  })
  const { skipped, files: read, complete } = await index()
  assert.equal(read, 240)
  assert.equal(skipped.filter(({ reason }) => reason === 'out of memory').length, 60)
  assert.ok(complete)
  assert.match(warnings.join('\n'), /^60 of 300 files are not indexed because this process is out of memory/)
  const { hits } = await engine.context(testRun(), { text: 'value1', budgets: [500] })
  assert.equal(hits[0]?.path, 'src/f1.ts')
})
