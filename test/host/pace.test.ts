/** How hard indexing works: less while the user types, on battery, or when memory is short; never more than allowed. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { onBattery, paceAt, paceMonitor } from '../../src/host/pace.ts'

const EASE = { typing: false, battery: false, shortOfMemory: false }

test('full speed is the allowed maximum, and every strain lowers it', () => {
  assert.deepEqual(paceAt(EASE, 3), { processes: 3, maxProcesses: 3, rest: 0 })
  assert.deepEqual(paceAt({ ...EASE, shortOfMemory: true }, 3), { processes: 1, maxProcesses: 3, rest: 0 })
  for (const strain of [{ typing: true }, { battery: true }, { typing: true, battery: true }]) {
    const { processes, rest } = paceAt({ ...EASE, ...strain }, 3)
    assert.ok(processes === 1 && rest > 0)
  }
  assert.ok(paceAt({ ...EASE, typing: true }, 3).rest > paceAt({ ...EASE, battery: true }, 3).rest)
})

test('notices typing at once', () => {
  let typing = false
  const pace = paceMonitor(() => typing, 2)
  const before = pace().rest
  typing = true
  assert.ok(pace().rest > before)
  typing = false
  assert.equal(pace().rest, before)
})

test('only a discharging battery counts as battery power; a full one, mains alone or no such folder do not', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fovea-power-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  const supply = (name: string, type: string, status: string) => {
    mkdirSync(join(folder, name), { recursive: true })
    writeFileSync(join(folder, name, 'type'), `${type}\n`)
    writeFileSync(join(folder, name, 'status'), `${status}\n`)
  }
  assert.equal(await onBattery('linux', join(folder, 'none')), false)
  supply('AC', 'Mains', 'Discharging')
  supply('BAT0', 'Battery', 'Full')
  assert.equal(await onBattery('linux', folder), false)
  supply('BAT0', 'Battery', 'Discharging')
  assert.equal(await onBattery('linux', folder), true)
  assert.equal(await onBattery('win32', folder), false)
})
