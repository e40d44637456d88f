/**
 * With unusable weights, hashed sub-tokens are used instead, after one warning; vectors made with them are rebuilt
 * later.
 */
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { loadEmbedding } from '../../src/host/embedder-weights.ts'
import { openWorld } from '../engine.ts'
import { check } from '../fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'fovea-weights-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const shipped = readFileSync(join(import.meta.dirname, '..', '..', 'media', 'embedder.bin'))

test('each defect gives one warning and no embedder', async () => {
  const file = join(folder, 'embedder.bin')
  const warnings: string[] = []
  const load = async (bytes: Uint8Array | null) => {
    rmSync(file, { force: true })
    if (bytes) writeFileSync(file, bytes)
    return loadEmbedding({ warn: (_topic, message) => warnings.push(message) }, file)
  }
  const changed = (at: number) => Buffer.from(shipped).fill(7, at, at + 1)
  assert.equal(await load(null), null)
  assert.equal(await load(shipped.subarray(0, 5000)), null)
  assert.equal(await load(changed(8)), null)
  assert.equal(await load(changed(shipped.length >> 1)), null)
  assert.equal((await load(shipped))?.dimensions, 256)
  check(
    warnings.join('\n'),
    `
      embedder.bin is missing: hashed sub-tokens are used instead until Fovea is reinstalled.
      embedder.bin is cut short: hashed sub-tokens are used instead until Fovea is reinstalled.
      embedder.bin has version 7 instead of 1: hashed sub-tokens are used instead until Fovea is reinstalled.
      embedder.bin is damaged: hashed sub-tokens are used instead until Fovea is reinstalled.
    `,
  )
})

test('the shipped weights load without a warning', async () => {
  const warnings: string[] = []
  assert.ok(await loadEmbedding({ warn: (_topic, message) => warnings.push(message) }))
  assert.deepEqual(warnings, [])
})

test('refits clusters when the weights appear, change or disappear', async () => {
  const files = `
    //- /json.ts
    export function parseJson(text: string) { return JSON.parse(text) }
    //- /socket.ts
    export function openSocket(host: string) { return connect(host) }
  `
  const embedding = await loadEmbedding({ warn: assert.fail })
  const ports = { embedding }
  const { index, engine, ports: used } = await openWorld(files, { ports })
  await index()
  assert.equal((await engine.status()).embedder, embedding?.id)
  const at = (await engine.status()).at
  await index()
  assert.equal((await engine.status()).at, at)
  Object.assign(used, { embedding: null })
  await index()
  assert.equal((await engine.status()).embedder, 'fovea-hash-256')
  assert.ok((await engine.status()).clusters > 0)
})
