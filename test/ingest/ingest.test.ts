/** Indexing end to end: only changes are parsed, an interruption loses little, and edges point where they should. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openEngine } from '../../src/engine/engine.ts'
import { openStore } from '../../src/engine/store/store.ts'
import { EDGE_KINDS } from '../../src/engine/types/symbol.ts'
import { openWorld, type TestWorld } from '../engine.ts'
import { check, testRun } from '../fixture.ts'

const TWO = `
  //- /src/base.ts
  export class Base {
    close() {}
  }
  //- /src/store.ts
  import { Base } from './base.ts'

  export class Store extends Base {
    open() {
      this.close()
      helper()
    }
  }

  function helper() {}
  //- /test/store.test.ts
  import { Store } from '../src/store.ts'

  test('opens', () => {
    new Store().open()
  })
`

const MANY = `
  //- /py/app/models.py
  class User: pass
  //- /py/app/views.py
  from .models import User
  from app import util
  //- /py/app/util.py
  def helper(): pass
  //- /go/store/disk.go
  package store
  //- /go/main.go
  package main
  import "example.com/project/go/store"
  //- /rs/src/lib.rs
  mod disk;
  use crate::disk::Row;
  //- /rs/src/disk.rs
  pub struct Row;
  //- /java/com/shop/Cart.java
  package com.shop;
  import com.shop.price.Price;
  class Cart {}
  //- /java/com/shop/price/Price.java
  package com.shop.price;
  class Price {}
  //- /c/main.c
  #include "list.h"
  #include <stdio.h>
  //- /c/list.h
  int list_size(void);
  //- /web/index.js
  const a = require('./lib')
  import('./lazy.mjs')
  //- /web/lib/index.js
  module.exports = {}
  //- /web/lazy.mjs
  export {}
  //- /php/src/Model/Row.php
  <?php
  namespace App\\Model;
  class Row {}
  //- /php/src/Store.php
  <?php
  use App\\Model\\Row;
  //- /rb/lib/base.rb
  class Base; end
  //- /rb/lib/store.rb
  require_relative 'base'
`

test('resolves imports to files in every language that imports paths or modules', async () => {
  const world = await openWorld(MANY)
  await world.index()
  const { tree } = await treeOf(world)
  const { kind, fromFile, toFile } = tree.edges
  const path = (file: number | undefined) => tree.entries[file ?? -1]?.path
  const rows = Array.from(kind, (k, i) =>
    EDGE_KINDS[k] === 'import' ? `${path(fromFile[i])} → ${path(toFile[i])}` : '',
  )
  check(
    rows.filter(Boolean).sort().join('\n'),
    `
    c/main.c → c/list.h
    go/main.go → go/store/disk.go
    java/com/shop/Cart.java → java/com/shop/price/Price.java
    php/src/Store.php → php/src/Model/Row.php
    py/app/views.py → py/app/models.py
    py/app/views.py → py/app/util.py
    rb/lib/store.rb → rb/lib/base.rb
    rs/src/lib.rs → rs/src/disk.rs
    web/index.js → web/lazy.mjs
    web/index.js → web/lib/index.js
    `,
  )
})

async function treeOf({ folder }: TestWorld) {
  const store = await openStore({ folder, lance: false, log: { warn: () => {} } })
  const tree = await store.tree('/repo')
  assert.ok(tree)
  const records = await store.records(tree.entries.map(({ key }) => key))
  await store.close()
  return { tree, records }
}

test('builds the edges of a tree', async () => {
  const world = await openWorld(TWO)
  await world.index()
  const { tree, records } = await treeOf(world)
  const { kind, fromFile, fromSymbol, toFile, toSymbol } = tree.edges
  const name = (file: number, symbol: number) => {
    const { path, key } = tree.entries[file]!
    return symbol < 0 ? path : `${path} ${records.get(key)?.symbols[symbol]?.name}`
  }
  const rows = Array.from(
    kind,
    (k, i) => `${name(fromFile[i]!, fromSymbol[i]!)} ${EDGE_KINDS[k]} ${name(toFile[i]!, toSymbol[i]!)}`,
  )
  check(
    rows.sort().join('\n'),
    `
    src/store.ts Store extends src/base.ts Base
    src/store.ts import src/base.ts
    src/store.ts open call src/base.ts close
    src/store.ts open call src/store.ts helper
    test/store.test.ts tests src/store.ts
    test/store.test.ts tests src/store.ts Store
    test/store.test.ts tests src/store.ts open
  `,
  )
})

test('does not parse unchanged files, and leaves nothing of deleted ones', async () => {
  const { tree, index, engine } = await openWorld(TWO)
  assert.deepEqual(pick(await index()), { files: 3, parsed: 3, reused: 0, removed: 0, complete: true })
  assert.deepEqual(pick(await index()), { files: 3, parsed: 0, reused: 3, removed: 0, complete: true })
  tree.set('/src/base.ts', 'export class Base {\n  shut() {}\n}\n')
  tree.delete('/test/store.test.ts')
  assert.deepEqual(pick(await index()), { files: 2, parsed: 1, reused: 1, removed: 1, complete: true })
  const { hits } = await engine.context(testRun(), { text: 'close shut Store opens', budgets: [500] })
  assert.ok(hits.every(({ path }) => !path.startsWith('test/')))
  assert.ok(hits.some(({ symbol }) => symbol.startsWith('Base')))
})

test('does not parse known content again when it comes back in a branch or elsewhere', async () => {
  const { index, tree, folder, ports, engine } = await openWorld('')
  const writeBranch = (branch: string, prefix = '') => {
    for (let i = 0; i < 30; i++) tree.set(`${prefix}/src/f${i}.ts`, `export const of${branch}${i} = ${i}\n`)
  }
  writeBranch('main')
  assert.equal((await index()).parsed, 30)
  writeBranch('other')
  assert.equal((await index()).parsed, 30)
  writeBranch('main')
  assert.deepEqual(pick(await index()), { files: 30, parsed: 0, reused: 0, removed: 0, complete: true })
  const { hits } = await engine.context(testRun(), { text: 'ofmain7', budgets: [500] })
  assert.equal(hits[0]?.path, 'src/f7.ts')
  writeBranch('other', '/worktree')
  const roots = ['/repo/worktree']
  const second = await openEngine(ports, { roots, folder, lanceSupport: { usable: false, reason: '' }, shared: null })
  assert.deepEqual(pick(await second.index(testRun())), {
    files: 30,
    parsed: 0,
    reused: 0,
    removed: 0,
    complete: true,
  })
  await second.close()
})

const pick = ({ files, parsed, reused, removed, complete }: Awaited<ReturnType<TestWorld['index']>>) => ({
  files,
  parsed,
  reused,
  removed,
  complete,
})

test('a parser that fails on a file costs only that file', async () => {
  const base = await openWorld(TWO)
  const { parse } = base.ports.workers
  const workers = {
    ...base.ports.workers,
    parse: ((run, jobs, each) =>
      parse(run, jobs, (result) =>
        each(
          result.path === 'src/base.ts'
            ? { path: result.path, failure: 'parser failed', size: 1, mtime: 0, detail: 'abort' }
            : result,
        ),
      )) as typeof parse,
  }
  const world = await openWorld(TWO, { ports: { workers } })
  const report = await world.index()
  assert.deepEqual([report.files, report.complete], [2, true])
  assert.deepEqual(
    report.skipped.map(({ path, reason }) => [path, reason]),
    [['src/base.ts', 'parser failed']],
  )
  assert.match(world.warnings.join(), /src\/base\.ts: abort/)
})

test('a file that changes while it is read is left for the next run', async () => {
  let reads = 0
  const base = await openWorld(TWO)
  const files = {
    ...base.ports.files,
    stat: async (path: string) => ({ size: 5, mtime: path.endsWith('base.ts') ? ++reads : 1 }),
  }
  const { parseBatch } = await import('../../src/engine/worker.ts')
  const { grammars } = await import('../../src/host/assets.ts')
  const { results } = await parseBatch({ ...files, read: async () => new TextEncoder().encode('let a') }, grammars, [
    { path: 'src/base.ts', file: '/repo/src/base.ts' },
    { path: 'ok.ts', file: '/repo/ok.ts' },
  ])
  assert.deepEqual(
    results.map((result) => ('failure' in result ? result.failure : 'parsed')),
    ['changed while read', 'parsed'],
  )
})

test('keeps what was parsed before a stop, and continues with the rest', async () => {
  const stop = new AbortController()
  const world = await openWorld(TWO)
  let seen = 0
  const run = { signal: stop.signal, report: () => {} }
  const { parse } = world.ports.workers
  const workers = {
    ...world.ports.workers,
    parse: (async (r, jobs, each) => {
      await parse(r, jobs, async (result) => {
        await each(result)
        if (++seen === 2) stop.abort()
      })
    }) as typeof parse,
  }
  const stopped = await openWorld(TWO, { ports: { workers } })
  assert.deepEqual(pick(await stopped.engine.index(run)), {
    files: 2,
    parsed: 2,
    reused: 0,
    removed: 0,
    complete: false,
  })
  assert.deepEqual(pick(await stopped.index()), { files: 3, parsed: 1, reused: 2, removed: 0, complete: true })
})

test('requests each endpoint vector once', async () => {
  const asked: string[] = []
  let broken = true
  const embedder = {
    id: 'test:4',
    dimensions: 4,
    embed: async (_run: unknown, texts: readonly string[]) => {
      if (broken && asked.length > 0) throw new Error('overloaded')
      asked.push(...texts)
      return texts.map((text) => Float32Array.of(text.length, 1, 0, 0).map((x, _, all) => x / Math.hypot(...all)))
    },
  }
  const files = Array.from({ length: 150 }, (_, i) => `//- /f${i}.ts\nexport function f${i}() {}\n`).join('')
  const { index, engine } = await openWorld(files, { embedder })
  await assert.rejects(index(), /overloaded/)
  const before = asked.length
  assert.ok(before > 0 && before < 150)
  broken = false
  await index()
  assert.equal(asked.length, 150)
  assert.equal(new Set(asked).size, 150)
  assert.equal((await engine.status()).embedder, 'test:4')
})
