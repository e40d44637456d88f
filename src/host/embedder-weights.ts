/** The built-in embedder's weights, as shipped. */
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Log } from '../engine/ports.ts'
import { type Embedding, readEmbedding } from '../engine/text/embedding.ts'
import { assets } from './assets.ts'

/** null, with one warning, when the file is missing or damaged. */
export async function loadEmbedding(log: Log, file = join(assets, 'embedder.bin')): Promise<Embedding | null> {
  const bytes = await readFile(file).catch(() => null)
  const result = bytes ? readEmbedding(bytes) : { reason: 'is missing' }
  if (!('reason' in result)) return result
  log.warn(
    'embedder',
    `${basename(file)} ${result.reason}: hashed sub-tokens are used instead until Fovea is reinstalled.`,
  )
  return null
}
