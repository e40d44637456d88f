/** Why code is as it is: the commits that wrote the lines a question is about, as evidence beside the code. */

import type { LineOrigin } from '../ports.ts'
import { lastName } from '../text/owner.ts'
import { redactSecrets } from '../text/redact.ts'
import { termsOf } from '../text/terms.ts'
import type { Statement } from '../types/answer.ts'
import type { Block, Context } from '../types/pack.ts'
import type { Commit } from '../types/tree.ts'

/** Places whose commits are read. */
const MAX_PLACES = 3
const MAX_BODY_LINES = 6
/** Commits of a place that did not write its lines as they stand, but whose message names it. */
const MAX_NAMING_COMMITS = 2
/** Share of a budget that commits may take. */
export const HISTORY_BUDGET_SHARE = 0.15

const INFERENCE =
  'The code does not say why it is as it is: what the commits and comments below say is evidence, anything beyond them is inference.'
const NO_HISTORY =
  'No commit that wrote these lines can be read (no git, a shallow clone or a workspace that is not trusted): any reason given is inference.'

/** The best places that are shown, of which commits are worth reading. */
export function placesForCommits({
  hits,
  packs,
}: Context): readonly Pick<Block, 'path' | 'hash' | 'firstLine' | 'lastLine' | 'symbol'>[] {
  const blocks = packs[0]?.blocks ?? []
  const found = new Map<string, Block>()
  for (const { path, firstLine, lastLine } of hits) {
    const block = blocks.find(
      (one) => one.path === path && one.shown.some(([first, last]) => first <= lastLine && last >= firstLine),
    )
    if (!block) continue
    const [first, last] = [Math.max(firstLine, block.firstLine), Math.min(lastLine, block.lastLine)]
    if (!found.has(`${path} ${first}`)) found.set(`${path} ${first}`, { ...block, firstLine: first, lastLine: last })
    if (found.size >= MAX_PLACES) break
  }
  return [...found.values()]
}

/** Commits of the file whose message names the symbol; none when the name is a plain word. */
export function commitsNaming(
  commits: readonly Commit[],
  path: string,
  symbol: string | null,
  written: readonly LineOrigin[],
): LineOrigin[] {
  const name = lastName(symbol ?? '')
  if (!/[a-z][A-Z]|_|\d/.test(name)) return []
  const naming = new RegExp(`(?<!\\w)${name}(?!\\w)`)
  return commits
    .filter(
      ({ hash, paths, subject, body }) =>
        paths.includes(path) && naming.test(`${subject}\n${body}`) && !written.some((one) => one.hash === hash),
    )
    .slice(0, MAX_NAMING_COMMITS)
    .map(({ hash, subject, body }) => ({ hash, seconds: 0, subject, body, lines: 0 }))
}

/**
 * The context with the commits behind its places, within the tokens that are left: those first whose messages share
 * most words with the question; each commit once.
 */
export function withCommitBlocks(
  context: Context,
  question: string,
  behind: readonly {
    readonly place: ReturnType<typeof placesForCommits>[number]
    readonly authors: readonly LineOrigin[]
  }[],
  count: (text: string) => number,
): Context {
  const asked = new Set(termsOf(question))
  const shared = ({ subject, body }: LineOrigin) =>
    new Set(termsOf(`${subject}\n${body}`).filter((term) => asked.has(term))).size
  const [pack, ...more] = context.packs
  if (!pack) return context
  const shown = new Set<string>()
  const blocks = [...pack.blocks]
  let { tokens } = pack
  for (const { place, authors } of behind) {
    const news = authors
      .filter(({ hash }) => !shown.has(hash))
      .sort((a, b) => shared(b) - shared(a) || b.lines - a.lines)
    const text = redactSecrets(news.map(commitText).join('\n'))
    const cost = count(text) + 40
    if (!text || tokens + cost > pack.budget) continue
    for (const { hash } of news) shown.add(hash)
    tokens += cost
    blocks.push({
      ...{
        id: `b${blocks.length + 1}`,
        path: place.path,
        symbol: place.symbol,
        resolution: 'log',
        firstLine: place.firstLine,
      },
      ...{
        lastLine: place.lastLine,
        shown: [],
        tokens: cost,
        text,
        hash: place.hash,
        why: [{ part: 'past commits', value: 0 }],
      },
    })
  }
  const note = shown.size ? INFERENCE : NO_HISTORY
  return { ...context, notes: [...context.notes, note], packs: [{ ...pack, blocks, tokens }, ...more] }
}

/** What the commits say, for who reads without a model: each as a statement about the lines it wrote. */
export function commitStatements({ packs }: Context): Statement[] {
  const blocks = (packs[0]?.blocks ?? []).filter(({ resolution }) => resolution === 'log')
  return blocks.flatMap(({ path, firstLine, lastLine, text }) =>
    text.split(/\n(?=[0-9a-f]{10} (?:\d{4}-|\())/).map((commit) => {
      const [first = '', ...body] = commit.split('\n')
      return {
        text: `commit ${first}`,
        path,
        firstLine,
        lastLine,
        quote: body
          .map((line) => line.trim())
          .filter(Boolean)
          .slice(0, MAX_BODY_LINES),
      }
    }),
  )
}

function commitText({ hash, seconds: at, subject, body, lines }: LineOrigin): string {
  const day = at ? `${new Date(at * 1000).toISOString().slice(0, 10)} ` : ''
  const part = lines ? `${lines} of the lines` : 'names it'
  return `${hash.slice(0, 10)} ${day}(${part}): ${subject}${body ? `\n  ${body.replaceAll('\n', '\n  ')}` : ''}`
}
