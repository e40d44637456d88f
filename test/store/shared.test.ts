/**
 * A shared index: one machine builds, others read; any defect costs one warning. With FOVEA_TEST_S3 (the address of a
 * bucket, as set by `tools/s3.mjs`) the same tests also run against a real S3-compatible server.
 */

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, describe, test } from 'node:test'
import { symbolTableOf } from '../../src/engine/measure.ts'
import { openKeyedTables } from '../../src/engine/store/keyed-tables.ts'
import { SharedIndex } from '../../src/engine/store/shared.ts'
import { sharedUri } from '../../src/engine/store/uri.ts'
import { resolveWorkspace } from '../../src/host/open.ts'
import { untilAfter } from '../children.ts'
import { fails, ok, workspace } from '../cli/cli.ts'
import { openWorld } from '../engine.ts'
import { testRun } from '../fixture.ts'
import { openServer } from '../server/wire.ts'

const FILES = 24
const { FOVEA_TEST_S3: bucket } = process.env
let bases = 0

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fovea-shared-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Each function calls the previous one. */
const repository = Array.from(
  { length: FILES },
  (_, i) =>
    `//- /f${i}.ts\nimport { step${i - 1} } from './f${i - 1}'\nexport function step${i}() { return step${i - 1}() + ${i} }\n`,
).join('\n')

const reader = (shared: string, text = repository) => openWorld(text, { lance: true, shared })

async function built(shared: string) {
  const world = await reader(shared)
  const report = await world.engine.index(testRun(), { publish: true })
  assert.deepEqual(world.warnings, [])
  assert.equal(report.published, FILES)
  return world
}

for (const kind of bucket ? ['folder', 's3'] : ['folder'])
  describe(kind, () => {
    const place = () => (kind === 's3' ? `${bucket}/${process.pid}-${++bases}` : join(temporaryFolder(), 'base'))

    test('reads what another machine built, parses local differences, and does not publish them', async () => {
      const base = place()
      const builder = await built(base)
      const same = await reader(base)
      const { parsed, fetched, complete } = await same.index()
      assert.deepEqual({ parsed, fetched, complete }, { parsed: 0, fetched: FILES, complete: true })
      const [theirs, ours] = [await symbolTableOf(builder.engine), await symbolTableOf(same.engine)]
      assert.deepEqual(ours.records, theirs.records)
      assert.deepEqual(ours.edges, theirs.edges)
      assert.ok(ours.edges.kind.length >= FILES - 1)
      assert.deepEqual(await same.engine.topics(), await builder.engine.topics())

      const edited = await reader(base)
      edited.tree.set('/f3.ts', 'export function changedHere() { return 3 }\n')
      assert.deepEqual(pick(await edited.index()), { parsed: 1, fetched: FILES - 1, published: 0 })
      assert.equal((await edited.engine.lookUp('changedHere')).length, 1)
      assert.equal((await edited.engine.lookUp('step3')).length, 0)
      assert.deepEqual(pick(await (await reader(base)).index()), { parsed: 0, fetched: FILES, published: 0 })

      // With few changes the storage is not queried at all.
      same.tree.set('/f3.ts', 'export function changedHere() { return 3 }\n')
      assert.deepEqual(pick(await same.index()), { parsed: 1, fetched: 0, published: 0 })
      assert.deepEqual([...same.warnings, ...edited.warnings], [])
    })

    test('several machines build one shard each at once, then one links them', async () => {
      const base = place()
      const { run } = workspace(repository)
      const index = async (...args: string[]) => {
        const env = { FOVEA_HOME: temporaryFolder() }
        return JSON.parse((await ok(run(['index', '--json', '--uri', base, ...args], { env }))).out)
      }
      const parts = await Promise.all([index('--shard', '1/2'), index('--shard', '2/2')])
      assert.equal(parts[0].parsed + parts[1].parsed, FILES)
      assert.ok(parts[0].parsed > 0 && parts[1].parsed > 0)
      assert.deepEqual(pick(await index()), { parsed: 0, fetched: FILES, published: 0 })
      assert.deepEqual(pick(await (await reader(base)).index()), { parsed: 0, fetched: FILES, published: 0 })
    })

    test('concurrent writers, one of them killed: published records are there, and readers keep reading', async () => {
      const base = place()
      const writers = [publisher(base), publisher(base)] as const
      const looks: number[] = []
      while (writers.some(({ publishedKeys }) => publishedKeys.length < 3)) {
        await Promise.race(writers.map((writer) => writer.publishes()))
        const shared = new SharedIndex(base, false, { warn: (_topic, text) => assert.match(text, /There is no/) })
        looks.push(
          (
            await shared.has(
              testRun(),
              writers.flatMap(({ publishedKeys }) => publishedKeys),
            )
          ).size,
        )
        await shared.close()
      }
      writers[0].child.kill('SIGKILL')
      await writers[0].ended
      const killed = writers[1].publishedKeys.length
      while (writers[1].publishedKeys.length < killed + 2) await writers[1].publishes()
      writers[1].child.stdin?.end()
      await writers[1].ended
      const store = await openKeyedTables(base, true)
      const [table = ''] = await store.tables()
      const publishedKeys = writers.flatMap((writer) => writer.publishedKeys)
      const stored = await store.keys(table)
      assert.deepEqual(
        publishedKeys.filter((key) => !stored.has(key)),
        [],
      )
      const rows = await store.get(table, [...stored])
      assert.equal(rows.size, stored.size)
      for (const [key, payload] of rows) assert.equal(Buffer.from(payload).toString('utf8', 0, key.length), key)
      await store.compact(table, 0)
      store.close()
      const merged = await openKeyedTables(base, true)
      assert.deepEqual(await merged.keys(table), stored)
      merged.close()
    })
  })

interface Publisher {
  readonly child: ChildProcess
  readonly publishedKeys: string[]
  readonly ended: Promise<unknown>
  /** Waits for the next published batch. */
  publishes(): Promise<void>
}

/** A process that publishes batches of rows until its stdin ends, and prints one key of each published batch. */
function publisher(base: string): Publisher {
  const script = `
    import { SharedIndex } from ${JSON.stringify(join(import.meta.dirname, '../../src/engine/store/shared.ts'))}
    const shared = new SharedIndex(${JSON.stringify(base)}, true, { warn() {} })
    const run = { signal: new AbortController().signal, report() {} }
    let open = true
    process.stdin.on('end', () => { open = false }).resume()
    for (let i = 0; open; i++) {
      const keys = Array.from({ length: 20 }, (_, j) => process.pid + '-' + i + '-' + j)
      await shared.publishRecords(run, keys, async (missing) =>
        missing.map((key) => ({ key, payload: Buffer.concat([Buffer.from(key), Buffer.alloc(2000, 1)]) })))
      process.stdout.write(keys[7] + '\\n')
    }
    process.exit()`
  const child = untilAfter(
    spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] }),
  )
  const publishedKeys: string[] = []
  let next = Promise.withResolvers<void>()
  createInterface(child.stdout).on('line', (line) => {
    publishedKeys.push(line)
    next.resolve()
    next = Promise.withResolvers()
  })
  const ended = once(child, 'close')
  const died = ended.then(() => assert.fail('a writer ended'))
  died.catch(() => {})
  return { child, publishedKeys, ended, publishes: () => Promise.race([next.promise, died]) }
}

const pick = ({ parsed, fetched, published }: { parsed: number; fetched: number; published: number }) => ({
  ...{ parsed, fetched, published },
})

test('shares vectors of an endpoint, too', async () => {
  const base = join(temporaryFolder(), 'base')
  let asked = 0
  const embedder = {
    id: 'endpoint',
    dimensions: 4,
    embed: async (_run: unknown, texts: readonly string[]) => {
      asked += texts.length
      return texts.map((text) => Float32Array.of(1, 0, 0, text.length % 7).map((n, _, all) => n / Math.hypot(...all)))
    },
  }
  const text = Array.from({ length: 70 }, (_, i) => `//- /f${i}.ts\nexport function f${i}() { return ${i} }\n`).join(
    '\n',
  )
  const open = () => openWorld(text, { lance: true, shared: base, embedder })
  await (await open()).engine.index(testRun(), { publish: true })
  const once = asked
  assert.ok(once >= 70)
  const second = await open()
  assert.equal((await second.index()).fetched, 70)
  assert.equal(asked, once)
  assert.deepEqual(second.warnings, [])
})

test('clusters of a similar tree are the starting point for fitting', async () => {
  const base = join(temporaryFolder(), 'base')
  const builder = await built(base)
  const other = await reader(base)
  other.tree.delete('/f0.ts')
  assert.equal((await other.index()).fetched, FILES - 1)
  assert.deepEqual(await other.engine.topics(), await builder.engine.topics())
})

test('a damaged record is not used: its file is parsed locally, after one warning', async () => {
  const base = join(temporaryFolder(), 'base')
  await built(base)
  const store = await openKeyedTables(base, true)
  const tables = await store.tables()
  const [records, trees] = ['records', 'trees'].map((name) => tables.find((table) => table.startsWith(name))!)
  const keys = [...(await store.keys(records!))]
  const payloads = await store.get(records!, keys)
  const [one, two, three] = keys as [string, string, string]
  await store.remove(records!, [one, two, three])
  await store.add(records!, [
    { key: one, payload: Buffer.from('no record at all') },
    // Another file's record under this key.
    { key: two, payload: payloads.get(three)! },
    { key: three, payload: payloads.get(three)!.subarray(0, 90) },
  ])
  const [name = ''] = await store.keys(trees!)
  await store.remove(trees!, [name])
  await store.add(trees!, [{ key: name, payload: Buffer.from('no tree') }])
  store.close()
  const world = await reader(base)
  assert.deepEqual(pick(await world.index()), { parsed: 3, fetched: FILES - 3, published: 0 })
  assert.deepEqual(world.warnings, [
    `The shared index at ${base} has damaged records: their files are parsed on this machine.`,
    `The shared index at ${base} has a damaged tree: its files are linked on this machine.`,
  ])
  assert.equal((await world.engine.lookUp('step3')).length, 1)
})

test('no storage, another version or nothing published: one warning, and the index is built locally', async () => {
  const other = join(temporaryFolder(), 'other')
  const store = await openKeyedTables(other, true)
  await store.add('records_v1', [{ key: 'a', payload: Buffer.from('b') }])
  store.close()
  for (const [uri, says] of [
    [join(temporaryFolder(), 'none'), /There is no folder .*: mount it/],
    [temporaryFolder(), /There is no shared index at .*: publish one with `fovea index --uri`/],
    [other, /was made by another version of Fovea/],
  ] as const) {
    const world = await reader(uri)
    assert.deepEqual(pick(await world.index()), { parsed: FILES, fetched: 0, published: 0 })
    assert.equal(world.warnings.length, 1)
    assert.match(world.warnings[0]!, says)
  }
  assert.equal(readdirSync(other).length, 1)
})

test('an unreachable storage costs a reader one warning and stops a publisher', async () => {
  const { run } = workspace(repository)
  const keys = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'never shown', AWS_REGION: 'x' }
  const env = { ...keys, AWS_ENDPOINT: 'http://127.0.0.1:9', AWS_ALLOW_HTTP: 'true' }
  const uri = 's3://team/fovea'
  const [{ out, err }] = await Promise.all([
    ok(run(['index', '--json'], { env: { ...env, FOVEA_INDEX_URI: uri } })),
    fails(
      run(['index', '--uri', uri], { env: { ...env, FOVEA_HOME: temporaryFolder() } }),
      1,
      /^fovea: Publishing stopped\. .* cannot be reached/,
    ),
  ])
  assert.deepEqual(pick(JSON.parse(out)), { parsed: FILES, fetched: 0, published: 0 })
  const errorLines = err.split('\n').filter((line) => line.startsWith('fovea: '))
  assert.equal(errorLines.length, 1)
  assert.match(errorLines[0]!, /s3:\/\/team\/fovea cannot be reached: check the network/)
  assert.doesNotMatch(err, /never shown|lance::/)
})

test('an address is a bucket or a folder, and holds no credentials', () => {
  assert.equal(sharedUri(' s3://team/fovea/ '), 's3://team/fovea')
  assert.equal(sharedUri('file:///srv/fovea'), '/srv/fovea')
  assert.equal(sharedUri('/srv/fovea'), '/srv/fovea')
  for (const uri of ['s3://AKIA:hunter2@team/fovea', 's3://team/fovea?aws_secret_access_key=hunter2']) {
    assert.throws(() => sharedUri(uri), /must not contain credentials.*AWS_ACCESS_KEY_ID/)
    assert.throws(
      () => sharedUri(uri),
      (error: Error) => !/hunter2/.test(error.message),
    )
  }
  assert.throws(() => sharedUri('db://team'), /LanceDB server, which Fovea does not read yet/)
  assert.throws(() => sharedUri('ftp://team'), /does not support ftp:/)
  assert.throws(() => sharedUri('some/folder'), /is not an absolute path/)
})

test('an untrusted folder has no shared index, whatever is set; an invalid address is a warning', async () => {
  const root = temporaryFolder()
  const warnings: string[] = []
  const log = { warn: (_topic: string, text: string) => warnings.push(text) }
  const shared = async (trusted: boolean, uri = 's3://team/fovea') =>
    (await resolveWorkspace([root], log, { trusted, uri })).workspace.shared
  assert.equal(await shared(true), 's3://team/fovea')
  assert.equal(await shared(false), null)
  assert.deepEqual(warnings, [])
  assert.equal(await shared(true, 'db://team'), null)
  assert.match(warnings.join(), /LanceDB server/)
})

test('the editor’s server reads the index its setting names, only in a trusted folder', async () => {
  const base = join(temporaryFolder(), 'base')
  await built(base)
  const { dir } = workspace(repository)
  for (const trusted of [true, false]) {
    const server = await openServer([dir], { uri: base, trusted, env: { FOVEA_HOME: temporaryFolder() } })
    assert.equal((await server.until('ready')).files, FILES)
    assert.equal(
      server.states.some(({ stage }) => stage === 'share'),
      trusted,
    )
    assert.deepEqual(server.shownMessages, [])
    await server.close()
  }
})
