/**
 * The judge of generated changes: reference solutions pass and mutants fail; a model that writes the solution passes,
 * one that does not fails.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generateBench } from '../../src/bench/generate.ts'
import { TASKS } from '../../src/bench/tasks.ts'
import { requirementsOf } from '../../src/engine/generate/requirements.ts'
import { type RecordedRequest, scriptedOpenAI } from '../scripted-openai.ts'
import { rowsOf, shopSetting } from './shop.ts'

/** Tasks that need nothing but Node. */
const NODE = TASKS.findIndex(({ runtime }) => runtime !== 'node')

test('every reference solution passes and every mutant fails', async () => {
  const found = await generateBench.measure(shopSetting(TASKS.length))
  assert.deepEqual(found.failures, [])
  const rows = rowsOf(found, /Tasks/)
  assert.ok(rows.length >= NODE)
  for (const row of rows) assert.deepEqual([row['reference solution'], row['mutants failed']], ['passes', 1])
  const here = new Set(rows.map((row) => row['runs with']))
  for (const { runtime } of TASKS)
    assert.ok(here.has(runtime) || found.notes.some((note) => note.startsWith(`${runtime} is not installed`)), runtime)
})

/** One step that rewrites every file of the solution, or writes nothing. */
function hand(writes: boolean) {
  return ({ body: { messages = [] } }: RecordedRequest): string => {
    const prompt = messages.map(({ content }) => content).join('\n')
    const task = TASKS.find((one) => prompt.includes(one.task.split('\n')[0]!))!
    if (messages[0]!.content.startsWith('You plan')) {
      const requirements = requirementsOf(task.task).map(({ id }) => id)
      return JSON.stringify({ steps: [{ id: 's1', goal: 'all of it', requirements, files: [], deps: [] }] })
    }
    const actions = Object.entries(task.solution).flatMap(([path, text]) => [
      ...(path in task.files ? [`DELETE ${path}`] : []),
      ...(text ? [`CREATE ${path}\n<<<<<<< TEXT\n${text.trimEnd()}\n>>>>>>> END`] : []),
    ])
    return [...(writes ? actions : []), 'DONE all of it'].join('\n')
  }
}

test('judges a model by the files it wrote, not by what it claims', async () => {
  const server = await scriptedOpenAI()
  for (const writes of [true, false]) {
    server.script({ reply: hand(writes) })
    const found = await generateBench.measure(shopSetting(2, server.url))
    for (const row of rowsOf(found, /Tasks/))
      assert.deepEqual([row['the model'], row['requirements met']], [writes ? 'passes' : 'fails', 1], String(row.task))
  }
  assert.ok(
    server.requests.every(({ body }) => !JSON.stringify(body).includes('hidden')),
    'nobody is shown the tests',
  )
})
