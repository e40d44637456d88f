/**
 * The server in trouble: folders that vanish, garbage on the wire, endpoints that misbehave, disks that cannot be
 * written.
 */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { CancellationTokenSource } from 'vscode-languageserver-protocol/node'
import type { ModelChoice } from '../../src/protocol/requests.ts'
import { askParams, openServer, scratch, startServer, tree, type Wire } from './wire.ts'

const FILES = {
  'src/cart.ts':
    '/** Sums the prices of a cart. */\nexport function cartTotal(items: number[]) {\n  return items.length\n}\n',
  'src/mail.ts': '/** Sends a receipt by mail. */\nexport function sendReceipt(to: string) {\n  return to\n}\n',
}
const QUESTION = 'how is the total of a cart summed?'

async function answerTextOf(wire: Wire, question: string): Promise<string> {
  const { turn } = await wire.request('fovea/ask', askParams(question))
  return turn.error || (turn.answer?.mode === 'offline' ? turn.answer.summary : '')
}

test('a question asked before the index exists waits for it', async () => {
  const wire = await openServer([tree(FILES)])
  assert.match(await answerTextOf(wire, QUESTION), /1 place|2 places/)
})

test('an answer says that the folder vanished, and the folder is used again when it is back', async () => {
  const root = tree(FILES)
  const wire = await openServer([root])
  await wire.until('ready')
  renameSync(root, `${root}-away`)
  await wire.connection.sendNotification('workspace/didChangeWatchedFiles', {
    changes: [{ uri: pathToFileURL(root).href, type: 2 }],
  })
  assert.match((await wire.until('failed')).error ?? '', /does not exist or cannot be read/)
  assert.match(await answerTextOf(wire, QUESTION), /could not be updated\. The folder .+ does not exist/)
  const { text } = await wire.request('fovea/tool', { name: 'fovea_map', input: {} })
  assert.match(text, /could not be updated/)
  renameSync(`${root}-away`, root)
  writeFileSync(join(root, 'src/zebra.ts'), 'export function zebraStripes() {}\n')
  assert.match(await answerTextOf(wire, 'what are zebra stripes?'), /^\d places? in/)
  assert.match((await wire.request('fovea/tool', { name: 'fovea_map', input: {} })).text, /src {2}3 files/)
  await wire.until('ready')
})

test('a folder that is missing at the start is opened once it exists', async () => {
  const root = join(scratch, 'later')
  const wire = await openServer([root])
  assert.match((await wire.until('failed')).error ?? '', /does not exist/)
  assert.match(await answerTextOf(wire, QUESTION), /does not exist/)
  mkdirSync(root)
  writeFileSync(join(root, 'cart.ts'), FILES['src/cart.ts'])
  assert.match(await answerTextOf(wire, QUESTION), /^1 place/)
  await wire.until('ready')
})

const METHODS = [
  'index',
  'details',
  'context',
  'ask',
  'threads',
  'thread',
  'forget',
  'feedback',
  'locate',
  'path',
  'map',
]
const MORE = ['children', 'areas', 'tool', 'complete', 'examples', 'stale', 'models', 'tryModel', 'generate', 'nosuch']
const GARBAGE: readonly unknown[] = [
  ...[undefined, null, [], 5, 'x', {}, [1, 2, 3], { id: 5 }, { path: {} }, { how: 'constructor' }],
  ...[{ id: '../../etc/passwd' }, { path: '../../etc/passwd' }, { url: 'nonsense', model: 5, headers: 7 }],
  { thread: '__proto__', replaces: '__proto__', question: 5, mentions: 5, budget: -1, overrides: 5, model: {} },
]
const NOTICES = ['didOpen', 'didChange', 'didSave', 'didClose'].map((name) => `textDocument/${name}`)
const document = (uri: unknown) => ({ textDocument: { uri, languageId: 'x', version: 1, text: 'x' } })

test('rejects garbage with a message every time, and keeps running', async () => {
  const root = tree(FILES)
  const { connection, child, request, until } = await openServer([root])
  await until('ready')
  const answers = [...METHODS, ...MORE].flatMap((name) =>
    GARBAGE.map((params) =>
      connection.sendRequest(`fovea/${name}`, params as object).then(
        () => '',
        (error: Error) => error.message,
      ),
    ),
  )
  for (const message of await Promise.all(answers))
    assert.doesNotMatch(message, /destructure|undefined \(reading|of null/)
  const uris = [5, 'file://host/share/x', 'file:///%ZZ', 'untitled:1', pathToFileURL(join(root, 'a')).href, '']
  for (const params of [...GARBAGE, ...uris.map(document)])
    for (const name of [...NOTICES, 'workspace/didChangeWatchedFiles', 'lm/text', 'nosuch'])
      await connection.sendNotification(name, params as object)
  for (const budget of [Number.NaN, -1, 0, 0.5, 1e12]) {
    const { turn } = await request('fovea/ask', askParams(QUESTION, { budget }))
    assert.match(turn.error ?? '', /^The budget .+ is not a whole number of tokens/)
  }
  const { turn } = await request('fovea/ask', askParams('cart '.repeat(2_000_000)))
  assert.match(turn.error ?? '', /^The question has 10000000 characters; at most/)
  const outside = { kind: 'file', label: 'x', path: '../../etc/passwd', firstLine: 0, lastLine: 0 } as const
  const pinned = await request('fovea/ask', askParams(QUESTION, { mentions: [outside] }))
  assert.doesNotMatch(JSON.stringify(pinned.turn.answer?.context.packs), /passwd.*root:/)
  for (const path of ['../../etc/passwd', '/etc/passwd', 'src/../../../etc/passwd', '__proto__', ''])
    assert.deepEqual(await request('fovea/locate', { path }), { file: null })
  assert.equal((await request('fovea/ask', askParams(QUESTION))).turn.error, null)
  assert.equal(child.exitCode, null)
})

test('rejects every request before initialization with a message', async () => {
  const { connection, child } = startServer()
  await assert.rejects(connection.sendRequest('fovea/threads', {}), /not ready yet: try again/)
  await assert.rejects(connection.sendRequest('initialize', { processId: null, capabilities: {} }))
  assert.equal(child.exitCode, null)
})

test('answers many questions at once, each in its own thread', async () => {
  const { request, until } = await openServer([tree(FILES)], { storage: mkdtempSync(join(scratch, 'storage-')) })
  await until('ready')
  const { thread } = await request('fovea/ask', askParams('first cart?'))
  const many = Array.from({ length: 40 }, (_, i) =>
    request('fovea/ask', askParams(`cart ${i}?`, { thread: thread.id })),
  )
  for (const { turn } of await Promise.all(many)) assert.equal(turn.error, null)
  const savedThread = await request('fovea/thread', { id: thread.id })
  assert.equal(new Set(savedThread?.turns.map(({ question }) => question)).size, 41)
})

const sse = { 'content-type': 'text/event-stream' }
const piece = (content: unknown, finish: string | null = null) =>
  JSON.stringify({ id: 'x', choices: [{ index: 0, delta: { content }, finish_reason: finish }] })
let play: (response: ServerResponse) => void = () => {}
const endpoint = createServer((request, response) => {
  request.resume().on('end', () => play(response))
})
await new Promise<void>((resolve) => endpoint.listen(0, '127.0.0.1', resolve))
after(() => {
  endpoint.closeAllConnections()
  endpoint.close()
})
const url = `http://127.0.0.1:${(endpoint.address() as AddressInfo).port}/v1`
const at = (more: object = {}): ModelChoice => ({
  ...{ kind: 'endpoint', url, model: 'm', key: '', headers: {}, window: 0 },
  ...more,
})

test('a thread rated or deleted while it is being answered stays rated or deleted', async () => {
  const { request, until } = await openServer([tree(FILES)], { storage: mkdtempSync(join(scratch, 'storage-')) })
  await until('ready')
  const { thread, turn } = await request('fovea/ask', askParams(QUESTION))
  const slow = async (meanwhile: () => Promise<unknown>) => {
    const heard = Promise.withResolvers<ServerResponse>()
    play = heard.resolve
    const answer = request('fovea/ask', askParams('and who calls it?', { thread: thread.id, model: at() }))
    const response = await heard.promise
    await meanwhile()
    response.writeHead(200, sse).end(`data: ${piece('Nobody.', 'stop')}\n\n`)
    return answer
  }
  const rated = await slow(() => request('fovea/feedback', { thread: thread.id, turn: turn.id, value: 'helpful' }))
  assert.deepEqual(
    rated.thread.turns.map(({ feedback }) => feedback),
    ['helpful', null],
  )
  const forgotten = await slow(() => request('fovea/forget', { id: thread.id }))
  assert.equal(forgotten.turn.error, null)
  assert.deepEqual(await request('fovea/threads', {}), [])
})

test('reads streams of every valid form, and reports the others in one sentence', async () => {
  const { request, until, child } = await openServer([tree(FILES)])
  await until('ready')
  const answerTo = async (...bytes: readonly (string | Buffer)[]) => {
    play = (response) => response.writeHead(200, sse).end(Buffer.concat(bytes.map((one) => Buffer.from(one))))
    const { turn } = await request('fovea/ask', askParams(QUESTION, { model: at() }))
    return turn.error || (turn.answer?.mode === 'model' ? turn.answer.text : '')
  }
  assert.equal(await answerTo(`data: ${piece('Hel')}\r\n\r\ndata: ${piece('lo', 'stop')}\r\n\r\n`), 'Hello')
  assert.equal(await answerTo(`: wait\n\nevent: message\nid: 1\ndata: ${piece('Hello', 'stop')}\n\n: bye\n\n`), 'Hello')
  assert.equal(await answerTo(`data:${piece('Hello', 'stop')}\n\ndata:[DONE]\n\n`), 'Hello')
  const [head = '', tail = ''] = piece('caf\0', 'stop').split('\\u0000')
  assert.equal(await answerTo(`data: ${head}`, Buffer.of(0xe9, 0xff), `${tail}\n\n`), 'caf\ufffd\ufffd')
  assert.equal(
    await answerTo(`data: ${piece({ text: 'no' })}\n\ndata: ${piece(5)}\n\ndata: ${piece('ok', 'stop')}\n\n`),
    'ok',
  )
  assert.match(await answerTo('data: null\n\n'), /The reply of .+ cannot be read/)
  assert.match(await answerTo('data: {"error":{"message":"overloaded"}}\n\n'), /interrupted its answer/)
  assert.match(await answerTo(`data: ${'x'.repeat(5_000_000)}`), /The reply of .+ cannot be read/)
  const errorOf = async (more: object) =>
    (await request('fovea/ask', askParams(QUESTION, { model: at(more) }))).turn.error ?? ''
  assert.match(await errorOf({ url: 'nonsense' }), /^The address nonsense does not begin with http/)
  assert.match(await errorOf({ url: 'file:///etc/passwd' }), /does not begin with http/)
  assert.match(await errorOf({ key: 'two\nlines' }), /character that cannot be sent: set it again/)
  assert.equal(child.exitCode, null)
})

test('cuts off a flood; a stop ends silent requests, floods and connection tests at once', async () => {
  const { request, until, connection, child } = await openServer([tree(FILES)])
  await until('ready')
  const flood = async (response: ServerResponse, text: string) => {
    response.writeHead(200, sse)
    while (!response.destroyed)
      if (!response.write(`data: ${piece(text)}\n\n`))
        await new Promise<void>((resolve) => {
          response.once('drain', resolve).once('close', resolve)
        })
  }
  play = (response) => void flood(response.setMaxListeners(0), 'word '.repeat(2000))
  const cut = await request('fovea/ask', askParams(QUESTION, { model: at() }))
  assert.ok(cut.turn.answer?.mode === 'model' && cut.turn.answer.end === 'cut')
  assert.ok(cut.turn.answer.text.length < 1_100_000)
  const stopping = async (behave: typeof play, work: (source: CancellationTokenSource) => Promise<unknown>) => {
    const heard = Promise.withResolvers<void>()
    play = (response) => {
      behave(response)
      heard.resolve()
    }
    const source = new CancellationTokenSource()
    const done = work(source).catch((error: Error) => error.message)
    await heard.promise
    // Once this is answered, the server has read what was sent before.
    await request('fovea/threads', {})
    source.cancel()
    return done
  }
  const ask = async (source: CancellationTokenSource) => {
    const { turn } = await request('fovea/ask', askParams(QUESTION, { model: at() }), () => {}, source)
    return turn.answer?.mode === 'model' && turn.answer.end
  }
  const silent = () => {}
  assert.equal(await stopping(silent, ask), 'stopped')
  assert.equal(await stopping((response) => response.writeHead(200, sse).flushHeaders(), ask), 'stopped')
  const began = performance.now()
  assert.equal(await stopping((response) => response.writeHead(500, { 'retry-after': '50' }).end(), ask), 'stopped')
  assert.ok(performance.now() - began < 50_000, 'a stop waits as long as the endpoint says')
  play = (response) => void flood(response.setMaxListeners(0), 'a ')
  const amid = new CancellationTokenSource()
  const { turn } = await request('fovea/ask', askParams(QUESTION, { model: at() }), () => amid.cancel(), amid)
  assert.equal(turn.answer?.mode === 'model' && turn.answer.end, 'stopped')
  const trial = await stopping(silent, ({ token }) => connection.sendRequest('fovea/tryModel', at(), token))
  assert.match(String(trial), /The test of .+ was stopped/)
  const list = await stopping(silent, ({ token }) => connection.sendRequest('fovea/models', at(), token))
  assert.match(String(list), /was stopped/)
  assert.equal(child.exitCode, null)
})

test('a stop ends waiting for the first index', async () => {
  const many = Object.fromEntries(
    Array.from({ length: 600 }, (_, i) => [`d${i % 30}/f${i}.ts`, FILES['src/cart.ts'] + i]),
  )
  const wire = await openServer([tree(many)])
  await wire.until('indexing')
  const source = new CancellationTokenSource()
  const asking = wire.request('fovea/ask', askParams(QUESTION), undefined, source)
  source.cancel()
  assert.equal((await asking).turn.error, 'Stopped before there was an answer.')
  assert.equal(wire.states.at(-1)?.phase, 'indexing')
  await wire.request('fovea/index', { how: 'pause' })
  const { files, phase } = wire.states.at(-1)!
  assert.equal(phase, 'paused')
  assert.match(
    await answerTextOf(wire, QUESTION),
    files === 0 ? /indexing is paused: resume it/ : /^Only \d+ files are indexed/,
  )
  await wire.request('fovea/index', { how: 'resume' })
  assert.equal((await wire.until('ready')).files, 600)
})

test('if threads cannot be written, the answer comes, says it is not saved, and the conversation goes on', async () => {
  const file = join(scratch, 'plain-file')
  writeFileSync(file, '')
  const { request, until, shownMessages } = await openServer([tree(FILES)], { storage: join(file, 'storage') })
  await until('ready')
  const { thread, turn } = await request('fovea/ask', askParams(QUESTION))
  assert.equal(turn.error, null)
  const second = await request('fovea/ask', askParams('and mails?', { thread: thread.id }))
  assert.equal(second.thread.turns.length, 2)
  assert.equal((await request('fovea/threads', {})).length, 1)
  assert.equal(shownMessages.length, 1)
  assert.match(
    shownMessages[0]!,
    /^The conversation cannot be saved and will be lost when this window closes: make .+ writable/,
  )
})

test('reports an index that cannot be written in one sentence, in the state and in the answer', async () => {
  const file = join(scratch, 'plain-file')
  writeFileSync(file, '')
  const wire = await openServer([tree(FILES)], { env: { FOVEA_HOME: join(file, 'home') } })
  const sentence = /^The index cannot be written to .+: make it writable, or set FOVEA_HOME/
  assert.match((await wire.until('failed')).error ?? '', sentence)
  assert.match(await answerTextOf(wire, QUESTION), sentence)
  await assert.rejects(wire.request('fovea/tool', { name: 'fovea_map', input: {} }), ({ message }: Error) =>
    sentence.test(message),
  )
})

test('damaged threads do no harm, and their intact parts are kept', async () => {
  const storage = mkdtempSync(join(scratch, 'storage-'))
  const folder = join(storage, 'threads')
  mkdirSync(join(folder, 'folder.json'), { recursive: true })
  const writeThread = (id: string, value: unknown) =>
    writeFileSync(join(folder, `${id}.json`), JSON.stringify(value) ?? '{')
  const turn = {
    id: 't1',
    question: 'q',
    mentions: [],
    budget: 1,
    overrides: [],
    answer: null,
    error: 'e',
    feedback: null,
    nextQuestions: [],
  }
  const bad = [
    null,
    {},
    5,
    { ...turn, answer: { mode: 'offline' } },
    { ...turn, mentions: null },
    { ...turn, answer: 5 },
  ]
  writeThread('cut', undefined)
  for (const [i, value] of [null, [], 5, 'x', {}, { title: 5, at: 1, turns: [] }].entries())
    writeThread(`bad${i}`, value)
  writeThread('mixed', { id: 'mixed', title: 'whole', at: 1, turns: [...bad, turn] })
  writeThread('evil', { id: '../../evil', title: 'evil', at: 2, turns: [] })
  const { request, until } = await openServer([tree(FILES)], { storage })
  await until('ready')
  assert.deepEqual(
    (await request('fovea/threads', {})).map(({ id, turns }) => [id, turns]),
    [
      ['evil', 0],
      ['mixed', 1],
    ],
  )
  for (const id of ['cut', 'bad0', 'folder', 'mixed', 'evil', '../threads/mixed', 'a'.repeat(10_000)]) {
    const answer = await request('fovea/ask', askParams(QUESTION, { thread: id }))
    assert.equal(answer.turn.error, null, id)
  }
  assert.equal((await request('fovea/thread', { id: 'mixed' }))?.turns.length, 2)
  assert.deepEqual([existsSync(join(scratch, 'evil.json')), readdirSync(storage)], [false, ['threads']])
})

test('of overlapping edits the last one wins, and none outlives its document', async () => {
  const root = tree(FILES)
  const { request, until, connection } = await openServer([root])
  await until('ready')
  const uri = pathToFileURL(join(root, 'src/mail.ts')).href
  const notify = (method: string, params: object) => connection.sendNotification(`textDocument/${method}`, params)
  const defined = async (name: string) => {
    const { text } = await request('fovea/tool', { name: 'fovea_symbol', input: { name } }).catch(() => ({ text: '' }))
    return !/No symbol/.test(text) && text !== ''
  }
  void notify('didOpen', {
    textDocument: { uri, languageId: 'typescript', version: 1, text: 'export const edit0 = 1\n' },
  })
  for (let version = 2; version < 200; version++) {
    const contentChanges = [{ text: `export const edit${version} = 1\n${'// long\n'.repeat(version)}` }]
    void notify('didChange', { textDocument: { uri, version }, contentChanges })
  }
  while (!(await defined('edit199')));
  void notify('didChange', {
    textDocument: { uri, version: 200 },
    contentChanges: [{ text: 'export const last = 1\n' }],
  })
  void notify('didClose', { textDocument: { uri } })
  while (!(await defined('sendReceipt')));
  assert.deepEqual(
    [await defined('sendReceipt'), await defined('last'), await defined('edit199')],
    [true, false, false],
  )
})

test('two windows on one folder both answer, even with unsaved text; two folders of one name stay separate', async () => {
  const root = tree(FILES)
  const [first, second] = [await openServer([root]), await openServer([root])]
  await Promise.all([first.until('ready'), second.until('ready')])
  const uri = pathToFileURL(join(root, 'src/cart.ts')).href
  const text = 'export function paintZebra() {}\n'
  const heard = new Promise<void>((done) => first.connection.onNotification('fovea/edited', () => done()))
  await first.connection.sendNotification('textDocument/didOpen', {
    textDocument: { uri, languageId: 'x', version: 1, text },
  })
  await heard
  await first.request('fovea/ask', askParams('who paints a zebra?'))
  assert.match(await answerTextOf(second, QUESTION), /place/)
  writeFileSync(join(root, 'src/new.ts'), 'export function quaggaHerd() {}\n')
  await second.connection.sendNotification('workspace/didChangeWatchedFiles', {
    changes: [{ uri: pathToFileURL(root).href, type: 2 }],
  })
  const { turn } = await second.request('fovea/ask', askParams('where is the quagga herd?'))
  assert.ok(turn.answer?.mode === 'offline' && turn.answer.statements.some(({ path }) => path === 'src/new.ts'))
  const parents = [
    tree({ 'app/a.ts': 'export function alpha() {}\n' }),
    tree({ 'app/b.ts': 'export function beta() {}\n' }),
  ]
  const two = await openServer(parents.map((parent) => join(parent, 'app')))
  await two.until('ready')
  for (const name of ['alpha', 'beta'])
    assert.match((await two.request('fovea/tool', { name: 'fovea_symbol', input: { name } })).text, /function/)
  for (const parent of parents) rmSync(parent, { recursive: true })
})

test('names with special meaning to programs are ordinary names of symbols and files', async () => {
  const files = {
    'proto.ts': ['__proto__', 'constructor', 'toString', 'hasOwnProperty'].map(
      (name) => `export function ${name}() {}`,
    ),
    '__proto__/constructor.ts': ['export function inside() {}'],
    'a`b|c\n[b1](command:x) <img src=x>.ts': ['export function odd() {}'],
    '\u202egnp.ts': ['// \u001b[31mred\u001b[0m', 'export function reversed() {}'],
    [`${'long'.repeat(60)}.ts`]: ['export function lengthy() {}'],
  }
  const named = Object.entries(files).map(([path, lines]) => [path, `${lines.join('\n')}\n`] as const)
  const { request, until } = await openServer([tree(Object.fromEntries(named))])
  assert.equal((await until('ready')).files, named.length)
  const top = await request('fovea/children', { id: 'folder:' })
  assert.deepEqual(
    top.map(({ label }) => label).sort(),
    ['__proto__', ...Object.keys(files).filter((path) => !path.includes('/'))].sort(),
  )
  const [inner] = await request('fovea/children', { id: top.find(({ label }) => label === '__proto__')!.id })
  assert.equal(inner?.label, 'constructor.ts')
  for (const [path, text] of named) {
    const { file } = await request('fovea/locate', { path })
    assert.deepEqual(await request('fovea/path', { file: file! }), { path })
    for (const [, name = ''] of text.matchAll(/function (\w+)/g)) {
      assert.ok(
        (await request('fovea/suggestNames', { kind: 'symbol', prefix: name })).some(({ label }) => label === name),
        name,
      )
      const { text: card } = await request('fovea/tool', { name: 'fovea_symbol', input: { name } })
      assert.ok(card.startsWith(`function ${name} — ${path}:`), name)
      const { turn } = await request('fovea/ask', askParams(`what does ${name} do?`))
      assert.ok(turn.answer?.mode === 'offline' && turn.answer.statements.some((one) => one.path === path), name)
    }
  }
})
