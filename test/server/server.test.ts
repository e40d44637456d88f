/**
 * The server process over its real wire: a folder is indexed, asked about, edited and paused; models answer and
 * misbehave.
 */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { CancellationTokenSource } from 'vscode-languageserver-protocol/node'
import type { AnswerPart, ModelChoice } from '../../src/protocol/requests.ts'
import { MODEL, type ScriptedServer, scriptedOpenAI } from '../scripted-openai.ts'
import { askParams as ask, openServer as open, scratch, script, tree } from './wire.ts'

const FILES: Readonly<Record<string, string>> = {
  'src/cart.ts': `/** Sums the prices of a cart. */\nexport function cartTotal(items: number[]) {\n  return items.reduce((a, b) => a + b, 0)\n}\n${'// filler\n'.repeat(200)}`,
  'src/order.ts': `import { cartTotal } from './cart'\n\n/** Places an order. */\nexport function placeOrder(items: number[]) {\n  return cartTotal(items) * 2\n}\n`,
  'src/mail.ts': `/** Sends a receipt by mail. */\nexport function sendReceipt(to: string) {\n  return 'to ' + to\n}\n`,
}

const folder = (files = FILES): string => tree(files)
const openai = await scriptedOpenAI()
const scripted = (more: object = {}): ModelChoice => ({
  kind: 'endpoint',
  url: openai.url,
  model: MODEL,
  key: 'secret-1',
  headers: { 'x-team': 'blue' },
  window: 0,
  ...more,
})

before(() => assert.ok(existsSync(script), 'dist/server.js is missing: run npm run build'))

test('indexes a folder and answers; unsaved edits count until the document is closed', async () => {
  const root = folder()
  const { request, until, connection } = await open([root])
  assert.equal((await until('ready')).files, 3)
  const { turn } = await request('fovea/ask', ask('how is the total of a cart summed?'))
  assert.equal(turn.answer?.mode, 'offline')
  assert.equal(turn.answer?.mode === 'offline' && turn.answer.statements[0]?.path, 'src/cart.ts')
  const uri = pathToFileURL(join(root, 'src/mail.ts')).href
  const text = '/** Paints zebras. */\nexport function paintZebra() {\n  return 1\n}\n'
  await connection.sendNotification('textDocument/didOpen', {
    textDocument: { uri, languageId: 'typescript', version: 1, text },
  })
  const zebra = () => request('fovea/tool', { name: 'fovea_symbol', input: { name: 'paintZebra' } })
  let found = ''
  for (let i = 0; i < 50 && !found; i++)
    found = await zebra().then(
      ({ text: card }) => card,
      () => '',
    )
  assert.match(found, /function paintZebra — src\/mail\.ts:2-4/)
  await connection.sendNotification('textDocument/didClose', { textDocument: { uri } })
  for (let i = 0; i < 50 && found; i++)
    found = await zebra().then(
      ({ text: card }) => card,
      () => '',
    )
  assert.equal(found, '')
})

test('an answer streams with citations, key and headers go to the endpoint, and the context is fenced', async () => {
  const { request, until } = await open([folder()])
  await until('ready')
  openai.script({ pieces: ['The total is summed by `cartTotal` [', 'b1', '], which `placeOrder` calls [b2, b99].'] })
  let streamed = ''
  const { turn, thread } = await request(
    'fovea/ask',
    ask('how is the cart total summed?', { model: scripted() }),
    ({ text }) => {
      streamed += text
    },
  )
  assert.equal(streamed, 'The total is summed by `cartTotal` [1], which `placeOrder` calls [2] [99].')
  assert.equal(turn.error, null)
  assert.ok(turn.answer?.mode === 'model')
  assert.equal(turn.answer.text, streamed)
  assert.deepEqual(
    turn.answer.citations.map(({ n }) => n),
    [1, 2],
  )
  assert.deepEqual(turn.answer.usage, { input: 100, output: 7, cached: null })
  const sent = openai.requests.at(-1)!
  assert.equal(sent.authorization, 'Bearer secret-1')
  assert.equal(sent.headers['x-team'], 'blue')
  assert.equal(sent.body.model, MODEL)
  const last = sent.body.messages?.at(-1)?.content ?? ''
  assert.match(
    last,
    /^<context-[\w-]{8}>\n[\s\S]*cartTotal[\s\S]*<\/context-[\w-]{8}>\n\nhow is the cart total summed\?$/,
  )
  assert.deepEqual(turn.answer.prompt, sent.body.messages)
  // The next question of the thread repeats the earlier messages.
  await request('fovea/ask', ask('and who calls it?', { thread: thread.id, model: scripted() }))
  assert.deepEqual(
    openai.requests.at(-1)?.body.messages?.map(({ role }) => role),
    ['system', 'user', 'assistant', 'user'],
  )
})

test('reports a model’s errors in one sentence and keeps running', async () => {
  const { request, until, child } = await open([folder()])
  await until('ready')
  const failing = async (script: Parameters<ScriptedServer['script']>[0], model = scripted()) => {
    openai.script(script)
    return (await request('fovea/ask', ask('how is the cart total summed?', { model }))).turn
  }
  const sentences: readonly (readonly [Parameters<ScriptedServer['script']>[0], RegExp])[] = [
    [{ status: 401, error: { message: 'no' } }, /refuses the key \(401\): set another with Set Up Model\.$/],
    [{ status: 404, error: { message: 'no' } }, /has no model scripted-1/],
    [{ status: 429, error: { message: 'slow' } }, /accepts no more requests for now \(429\)/],
    [{ status: 500, error: { message: 'oops' } }, /failed \(500\)/],
    [{ raw: 'data: {"choices": [{"del\n\n' }, /cannot be read/],
    [{ pieces: [] }, /answered with nothing/],
    [{ pieces: ['  \n'] }, /answered with nothing/],
    [{ cut: [] }, /(interrupted its answer|cannot be read|Nothing answers)/],
    [{ raw: '<html>hello</html>', type: 'text/html' }, /answered with nothing|cannot be read/],
  ]
  for (const [misbehaviour, sentence] of sentences) {
    const turn = await failing(misbehaviour)
    assert.equal(turn.answer, null)
    assert.match(turn.error ?? '', sentence, JSON.stringify(misbehaviour))
  }
  const refused = await failing({ pieces: ['x'] }, scripted({ url: 'http://127.0.0.1:9/v1' }))
  assert.match(refused.error ?? '', /^Nothing answers at 127\.0\.0\.1:9: start the model's server/)
  const cut = await failing({ cut: ['Half an ans'] })
  assert.equal(cut.answer?.mode === 'model' && cut.answer.end, 'cut')
  const limited = await failing({ pieces: ['Long ans'], finish: 'length' })
  assert.equal(limited.answer?.mode === 'model' && limited.answer.end, 'cut')
  assert.equal(child.exitCode, null)
})

test('repacks a prompt that is too long once, smaller, and says so', async () => {
  const { request, until } = await open([folder()])
  await until('ready')
  const tooLong = { status: 400, error: { code: 'context_length_exceeded', message: 'maximum context length is 500' } }
  openai.script(tooLong, { pieces: ['Now it fits [b1].'] })
  const parts: AnswerPart[] = []
  const { turn } = await request('fovea/ask', ask('how is the cart total summed?', { model: scripted() }), (part) =>
    parts.push(part),
  )
  assert.equal(turn.answer?.mode === 'model' && turn.answer.text, 'Now it fits [1].')
  assert.match(
    parts.find(({ again }) => again)?.again ?? '',
    /too large for scripted-1: it was packed again in \d+ tokens/,
  )
  const [first, second] = openai.requests.slice(-2).map(({ body }) => body.messages!.at(-1)!.content.length)
  assert.ok(second! < first!)
  openai.script(tooLong)
  const again = await request('fovea/ask', ask('how is the cart total summed?', { model: scripted() }))
  assert.match(again.turn.error ?? '', /exceeds the context window of scripted-1, even after it was packed again/)
})

test('an answer that is stopped midway keeps what arrived', async () => {
  const { request, until } = await open([folder()])
  await until('ready')
  openai.script({ pieces: endless(), delay: 20 })
  const source = new CancellationTokenSource()
  let text = ''
  const { turn } = await request(
    'fovea/ask',
    ask('how is the cart total summed?', { model: scripted() }),
    (part) => {
      text += part.text
      if (text.includes('word3')) source.cancel()
    },
    source,
  )
  assert.ok(turn.answer?.mode === 'model' && turn.answer.end === 'stopped')
  assert.match(turn.answer.text, /^word0 .*word3/)
})

function* endless(): Generator<string> {
  for (let i = 0; ; i++) yield `word${i} `
}

test('threads are saved, edited from the middle, rated and deleted', async () => {
  const storage = mkdtempSync(join(scratch, 'storage-'))
  const root = folder()
  const first = await open([root], { storage })
  await first.until('ready')
  const { thread, turn } = await first.request('fovea/ask', ask('where are receipts sent by mail?'))
  const second = await first.request('fovea/ask', ask('and orders?', { thread: thread.id }))
  assert.equal(second.thread.turns.length, 2)
  await first.request('fovea/feedback', { thread: thread.id, turn: turn.id, value: 'helpful' })
  await first.close()
  const again = await open([root], { storage })
  await again.until('ready')
  assert.deepEqual(
    (await again.request('fovea/threads', {})).map(({ title, turns }) => [title, turns]),
    [['where are receipts sent by mail?', 2]],
  )
  const savedThread = await again.request('fovea/thread', { id: thread.id })
  assert.equal(savedThread?.turns[0]?.feedback, 'helpful')
  assert.equal(savedThread?.turns[0]?.answer?.mode, 'offline')
  const edited = await again.request(
    'fovea/ask',
    ask('where are carts summed?', { thread: thread.id, replaces: turn.id }),
  )
  assert.deepEqual(
    edited.thread.turns.map(({ question }) => question),
    ['where are carts summed?'],
  )
  assert.equal(await again.request('fovea/thread', { id: '../../etc/passwd' }), null)
  await again.request('fovea/forget', { id: thread.id })
  assert.deepEqual(await again.request('fovea/threads', {}), [])
})

test('supports pause, resume, clear, rebuild and details', async () => {
  const root = folder()
  const { request, until, states } = await open([root], { paused: true })
  assert.equal((await until('paused')).files, 0)
  await assert.rejects(request('fovea/areas', {}), /There is no index/)
  await request('fovea/index', { how: 'resume' })
  await until('ready')
  const details = await request('fovea/details', {})
  assert.deepEqual([details.files, details.symbols, details.complete, details.store], [3, 3, true, 'lancedb'])
  await request('fovea/index', { how: 'clear' })
  assert.equal(states.at(-1)?.phase, 'paused')
  assert.equal((await request('fovea/details', {})).files, 0)
  await request('fovea/index', { how: 'rebuild' })
  await until('ready')
  assert.equal((await request('fovea/details', {})).files, 3)
})

test('expands the map node by node, completes names, finds locations, and names stale ones', async () => {
  const root = folder()
  const { request, until } = await open([root])
  await until('ready')
  const [src] = await request('fovea/children', { id: 'folder:' })
  assert.deepEqual([src?.label, src?.kind, src?.detail], ['src', 'folder', '3 files'])
  const files = await request('fovea/children', { id: src!.id })
  assert.deepEqual(
    files.map(({ label }) => label),
    ['cart.ts', 'mail.ts', 'order.ts'],
  )
  const [symbol] = await request('fovea/children', { id: files[0]!.id })
  assert.deepEqual([symbol?.label, symbol?.firstLine, symbol?.leaf], ['cartTotal', 2, true])
  assert.deepEqual(await request('fovea/children', { id: 'nonsense' }), [])
  assert.deepEqual(
    (await request('fovea/suggestNames', { kind: 'symbol', prefix: 'place' })).map(({ label }) => label),
    ['placeOrder'],
  )
  assert.deepEqual(
    (await request('fovea/suggestNames', { kind: 'file', prefix: 'mail' })).map(({ path }) => path),
    ['src/mail.ts'],
  )
  const { file } = await request('fovea/locate', { path: 'src/cart.ts' })
  assert.equal(file && readFileSync(file, 'utf8'), FILES['src/cart.ts'])
  assert.deepEqual(await request('fovea/locate', { path: '../outside.ts' }), { file: null })
  assert.deepEqual(await request('fovea/path', { file: join(root, 'src/mail.ts') }), { path: 'src/mail.ts' })
  const { context } = await request('fovea/context', {
    question: 'where are receipts sent by mail?',
    mentions: [],
    budget: 2000,
    overrides: [],
  })
  const blocks = context.packs[0]!.blocks.filter(({ hash }) => hash)
  assert.deepEqual(await request('fovea/stale', { blocks }), [])
  writeFileSync(join(root, 'src/mail.ts'), 'export const gone = 1\n')
  const stale = await request('fovea/stale', { blocks })
  assert.deepEqual(
    stale,
    blocks.filter(({ path }) => path === 'src/mail.ts').map(({ id }) => id),
  )
  assert.ok(stale.length > 0)
})

test('handles no folder, a folder that vanished, and two folders', async () => {
  const none = await open([])
  await none.until('no folder')
  await assert.rejects(none.request('fovea/ask', ask('anything?')), /There is no folder to ask about: open one first\./)
  const gone = join(scratch, 'gone')
  const missing = await open([gone])
  const state = await missing.until('failed')
  assert.match(state.error ?? '', /does not exist/)
  const two = await open([folder(), folder({ 'lib/zebra.ts': 'export function stripe() {}\n' })])
  await two.until('ready')
  const { text } = await two.request('fovea/tool', { name: 'fovea_symbol', input: { name: 'stripe' } })
  assert.match(text, /tree-\w+\/lib\/zebra\.ts:1/)
  await assert.rejects(two.request('fovea/tool', { name: 'fovea_symbol', input: {} }), /does not fit fovea_symbol/)
})

test('lists and tries the models of an endpoint', async () => {
  const { request } = await open([folder()])
  assert.deepEqual(await request('fovea/models', { url: openai.url, key: '', headers: {} }), [MODEL])
  await assert.rejects(
    request('fovea/models', { url: 'http://127.0.0.1:9/v1', key: '', headers: {} }),
    /Nothing answers at/,
  )
  openai.script({ pieces: ['yes'] })
  const endpoint = { url: openai.url, model: MODEL, key: '', headers: {}, window: 0 }
  await request('fovea/tryModel', endpoint)
  openai.script({ status: 401, error: { message: 'no' } })
  await assert.rejects(request('fovea/tryModel', endpoint), /refuses the key/)
})

test('notices a change that no watcher reported, and the next context has it', async () => {
  const root = folder()
  const { request, until } = await open([root])
  await until('ready')
  const context = () => request('fovea/context', { question: 'sendReceipt', mentions: [], budget: 500, overrides: [] })
  const blocksOf = ({ context: { packs } }: Awaited<ReturnType<typeof context>>) =>
    packs[0]!.blocks.filter(({ hash }) => hash)
  const before = await context()
  writeFileSync(join(root, 'src/mail.ts'), 'export function sendReceipt() {\n  return paintZebras()\n}\n')
  assert.ok((await request('fovea/stale', { blocks: blocksOf(before) })).length > 0)
  const after = await context()
  assert.ok(blocksOf(after).some(({ text }) => text.includes('paintZebras')))
  assert.deepEqual(await request('fovea/stale', { blocks: blocksOf(after) }), [])
})
