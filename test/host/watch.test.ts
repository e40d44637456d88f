/** Watching folders on platforms that report changes and on those that do not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EngineError } from '../../src/engine/types/run.ts'
import { type WatchFolder, type WatchOptions, watchFolders } from '../../src/host/watch.ts'
import { stopClock } from '../clock.ts'

/** Watches until `end`; `update` receives the number of its call. */
function startWatching(watch: WatchFolder, update: (n: number) => Promise<boolean>, more: Partial<WatchOptions> = {}) {
  const stop = new AbortController()
  const warnings: string[] = []
  const at: number[] = []
  const done = watchFolders(['/repo'], stop.signal, () => update(at.push(performance.now())), {
    ...{ watch, warn: (sentence: string) => void warnings.push(sentence), isRemote: async () => false },
    ...more,
  })
  const end = () => {
    stop.abort()
    return assert.rejects(done, { name: 'AbortError' })
  }
  return { at, warnings, end, done }
}

const failing = (code: string): Error => Object.assign(new Error(code), { code })
const deaf: WatchFolder = () => ({ close() {} })
const blind: WatchFolder = () => {
  throw failing('ENOSPC')
}

test('reaching the watch limit is reported once, by name, and the folders are polled', async (t) => {
  const clock = stopClock(t)
  for (const [code, limit] of [
    ['ENOSPC', 'max_user_watches'],
    ['EMFILE', 'max_user_instances'],
  ] as const) {
    const throwing: WatchFolder = () => {
      throw failing(code)
    }
    const reporting: WatchFolder = (_folder, _onChange, onError) => {
      setTimeout(() => onError(failing(code)), 1)
      setTimeout(() => onError(failing(code)), 2)
      return { close() {} }
    }
    for (const watch of [throwing, reporting]) {
      const { at, warnings, end } = startWatching(watch, async () => false)
      await clock.pass(60_000)
      await end()
      assert.ok(at.length > 2, 'nobody looks')
      assert.deepEqual(warnings, [
        `/repo cannot be watched because the system’s limit is reached (raise fs.inotify.${limit}): it is polled instead.`,
      ])
    }
  }
})

test('a network file system is reported once', async (t) => {
  const clock = stopClock(t)
  const { warnings, end } = startWatching(deaf, async () => false, { isRemote: async () => true })
  await clock.pass(20_000)
  await end()
  assert.deepEqual(warnings, ['/repo is on a network drive, which does not report all changes: it is polled instead.'])
})

test('expensive polls are rare: they take a twentieth of the time', async (t) => {
  const clock = stopClock(t)
  const looks = async (ms: number) => {
    const { at, end } = startWatching(blind, async () => {
      clock.steady += ms
      return false
    })
    await clock.pass(60_000)
    await end()
    return at.length
  }
  // Every 5 s while polls are cheap.
  assert.deepEqual([await looks(10), await looks(1000), await looks(10_000)], [12, 3, 1])
})

test('events trigger updates, git’s own files do not, and a flood of events leaves most of the time free', async (t) => {
  const clock = stopClock(t)
  let emit: (inner: string) => void = () => {}
  const watch: WatchFolder = (_folder, onChange) => {
    emit = onChange
    return { close() {} }
  }
  const { at, end } = startWatching(watch, async () => {
    clock.steady += 50
    return true
  })
  await clock.pass(300)
  emit('.git/index')
  emit('in\\.git\\index.lock')
  await clock.pass(300)
  assert.equal(at.length, 1)
  emit('.git/HEAD')
  await clock.pass(300)
  assert.equal(at.length, 2)
  const flood = setInterval(() => emit('src/a.ts'), 1)
  await clock.pass(2000)
  clearInterval(flood)
  await end()
  const between = at.slice(3).map((time, i) => time - at[i + 2]!)
  assert.ok(between.length > 5 && between.every((ms) => ms >= 250 && ms < 300), String(between))
})

test('a failure is reported once and retried with growing delays, even under a flood; a failing first update ends the watch', async (t) => {
  const clock = stopClock(t)
  let emit = () => {}
  const watch: WatchFolder = (_folder, onChange) => {
    emit = () => onChange('a.ts')
    return { close() {} }
  }
  const full = new EngineError('store', 'There is no space left: free some.')
  const { at, warnings, end } = startWatching(watch, async (n) => {
    if (n === 2 || n === 3 || n === 4) throw full
    if (n === 6) throw new TypeError('odd')
    return true
  })
  const flood = setInterval(() => emit(), 1)
  await clock.pass(17_000)
  clearInterval(flood)
  await end()
  const waits = at.slice(1).map((time, i) => time - at[i]!)
  assert.deepEqual([...waits.slice(1, 4), waits[5]], [2000, 4000, 8000, 2000])
  assert.deepEqual(warnings, [full.message, 'Something went wrong inside Fovea (odd): it will be retried.'])
  const first = startWatching(deaf, async () => {
    throw full
  })
  await assert.rejects(first.done, full)
})
