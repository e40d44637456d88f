/** Generating over the wire: trust, unsaved editor text, links that lead outside, runs unknown to the server. */
import assert from 'node:assert/strict'
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { GenerateSettings, ModelChoice } from '../../src/protocol/requests.ts'
import { MODEL, scriptedOpenAI } from '../scripted-openai.ts'
import { openServer, tree } from './wire.ts'

const openai = await scriptedOpenAI()
const model: ModelChoice = { kind: 'endpoint', url: openai.url, model: MODEL, key: '', headers: {}, window: 0 }
const settings: GenerateSettings = { check: null, unchecked: true, tests: false, steps: 5, tokens: 100_000 }
const agreed = { mentions: [], settings, model, roles: {} }
const STEP = { id: 's1', goal: 'do it', requirements: ['R1'], files: [], deps: [] }

/** A run whose only step replies with `text`. */
async function draftRun(wire: Awaited<ReturnType<typeof openServer>>, reply: string) {
  const plan = JSON.stringify({ steps: [STEP] })
  openai.script({ reply: ({ body }) => (body.messages?.[0]?.content.startsWith('You plan') ? plan : reply) })
  const made = await wire.request('fovea/generatePlan', { ...agreed, task: 'Do it.' })
  return wire.request('fovea/generate', { ...agreed, ...made, resume: false })
}

test('files outside the workspace via a link are not passed to the editor, and a run of another server cannot be used', async () => {
  const root = tree({ 'src/a.ts': 'export const a = 1\n' })
  symlinkSync(tree({}), join(root, 'out'))
  const wire = await openServer([root])
  await wire.until('ready')
  const block = (text: string) => `<<<<<<< TEXT\n${text}\n>>>>>>> END`
  const { journalId, files } = await draftRun(
    wire,
    `CREATE out/evil.ts\n${block('x')}\nREPLACE src/a.ts:1\n${block('export const a = 2')}\nDONE it`,
  )
  assert.deepEqual(
    files.map(({ spots }) => spots),
    ['out/evil.ts:1', 'src/a.ts:1'],
  )
  const refused = [{ path: 'out/evil.ts', hunks: null }]
  await assert.rejects(
    wire.request('fovea/generateAccept', { journalId, refused: [] }),
    /out\/evil\.ts leads outside the workspace/,
  )
  const { edits } = await wire.request('fovea/generateAccept', { journalId, refused })
  assert.deepEqual(edits, [
    {
      ...{ file: join(root, 'src/a.ts'), from: join(root, 'src/a.ts') },
      ...{ now: 'export const a = 1\n', after: 'export const a = 2\n' },
    },
  ])
  await assert.rejects(wire.request('fovea/generateUndo', { journalId: '20200101-abcdef' }), /resume the run first/)
  await wire.close()
})

test('runs no check in an untrusted workspace', async () => {
  const wire = await openServer([tree({ 'a.ts': 'export const a = 1\n' })], { trusted: false })
  await wire.until('ready')
  const plan = { task: 'Do it.', requirements: [{ id: 'R1', text: 'Do it.' }], steps: [STEP] }
  const asked = { ...agreed, journalId: '20200101-abcdef', plan, resume: false }
  await assert.rejects(
    wire.request('fovea/generate', { ...asked, settings: { ...settings, check: 'touch ran' } }),
    /needs a trusted workspace/,
  )
  const withoutConsent = { ...settings, unchecked: false }
  await assert.rejects(wire.request('fovea/generate', { ...asked, settings: withoutConsent }), /No check is set/)
  await wire.close()
})
