/**
 * Explaining over the wire: facts first, then aspect by aspect, one shared prefix, models by role; a stop keeps
 * finished work.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CancellationTokenSource } from 'vscode-languageserver-protocol/node'
import { SECRET_KINDS, secretsOf } from '../../src/bench/secrets.ts'
import type { AnswerPart, ExplainParams, ModelChoice } from '../../src/protocol/requests.ts'
import { MODEL, type RecordedRequest, scriptedOpenAI } from '../scripted-openai.ts'
import { openServer, tree } from './wire.ts'

const SECRETS = secretsOf(7, SECRET_KINDS)
const FILES = {
  'src/main.ts': "import { serve } from './serve'\n\nexport function main() {\n  serve(8080)\n}\n",
  'src/serve.ts':
    "import { handle } from './handle'\n\n/** Serves requests. */\nexport function serve(port: number) {\n  handle('/', port)\n}\n",
  'src/handle.ts': 'export function handle(path: string, port: number) {\n  return path + port\n}\n',
  ...Object.fromEntries(SECRETS.map(({ path, text }) => [path, text])),
}
const openai = await scriptedOpenAI()
const choice = (model: string): ModelChoice => ({
  kind: 'endpoint',
  url: openai.url,
  model,
  key: '',
  headers: {},
  window: 0,
})
const asked = (text: string, more: Partial<ExplainParams> = {}): ExplainParams => ({
  ...{ target: { text, place: null }, budget: 4000, model: choice(MODEL), roles: {}, ...more },
})
const wire = await openServer([tree(FILES)])
await wire.until('ready')

const sent = () =>
  openai.requests.map(({ body }) => ({
    model: body.model,
    content: body.messages!.at(-1)!.content,
    system: body.messages![0]!.content,
  }))

test('facts come first, every request repeats the same prefix byte for byte, and roles choose the model', async () => {
  openai.requests.length = 0
  // The last mark before the text belongs to its block.
  const reply = ({ body }: RecordedRequest) => {
    const prompt = body.messages!.at(-1)!.content
    const marks = [...prompt.slice(0, prompt.indexOf('export function serve')).matchAll(/^\[(b\d+)\]/gm)]
    return `\`serve\` calls \`handle\` [${marks.at(-1)?.[1]}].`
  }
  openai.script({ reply })
  const parts: AnswerPart[] = []
  const roles = { caller: choice('caller-1'), summariser: choice('summariser-1') }
  const explanation = await wire.request('fovea/explain', asked('serve', { roles }), (part) => parts.push(part))
  assert.equal(parts[0]?.facts?.title, 'serve')
  assert.deepEqual(parts[0]?.facts?.aspects[0]?.text, '')
  assert.deepEqual(
    parts
      .slice(1)
      .map(({ aspect }) => aspect?.name && aspect.state)
      .filter(Boolean)
      .slice(0, 2),
    ['running', 'done'],
  )
  const all = sent()
  assert.deepEqual([...new Set(all.map(({ model }) => model))], ['caller-1', 'summariser-1'])
  assert.equal(all.filter(({ model }) => model === 'summariser-1').length, 1)
  const end = all[0]!.content.indexOf('To be explained: serve\n</context-')
  const prefix = all[0]!.content.slice(0, end)
  assert.ok(end > 200 && all.every(({ content, system }) => content.startsWith(prefix) && system === all[0]!.system))
  assert.equal(explanation.model, 'caller-1')
  assert.equal(explanation.aspects[0]?.citations[0]?.verdict, 'verified', JSON.stringify(explanation.aspects[0]))
  const { text } = await wire.request('fovea/report', { explanation })
  assert.match(text, /^# serve\n\n_Written by caller-1 from \d+ blocks; each citation is checked\._/)
})

test('does not ask again for what was written from the same text', async () => {
  openai.script({ pieces: ['It does [b1].'] })
  const request = { ...asked('serve'), roles: {} }
  const first = await wire.request('fovea/explain', request)
  const sent = openai.requests.length
  const again = await wire.request('fovea/explain', request)
  assert.equal(openai.requests.length, sent)
  assert.deepEqual(again.aspects, first.aspects)
})

test('a stop keeps what was written until then', async () => {
  const stop = new CancellationTokenSource()
  // The first aspect is complete before the second is requested.
  const silent = () => {
    stop.cancel()
    return { silent: true } as const
  }
  openai.script({ pieces: ['First [b1].'] }, { reply: silent })
  const explanation = await wire.request('fovea/explain', asked('handle'), () => {}, stop)
  assert.equal(explanation.end, 'stopped')
  assert.equal(explanation.aspects.filter(({ text }) => text).length, 1)
  assert.ok(explanation.aspects.some(({ name, facts }) => name === 'flow' && facts.length > 0))
})

test('sends none of forty kinds of planted secrets, whatever is asked or explained', async () => {
  openai.requests.length = 0
  openai.script({ pieces: ['I do not know.'] })
  for (const { question, path } of SECRETS.filter((_, i) => i % 4 === 0)) {
    const base = { thread: null, replaces: null, mentions: [], budget: 8000, overrides: [], model: choice(MODEL) }
    await wire.request('fovea/ask', { ...base, question })
    await wire.request('fovea/explain', asked(path)).catch(() => {})
  }
  const all = openai.requests.map(({ body }) => JSON.stringify(body)).join('\n')
  assert.ok(openai.requests.length > 40)
  for (const { kind, path, values } of SECRETS)
    for (const value of values)
      assert.ok(!all.includes(JSON.stringify(value).slice(1, -1)), `${kind} of ${path} was sent`)
})
