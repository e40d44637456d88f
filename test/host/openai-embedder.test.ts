/** The endpoint embedder against a scripted OpenAI-compatible server over real HTTP; no model answers here. */
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { openaiEmbedder } from '../../src/host/providers/openai-embedder.ts'
import { testRun } from '../fixture.ts'

interface Seen {
  readonly path: string
  readonly key: string
  readonly body: { readonly model: string; readonly input: readonly string[]; readonly encoding_format: string }
}

type Reply = {
  readonly status?: number
  readonly body?: unknown
  readonly headers?: Record<string, string>
  readonly hang?: boolean
}

/** Answers each request as `script` says for its number; by default with vectors that hold the texts' lengths. */
async function scriptedServer(script: (n: number) => Reply = () => ({})) {
  const seen: Seen[] = []
  const server = createServer(async (request: IncomingMessage, response) => {
    let text = ''
    for await (const part of request) text += part
    const body = JSON.parse(text)
    seen.push({ path: request.url ?? '', key: request.headers.authorization ?? '', body })
    const { status = 200, body: answer, headers = {}, hang } = script(seen.length)
    if (hang) return
    const data = body.input.map((item: string, index: number) => ({
      object: 'embedding',
      index,
      embedding: [item.length, 3, 4],
    }))
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(answer ?? { object: 'list', model: body.model, data: data.reverse(), usage: {} }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, seen }
}

test('sends texts unchanged, and orders and normalises the vectors', async () => {
  const { url, seen } = await scriptedServer()
  const embedder = await openaiEmbedder({ url, model: 'm', key: 'secret' })
  assert.deepEqual([embedder.id, embedder.dimensions], ['openai:m:3', 3])
  const vectors = await embedder.embed(testRun(), ['', 'ab'])
  assert.deepEqual(
    vectors.map((vector) => [...vector].map((x) => Math.round(x * 100) / 100)),
    [
      [0, 0.6, 0.8],
      [0.37, 0.56, 0.74],
    ],
  )
  assert.deepEqual(seen[1], {
    path: '/v1/embeddings',
    key: 'Bearer secret',
    body: { model: 'm', input: ['', 'ab'], encoding_format: 'float' },
  })
})

test('waits and retries when the server says so', async () => {
  const { url, seen } = await scriptedServer((n) =>
    n === 2 ? { status: 429, headers: { 'retry-after-ms': '20' }, body: { error: {} } } : {},
  )
  const embedder = await openaiEmbedder({ url, model: 'm', key: '' })
  assert.equal((await embedder.embed(testRun(), ['a'])).length, 1)
  assert.equal(seen.length, 3)
})

test('failures are one sentence with the host and never the key', async () => {
  const wrong = async (reply: Reply, pattern: RegExp) => {
    const { url } = await scriptedServer((n) => (n === 1 ? {} : reply))
    const embedder = await openaiEmbedder({ url, model: 'm', key: 'secret' })
    await assert.rejects(embedder.embed(testRun(), ['a', 'b']), (error: Error) => {
      assert.match(error.message, pattern)
      assert.match(error.message, /127\.0\.0\.1:\d+.*check FOVEA_EMBED_URL/)
      assert.doesNotMatch(error.message, /secret/)
      return true
    })
  }
  await wrong({ status: 401, body: { error: { message: 'bad key secret' } } }, /HTTP 401/)
  await wrong({ body: { data: [{ index: 0, embedding: [1, 2, 3] }] } }, /1 vectors for 2 texts/)
  await wrong({ body: { data: [0, 1].map((index) => ({ index, embedding: [1, 2] })) } }, /vectors of 2 numbers after 3/)
  await wrong({ body: { nonsense: true } }, /no vectors|no answer/)
})

test('stops when aborted', async () => {
  const stop = new AbortController()
  const { url } = await scriptedServer((n) => {
    if (n > 1) stop.abort()
    return { hang: n > 1 }
  })
  const embedder = await openaiEmbedder({ url, model: 'm', key: '' })
  await assert.rejects(embedder.embed({ signal: stop.signal, report: () => {} }, ['a']), { name: 'AbortError' })
})
