/**
 * A conversation's memory, at three levels: the verbatim transcript while it fits; then the last exchange, truncated;
 * then observations, sentences whose citations were verified, from the turns most similar to the question (LoCoMo,
 * Maharana et al., 2024, finds assertions with turn ids the most useful retrieved form; the levels follow HMT, He et
 * al., 2024).
 */

import { termsOf } from '../text/terms.ts'
import type { ModelAnswer } from '../types/answer.ts'
import type { Block } from '../types/pack.ts'
import type { Override } from '../types/query.ts'
import type { Exchange } from '../types/thread.ts'
import { citedBlockNumbers } from './citations.ts'
import type { Transcript } from './prompt.ts'
import { sentencesOf } from './verify.ts'

/** Of the last exchange; about 600 tokens. */
const MAX_LAST_ANSWER_CHARS = 2400
const OBSERVATIONS_PER_TURN = 5
const MAX_RECALLED = 8

/** A sentence of an earlier answer whose citations were all verified. */
interface Observation {
  /** 1-based number of the turn. */
  readonly turn: number
  readonly text: string
  readonly places: readonly { readonly path: string; readonly firstLine: number; readonly hash: string }[]
}

/** The last model answer's prompt with everything said since; null if no model has answered yet. */
export function transcriptOf(earlier: readonly Exchange[]): Transcript | null {
  const last = earlier.findLastIndex(({ answer }) => isModel(answer) && answer.prompt.length > 0)
  if (last < 0) return null
  const answer = earlier[last]!.answer as ModelAnswer
  const since = earlier.slice(last + 1).flatMap((exchange) => [
    { role: 'user' as const, content: exchange.question },
    { role: 'assistant' as const, content: textOf(exchange) },
  ])
  const reply = { role: 'assistant' as const, content: withModelMarks(answer.text) || '…' }
  return { messages: [...answer.prompt, reply, ...since], blocks: blocksOf(earlier.slice(0, last + 1)) }
}

/** Blocks in the last answer's messages: those of its turn and of earlier turns, back to the last restart. */
function blocksOf(earlier: readonly Exchange[]): Block[] {
  const blocks = new Map<string, Block>()
  const opening = (earlier.at(-1)!.answer as ModelAnswer).prompt[1]?.content
  for (const { answer } of earlier.toReversed()) {
    if (!isModel(answer)) continue
    if (answer.prompt[1]?.content !== opening) break
    for (const block of answer.context.packs[0]?.blocks ?? []) if (!blocks.has(block.id)) blocks.set(block.id, block)
  }
  return [...blocks.values()]
}

const isModel = (answer: Exchange['answer']): answer is ModelAnswer =>
  typeof answer !== 'string' && answer.mode === 'model'

/** Restores the marks to the form the model writes, with a `b`. */
const withModelMarks = (text: string): string => text.replace(/\[(\d{1,4})(:\d+(?:-\d+)?)?\]/g, '[b$1$2]')

/** Summary of the conversation for a restart; empty if there is none. `staleFiles` holds `path hash` of changed files. */
export function recallText(question: string, earlier: readonly Exchange[], staleFiles: ReadonlySet<string>): string {
  const last = earlier.at(-1)
  if (!last) return ''
  const wanted = new Set(termsOf(question))
  const similarity = ({ text }: Observation) => {
    const terms = new Set(termsOf(text))
    return [...terms].filter((term) => wanted.has(term)).length / Math.sqrt(Math.max(1, terms.size))
  }
  const known = earlier.slice(0, -1).flatMap(({ answer }, i) => (isModel(answer) ? observationsOf(answer, i + 1) : []))
  const best = known
    .map((one) => ({ one, score: similarity(one) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score || b.one.turn - a.one.turn)
    .slice(0, MAX_RECALLED)
    .sort((a, b) => a.one.turn - b.one.turn)
  const rows = best.map(({ one: { turn, text, places } }) => {
    const isStale = places.some(({ path, hash }) => staleFiles.has(`${path} ${hash}`))
    return `- turn ${turn}: ${text} (${places.map(({ path, firstLine }) => `${path}:${firstLine}`).join(', ')})${isStale ? ' — changed since: check again' : ''}`
  })
  return [
    'Earlier in this conversation:',
    ...rows,
    `- last question: ${last.question}`,
    `- last answer: ${truncated(textOf(last))}`,
  ].join('\n')
}

/** The first verified sentences of an answer. */
function observationsOf({ text, citations, context }: ModelAnswer, turn: number): Observation[] {
  const verified = new Map(citations.filter(({ verdict }) => verdict === 'verified').map((one) => [one.n, one]))
  const hashes = new Map((context.packs[0]?.blocks ?? []).map((block) => [block.id, block.hash]))
  return sentencesOf(text)
    .map((sentence) => ({ sentence, numbers: citedBlockNumbers(sentence) }))
    .filter(({ numbers }) => numbers.length > 0 && numbers.every((n) => verified.has(n)))
    .slice(0, OBSERVATIONS_PER_TURN)
    .map(({ sentence, numbers }) => ({
      turn,
      text: sentence.replace(/\s*\[\d{1,4}(?::\d+(?:-\d+)?)?\]/g, '').trim(),
      places: numbers.map((n) => ({ ...verified.get(n)!, hash: hashes.get(`b${n}`) ?? '' })),
    }))
}

const MAX_CARRIED_PINS = 4

/** Pins for the places the last answer cites, so that a follow-up question sees them. */
export function pinsFromLastAnswer(earlier: readonly Exchange[]): Override[] {
  const last = earlier.at(-1)?.answer
  if (last === undefined || !isModel(last)) return []
  return last.citations
    .filter(({ verdict }) => verdict !== 'unsupported')
    .slice(0, MAX_CARRIED_PINS)
    .map(({ path, firstLine, lastLine }) => ({
      path,
      firstLine,
      lastLine,
      kind: 'pin',
      reason: 'the last answer rests on it',
    }))
}

/** All blocks that earlier model answers were given. */
export function citedBlocksOf(earlier: readonly Exchange[]): readonly Block[] {
  return earlier.flatMap(({ answer }) => (isModel(answer) ? (answer.context.packs[0]?.blocks ?? []) : []))
}

function textOf({ answer }: Exchange): string {
  if (typeof answer === 'string') return answer
  if (answer.mode === 'model') return answer.text
  return [
    answer.summary,
    ...answer.statements.slice(0, 12).map(({ text, path, firstLine }) => `${text} (${path}:${firstLine})`),
  ].join('\n')
}

const truncated = (text: string): string =>
  text.length > MAX_LAST_ANSWER_CHARS ? `${text.slice(0, MAX_LAST_ANSWER_CHARS)} …` : text
