/** `fovea mcp` as a client sees it: the SDK's own client over a real process's stdio. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { TOOLS } from '../../src/protocol/tools.ts'
import { cli, workspace } from '../cli/cli.ts'

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

async function connect() {
  const { dir, home } = workspace(SHOP)
  const client = new Client({ name: 'test', version: '1' })
  const env = { ...(process.env as Record<string, string>), FOVEA_HOME: home }
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [cli, 'mcp', '--dir', dir], env, stderr: 'ignore' }),
  )
  after(() => client.close())
  const call = async (name: string, args: Record<string, unknown> = {}) => {
    const { content, isError } = await client.callTool({ name, arguments: args })
    return { text: (content as { text: string }[]).map(({ text }) => text).join('\n'), isError: isError === true }
  }
  return { client, dir, call }
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
  assert.match(symbol.text, /Referred to by \(\d+\):\n.*call Cart\.total src\/cart\.ts:4/s)
  assert.match(symbol.text, /Refers to \(1\):\n {2}call lookUp src\/price\.ts:\d+/)
  const map = await call('fovea_map')
  assert.match(map.text, /^Folders\n {2}src {2}2 files/)
  const { contents } = await client.readResource({ uri: 'fovea://map' })
  assert.equal((contents[0] as { text: string }).text, map.text)
  writeFileSync(join(dir, 'src', 'tax.ts'), 'export function taxOf(price: number): number {\n  return price / 5\n}\n')
  assert.match((await call('fovea_symbol', { name: 'taxOf' })).text, /src\/tax\.ts:1-3/)
})

test('what is wrong is told in a sentence, and the server lives on', async () => {
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
