/** The journal of runs survives foreign files in its folder and truncated lines. */
import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { DEFAULT_LIMITS, type Plan, type StepResult } from '../../src/engine/types/generation.ts'
import {
  appendEvent,
  deleteJournal,
  exportJournal,
  type JournalEvent,
  listJournals,
  newJournalId,
  readJournal,
} from '../../src/host/journal.ts'

process.env.FOVEA_HOME = mkdtempSync(join(tmpdir(), 'fovea-journal-'))
const folder = join(process.env.FOVEA_HOME, 'runs')
after(() => rmSync(process.env.FOVEA_HOME!, { recursive: true, force: true }))

const ROOTS = ['/here', '/there']
const step = (id: string) => ({ id, goal: id, requirements: ['R1'], files: [], deps: [] })
const plan: Plan = { task: 'Do it.', requirements: [{ id: 'R1', text: 'Do it.' }], steps: [step('s1'), step('s2')] }
const startEvent = (roots: readonly string[], task = 'Do it.'): JournalEvent => ({
  ...{ kind: 'task', task, roots, version: '1', model: 'm', limits: DEFAULT_LIMITS },
  ...{ command: null, unchecked: true, tests: false, attached: [] },
})
const ended = (id: string, outcome: StepResult['outcome'] = 'done'): JournalEvent => ({
  kind: 'ended',
  result: { id, outcome, note: '', checks: [], restarts: 0, files: ['a'] },
  changes: [{ path: 'a', from: null, before: null, after: id, hash: null, mode: 0 }],
})
const finished = (error: string | null): JournalEvent => ({ kind: 'finished', error, unmet: [], usage: null })
const fileOf = (id: string) => join(folder, `${id}.jsonl`)

/** A run whose events are a millisecond apart. */
function runOf(at: number, ...events: JournalEvent[]): string {
  const id = newJournalId(new Date(at))
  for (const [i, event] of events.entries()) appendEvent(id, event, at + i)
  return id
}

test('lists the runs of these folders, newest first, and skips foreign or truncated ones', async () => {
  assert.deepEqual(await listJournals(ROOTS), [], 'without a folder there are none')
  const old = runOf(1000, startEvent(ROOTS), { kind: 'plan', plan }, ended('s1'), ended('s2'), finished(null))
  const failed = runOf(
    2000,
    startEvent(ROOTS),
    { kind: 'plan', plan },
    ended('s1'),
    ended('s2', 'failed'),
    finished('No.'),
  )
  const killed = runOf(3000, startEvent(ROOTS, 'Not planned.'))
  runOf(4000, startEvent(['/here']))
  appendFileSync(fileOf(old), '\n{"at":9,"kind":"task","roo')
  for (const line of ['null', '[1]', '"x"', '{"kind":5}', '{"kind":"ended"}', '{"kind":"plan","plan":{}}', '{{'])
    appendFileSync(fileOf(newJournalId(new Date(0))), `${line}\n`)
  writeFileSync(join(folder, 'notes.txt'), 'mine')
  writeFileSync(join(folder, 'x.jsonl'), JSON.stringify(startEvent(ROOTS)))
  mkdirSync(fileOf(newJournalId(new Date(0))))
  writeFileSync(fileOf(newJournalId(new Date(0))), new Uint8Array([0xff, 0, 0xfe]))
  const killedRow = { id: killed, at: 3000, task: 'Not planned.', done: 0, steps: 0 }
  assert.deepEqual(await listJournals(ROOTS), [
    { ...killedRow, error: 'It was interrupted, or is still running.' },
    { id: failed, at: 2000, task: 'Do it.', done: 1, steps: 2, error: 'No.' },
    { id: old, at: 1000, task: 'Do it.', done: 2, steps: 2, error: null },
  ])
  // A resumed run is active again, and what follows the truncated line is read.
  appendEvent(old, startEvent(ROOTS), 5000)
  assert.match((await listJournals(ROOTS)).find(({ id }) => id === old)!.error ?? '', /still running/)
  appendEvent(old, finished(null), 6000)
  assert.equal((await listJournals(ROOTS)).find(({ id }) => id === old)!.error, null)
})

test('exports a whole run, reads it, and deletes it', async () => {
  const exchange: JournalEvent = { kind: 'exchange', step: 's1', sent: 'VIEW?', reply: 'DONE', usage: null }
  const events: JournalEvent[] = [
    startEvent(ROOTS),
    { kind: 'plan', plan },
    { kind: 'begun', step: 's1' },
    exchange,
    ended('s1'),
  ]
  const id = runOf(7000, ...events)
  assert.deepEqual(JSON.parse(await exportJournal(id)), {
    id,
    events: events.map((event, i) => ({ at: 7000 + i, ...event })),
  })
  const journal = await readJournal(id, ROOTS)
  assert.deepEqual(journal.plan, plan)
  assert.deepEqual(
    journal.results.map((one) => one.id),
    ['s1'],
  )
  assert.equal(journal.changes[0]?.after, 's1')
  await assert.rejects(readJournal(id, ['/here']), /belongs to \/here, \/there: name them with --dir/)
  const others = readdirSync(folder).length
  await deleteJournal(id)
  assert.equal(readdirSync(folder).length, others - 1)
  for (const deletedId of [id, '../../etc/passwd', 'x', ''])
    for (const ask of [exportJournal, deleteJournal]) await assert.rejects(ask(deletedId), /There is no run/)
  assert.ok(readFileSync(join(folder, 'x.jsonl')))
})
