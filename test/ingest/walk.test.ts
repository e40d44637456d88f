/** The walk: reasons to skip a file, stopping and progress, several roots, oddities of real disks. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { parentOf, rootNames } from '../../src/engine/ingest/walk/roots.ts'
import { MAX_BYTES, walkFiles } from '../../src/engine/ingest/walk/walk.ts'
import type { Files } from '../../src/engine/ports.ts'
import { EngineError, type Progress } from '../../src/engine/types/run.ts'
import { nodeFiles } from '../../src/host/files.ts'
import { check, memoryFiles, noHistory, parseFixture, testRun } from '../fixture.ts'
import { temporaryFolder, tracking, walk, write } from './walking.ts'

describe('reasons', () => {
  test('skips files by name: secret, generated, binary', async () => {
    const names = `.env .env.local .env.example id_rsa id_rsa.pub cert.PEM server.key .npmrc credentials store.p12
      package-lock.json yarn.lock Cargo.lock app.min.js app.js.map api.pb.go min.js
      logo.PNG a.zip a.wasm a.pdf a.woff2 a.svg a.ts`.split(/\s+/)
    const found = await walk(memoryFiles(new Map(names.map((name) => [`/${name}`, '']))), noHistory, '/')
    check(
      found,
      `
      .env.example
      a.ts
      id_rsa.pub
      min.js
      .env – secret
      .env.local – secret
      .npmrc – secret
      Cargo.lock – generated
      a.pdf – binary
      a.svg – binary
      a.wasm – binary
      a.woff2 – binary
      a.zip – binary
      api.pb.go – generated
      app.js.map – generated
      app.min.js – generated
      cert.PEM – secret
      credentials – secret
      id_rsa – secret
      logo.PNG – binary
      package-lock.json – generated
      server.key – secret
      store.p12 – secret
      yarn.lock – generated
    `,
    )
  })

  test('skips large files and nested repositories; ignored ones are not mentioned', async () => {
    const files = new Map([
      ['/r/.gitignore', 'gone/\n*.png'],
      ['/r/exact.ts', 'x'.repeat(MAX_BYTES)],
      ['/r/large.ts', 'x'.repeat(MAX_BYTES + 1)],
      ['/r/sub/.git', 'gitdir: ../.git/modules/sub'],
      ['/r/sub/a.ts', ''],
      ['/r/in/nested/.git/HEAD', ''],
      ['/r/in/nested/a.ts', ''],
      ['/r/absent/', ''],
      ['/r/empty/', ''],
      ['/r/gone/.git/HEAD', ''],
      ['/r/a.png', ''],
    ])
    check(
      await walk(memoryFiles(files), tracking(['sub', 'absent']), '/r'),
      `
      .gitignore
      exact.ts
      absent – submodule
      in/nested – submodule
      large.ts – too large
      sub – submodule
    `,
    )
  })

  test('skips what cannot be read; an unreadable root is an error that says what to do', async () => {
    const files = memoryFiles(parseFixture('//- /r/a.ts\n//- /r/locked/b.ts\n//- /r/sub/c.ts\n//- /r/.gitignore\n*.x'))
    const failing: Files = {
      list: (folder) => (folder === '/r/locked' ? Promise.reject(new Error('EACCES')) : files.list(folder)),
      stat: async (path) => (path === '/r/sub/c.ts' ? null : files.stat(path)),
      read: async () => null,
    }
    check(await walk(failing, noHistory, '/r'), '.gitignore\na.ts\nlocked – unreadable\nsub/c.ts – unreadable')
    await assert.rejects(walk(files, noHistory, '/none'), (error) => {
      assert.ok(error instanceof EngineError && error.code === 'input')
      check(
        error.message,
        'The folder /none does not exist or cannot be read: check the path and its permissions, then index again.',
      )
      return true
    })
  })
})

describe('run', () => {
  test('stops when aborted', async () => {
    const controller = new AbortController()
    const files = memoryFiles(parseFixture('//- /a/b/c.ts\n//- /d.ts'))
    const list: Files['list'] = (folder) => {
      if (folder === '/a') controller.abort()
      return files.list(folder)
    }
    const run = { ...testRun(), signal: controller.signal }
    await assert.rejects(walkFiles(run, { files: { ...files, list }, history: noHistory }, ['/']), {
      name: 'AbortError',
    })
  })

  test('reports progress on the way and at the end', async () => {
    const seen: Progress[] = []
    const files = memoryFiles(new Map(Array.from({ length: 1100 }, (_, n) => [`/d${n % 7}/${n}.ts`, ''])))
    await walkFiles({ ...testRun(), report: (progress) => seen.push(progress) }, { files, history: noHistory }, ['/'])
    assert.deepEqual(
      seen.map(({ stage, done }) => `${stage} ${done}`),
      ['walk 512', 'walk 1024', 'walk 1100'],
    )
  })
})

describe('several roots', () => {
  const files = memoryFiles(
    parseFixture(`
      //- /x/app/a.ts
      //- /y/app/a.ts
      //- /y/app/.gitignore
      inner/
      //- /y/app/inner/b.ts
      //- /z/app-2/c.ts
    `),
  )

  test('paths start with the root’s base name, numbered where it repeats', async () => {
    check(
      await walk(files, noHistory, '/x/app', '/y/app/', '/z/app-2'),
      `
      app-2/c.ts
      app-3/.gitignore
      app-3/a.ts
      app/a.ts
    `,
    )
  })

  test('a root inside another is walked once, under its own name, even if the outer one ignores it', async () => {
    const result = await walkFiles(testRun(), { files, history: noHistory }, ['/y/app', '/y/app/inner', '/y/app'])
    const listing = result.files.map(({ path, root, inner }) => `${path} = root ${root} ${inner}`).join('\n')
    check(listing, 'app/.gitignore = root 0 .gitignore\napp/a.ts = root 0 a.ts\ninner/b.ts = root 1 b.ts')
  })

  test('Windows roots: either slash, drive letters, one folder written in two ways', () => {
    assert.deepEqual(rootNames(['C:\\work\\app', 'D:\\app', 'C:/work/app', 'E:\\']), ['app', 'app-2', 'app', 'root'])
    assert.deepEqual(rootNames(['C:\\work\\app', 'C:/work/app/']), ['', ''])
    assert.deepEqual(['C:/a/b', 'C:/a', 'C:/', '/a', '/'].map(parentOf), ['C:/a', 'C:/', null, '/', null])
  })

  test('one root given twice is one root', async () => {
    check(await walk(files, noHistory, '/x/app', '/x/app/'), 'a.ts')
  })
})

describe('on a real disk', { skip: process.platform === 'win32' }, () => {
  test('handles broken links, loops, pipes, and ignore files that are links', async () => {
    const root = temporaryFolder()
    write(root, parseFixture('//- /a/real.ts\n//- /rules\n*.ts'))
    symlinkSync('nowhere', join(root, 'broken'))
    symlinkSync('..', join(root, 'a', 'loop'))
    symlinkSync('real.ts', join(root, 'a', 'alias.ts'))
    symlinkSync('rules', join(root, '.gitignore'))
    execFileSync('mkfifo', [join(root, 'pipe')])
    check(
      await walk(nodeFiles, noHistory, root),
      `
      a/real.ts
      rules
      .gitignore – link
      a/alias.ts – link
      a/loop – link
      broken – link
    `,
    )
  })

  test('keeps odd names as they are, and names invalid ones', async () => {
    const root = temporaryFolder()
    const names = [
      'a b',
      ' lead',
      'trail ',
      '"q"',
      "it's",
      'new\nline',
      'tab\t',
      '😀',
      'back\\slash',
      '#',
      '!',
      '[x]',
      '-n',
    ]
    write(
      root,
      names.flatMap((name) => [[`${name}/${name}`, ''] as const]),
    )
    const found = await walkFiles(testRun(), { files: nodeFiles, history: noHistory }, [root])
    assert.deepEqual(
      found.files.map(({ path }) => path),
      names.map((name) => `${name}/${name}`).sort(),
    )
    if (process.platform !== 'linux') return
    writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0x62, 0xff])]), '')
    const again = await walkFiles(testRun(), { files: nodeFiles, history: noHistory }, [root])
    assert.deepEqual(again.skipped, [{ path: 'b\uFFFD', reason: 'unreadable' }])
  })
})
