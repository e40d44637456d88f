/** Both stores behind one suite: what is put in comes out, a crash leaves the last state, damage is repaired. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { packRecord } from '../../src/engine/store/record-codec.ts'
import { acquireLock, openStore, type StoreWriter } from '../../src/engine/store/store.ts'
import type { FileRecord } from '../../src/engine/types/chunk.ts'
import type { Tree } from '../../src/engine/types/tree.ts'
import { untilAfter } from '../children.ts'
import { comparableRecord } from '../fixture.ts'

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fovea-store-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Runs a script and captures its output. */
const node = (script: string) =>
  untilAfter(spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] }))

function record(key: string, terms: readonly string[]): FileRecord {
  const all = Uint32Array.from(terms.keys())
  const chunk = {
    id: `chunk-${key}`,
    firstLine: 1,
    lastLine: 2,
    startOffset: 0,
    endOffset: 9,
    kind: 'function',
    names: ['a'],
    scope: [],
    symbol: 0,
    part: 0,
  } as const
  return {
    key,
    language: 'typescript',
    lines: 2,
    bytes: 9,
    plain: true,
    symbols: [],
    references: [],
    fields: [],
    terms,
    chunks: [{ ...chunk, terms: all, counts: new Uint8Array(4 * terms.length).fill(1), lengths: [1, 1, 1, 1] }],
  }
}

const words = (i: number) => Array.from({ length: 100 }, (_, w) => `word${i * 100 + w}`)

function treeOf(keys: readonly string[], id = 'tree'): Tree {
  return {
    id,
    roots: [tmpdir()],
    entries: keys.map((key) => ({ path: `${key}.ts`, root: 0, inner: `${key}.ts`, size: 9, mtime: 1.5, key })),
    skipped: [],
    chunks: keys.length,
    clusters: [],
    edges: {
      kind: Uint8Array.of(1),
      fromFile: Uint32Array.of(0),
      fromSymbol: Int32Array.of(-1),
      toFile: Uint32Array.of(0),
      toSymbol: Int32Array.of(0),
      line: Uint32Array.of(),
      weight: Float32Array.of(0.5),
    },
    embedder: 'none',
    heads: [],
    historyRead: true,
    commits: [],
    at: 1,
    complete: true,
  }
}

for (const lance of [true, false])
  describe(lance ? 'lancedb' : 'files', () => {
    const warnings: string[] = []
    const open = (folder: string): Promise<StoreWriter> =>
      openStore({ folder, lance, log: { warn: (_topic, message) => warnings.push(message) } })

    test('records, vectors and trees are unchanged after a round trip, also after reopening', async () => {
      const folder = temporaryFolder()
      const records = ['a', 'b', "quo'te"].map((key) => record(key, ['alpha', `=${key}`]))
      const vectors = new Map([['x', Float32Array.of(0.5, -1)]])
      const first = await open(folder)
      await first.putRecords(records.map(packRecord))
      await first.putRecords(records.map(packRecord))
      await first.putVectors('e', vectors)
      await first.putTree(treeOf(['a', 'b']))
      await first.close()
      const store = await open(folder)
      assert.equal(store.kind, lance ? 'lancedb' : 'files')
      assert.deepEqual(
        [...(await store.records(['b', 'a', "quo'te", 'none'])).values()]
          .sort((a, b) => (a.key < b.key ? -1 : 1))
          .map(comparableRecord),
        records.map(comparableRecord),
      )
      assert.deepEqual(await store.has(['a', 'none']), new Set(['a']))
      assert.deepEqual(await store.vectors('e', ['x', 'y']), vectors)
      assert.deepEqual(await store.vectors('other', ['x']), new Map())
      assert.deepEqual(await store.tree('tree'), treeOf(['a', 'b']))
      assert.equal(await store.tree('other'), null)
      assert.ok((await store.size()) > 0)
      await store.close()
    })

    test('compaction drops what no tree references once it outweighs the rest', async () => {
      const folder = temporaryFolder()
      const store = await open(folder)
      const keys = Array.from({ length: 800 }, (_, i) => `k${i}`)
      for (let i = 0; i < 800; i += 100)
        await store.putRecords(keys.slice(i, i + 100).map((key) => packRecord(record(key, ['term', key]))))
      await store.putVectors('e', new Map(keys.map((key) => [`chunk-${key}`, Float32Array.of(1)])))
      await store.putTree(treeOf(['k1', 'k2']))
      await store.compact(0, 0)
      assert.deepEqual(await store.has(keys), new Set(['k1', 'k2']))
      const vectors = await store.vectors(
        'e',
        keys.map((key) => `chunk-${key}`),
      )
      assert.deepEqual([...vectors.keys()].sort(), ['chunk-k1', 'chunk-k2'])
      assert.deepEqual([...(await store.records(keys)).keys()].sort(), ['k1', 'k2'])
      await store.close()
    })

    test('many small writes, replaced versions and leftovers of a crash take no space after compaction', async () => {
      const folder = temporaryFolder()
      const store = await open(folder)
      await store.putRecords(Array.from({ length: 200 }, (_, i) => packRecord(record(`k${i}`, words(i)))))
      await store.putTree(treeOf(Array.from({ length: 200 }, (_, i) => `k${i}`)))
      const size = await store.size()
      for (let round = 0; round < 4; round++) {
        for (let i = 0; i < 30; i++) await store.putRecords([packRecord(record(`r${round}.${i}`, ['term']))])
        const inner = join(folder, store.kind)
        writeFileSync(join(inner, 'trees', 'abc.bin.99.tmp'), Buffer.alloc(1e6))
        if (lance) writeFileSync(join(inner, 'records_young.lance', 'data', `left${round}.lance`), Buffer.alloc(1e6))
        await store.compact(0, 0)
      }
      if (lance) writeFileSync(join(folder, store.kind, 'records.lance', 'data', 'left.lance'), Buffer.alloc(1e6))
      const more = Array.from({ length: 30 }, (_, i) => Array.from({ length: 33 }, (_, j) => `m${i}.${j}`))
      for (const keys of more) await store.putRecords(keys.map((key) => packRecord(record(key, ['term']))))
      await store.putTree(treeOf(more.flat(), 'more'))
      await store.compact(0, 0)
      assert.ok((await store.size()) < 2 * size + 500_000, `${await store.size()} bytes after ${size}`)
      assert.equal((await store.records(['k1', 'r3.29', 'm29.32'])).size, 3)
      await store.close()
    })

    test('small writes to a large store are merged without copying it, and join it eventually', async () => {
      const folder = temporaryFolder()
      const store = await open(folder)
      const large = Array.from({ length: 1000 }, (_, i) => packRecord(record(`k${i}`, words(i))))
      await store.putRecords(large)
      await store.putTree(treeOf(large.map(({ key }) => key)))
      const old = join(folder, store.kind, lance ? 'records.lance/data' : '')
      const before = readdirSync(old)
      const writeRows = async (from: number, to: number) => {
        for (let i = from; i < to; i++) await store.putRecords([packRecord(record(`s${i}`, ['term']))])
        await store.compact(0, 0)
      }
      await writeRows(0, 30)
      assert.deepEqual(readdirSync(old), before)
      await writeRows(30, 60)
      await writeRows(60, 90)
      assert.equal(readdirSync(old).length, before.length + (lance ? 1 : 0))
      const keys = ['k0', 's0', 's89']
      assert.deepEqual([await store.has(keys), (await store.records(keys)).size], [new Set(keys), 3])
      await store.close()
    })

    test('a truncated tree file counts as none', async () => {
      const folder = temporaryFolder()
      const store = await open(folder)
      await store.putTree(treeOf(['a']))
      const trees = join(folder, store.kind, 'trees')
      writeFileSync(join(trees, readdirSync(trees)[0]!), 'x')
      assert.equal(await store.tree('tree'), null)
      await store.close()
    })

    test('killed while writing, the old tree is intact and every stored record can be read', async () => {
      const folder = temporaryFolder()
      const first = await open(folder)
      await first.putRecords([packRecord(record('a', ['x']))])
      await first.putTree(treeOf(['a']))
      await first.close()
      const script = `
        import { openStore } from ${JSON.stringify(join(import.meta.dirname, '../../src/engine/store/store.ts'))}
        import { packRecord } from ${JSON.stringify(join(import.meta.dirname, '../../src/engine/store/record-codec.ts'))}
        const store = await openStore({ folder: ${JSON.stringify(folder)}, lance: ${lance}, log: { warn() {} } })
        const old = await store.tree('tree')
        const one = (await store.records(['a'])).get('a')
        process.stdout.write('ready')
        for (let i = 0; ; i++) {
          const keys = Array.from({ length: 50 }, (_, j) => process.pid + '-' + i + '-' + j)
          await store.putRecords(keys.map((key) => packRecord({ ...one, key })))
          await store.putTree({ ...old, id: 'other', entries: keys.map((key) => ({ ...old.entries[0], key })) })
        }`
      for (let round = 0; round < 4; round++) {
        await new Promise<void>((resolve) => {
          const child = node(script)
          child.stdout.on('data', () => setTimeout(() => child.kill('SIGKILL'), 40 * (round + 1)))
          child.on('close', () => resolve())
        })
        const store = await open(folder)
        assert.deepEqual(await store.tree('tree'), treeOf(['a']))
        const keys = (await store.tree('other'))?.entries.map(({ key }) => key) ?? []
        assert.equal((await store.records(['a', ...keys])).size, keys.length + 1)
        await store.close()
      }
    })
  })

describe('lock', () => {
  const signal = new AbortController().signal
  test('one lock holder at a time; the next waits its turn', async () => {
    const folder = temporaryFolder()
    const release = await acquireLock(folder, { signal, onWait: () => assert.fail('nobody holds it') })
    let waited = 0
    const next = acquireLock(folder, { signal, onWait: () => waited++ })
    const stop = new AbortController()
    await assert.rejects(acquireLock(folder, { signal: stop.signal, onWait: () => stop.abort() }))
    await release()
    await (await next)()
    assert.equal(waited, 1)
  })

  test('a lock file that does not fit on a full disk is not left behind', {
    skip: process.platform === 'win32' && 'needs ulimit',
  }, async () => {
    const folder = temporaryFolder()
    const script = `import { acquireLock } from ${JSON.stringify(join(import.meta.dirname, '../../src/engine/store/store.ts'))}
      await acquireLock(${JSON.stringify(folder)}, { signal: new AbortController().signal, onWait() {} }).catch(
        (error) => console.error(error.code))`
    // No file may hold a byte: the closest to a full disk that needs no privileges.
    const args = ['-c', 'ulimit -f 0; exec "$0" --input-type=module -e "$1"', process.execPath, script]
    const { stderr } = spawnSync('sh', args, { encoding: 'utf8' })
    assert.match(stderr, /EFBIG/)
    assert.deepEqual(readdirSync(folder), [])
  })

  test('takes over the lock of a dead process', async () => {
    const folder = temporaryFolder()
    const lock = join(import.meta.dirname, '../../src/engine/store/store.ts')
    const script = `import { acquireLock } from ${JSON.stringify(lock)}
      await acquireLock(${JSON.stringify(folder)}, { signal: new AbortController().signal, onWait() {} })
      process.stdout.write('held'); setInterval(() => {}, 1000)`
    await new Promise<void>((resolve) => {
      const child = node(script)
      child.stdout.on('data', () => child.kill('SIGKILL'))
      child.on('close', () => resolve())
    })
    const contenders = await Promise.all(
      [1, 2, 3].map(async () => {
        const release = await acquireLock(folder, { signal, onWait: () => {} })
        await release()
        return true
      }),
    )
    assert.equal(contenders.length, 3)
  })
})
