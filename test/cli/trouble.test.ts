/** Bad input and bad luck: one clear sentence each, the right exit code, nothing lost, and the rest indexed. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { cli, fails, fovea, ok, temporaryFolder, workspace, writeTree } from './cli.ts'

const NOBODY = 65534
/** Root may read everything, so permissions are tested as another user. */
const asUser = process.getuid?.() === 0 ? { uid: NOBODY } : {}

/** Files of ten functions each, enough to keep indexing busy for a while. */
function manyFiles(n: number): Map<string, string> {
  const body = (i: number) =>
    Array.from(
      { length: 40 },
      (_, j) => `export function f${i}x${j}(a: number) {\n  return a + ${i * j} + g${j}(a)\n}\n`,
    ).join('\n')
  return new Map(Array.from({ length: n }, (_, i) => [`src/d${i % 20}/f${i}.ts`, body(i)]))
}

const skippedOf = (report: { skipped: { path: string; reason: string }[] }) =>
  Object.fromEntries(report.skipped.map(({ path, reason }) => [path, reason]))

test('handles a folder that is missing, a file, empty, or not a repository', async () => {
  const { dir, index } = workspace('')
  await fails(fovea(['index', '--dir', join(dir, 'none')]), 1, /does not exist: choose another/)
  writeFileSync(join(dir, 'file'), 'x')
  await fails(fovea(['index', '--dir', join(dir, 'file')]), 1, /is not a folder/)
  rmSync(join(dir, 'file'))
  assert.equal((await index()).files, 0)
  const empty = workspace('')
  const { out } = await ok(empty.run(['ask', 'anything', '--json']))
  assert.match(JSON.parse(out).summary, /Nothing is indexed in .*: it holds no files/)
})

test('handles folders and files without permission', async () => {
  const { dir, home } = workspace(
    '//- /a.ts\nexport const a = [1]\n//- /b.ts\nexport const b = [2]\n//- /in/c.ts\nlet c',
  )
  for (const path of [dir, home]) chmodSync(path, 0o777)
  chmodSync(join(dir, 'b.ts'), 0)
  chmodSync(join(dir, 'in'), 0)
  const options = { ...asUser, env: { FOVEA_HOME: home, HOME: home } }
  const report = JSON.parse((await ok(fovea(['index', '--json', '--dir', dir], options))).out)
  assert.deepEqual(skippedOf(report), { 'b.ts': 'unreadable', in: 'unreadable' })
  assert.equal(report.files, 1)
  chmodSync(dir, 0)
  await fails(fovea(['index', '--dir', dir], options), 1, /cannot be read/)
  chmodSync(dir, 0o777)
  chmodSync(join(dir, 'in'), 0o777)
})

test('skips odd files with a reason or reads them, and indexes the rest', async () => {
  const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('export function wide() {}\n', 'utf16le')])
  const { dir, index, run } = workspace(
    new Map<string, string | Uint8Array>([
      ['good.ts', 'export function good() {}\n'],
      ['crlf.py', 'def one():\r\n    return 1\r\n'],
      ['wide.ts', utf16],
      ['binary.ts', Uint8Array.from({ length: 4000 }, (_, i) => i % 256)],
      ['nul.c', 'int a;\0\0\0\0int b;'],
      ['latin.py', Buffer.from([...Buffer.from('def caf'), 0xe9, ...Buffer.from('():\n    return 1\n')])],
      ['big.ts', Buffer.alloc(50_000_000, 'let a = 1\n')],
      ['line.ts', `const a = "${'x'.repeat(1_000_000)}"\n`],
      ['nested.js', `${'['.repeat(100_000)}${']'.repeat(100_000)}\n`],
      ['min.js', `${'function a(b){return b+1};'.repeat(2000)}\n`],
      ['with space.ts', 'export function spaced() {}\n'],
      ['quo\'te".ts', 'export function quoted() {}\n'],
      ['🎉.ts', 'export function party() {}\n'],
      ['a..b.ts', 'export function dots() {}\n'],
      ['back\\slash.ts', 'export function slashed() {}\n'],
      ['new\nline.ts', 'export function broken() {}\n'],
    ]),
  )
  symlinkSync(join(dir, 'none'), join(dir, 'broken.ts'))
  symlinkSync(dir, join(dir, 'loop'))
  const report = await index()
  const skipped = skippedOf(report)
  assert.deepEqual(
    ['binary.ts', 'nul.c', 'big.ts', 'min.js', 'broken.ts', 'loop'].map((name) => skipped[name]),
    ['binary', 'binary', 'too large', 'minified', 'link', 'link'],
  )
  const named = {
    good: 'good.ts',
    one: 'crlf.py',
    wide: 'wide.ts',
    spaced: 'with space.ts',
    quoted: 'quo\'te".ts',
    party: '🎉.ts',
    dots: 'a..b.ts',
    slashed: 'back\\slash.ts',
  }
  const questions = join(temporaryFolder(), 'questions.jsonl')
  writeFileSync(
    questions,
    Object.keys(named)
      .map((name) => JSON.stringify({ id: name, query: `${name}()` }))
      .join('\n'),
  )
  const { out } = await ok(run(['context', '--batch', questions, '--json']))
  const answers = new Map(
    out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .map(({ id, hits }) => [id, hits]),
  )
  for (const [name, path] of Object.entries(named))
    assert.ok(
      answers.get(name).some((hit: { path: string; symbol: string }) => hit.path === path && hit.symbol === name),
      path,
    )
})

test('handles a cache that cannot be written', async () => {
  const { dir } = workspace('//- /a.ts\nlet a')
  const file = join(temporaryFolder(), 'file')
  writeFileSync(file, '')
  await fails(
    fovea(['index', '--dir', dir], { env: { FOVEA_HOME: file } }),
    1,
    /cannot be written to .*: make it writable, or set FOVEA_HOME/,
  )
  const locked = temporaryFolder()
  chmodSync(locked, 0o555)
  chmodSync(dir, 0o755)
  await fails(
    fovea(['index', '--dir', dir], { ...asUser, env: { FOVEA_HOME: locked, HOME: locked } }),
    1,
    /cannot be written to/,
  )
})

test('an index that can no longer be written still answers', async () => {
  for (const store of ['lancedb', 'files']) {
    const { dir, home, run } = workspace('//- /a.ts\nexport function alpha() {}\n')
    await ok(run(['index'], { env: { FOVEA_STORE: store } }))
    const indexes = join(home, 'indexes')
    const [name = ''] = readdirSync(indexes)
    for (const inner of readdirSync(indexes, { recursive: true })) {
      const file = join(indexes, String(inner))
      chmodSync(file, statSync(file).isDirectory() ? 0o555 : 0o444)
    }
    for (const folder of [dir, home]) chmodSync(folder, 0o755)
    const env = { HOME: home, FOVEA_STORE: store }
    const { code, out, err } = await run(['context', 'alpha', '--json'], { ...asUser, env })
    assert.equal(code, 0, err)
    assert.equal(JSON.parse(out).hits[0].path, 'a.ts')
    assert.match(err, /cannot be written to .* Until then the index of \d{4}-.* answers/)
    chmodSync(join(indexes, name), 0o755)
  }
})

test('several roots form one tree, each under its name', async () => {
  const { dir, home } = workspace(
    '//- /app/a.ts\nexport function alpha() {}\n//- /lib/b.ts\nexport function beta() {}\n',
  )
  const dirs = ['app', 'lib'].flatMap((name) => ['--dir', join(dir, name)])
  const { out } = await ok(fovea(['context', 'alpha beta', '--json', ...dirs], { env: { FOVEA_HOME: home } }))
  assert.deepEqual(
    JSON.parse(out)
      .hits.map((hit: { path: string }) => hit.path)
      .sort(),
    ['app/a.ts', 'lib/b.ts'],
  )
})

test('a full disk: keeps the old index and says so', {
  skip: process.platform === 'win32' && 'needs ulimit',
}, async () => {
  for (const store of ['lancedb', 'files']) {
    const { dir, home, run } = workspace(manyFiles(8))
    const env = { FOVEA_STORE: store }
    await ok(run(['index'], { env }))
    writeTree(dir, manyFiles(60))
    // A file size limit is the closest to a full disk that needs no privileges.
    const args = ['-c', `ulimit -f 60; exec "$0" "$@"`, process.execPath, cli, 'index', '--dir', dir]
    await fails(
      fovea(args, { env: { ...env, FOVEA_HOME: home }, command: 'sh' }),
      1,
      /There is no space left for the index in/,
    )
    const report = JSON.parse((await ok(run(['index', '--json'], { env }))).out)
    assert.deepEqual([report.files, report.complete], [60, true])
    assert.ok(report.reused >= 8, 'the old index is gone')
  }
})

test('handles an index that is damaged, older or newer', async () => {
  const { run, index, home } = workspace('//- /a.ts\nexport function alpha() {}\n')
  await index()
  const [name = ''] = readdirSync(join(home, 'indexes'))
  const folder = join(home, 'indexes', name)
  const asked = async () => JSON.parse((await ok(run(['context', 'alpha', '--json']))).out).hits[0].path
  for (const path of readdirSync(join(folder, 'lancedb'), { recursive: true, encoding: 'utf8' })) {
    const file = join(folder, 'lancedb', path)
    if (!/\.(lance|bin|manifest)$/.test(path)) continue
    const found = statSync(file, { throwIfNoEntry: false })
    if (!found?.isFile()) continue
    truncateSync(file, Math.floor(found.size / 2))
    assert.equal(await asked(), 'a.ts', `half of ${path}`)
  }
  writeFileSync(join(folder, 'meta.json'), '{"schema":0}')
  assert.equal(await asked(), 'a.ts')
  writeFileSync(join(folder, 'meta.json'), '{"sch')
  assert.equal(await asked(), 'a.ts')
  writeFileSync(join(folder, 'meta.json'), '{"schema":99}')
  await fails(run(['context', 'alpha']), 1, /written by a newer Fovea: update Fovea, or set FOVEA_HOME/)
})

test('detects corrupted stored bytes and rebuilds them', async () => {
  const { run, index, home } = workspace(manyFiles(30))
  await index()
  const data = join(
    home,
    'indexes',
    readdirSync(join(home, 'indexes'))[0] ?? '',
    'lancedb',
    'records_young.lance',
    'data',
  )
  for (const name of readdirSync(data)) {
    const bytes = readFileSync(join(data, name))
    for (let i = bytes.length >> 2; i < bytes.length >> 1; i++) bytes[i]! ^= 0x5a
    writeFileSync(join(data, name), bytes)
  }
  const { out, err } = await ok(run(['context', 'f29x7', '--json']))
  assert.equal(JSON.parse(out).hits[0].path, 'src/d9/f29.ts')
  assert.match(err, /damaged/)
})

test('two processes can index one tree at the same time', async () => {
  const { run } = workspace(manyFiles(60))
  const both = await Promise.all([ok(run(['index', '--json'])), ok(run(['index', '--json']))])
  for (const { out } of both) assert.equal(JSON.parse(out).files, 60)
})

test('after a kill at any moment the next run is correct', async () => {
  const { run, dir } = workspace(manyFiles(60))
  const codes: (number | null)[] = []
  const killAt = async (moment: string, wait: number) => {
    const { code } = await run(['index'], {
      started: (child) =>
        child.stderr?.on('data', (data) => {
          if (String(data).includes(moment)) setTimeout(() => child.kill('SIGKILL'), wait)
        }),
    })
    codes.push(code)
  }
  for (const moment of ['looking', 'parsing', 'linking', 'storing']) await killAt(moment, 0)
  // Stored records are not parsed again, so this adds new files.
  writeTree(dir, manyFiles(120))
  await killAt('parsing', 100)
  // The last kills may have come too late.
  assert.deepEqual(codes.slice(0, 2), [null, null])
  rmSync(join(dir, 'src', 'd0', 'f0.ts'))
  const report = JSON.parse((await ok(run(['index', '--json']))).out)
  assert.equal(report.files, 119)
  assert.equal(report.complete, true)
  const { out } = await ok(run(['context', 'f119x7', '--json']))
  assert.equal(JSON.parse(out).hits[0].path, 'src/d19/f119.ts')
})

test('Ctrl-C stops mid-run and keeps finished work', async () => {
  const { run, index } = workspace(manyFiles(250))
  let stopped = false
  const { code, err } = await run(['index'], {
    started: (child) => {
      child.stderr?.on('data', (data) => {
        // Progress is printed once the first files have been parsed.
        if (stopped || !String(data).includes('parsing')) return
        stopped = true
        child.kill('SIGINT')
      })
    },
  })
  assert.equal(code, 1)
  assert.match(err, /Stopped; what was done is kept/)
  const report = await index()
  assert.ok(report.reused > 0, 'nothing was kept')
  assert.ok(report.parsed > 0, 'nothing was left to do')
  assert.equal(report.files, 250)
})

test('after edits, new files, deletes and renames nothing else is parsed again', async () => {
  const { dir, index, run } = workspace(
    '//- /a.ts\nexport function alpha() {}\n//- /b.ts\nexport function beta() {}\n//- /c.ts\nlet c\n',
  )
  await index()
  writeFileSync(join(dir, 'a.ts'), 'export function gamma() {}\n')
  // Same length as before: only the modification time differs.
  utimesSync(join(dir, 'a.ts'), new Date(), new Date(Date.now() + 1000))
  renameSync(join(dir, 'b.ts'), join(dir, 'renamed.ts'))
  rmSync(join(dir, 'c.ts'))
  const report = await index()
  assert.deepEqual([report.files, report.removed], [2, 2])
  const { out } = await ok(run(['context', 'alpha beta gamma', '--json']))
  const paths = JSON.parse(out).hits.map((hit: { path: string }) => hit.path)
  assert.deepEqual(paths.sort(), ['a.ts', 'renamed.ts'])
  assert.doesNotMatch(out, /alpha\(\)/)
})

test('--watch follows edits and branch switches', async () => {
  const { dir, run } = workspace('//- /a.ts\nexport function alpha() {}\n')
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', dir, '-c', 'user.name=T', '-c', 'user.email=t@example.org', ...args], {
      stdio: 'ignore',
    })
  git('init', '-b', 'main')
  git('add', '.')
  git('commit', '-m', 'one')
  git('checkout', '-b', 'other')
  writeTree(dir, new Map([['b.ts', 'export function beta() {}\n']]))
  git('add', '.')
  git('commit', '-m', 'two')
  let stop = () => {}
  let lines!: AsyncIterator<string>
  const watching = run(['index', '--watch', '--json'], {
    started: (child) => {
      stop = () => child.kill('SIGINT')
      lines = createInterface(child.stdout!)[Symbol.asyncIterator]()
    },
  })
  const until = async (files: number) => {
    for (let seen = -1; seen !== files; ) {
      const { value, done } = await lines.next()
      if (done) assert.fail(`It ended before it saw ${files} files: ${(await watching).err}`)
      seen = JSON.parse(value).files
    }
  }
  await until(2)
  mkdirSync(join(dir, 'deep'))
  writeFileSync(join(dir, 'deep', 'c.ts'), 'let c\n')
  await until(3)
  git('checkout', 'main')
  await until(2)
  stop()
  assert.equal((await watching).code, 1)
})
