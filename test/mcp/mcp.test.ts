/** `fovea mcp` as a client sees it: the SDK's own client over a real process's stdio. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { TOOLS } from '../../src/protocol/tools.ts'
import { cli, workspace } from '../cli/cli.ts'
import { MODEL, type RecordedRequest, scriptedOpenAI } from '../scripted-openai.ts'

const SHOP = `
  //- /src/price.ts
  /** Price of an item with its discount. */
  export function priceOf(item: string): number {
    return lookUp(item) * 0.9
  }

  export function lookUp(item: string): number {
    return item.length
  }

  //- /src/cart.ts
  import { priceOf } from './price.ts'

  export class Cart {
    total(items: string[]): number {
      return items.reduce((sum, item) => sum + priceOf(item), 0)
    }
  }
`

async function connect(more: Record<string, string> = {}, tree = SHOP) {
  const { dir, home } = workspace(tree)
  const client = new Client({ name: 'test', version: '1' })
  const env = { ...(process.env as Record<string, string>), FOVEA_HOME: home, ...more }
  after(() => client.close())
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [cli, 'mcp', '--dir', dir], env, stderr: 'ignore' }),
  )
  const call = async (name: string, args: Record<string, unknown> = {}) => {
    const { content, isError } = await client.callTool({ name, arguments: args })
    return { text: (content as { text: string }[]).map(({ text }) => text).join('\n'), isError: isError === true }
  }
  return { client, dir, home, call }
}

test('an MCP client lists the tools, calls each, reads the map, and sees edits', async () => {
  const { client, dir, call } = await connect()
  const { tools } = await client.listTools()
  assert.deepEqual(
    tools.map(({ name }) => name),
    Object.keys(TOOLS),
  )
  const context = await call('fovea_context', { question: 'How is the price of an item found?', budget: 500 })
  assert.match(context.text, /## src\/price\.ts\n\[b\d+\] 1-8\n.*lookUp\(item\) \* 0\.9/s)
  const symbol = await call('fovea_symbol', { name: 'priceOf' })
  assert.match(symbol.text, /^function priceOf — src\/price\.ts:\d+-\d+\n/)
  assert.match(symbol.text, /Referred to by \(\d+\):\n.*call Cart\.total src\/cart\.ts:5/s)
  assert.match(symbol.text, /Refers to \(1\):\n {2}call lookUp src\/price\.ts:\d+/)
  const map = await call('fovea_map')
  assert.match(map.text, /^Folders\n {2}src {2}2 files/)
  const { contents } = await client.readResource({ uri: 'fovea://map' })
  assert.equal((contents[0] as { text: string }).text, map.text)
  writeFileSync(join(dir, 'src', 'tax.ts'), 'export function taxOf(price: number): number {\n  return price / 5\n}\n')
  assert.match((await call('fovea_symbol', { name: 'taxOf' })).text, /src\/tax\.ts:1-3/)
})

test('errors are one sentence each, and the server keeps running', async () => {
  const { call } = await connect()
  const missing = await call('fovea_symbol', { name: 'Nowhere.nothing' })
  assert.deepEqual(missing, {
    isError: true,
    text: 'No symbol Nowhere.nothing is defined here: check the spelling, or ask fovea_context.',
  })
  assert.ok((await call('fovea_symbol', { name: 'rt.total' })).isError, 'a name is matched whole')
  assert.match((await call('fovea_symbol', { name: 'Cart.total' })).text, /^method Cart\.total — src\/cart\.ts:4-6\n/)
  assert.match((await call('fovea_context', { question: '?!' })).text, /The question is empty/)
  for (const args of [{}, { question: 'x', budget: 'many' }, { question: 'x', budget: -1 }]) {
    const { isError, text } = await call('fovea_context', args)
    assert.ok(isError)
    assert.match(text, /invalid/i)
  }
  assert.equal((await call('fovea_context', { question: 'price', budget: 300 })).isError, false)
})

const PLAN = {
  steps: [
    { id: 's1', goal: 'tax', requirements: ['R1'], files: [{ path: 'src/tax.ts', action: 'create' }], deps: [] },
    { id: 's2', goal: 'price', requirements: ['R2'], files: [{ path: 'src/price.ts', action: 'edit' }], deps: ['s1'] },
  ],
}
const TAX = 'CREATE src/tax.ts\n<<<<<<< TEXT\nexport const TAX = 0.2\n>>>>>>> END\nDONE there is a tax'
const PRICE =
  'EDIT src/price.ts\n<<<<<<< FIND\nlookUp(item) * 0.9\n=======\nlookUp(item) * 1.2\n>>>>>>> END\nDONE the price has it'

test('drafts a change for a client: its requirements and a patch, and nothing is written', async () => {
  const openai = await scriptedOpenAI()
  const secret = `AKIA${'Q7ZP'.repeat(4)}`
  const tree = SHOP.replace('    return lookUp(item)', `    // ${secret}\n    return lookUp(item)`)
  const { client, dir, home, call } = await connect({ FOVEA_MODEL_URL: openai.url, FOVEA_MODEL: MODEL }, tree)
  const { tools } = await client.listTools()
  assert.deepEqual(
    tools.map(({ name }) => name),
    [...Object.keys(TOOLS), 'fovea_generate'],
  )
  const files = () => readdirSync(dir, { recursive: true }).map(String).sort()
  const price = () => readFileSync(join(dir, 'src/price.ts'), 'utf8')
  const before = [files(), price()]
  const replies: Record<string, string> = { plan: JSON.stringify(PLAN), s1: TAX, s2: PRICE }
  const reply = ({ body: { messages = [] } }: RecordedRequest) =>
    replies[/This step, (\w+):/.exec(messages[1]?.content ?? '')?.[1] ?? 'plan'] ?? ''
  openai.script({ reply })
  const task = 'There is a tax. The price has it.'
  const progressMessages: string[] = []
  const { content } = await client.callTool({ name: 'fovea_generate', arguments: { task } }, undefined, {
    onprogress: ({ message }) => progressMessages.push(message ?? ''),
  })
  const [{ text }] = content as [{ text: string }]
  assert.match(
    text,
    /^R1 met: There is a tax\. — src\/tax\.ts:1 \(syntax pass\)\nR2 met: The price has it\. — src\/price\.ts:4/,
  )
  assert.match(
    text,
    /\n\nNo file was written and only syntax was checked\. Secrets are redacted: [\s\S]*\n\+export const TAX/,
  )
  assert.match(text, /^- {2}return lookUp\(item\) \* 0\.9\n\+ {2}return lookUp\(item\) \* 1\.2$/m)
  assert.ok(!text.includes(secret) && openai.requests.every(({ body }) => !JSON.stringify(body).includes(secret)))
  // The client's library drops a notification that arrives together with the answer.
  assert.deepEqual(progressMessages.filter((text) => !text.endsWith('the model answered.')).slice(0, 4), [
    'A plan of 2 steps.',
    's1 …',
    's1 done: there is a tax',
    's2 …',
  ])
  replies.s2 = 'EDIT src/nowhere.ts\nDONE it is'
  openai.script({ reply: (asked) => reply(asked) }, { reply }, { status: 400, error: { message: 'broken' } })
  const cut = await call('fovea_generate', { task, steps: 2 })
  assert.match(
    cut.text,
    /^R1 met: .*\nR2 NOT MET: The price has it\.\n\n127\.0\.0\.1:\d+ failed \(400\)[\s\S]*\+export const TAX/,
  )
  assert.ok((await call('fovea_generate', { task: '...' })).text.startsWith('The task is empty'))
  assert.ok((await call('fovea_generate', { task, steps: 1000 })).isError, 'no more than a user is asked to agree to')
  const stop = new AbortController()
  const silent = () => {
    stop.abort()
    return { silent: true } as const
  }
  openai.script({ reply: silent })
  const waits = client.callTool({ name: 'fovea_generate', arguments: { task } }, undefined, { signal: stop.signal })
  await assert.rejects(waits)
  openai.script({ reply: () => 'no plan' })
  assert.match((await call('fovea_generate', { task })).text, /made no plan that can be carried out/)
  assert.deepEqual([files(), price()], before, 'nothing was written')
  assert.ok(!readdirSync(home).includes('runs'))
})

test('the tool and the command assemble the same context, with the commits behind a why question', async () => {
  const { dir, home, call } = await connect()
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: dir, stdio: 'ignore' })
  git('init', '-q')
  git('add', '.')
  git('commit', '-qm', 'Take ten per cent off: customers of the fair were promised so')
  for (const question of [
    'Why is the price of an item multiplied by 0.9?',
    'What is the difference between Cart and priceOf?',
    'How does Cart.total work?',
    'which files hold prices',
  ]) {
    const { text } = await call('fovea_context', { question, budget: 5000 })
    const args = [cli, 'context', question, '--budget', '5000', '--dir', dir]
    const printed = execFileSync(process.execPath, args, {
      env: { ...process.env, FOVEA_HOME: home },
      encoding: 'utf8',
    })
    const [, ...rows] = printed.replace(/^! /gm, '').trimEnd().split('\n').toReversed()
    assert.equal(rows.toReversed().join('\n').trimEnd(), text.trimEnd(), question)
    assert.equal(text.includes('customers of the fair'), question.startsWith('Why'), question)
  }
})
