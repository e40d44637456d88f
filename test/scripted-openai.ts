/**
 * A scripted OpenAI-compatible server over real HTTP: replies as the test says and records its requests. Not a model.
 */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after } from 'node:test'

export interface RecordedRequest {
  readonly path: string
  readonly authorization: string
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: {
    readonly model?: string
    readonly stream?: boolean
    readonly messages?: readonly SentMessage[]
    readonly tools?: readonly { readonly function: { readonly name: string } }[]
  }
}

export interface SentMessage {
  readonly role: string
  readonly content: string
  readonly tool_call_id?: string
  readonly tool_calls?: readonly {
    readonly id: string
    readonly function: { readonly name: string; readonly arguments: string }
  }[]
}

/** How to answer one request: pieces to stream, or some misbehaviour. */
export type Script =
  | ScriptedReply
  /** Computes the reply from the request. */
  | { readonly reply: (requests: RecordedRequest) => string | ScriptedReply; readonly cached?: number }

export type ScriptedReply =
  | { readonly pieces: Iterable<string>; readonly delay?: number; readonly finish?: string; readonly cached?: number }
  | { readonly status: number; readonly error: object }
  /** Calls one tool, its input in two pieces. */
  | { readonly call: string; readonly input: object }
  /** Calls several tools, after some text; an input that is a string is sent as it is. */
  | { readonly calls: readonly ScriptedCall[]; readonly text?: string; readonly finish?: string }
  | { readonly raw: string; readonly type?: string }
  /** Drops the connection after the pieces. */
  | { readonly cut: readonly string[] }
  /** Never answers. */
  | { readonly silent: true }

export interface ScriptedCall {
  readonly name: string
  readonly input: object | string
}

export interface ScriptedServer {
  readonly url: string
  readonly requests: RecordedRequest[]
  /** Replies to the next requests, in order; the last is repeated. */
  script(...scripts: Script[]): void
  close(): Promise<void>
}

export const MODEL = 'scripted-1'

export async function scriptedOpenAI(): Promise<ScriptedServer> {
  const requests: RecordedRequest[] = []
  let scripts: Script[] = [{ pieces: ['Nothing was scripted.'] }]
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    const path = request.url ?? ''
    const { authorization = '', ...headers } = request.headers
    const recorded: RecordedRequest = { path, authorization, headers, body: text ? JSON.parse(text) : {} }
    requests.push(recorded)
    if (path.endsWith('/models')) {
      response.setHeader('content-type', 'application/json')
      response.end(
        JSON.stringify({ object: 'list', data: [{ id: MODEL, object: 'model', created: 0, owned_by: 'test' }] }),
      )
      return
    }
    const script = scripts.length > 1 ? scripts.shift()! : scripts[0]!
    const reply = 'reply' in script ? script.reply(recorded) : script
    await play(typeof reply === 'string' ? { ...script, pieces: [reply] } : reply, response)
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
    requests,
    script: (...next) => {
      scripts = next
    },
    close,
  }
}

async function play(script: ScriptedReply, response: ServerResponse): Promise<void> {
  if ('silent' in script) return
  if ('call' in script) return play({ calls: [{ name: script.call, input: script.input }] }, response)
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
  if ('calls' in script) {
    if (script.text) piece(script.text)
    const part = (index: number, delta: object) =>
      send({ id: 'x', choices: [{ index: 0, delta: { tool_calls: [{ index, ...delta }] }, finish_reason: null }] })
    for (const [i, { name, input }] of script.calls.entries()) {
      const text = typeof input === 'string' ? input : JSON.stringify(input)
      part(i, { id: `call-${i + 1}`, type: 'function', function: { name, arguments: text.slice(0, 5) } })
      part(i, { function: { arguments: text.slice(5) } })
    }
    piece('', script.finish ?? 'tool_calls')
    response.end('data: [DONE]\n\n')
    return
  }
  if ('cut' in script) {
    for (const text of script.cut) piece(text)
    // Wait until they have been flushed.
    if (script.cut.length > 0) await new Promise((resolve) => response.write('\n', resolve))
    response.destroy()
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
