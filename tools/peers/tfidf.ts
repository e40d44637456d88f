/** TF-IDF over windows of 250 tokens, like Copilot’s former basic index. */
import { subTokens, wordsOf } from '../../src/engine/text/terms.ts'
import { byScore, Inverted } from './inverted.ts'
import type { Count, Peer, Place } from './peer.ts'
import { isStopWord } from './terms.ts'

const WINDOW_TOKENS = 250
const MIN_TERM_CHARS = 3
/** Windows below this share of the best score are dropped. */
const MIN_SCORE_SHARE = 0.25

export const tfidfPeer: Peer = {
  id: 'tfidf',
  name: 'TF-IDF, windows of 250 tokens (Copilot’s basic index until 0.42)',
  kind: 're-implementation',
  how: 'Windows of up to 250 tokens without blank lines; words of at least 3 characters, split at capitals and underscores, no length normalisation, windows below 25 % of the best score dropped (microsoft/vscode-copilot-chat before its removal in March 2026). Without the language model that chose its keywords.',
  version: async () => undefined,
  async open(tree, { count }) {
    const index = new Inverted()
    const places: Place[] = []
    for (const { path, lines } of tree.files())
      for (const [first, last] of windows(lines, count)) {
        places.push({ path, firstLine: first, lastLine: last })
        index.add(termsIn(lines.slice(first - 1, last).join('\n')))
      }
    return {
      diskBytes: 0,
      async ask(text) {
        const counts = new Map<string, number>()
        for (const term of termsIn(text)) if (!isStopWord(term)) counts.set(term, (counts.get(term) ?? 0) + 1)
        const idf = (term: string) => Math.log((index.size + 1) / Math.max(1, index.frequency(term)))
        const weights = new Map([...counts].map(([term, n]) => [term, n * idf(term) ** 2]))
        const scores = index.sum([...counts.keys()], (term, tf) => tf * weights.get(term)!)
        const ids = byScore(scores)
        const minScore = MIN_SCORE_SHARE * (scores.get(ids[0] ?? -1) ?? 0)
        return { places: ids.filter((id) => scores.get(id)! >= minScore).map((id) => places[id]!) }
      },
    }
  },
}

function termsIn(text: string): string[] {
  return wordsOf(text).flatMap((word) => {
    const parts = subTokens(word)
    const all = parts.length > 1 ? [word.toLowerCase(), ...parts] : parts
    return all.filter((part) => part.length >= MIN_TERM_CHARS)
  })
}

/** First and last lines of windows of up to 250 tokens; blank lines do not count. */
function windows(lines: readonly string[], count: Count): [number, number][] {
  const found: [number, number][] = []
  let tokens = Number.POSITIVE_INFINITY
  lines.forEach((line, i) => {
    if (!line.trim()) return
    // A line that is far too long becomes a window by itself, without counting its tokens.
    const cost = line.length > WINDOW_TOKENS * 8 ? WINDOW_TOKENS : count(line) + 1
    if (tokens + cost > WINDOW_TOKENS) {
      found.push([i + 1, i + 1])
      tokens = 0
    }
    found.at(-1)![1] = i + 1
    tokens += cost
  })
  return found
}
