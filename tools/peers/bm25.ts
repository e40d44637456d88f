/** Plain BM25 over line windows: the baseline that every other ranking has to beat. */
import { termsOf } from '../../src/engine/text/terms.ts'
import { byScore, Inverted } from './inverted.ts'
import type { Peer, Place } from './peer.ts'
import { searchTerms } from './terms.ts'

/** Window length in lines. */
const LINES = 50
const STRIDE = 40
const K1 = 1.2
const B = 0.75

export const bm25Peer: Peer = {
  id: 'bm25',
  name: 'BM25, windows of 50 lines',
  kind: 're-implementation',
  how: 'Okapi BM25 (k1 1.2, b 0.75) over windows of 50 lines, one every 40, with Fovea’s term splitting and stemming; no fields, paths or names.',
  version: async () => undefined,
  async open(tree) {
    const index = new Inverted()
    const places: Place[] = []
    for (const { path, lines } of tree.files())
      for (let start = 0; start === 0 || start + LINES - STRIDE < lines.length; start += STRIDE) {
        const part = lines.slice(start, start + LINES)
        places.push({ path, firstLine: start + 1, lastLine: start + part.length })
        index.add(termsOf(part.join('\n')))
      }
    return {
      diskBytes: 0,
      ask: async (text) => ({ places: byScore(index.bm25(searchTerms(text), K1, B)).map((id) => places[id]!) }),
    }
  },
}
