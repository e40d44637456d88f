/** Commits as evidence: those that wrote the lines a question is about, packed beside the code. */

import type { LineOrigin } from '../ports.ts'
import { lastName } from '../text/owner.ts'
import { redactSecrets } from '../text/redact.ts'
import { termsOf } from '../text/terms.ts'
import type { Statement } from '../types/answer.ts'
import type { Block, CommitEvidence, Context } from '../types/pack.ts'
import type { Commit } from '../types/tree.ts'

/** Places whose commits are read per question. */
const MAX_PLACES = 3
const MAX_BODY_LINES = 6
/** Further commits per place that didn't write its current lines but whose message names its symbols. */
const MAX_NAMING_COMMITS = 2
/** Budget share reserved for commits. */
export const HISTORY_BUDGET_SHARE = 0.15

const INFERENCE =
  'The code does not say why it is as it is: what the commits and comments below say is evidence, anything beyond them is inference.'
const NO_HISTORY =
  'No commit that wrote these lines can be read (no git, a shallow clone or a workspace that is not trusted): any reason given is inference.'

/** A place whose commits are wanted. */
export type CommitPlace = Pick<Block, 'path' | 'hash' | 'firstLine' | 'lastLine' | 'symbols'>

/** The best ranked places that are shown. */
export function placesForCommits({ hits, packs }: Context): readonly CommitPlace[] {
  const blocks = packs[0]?.blocks ?? []
  const found = new Map<string, CommitPlace>()
  for (const { path, firstLine, lastLine } of hits) {
    const block = blocks.find(
      (one) => one.path === path && one.shown.some(([first, last]) => first <= lastLine && last >= firstLine),
    )
    if (!block) continue
    const [first, last] = [Math.max(firstLine, block.firstLine), Math.min(lastLine, block.lastLine)]
    const { hash, symbols } = block
    if (!found.has(`${path} ${first}`))
      found.set(`${path} ${first}`, { path, hash, symbols, firstLine: first, lastLine: last })
    if (found.size >= MAX_PLACES) break
  }
  return [...found.values()]
}

/**
 * Commits of the file, other than those that wrote the lines, whose message names one of the symbols. Names that are
 * plain words are skipped.
 */
export function commitsNaming(
  commits: readonly Commit[],
  path: string,
  symbols: readonly string[],
  written: readonly LineOrigin[],
): LineOrigin[] {
  const names = symbols.map(lastName).filter((name) => /[a-z][A-Z]|_|\d/.test(name))
  if (names.length === 0) return []
  const naming = new RegExp(`(?<!\\w)(?:${names.map((name) => name.replaceAll('$', '\\$')).join('|')})(?!\\w)`)
  return commits
    .filter(
      ({ hash, paths, subject, body }) =>
        paths.includes(path) && naming.test(`${subject}\n${body}`) && !written.some((one) => one.hash === hash),
    )
    .slice(0, MAX_NAMING_COMMITS)
    .map(({ hash, subject, body }) => ({ hash, seconds: 0, subject, body, lines: 0 }))
}

/** Price of a block as presented after `previous`; undefined for the first block. */
export type PriceBlock = (
  block: Omit<Block, 'tokens'>,
  previous: Block | undefined,
) => { readonly tokens: number; readonly chars: number }

/** A place and the commits behind it. */
interface CommittedPlace {
  readonly place: CommitPlace
  readonly origins: readonly LineOrigin[]
}

/**
 * Appends the commits behind the places to the context, within the remaining budget. Each commit appears once; those
 * whose messages share the most words with the question come first.
 */
export function withCommitBlocks(
  context: Context,
  question: string,
  places: readonly CommittedPlace[],
  price: PriceBlock,
): Context {
  const questionTerms = new Set(termsOf(question))
  const sharedTerms = ({ subject, body }: LineOrigin) =>
    new Set(termsOf(`${subject}\n${body}`).filter((term) => questionTerms.has(term))).size
  const [pack, ...more] = context.packs
  if (!pack) return context
  const shown = new Set<string>()
  const blocks = [...pack.blocks]
  let { tokens, chars } = pack
  for (const { place, origins } of places) {
    const commits = origins
      .filter(({ hash }) => !shown.has(hash))
      .sort((a, b) => sharedTerms(b) - sharedTerms(a) || b.lines - a.lines)
      .map((one) => ({ ...one, subject: redactSecrets(one.subject), body: redactSecrets(one.body) }))
    if (commits.length === 0) continue
    const block = {
      ...{ ...place, id: `b${blocks.length + 1}`, resolution: 'log' as const, shown: [], commits },
      ...{ text: commits.map(commitText).join('\n'), why: [{ part: 'past commits', value: 0 }] },
    }
    const cost = price(block, blocks.at(-1))
    if (tokens + cost.tokens > pack.budget) continue
    for (const { hash } of commits) shown.add(hash)
    tokens += cost.tokens
    chars += cost.chars
    blocks.push({ ...block, tokens: cost.tokens })
  }
  const note = shown.size ? INFERENCE : NO_HISTORY
  return { ...context, notes: [...context.notes, note], packs: [{ ...pack, blocks, tokens, chars }, ...more] }
}

/** The packed commits as statements for an answer without a model. */
export function commitStatements({ packs }: Context): Statement[] {
  return (packs[0]?.blocks ?? []).flatMap(({ path, firstLine, lastLine, commits = [] }) =>
    commits.map((commit) => ({
      ...{ text: `commit ${headline(commit)}`, path, firstLine, lastLine },
      quote: bodyLines(commit).slice(0, MAX_BODY_LINES),
    })),
  )
}

function headline({ hash, seconds, subject, lines }: CommitEvidence): string {
  const day = seconds ? `${new Date(seconds * 1000).toISOString().slice(0, 10)} ` : ''
  const part = lines ? `${lines} of the lines` : 'names it'
  return `${hash.slice(0, 10)} ${day}(${part}): ${subject}`
}

const bodyLines = ({ body }: CommitEvidence): string[] =>
  body
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)

const commitText = (commit: CommitEvidence): string =>
  `${headline(commit)}${commit.body ? `\n  ${commit.body.replaceAll('\n', '\n  ')}` : ''}`
