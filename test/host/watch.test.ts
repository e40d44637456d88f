/** Watching where the platform tells of changes, and where it does not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { EngineError } from '../../src/engine/types/run.ts'
import { type WatchFolder, type WatchOptions, watchFolders } from '../../src/host/watch.ts'

/** Waits are a thousandth of what they are. */
const PACE = 0.001

/** Watches until `stop`; `update` is told how often it has run. */
function watching(watch: WatchFolder, update: (n: number) => Promise<boolean>, more: Partial<WatchOptions> = {}) {
  const stop = new AbortController()
  const warned: string[] = []
  const at: number[] = []
  const done = watchFolders(['/repo'], stop.signal, () => update(at.push(performance.now())), {
    ...{ watch, warn: (sentence: string) => void warned.push(sentence), isRemote: async () => false, pace: PACE },
    ...more,
  })
  const end = () => {
    stop.abort()
    return assert.rejects(done, { name: 'AbortError' })
  }
  return { at, warned, end, done }
}

const failing = (code: string): Error => Object.assign(new Error(code), { code })
const deaf: WatchFolder = () => ({ close() {} })

test('a limit that is reached is said once, by name, and the folders are looked at', async () => {
  for (const [code, limit] of [
    ['ENOSPC', 'max_user_watches'],
    ['EMFILE', 'max_user_instances'],
  ] as const) {
    const thrown: WatchFolder = () => {
      throw failing(code)
    }
    const told: WatchFolder = (_folder, _onChange, onError) => {
      setTimeout(() => onError(failing(code)), 1)
      setTimeout(() => onError(failing(code)), 2)
      return deaf(
        '',
        () => {},
        () => {},
      )
    }
    for (const watch of [thrown, told]) {
      const { at, warned, end } = watching(watch, async () => false)
      await sleep(60)
      await end()
      assert.ok(at.length > 2, 'nobody looks')
      assert.deepEqual(warned, [
        `/repo cannot be watched, as the system’s limit is reached (raise fs.inotify.${limit}): it is looked at now and then instead.`,
      ])
    }
  }
})

test('a network file system is said once', async () => {
  const { warned, end } = watching(deaf, async () => false, { isRemote: async () => true })
  await sleep(20)
  await end()
  assert.deepEqual(warned, [
    '/repo lies on a network, where not all changes are told of: it is looked at now and then instead.',
  ])
})

test('looks that cost much are seldom: a twentieth of the time', async () => {
  const blind: WatchFolder = () => {
    throw failing('ENOSPC')
  }
  const slow = async () => {
    await sleep(10)
    return false
  }
  const { at, end } = watching(blind, slow, { pace: 1 / 4 })
  // A quarter of 20 · 10 ms would be 50 ms; the quarter of 5 s is what counts where looks are cheap.
  await sleep(300)
  await end()
  assert.equal(at.length, 1)
  const other = watching(blind, slow, { pace: 0.01 })
  await sleep(300)
  await other.end()
  assert.ok(other.at.length > 2 && other.at.length < 7, `${other.at.length} looks`)
})

test('events wake, those of git’s own files do not, and a flood of them leaves most of the time', async () => {
  let tell: (inner: string) => void = () => {}
  const watch: WatchFolder = (_folder, onChange) => {
    tell = onChange
    return { close() {} }
  }
  const { at, end } = watching(
    watch,
    async () => {
      await sleep(10)
      return true
    },
    { pace: 1 },
  )
  await sleep(30)
  tell('.git/index')
  tell('in\\.git\\index.lock')
  await sleep(100)
  assert.equal(at.length, 1)
  tell('.git/HEAD')
  await sleep(100)
  assert.equal(at.length, 2)
  const flood = setInterval(() => tell('src/a.ts'), 1)
  await sleep(400)
  clearInterval(flood)
  await end()
  assert.ok(at.length > 4 && at.length < 10, `${at.length} updates`)
})

test('a failure is said once and tried again ever later, also under a flood; the first one ends it', async () => {
  let tell = () => {}
  const watch: WatchFolder = (_folder, onChange) => {
    tell = () => onChange('a.ts')
    return { close() {} }
  }
  const full = new EngineError('store', 'There is no space left: free some.')
  const { at, warned, end } = watching(
    watch,
    async (n) => {
      if (n === 2 || n === 3 || n === 4) throw full
      if (n === 6) throw new TypeError('odd')
      return true
    },
    { pace: 0.01 },
  )
  const flood = setInterval(() => tell(), 1)
  for (let i = 0; i < 100 && at.length < 7; i++) await sleep(10)
  clearInterval(flood)
  await end()
  const waits = at.slice(1).map((time, i) => time - at[i]!)
  assert.ok(waits[1]! >= 19 && waits[2]! >= 39 && waits[3]! >= 79, String(waits))
  assert.deepEqual(warned, [full.message, 'Something went wrong inside Fovea (odd): it is tried again.'])
  const first = watching(deaf, async () => {
    throw full
  })
  await assert.rejects(first.done, full)
})
