/** What is learnt about a model is stored by its name, clamped, and survives an unreadable file. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { budgetFor } from '../../src/engine/answer/converse.ts'
import { effectiveTokensRecorder, withCalibration } from '../../src/host/calibrate.ts'

const home = mkdtempSync(join(tmpdir(), 'fovea-models-'))
process.env.FOVEA_HOME = home
after(() => rmSync(home, { recursive: true, force: true }))
const model = (name: string) =>
  withCalibration({ name, windowTokens: 10_000, complete: async () => ({ usage: null, finished: true }) })

test('a model that counts more tokens than our tokenizer gets less context, and vice versa', () => {
  const one = model('one')
  assert.equal(one.tokenRatio, 1)
  assert.equal(budgetFor(2000, one), 2000)
  one.recordUsage(1000, 1250)
  assert.equal(one.tokenRatio, 1.25)
  assert.equal(budgetFor(2000, one), 1600)
  assert.equal(budgetFor(100_000, one), 5600)
  one.recordUsage(1000, 1000)
  assert.ok(one.tokenRatio < 1.25 && one.tokenRatio > 1)
  // Counts that belong to something else than what was sent.
  for (const wrong of [0, 5, 100_000, Number.NaN]) one.recordUsage(1000, wrong)
  assert.ok(one.tokenRatio > 1 && one.tokenRatio < 1.25)
  assert.equal(model('other').tokenRatio, 1)
})

test('a bench’s measurement is stored in the home folder from before the bench switched to its own', () => {
  assert.equal(model('two').effectiveTokens, 16_000)
  const keep = effectiveTokensRecorder()
  process.env.FOVEA_HOME = join(home, 'elsewhere')
  keep('two', 64_000)
  assert.equal(model('two').effectiveTokens, 16_000)
  process.env.FOVEA_HOME = home
  assert.equal(model('two').effectiveTokens, 64_000)
  writeFileSync(join(home, 'models.json'), 'not json')
  assert.equal(model('two').effectiveTokens, 16_000)
  model('two').recordUsage(100, 110)
  assert.equal(model('two').tokenRatio, 1.1)
})
