/** The title of a chunk. */
import type { Chunk } from '../types/chunk.ts'

/** `Class.method` of the symbol a chunk begins with, or '' for text outside any. */
export function chunkTitle({ names, scope, symbol }: Chunk): string {
  if (symbol < 0) return scope.join('.')
  return [...scope, names[0] ?? ''].filter(Boolean).join('.')
}
