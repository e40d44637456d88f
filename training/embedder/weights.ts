/** Packs a trained model into the bytes of media/embedder.bin; src/engine/text/embedding.ts documents the layout. */
import {
  CHECKED_FROM,
  crc32,
  EMBEDDING_MAGIC,
  EMBEDDING_VERSION,
  HEADER_BYTES,
  readEmbedding,
} from '../../src/engine/text/embedding.ts'
import { weightsOf } from './data.ts'
import type { Embed } from './evaluate.ts'
import type { Model } from './model.ts'

/** Quantises each row to 8 bits, scaled so that its largest value is ±127. */
export function packWeights({ data, dimensions: d, vectors, weights }: Model): Uint8Array {
  const text = new TextEncoder().encode(data.terms.slice(0, data.known).join('\n'))
  const count = vectors.value.length / d
  const bytes = new Uint8Array(HEADER_BYTES + count * (8 + d) + text.length)
  const view = new DataView(bytes.buffer)
  const table = new Int8Array(bytes.buffer, HEADER_BYTES + 8 * count, count * d)
  bytes.set(new TextEncoder().encode(EMBEDDING_MAGIC))
  const words = [EMBEDDING_VERSION, 0, d, data.known, count - data.known, text.length]
  for (const [i, word] of words.entries()) view.setUint32(8 + 4 * i, word, true)
  for (let row = 0; row < count; row++) {
    const numbers = vectors.value.subarray(row * d, (row + 1) * d)
    const step = numbers.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-9) / 127
    const [query, code] = [weights.query.value[row]!, weights.code.value[row]!]
    numbers.forEach((x, t) => {
      table[row * d + t] = Math.round(x / step)
    })
    view.setFloat32(HEADER_BYTES + 4 * row, step * Math.exp(code), true)
    view.setFloat32(HEADER_BYTES + 4 * (count + row), Math.exp(query - code), true)
  }
  bytes.set(text, bytes.length - text.length)
  view.setUint32(12, crc32(bytes.subarray(CHECKED_FROM)), true)
  return bytes
}

/** Embeds with the shipped implementation over packed weights. */
export function packedEmbed(bytes: Uint8Array, terms: readonly string[]): Embed {
  const embedding = readEmbedding(bytes)
  if ('reason' in embedding) throw new Error(`The embedder ${embedding.reason}.`)
  return (bags, side) => {
    const d = embedding.dimensions
    const out = new Float32Array(bags.length * d)
    bags.forEach((bag, i) => {
      const words = Array.from(bag.terms, (term) => terms[term]!)
      const into = out.subarray(i * d, (i + 1) * d)
      if (side === 'query') into.set(embedding.embedQuery(words, weightsOf(bag)))
      else embedding.embedCode(embedding.resolve(words), Uint32Array.from(words.keys()), bag.counts, into)
    })
    return out
  }
}
