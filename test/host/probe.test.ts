/** Whether LanceDB runs here is found out in a separate process, with the module as built. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { probeLance } from '../../src/host/probe.ts'

const home = mkdtempSync(join(tmpdir(), 'fovea-probe-test-'))
after(() => rmSync(home, { recursive: true, force: true }))

test('a probe that takes too long is not remembered', async () => {
  assert.deepEqual(await probeLance(home, 1), {
    usable: false,
    reason: 'LanceDB does not run here: no answer within 0.001 s',
  })
  assert.equal(existsSync(join(home, 'probe.json')), false)
})

test('the probe tries LanceDB once, remembers the result, and obeys FOVEA_STORE', async () => {
  assert.deepEqual(await probeLance(home), { usable: true, reason: '' })
  const file = join(home, 'probe.json')
  writeFileSync(
    file,
    readFileSync(file, 'utf8')
      .replace('"usable": true', '"usable": false')
      .replace('"reason": ""', '"reason": "remembered"'),
  )
  assert.deepEqual(await probeLance(home), { usable: false, reason: 'remembered' })
  process.env.FOVEA_STORE = 'files'
  assert.deepEqual(await probeLance(home), { usable: false, reason: 'FOVEA_STORE=files' })
  delete process.env.FOVEA_STORE
})
