/** Display names of chunks. */
import type { Chunk } from '../types/chunk.ts'

/** `Class.method` of the symbol a chunk starts with; the empty string for text outside any symbol. */
export function chunkTitle({ names, scope, symbol }: Chunk): string {
  if (symbol < 0) return scope.join('.')
  return [...scope, names[0] ?? ''].filter(Boolean).join('.')
}
