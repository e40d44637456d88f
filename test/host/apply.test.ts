/** Applying changes on a real disk: all or nothing, never over somebody else's edits, and undone byte for byte. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import { Draft, DraftError } from '../../src/engine/generate/draft.ts'
import type { FileChange } from '../../src/engine/types/generation.ts'
import { applyChanges, undoChanges } from '../../src/host/apply.ts'
import { commandCheck } from '../../src/host/checks.ts'
import { testRun } from '../fixture.ts'

/** Timeout for checks that end by themselves. */
const LONG_MS = 3_600_000
const FILES: Readonly<Record<string, string>> = {
  'a.ts': 'one\r\ntwo\r\n',
  'bom.ts': '\uFEFFx\n',
  'run.sh': '#!/bin/sh\nexit 0\n',
  'deep/old.ts': 'old',
}

function folderOf(files = FILES): string {
  const folder = mkdtempSync(join(tmpdir(), 'fovea-apply-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  chmodSync(join(folder, 'run.sh'), 0o755)
  return folder
}

const change = (path: string, text: string | null, from = path): FileChange => {
  const before = FILES[from] ?? null
  const hash = before === null ? '' : createHash('sha256').update(before).digest('hex')
  return { path, from: before === null ? '' : from, before, after: text, hash, mode: from === 'run.sh' ? 0o755 : 0o644 }
}

const CHANGES = [
  change('a.ts', 'one\r\n2\r\n'),
  change('run.sh', '#!/bin/sh\nexit 1\n'),
  change('new/deep/c.ts', 'new\n'),
  change('moved.ts', 'old and new', 'deep/old.ts'),
  change('bom.ts', null),
]

const all = (folder: string): Record<string, string> =>
  Object.fromEntries(
    (readdirSync(folder, { recursive: true }) as string[])
      .filter((path) => statSync(join(folder, path)).isFile())
      .sort()
      .map((path) => [path, readFileSync(join(folder, path), 'utf8')]),
  )
const modes = (folder: string) => Object.keys(all(folder)).map((path) => statSync(join(folder, path)).mode)
const diskOf = (folder: string) => ({ roots: [folder], placeFor: async (path: string) => join(folder, path) })
const apply = (folder: string, changes: readonly FileChange[]) => applyChanges(changes, diskOf(folder), 'run')
const undo = (folder: string, changes: readonly FileChange[]) => undoChanges(changes, diskOf(folder), 'run')

test('writes changes and undoes them byte for byte, file modes included', async () => {
  const folder = folderOf()
  await apply(folder, CHANGES)
  assert.deepEqual(all(folder), {
    ...{ 'a.ts': 'one\r\n2\r\n', 'moved.ts': 'old and new', 'new/deep/c.ts': 'new\n', 'run.sh': '#!/bin/sh\nexit 1\n' },
  })
  assert.equal(statSync(join(folder, 'run.sh')).mode & 0o777, 0o755)
  assert.equal(await undo(folder, CHANGES), true)
  assert.deepEqual(all(folder), Object.fromEntries(Object.entries(FILES).sort()))
  assert.equal(statSync(join(folder, 'run.sh')).mode & 0o777, 0o755)
  assert.ok(!existsSync(join(folder, 'new')), 'folders that became empty are gone')
  assert.equal(await undo(folder, CHANGES), false)
})

test('swaps files, and restores a deleted file with its mode', async () => {
  const folder = folderOf()
  const changes = [
    change('a.ts', 'of its own\n', 'a.ts'),
    change('run.sh', null),
    { ...change('b.ts', 'one\r\ntwo\r\n'), before: null },
  ]
  await apply(folder, changes)
  assert.equal(readFileSync(join(folder, 'b.ts'), 'utf8'), 'one\r\ntwo\r\n')
  await undo(folder, changes)
  assert.deepEqual(all(folder), Object.fromEntries(Object.entries(FILES).sort()))
  assert.equal(statSync(join(folder, 'run.sh')).mode & 0o777, 0o755)
})

test('for any draft, applying gives what the draft says and undoing restores every byte and mode', async () => {
  const paths = fc.constantFrom(...Object.keys(FILES), 'new.ts', 'x/y.ts')
  const act = fc.record({
    what: fc.constantFrom('write', 'remove', 'rename'),
    path: paths,
    to: paths,
    text: fc.string(),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(act, { maxLength: 8 }), async (acts) => {
      const folder = folderOf()
      const draft = new Draft({
        read: async (path) => (path in FILES ? readFileSync(join(folder, path)) : null),
        mode: async (path) => statSync(join(folder, path)).mode & 0o7777,
      })
      for (const { what, path, to, text } of acts) {
        const work =
          what === 'write' ? draft.write(path, text) : what === 'remove' ? draft.remove(path) : draft.rename(path, to)
        await work.catch((error: unknown) => assert.ok(error instanceof DraftError))
      }
      const before = [all(folder), modes(folder)]
      const changes = await draft.changes()
      await apply(folder, changes)
      for (const path of ['new.ts', 'x/y.ts', ...Object.keys(FILES)]) {
        const file = join(folder, path)
        const now = existsSync(file)
          ? readFileSync(file, 'utf8')
              .replace(/^\uFEFF/, '')
              .replaceAll('\r\n', '\n')
          : null
        assert.equal(now, (await draft.read(path))?.replaceAll('\r\n', '\n') ?? null)
      }
      await undo(folder, changes)
      assert.deepEqual([all(folder), modes(folder)], before)
      rmSync(folder, { recursive: true })
    }),
    { numRuns: 60 },
  )
})

test('an apply that was killed half-way is rolled back, except where somebody wrote since', async () => {
  const folder = folderOf()
  // The state after the process dies between two files: some new, some old, with copies beside them.
  writeFileSync(join(folder, 'a.ts'), 'one\r\n2\r\n')
  writeFileSync(join(folder, 'a.ts.fovea-run.old'), FILES['a.ts']!)
  writeFileSync(join(folder, 'run.sh.fovea-run.new'), '#!/bin/sh\nexit 1\n')
  writeFileSync(join(folder, 'moved.ts'), 'old and new')
  assert.equal(await undo(folder, CHANGES), true)
  assert.deepEqual(all(folder), Object.fromEntries(Object.entries(FILES).sort()))
  await apply(folder, CHANGES)
  writeFileSync(join(folder, 'run.sh'), 'mine\n')
  const before = all(folder)
  await assert.rejects(undo(folder, CHANGES), /Nothing was changed: run\.sh has changed in the meantime/)
  assert.deepEqual(all(folder), before)
})

test('writes nothing if a file changed, already exists, or lies outside the workspace', async () => {
  const cases: [(folder: string) => void, RegExp][] = [
    [
      (folder) => writeFileSync(join(folder, 'run.sh'), 'mine\n'),
      /Nothing was changed: run\.sh has changed in the meantime\./,
    ],
    [(folder) => rmSync(join(folder, 'a.ts')), /a\.ts no longer exists/],
    [(folder) => writeFileSync(join(folder, 'moved.ts'), ''), /moved\.ts already exists/],
    [(folder) => symlinkSync(folderOf(), join(folder, 'new')), /new\/deep\/c\.ts lies outside the workspace/],
    // A file stands where a folder is needed.
    [(folder) => writeFileSync(join(folder, 'new'), ''), /Nothing was changed/],
  ]
  for (const [meddle, expectedError] of cases) {
    const folder = folderOf()
    meddle(folder)
    const before = all(folder)
    await assert.rejects(apply(folder, CHANGES), expectedError)
    assert.deepEqual(all(folder), before)
  }
})

test('runs a check on a copy with the changes: pass, fail, timeout, flood of output, unknown command', async () => {
  const folder = folderOf()
  mkdirSync(join(folder, 'node_modules'))
  writeFileSync(join(folder, 'node_modules', 'here'), '')
  const runCheck = async (command: string, changes: readonly FileChange[] = CHANGES, ms = LONG_MS) => {
    const checker = commandCheck(command, diskOf(folder), ms)
    try {
      const results = []
      for (const its of [changes, []]) results.push(await checker.check(testRun(), its))
      return results
    } finally {
      await checker.close()
    }
  }
  const [changed, plain] = await runCheck('cat node_modules/here && sh run.sh && ! test -e moved.ts')
  assert.equal(changed?.outcome, 'fail')
  assert.equal(plain?.outcome, 'pass', 'the next check does not see the changes of the one before')
  const [late] = await runCheck('sleep 30 & sleep 30', [], 200)
  assert.equal(late?.outcome, 'timeout')
  const [flood] = await runCheck('yes | head -c 3000000; exit 1', [])
  assert.equal(flood?.outcome, 'fail')
  assert.ok(flood!.detail.length < 5000)
  await assert.rejects(runCheck('no-such-command-here'), /The check `no-such-command-here` could not be run/)
  assert.deepEqual(all(folder)['run.sh'], FILES['run.sh'])
})

test('a check writes only into its copy, sees every root, and gets no API key', async () => {
  const [first, second, outside] = [folderOf(), folderOf(), folderOf()]
  symlinkSync(outside, join(first, 'out'))
  symlinkSync(join(first, 'deep'), join(first, 'link'))
  mkdirSync(join(first, 'node_modules/here'), { recursive: true })
  symlinkSync('../deep', join(first, 'node_modules/own'))
  execFileSync('mkfifo', [join(first, 'pipe')])
  const disk = {
    roots: [first, second],
    placeFor: async (path: string) => join(path.startsWith('2/') ? second : first, path.replace(/^2\//, '')),
  }
  const before = [all(second), all(outside)]
  const runCheck = async (command: string, changes: readonly FileChange[]) => {
    const checker = commandCheck(command, disk, LONG_MS)
    try {
      return await checker.check(testRun(), changes)
    } finally {
      await checker.close()
    }
  }
  process.env.FOVEA_MODEL_KEY = 'hush'
  const name = second.slice(second.lastIndexOf('/') + 1)
  const seen = await runCheck(
    `grep -q 2 ../../1/${name}/a.ts && grep -q new node_modules/own/c.ts && test -d node_modules/here && test -x moved.sh && test -z "$FOVEA_MODEL_KEY" && echo x > link/x`,
    [
      { ...change('a.ts', '2\n'), path: '2/a.ts', from: '2/a.ts' },
      change('deep/c.ts', 'new'),
      change('moved.sh', 'x', 'run.sh'),
    ],
  )
  assert.deepEqual(seen, { ...seen, outcome: 'pass' }, seen.detail)
  for (const path of ['out/x.ts', 'node_modules/here/x.js'])
    await assert.rejects(runCheck('true', [change(path, 'x')]), /is behind a link that leads out of the copy/)
  assert.deepEqual([all(second), all(outside)], before)
  assert.ok(!existsSync(join(first, 'deep/x')), 'a link within the workspace leads into the copy')
  const left = await runCheck('sleep 9999 & exit 0', [])
  assert.equal(left.outcome, 'pass', 'what a command leaves running is not waited for')
})

test('a check that links out of its copy or prints secrets does no harm', async () => {
  const folder = folderOf()
  const checker = (command: string) => commandCheck(command, diskOf(folder), LONG_MS)
  const linking = checker(`rm -rf deep && ln -s '${folder}/deep' deep`)
  for (const text of ['1', '2']) await linking.check(testRun(), [change('deep/old.ts', text)])
  await linking.close()
  assert.deepEqual(all(folder), Object.fromEntries(Object.entries(FILES).sort()))
  const key = [
    '-----BEGIN PRIVATE KEY-----',
    ...Array.from({ length: 20 }, (_, i) => `MIIEvQIBADANBgkqhkiG9w0BAQ${i}xY`),
    '-----END PRIVATE KEY-----',
  ].join('\n')
  writeFileSync(join(folder, 'k.pem'), key)
  const printing = checker("cat k.pem; head -c 3500 /dev/zero | tr '\\0' x; exit 1")
  const { detail } = await printing.check(testRun(), [])
  await printing.close()
  assert.ok(detail.length > 3000 && !detail.includes('MIIE'), detail)
})

test('links between roots point into the copies, and package caches start empty', async () => {
  const [first, second] = [folderOf(), folderOf()]
  for (const path of ['.cache', 'real']) mkdirSync(join(first, 'node_modules', path), { recursive: true })
  symlinkSync(second, join(first, 'node_modules/b'))
  const alias = join(folderOf(), 'alias')
  symlinkSync(first, alias)
  symlinkSync(join(alias, 'deep'), join(first, 'link'))
  const disk = {
    roots: [first, second],
    placeFor: async (path: string) => (path.startsWith('2/') ? join(second, path.slice(2)) : join(first, path)),
  }
  const checker = commandCheck(
    'grep -q 2 node_modules/b/a.ts && touch node_modules/b/w node_modules/.cache/w link/w && test -d node_modules/real',
    disk,
    LONG_MS,
  )
  const result = await checker.check(testRun(), [{ ...change('a.ts', '2'), path: '2/a.ts', from: '2/a.ts' }])
  await checker.close()
  assert.equal(result.outcome, 'pass', result.detail)
  for (const file of [join(second, 'w'), join(first, 'deep/w'), join(first, 'node_modules/.cache/w')])
    assert.ok(!existsSync(file), file)
})

test('keeps what is saved while an apply is being prepared', async () => {
  const folder = folderOf()
  const place = async (path: string) => join(folder, path)
  const many = Array.from({ length: 300 }, (_, i) => ({ ...change(`new${i}.ts`, 'x') }))
  const work = applyChanges([...many, change('run.sh', 'ours\n')], { roots: [folder], placeFor: place }, 'run')
  const over = work.then(
    () => true,
    () => true,
  )
  while (!readdirSync(folder).some((name) => name.endsWith('.new')))
    assert.ok(!(await Promise.race([over, setImmediate(false)])), 'it never prepares')
  writeFileSync(join(folder, 'run.sh'), 'mine\n')
  await assert.rejects(work, /Nothing was changed/)
  assert.deepEqual(all(folder), { ...Object.fromEntries(Object.entries(FILES).sort()), 'run.sh': 'mine\n' })
})
