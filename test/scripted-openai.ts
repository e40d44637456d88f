/** A scripted OpenAI-compatible server over real HTTP: says what the test wrote down, and keeps what it was asked. Not a model. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after } from 'node:test'

export interface Asked {
  readonly path: string
  readonly authorization: string
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: {
    readonly model?: string
    readonly stream?: boolean
    readonly messages?: readonly { readonly role: string; readonly content: string; readonly tool_call_id?: string }[]
    readonly tools?: readonly { readonly function: { readonly name: string } }[]
  }
}

/** What it does with one request: pieces to stream, or some misbehaviour. */
export type Script =
  | { readonly pieces: readonly string[]; readonly delay?: number; readonly finish?: string; readonly cached?: number }
  /** Says what the test makes of the request. */
  | { readonly reply: (asked: Asked) => string; readonly cached?: number }
  | { readonly status: number; readonly error: object }
  /** Asks for a tool, its input in two pieces. */
  | { readonly call: string; readonly input: object }
  | { readonly raw: string; readonly type?: string }
  /** Hangs up after the pieces, without a word. */
  | { readonly cut: readonly string[] }
  /** Never answers. */
  | { readonly silent: true }

export interface ScriptedServer {
  readonly url: string
  readonly asked: Asked[]
  /** What the next requests get, in order; the last is repeated. */
  script(...scripts: Script[]): void
  close(): Promise<void>
}

export const MODEL = 'scripted-1'

export async function scriptedOpenAI(): Promise<ScriptedServer> {
  const asked: Asked[] = []
  let scripts: Script[] = [{ pieces: ['Nothing was scripted.'] }]
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const path = request.url ?? ''
    const { authorization = '', ...headers } = request.headers
    const one: Asked = { path, authorization, headers, body: text ? JSON.parse(text) : {} }
    asked.push(one)
    if (path.endsWith('/models')) {
      response.setHeader('content-type', 'application/json')
      response.end(
        JSON.stringify({ object: 'list', data: [{ id: MODEL, object: 'model', created: 0, owned_by: 'test' }] }),
      )
      return
    }
    const script = scripts.length > 1 ? scripts.shift()! : scripts[0]!
    await play('reply' in script ? { ...script, pieces: [script.reply(one)] } : script, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () =>
    new Promise<void>((resolve) => {
      server.closeAllConnections()
      server.close(() => resolve())
    })
  after(close)
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    script: (...next) => {
      scripts = next
    },
    close,
  }
}

async function play(script: Exclude<Script, { readonly reply: unknown }>, response: ServerResponse): Promise<void> {
  if ('silent' in script) return
  if ('status' in script) {
    response.writeHead(script.status, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ error: script.error }))
    return
  }
  if ('raw' in script) {
    response.writeHead(200, { 'content-type': script.type ?? 'text/event-stream' })
    response.end(script.raw)
    return
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const send = (data: object) => response.write(`data: ${JSON.stringify(data)}\n\n`)
  const piece = (content: string, finish: string | null = null) =>
    send({
      id: 'x',
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta: { content }, finish_reason: finish }],
    })
  if ('call' in script) {
    const input = JSON.stringify(script.input)
    const part = (delta: object, finish: string | null = null) =>
      send({ id: 'x', choices: [{ index: 0, delta: { tool_calls: [{ index: 0, ...delta }] }, finish_reason: finish }] })
    part({ id: 'call-1', type: 'function', function: { name: script.call, arguments: input.slice(0, 5) } })
    part({ function: { arguments: input.slice(5) } }, 'tool_calls')
    response.end('data: [DONE]\n\n')
    return
  }
  if ('cut' in script) {
    for (const text of script.cut) piece(text)
    setTimeout(() => response.destroy(), 20)
    return
  }
  for (const text of script.pieces) {
    if (response.destroyed) return
    piece(text)
    if (script.delay) await new Promise((resolve) => setTimeout(resolve, script.delay))
  }
  piece('', script.finish ?? 'stop')
  send({
    id: 'x',
    object: 'chat.completion.chunk',
    choices: [],
    usage: {
      ...{ prompt_tokens: 100, completion_tokens: 7, total_tokens: 107 },
      ...(script.cached === undefined ? {} : { prompt_tokens_details: { cached_tokens: script.cached } }),
    },
  })
  response.end('data: [DONE]\n\n')
}
