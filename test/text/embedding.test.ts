/** The built-in embedder with the shipped weights: what it refuses to load, and that its vectors are meaningful. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { embedChunks } from '../../src/engine/ingest/embed/embed.ts'
import { openParser } from '../../src/engine/ingest/parse/parse.ts'
import { recordFile } from '../../src/engine/ingest/parse/record.ts'
import { type Embedding, readEmbedding } from '../../src/engine/text/embedding.ts'
import { termsOf } from '../../src/engine/text/terms.ts'
import { grammars } from '../../src/host/assets.ts'
import { dedent } from '../fixture.ts'

const shipped = new Uint8Array(readFileSync(join(import.meta.dirname, '..', '..', 'media', 'embedder.bin')))

function read(bytes: Uint8Array): Embedding {
  const found = readEmbedding(bytes)
  assert.ok(!('reason' in found))
  return found
}
const embedding = read(shipped)

/** The vector of a text as code. */
function code(text: string): Float32Array {
  const terms = termsOf(text)
  const vector = new Float32Array(embedding.dimensions)
  const each = Uint32Array.from(terms.keys())
  embedding.embedCode(
    embedding.resolve(terms),
    each,
    each.map(() => 1),
    vector,
  )
  return vector
}
const query = (text: string) => embedding.embedQuery(termsOf(text))
const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, x, i) => sum + x * b[i]!, 0)

/** Why a copy of the bytes is rejected after `change`; '' when it is accepted. */
function refusal(change: (bytes: Uint8Array) => Uint8Array): string {
  const found = readEmbedding(change(shipped.slice()))
  return 'reason' in found ? found.reason : ''
}

test('rejects bytes other than the shipped ones with a reason', () => {
  const flipped = (at: number) => (bytes: Uint8Array) => bytes.fill(bytes[at]! ^ 1, at, at + 1)
  assert.equal(
    refusal((bytes) => bytes),
    '',
  )
  assert.equal(
    refusal(() => new Uint8Array()),
    'is cut short',
  )
  assert.equal(
    refusal((bytes) => bytes.subarray(0, 31)),
    'is cut short',
  )
  assert.equal(
    refusal((bytes) => bytes.subarray(0, -1)),
    'is cut short',
  )
  assert.equal(
    refusal((bytes) => Uint8Array.from([...bytes, 0])),
    'is damaged',
  )
  assert.equal(refusal(flipped(0)), 'is not an embedder')
  assert.equal(refusal(flipped(9)), 'has version 257 instead of 1')
  assert.equal(refusal(flipped(12)), 'is damaged')
  assert.equal(refusal(flipped(shipped.length >> 1)), 'is damaged')
  assert.equal(refusal(flipped(shipped.length - 1)), 'is damaged')
})

test('detects any flipped bit', () => {
  fc.assert(
    fc.property(fc.nat(shipped.length - 1), fc.nat(7), (at, bit) => {
      assert.notEqual(
        refusal((bytes) => bytes.fill(bytes[at]! ^ (1 << bit), at, at + 1)),
        '',
      )
    }),
    { numRuns: 20 },
  )
})

test('the weights fit their budget and name themselves', () => {
  assert.ok(shipped.length <= 12e6)
  assert.match(embedding.id, /^fovea-static-\d+-[0-9a-f]{8}$/)
})

test('vectors have unit length, or are zero for a text without words; equal texts have equal vectors', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.stringMatching(/^[a-z]{1,9}$/), fc.string())), (words) => {
      const text = words.join(' ')
      const terms = termsOf(text).filter((term) => !term.startsWith('='))
      for (const embed of [code, query]) {
        const length = Math.hypot(...embed(text))
        assert.ok(terms.length === 0 ? length === 0 : Math.abs(length - 1) < 1e-4, `${length} for ${terms}`)
        assert.deepEqual(embed(text), embed(text))
      }
    }),
  )
})

test('an out-of-vocabulary term lies near related terms', () => {
  for (const [strange, kin, other] of [
    ['tokenizxer', 'tokenizer', 'socket'],
    ['serializerx', 'serializer', 'color'],
    ['qparser', 'parser', 'canvas'],
  ] as const)
    assert.ok(dot(code(strange), code(kin)) > dot(code(strange), code(other)) + 0.1, `${strange} ${kin} ${other}`)
  assert.ok(dot(code('zzyxwqv'), query('zzyxwqv')) > 0.9)
})

test('a question finds the chunk that answers it, although they share few words', async () => {
  const parser = await openParser(grammars)
  const record = async (path: string, text: string) => recordFile(parser, path, new TextEncoder().encode(dedent(text)))
  const records = [
    await record(
      'a.ts',
      `
        export function decodeDocument(source: string): unknown {
          const reader = new JsonReader(source)
          const root = reader.readValue()
          if (reader.peek() !== '') throw new SyntaxError('unexpected token after value')
          return root
        }
      `,
    ),
    await record(
      'b.ts',
      `
        export function openConnection(host: string, port: number): Socket {
          const socket = createConnection({ host, port })
          socket.setTimeout(3000)
          socket.on('close', () => socket.destroy())
          return socket
        }
      `,
    ),
  ]
  const vectors = await embedChunks(
    embedding,
    records.flatMap((record) => record.chunks.map((chunk) => ({ chunk, record }))),
    { yieldTurn: async () => {} },
  )
  const rows = [0, 1].map((i) => vectors.subarray(i * embedding.dimensions, (i + 1) * embedding.dimensions))
  const nearest = (text: string) => (dot(query(text), rows[0]!) > dot(query(text), rows[1]!) ? 'a.ts' : 'b.ts')
  assert.equal(nearest('parse json text'), 'a.ts')
  assert.equal(nearest('invalid syntax error'), 'a.ts')
  assert.equal(nearest('tcp client connect to server'), 'b.ts')
  assert.equal(nearest('network address'), 'b.ts')
})
