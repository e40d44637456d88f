/** Makes training pairs from a file or a commit: a text about code (comment, name, path, subject) and that code. */
import { cutChunks } from '../../src/engine/ingest/parse/chunk.ts'
import { fieldsOf } from '../../src/engine/ingest/parse/count.ts'
import { termsOf } from '../../src/engine/text/terms.ts'
import type { SourceSymbol } from '../../src/engine/types/symbol.ts'
import type { Touched } from './git.ts'

export const KINDS = ['doc', 'name', 'path', 'commit'] as const
export type PairKind = (typeof KINDS)[number]

export interface Pair {
  readonly repository: string
  readonly language: string
  readonly kind: PairKind
  /** Sub-tokens without whole identifiers, with repetitions, separated by spaces. */
  readonly query: string
  readonly code: string
}

type Draft = Pick<Pair, 'kind' | 'query' | 'code'>

const NESTED_SPLIT = new Set(['typescript', 'tsx', 'javascript'])
/** Limits in terms. */
const MAX_QUERY = 80
const MIN_CODE = 12
const MAX_CODE = 400
/** Characters of a text that are read. */
const MAX_TEXT_CHARS = 5000
/** Share of chunks that give a path pair. */
const PATH_SHARE = 0.2
const NO_DOC = /copyright|licen[sc]e|eslint|@ts-|todo|fixme/i
const NO_SUBJECT = /^(merge|bump|release|chore|docs?|test|ci|build|style|revert|update changelog|v?\d+\.\d)/i

function subTokens(text: string, limit: number): string[] {
  return termsOf(text.slice(0, MAX_TEXT_CHARS))
    .filter((term) => !term.startsWith('='))
    .slice(0, limit)
}

/** The first paragraph of comments, without comment markers and tags. */
function prose(comments: string): string {
  const bare = comments
    .replace(/^\s*(\/\*+|\*+\/|\*|\/\/+!?|#+!?|--)/gm, ' ')
    .replace(/\*\/|"""|'''/g, ' ')
    .replace(/\{@\w+ ([^}]*)\}/g, '$1')
    .replace(/<[^>]+>/g, ' ')
    .replace(/^\s*([@\\]\w+|:\w+).*$/gm, ' ')
    .trim()
  const [paragraph = ''] = bare.split(/\n\s*\n/)
  return paragraph.replace(/\s+/g, ' ').trim().slice(0, 600)
}

/** Doc, name and path pairs of the chunks of a file. */
export function pairsOfFile(
  path: string,
  language: string,
  lines: readonly string[],
  symbols: readonly SourceSymbol[],
  random: () => number,
): Draft[] {
  return cutChunks(lines, symbols, NESTED_SPLIT.has(language)).flatMap((piece) => {
    const first = piece.symbols[0]
    const symbol = first === undefined ? undefined : symbols[first]
    if (!symbol || piece.part > 0) return []
    const [names, signature, comments, body] = fieldsOf(lines, piece, symbols)
    const named = subTokens(names, MAX_CODE)
    const code = subTokens(`${signature}\n${body}`, MAX_CODE)
    if (body.length < 50 || code.length < MIN_CODE) return []
    const drafts: Draft[] = []
    const add = (kind: PairKind, query: readonly string[], terms: readonly string[], minTerms: number) => {
      if (query.length >= minTerms)
        drafts.push({ kind, query: query.slice(0, MAX_QUERY).join(' '), code: terms.join(' ') })
    }
    const doc = prose(comments)
    if (doc.length >= 20 && !NO_DOC.test(doc)) add('doc', subTokens(doc, MAX_QUERY), [...named, ...code], 3)
    const name = subTokens(symbol.name, MAX_QUERY)
    const scope = subTokens(piece.scope.map((i) => symbols[i]?.name ?? '').join(' '), MAX_QUERY)
    // Most of the name's terms are removed from the code; otherwise there would be nothing to learn.
    const known = new Set(name)
    const rest = code.filter((term) => !known.has(term) || random() < 0.3)
    if (name.length > 1) add('name', random() < 0.5 ? [...name, ...scope] : name, rest, 2)
    const file = path
      .split('/')
      .slice(-2)
      .join(' ')
      .replace(/\.\w+$/, '')
    if (random() < PATH_SHARE) add('path', [...subTokens(file, MAX_QUERY), ...scope], [...named, ...code], 2)
    return drafts
  })
}

/** The pair of a commit's subject and one modified file, if both say enough. */
export function pairOfCommit({ subject, text }: Touched): Draft[] {
  const plain = subject.replace(/\(?#\d+\)?/g, '').trim()
  if (NO_SUBJECT.test(plain) || plain.split(/\s+/).length < 3 || text.length < 80) return []
  const query = subTokens(plain, MAX_QUERY)
  const code = subTokens(text, MAX_CODE)
  if (query.length < 3 || code.length < MIN_CODE) return []
  return [{ kind: 'commit', query: query.join(' '), code: code.join(' ') }]
}
