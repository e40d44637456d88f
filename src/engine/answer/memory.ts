/**
 * The memory of a conversation, at three levels: the transcript while it fits; then the last exchange, shortened; then
 * observations, that is sentences with valid citations, of turns similar to the question (LoCoMo, Maharana et al.,
 * 2024, finds assertions with turn ids the best unit of retrieval; HMT, He et al., 2024, has the levels).
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

/** A sentence of an earlier answer that its citations support. */
interface Observation {
  /** Number of the turn, from 1. */
  readonly turn: number
  readonly text: string
  readonly places: readonly { readonly path: string; readonly firstLine: number; readonly hash: string }[]
}

/** The transcript of the last answer and of the turns since; null when there is none. */
export function transcriptOf(earlier: readonly Exchange[]): Transcript | null {
  const last = earlier.findLastIndex(({ answer }) => isModel(answer) && answer.prompt.length > 0)
  if (last < 0) return null
  const answer = earlier[last]!.answer as ModelAnswer
  const since = earlier.slice(last + 1).flatMap((exchange) => [
    { role: 'user' as const, content: exchange.question },
    { role: 'assistant' as const, content: textOf(exchange) },
  ])
  const reply = { role: 'assistant' as const, content: marked(answer.text) || '…' }
  return { messages: [...answer.prompt, reply, ...since], blocks: blocksOf(earlier.slice(0, last + 1)) }
}

/** Blocks in the messages of the last answer: of its own turn and of earlier ones, back to the last restart. */
function blocksOf(earlier: readonly Exchange[]): Block[] {
  const blocks = new Map<string, Block>()
  const begin = (earlier.at(-1)!.answer as ModelAnswer).prompt[1]?.content
  for (const { answer } of earlier.toReversed()) {
    if (!isModel(answer)) continue
    if (answer.prompt[1]?.content !== begin) break
    for (const block of answer.context.packs[0]?.blocks ?? []) if (!blocks.has(block.id)) blocks.set(block.id, block)
  }
  return [...blocks.values()]
}

const isModel = (answer: Exchange['answer']): answer is ModelAnswer =>
  typeof answer !== 'string' && answer.mode === 'model'

/** With citations as the model wrote them, `[b3]`. */
const marked = (text: string): string => text.replace(/\[(\d{1,4})(:\d+(?:-\d+)?)?\]/g, '[b$1$2]')

/** A summary of earlier turns for a conversation that restarts; '' when there are none. */
export function recallText(question: string, earlier: readonly Exchange[], outdated: ReadonlySet<string>): string {
  const last = earlier.at(-1)
  if (!last) return ''
  const wanted = new Set(termsOf(question))
  const likeness = ({ text }: Observation) => {
    const terms = new Set(termsOf(text))
    return [...terms].filter((term) => wanted.has(term)).length / Math.sqrt(Math.max(1, terms.size))
  }
  const known = earlier.slice(0, -1).flatMap(({ answer }, i) => (isModel(answer) ? observationsOf(answer, i + 1) : []))
  const best = known
    .map((one) => ({ one, worth: likeness(one) }))
    .filter(({ worth }) => worth > 0)
    .sort((a, b) => b.worth - a.worth || b.one.turn - a.one.turn)
    .slice(0, MAX_RECALLED)
    .sort((a, b) => a.one.turn - b.one.turn)
  const rows = best.map(({ one: { turn, text, places } }) => {
    const stale = places.some(({ path, hash }) => outdated.has(`${path} ${hash}`))
    return `- turn ${turn}: ${text} (${places.map(({ path, firstLine }) => `${path}:${firstLine}`).join(', ')})${stale ? ' — changed since: check again' : ''}`
  })
  return [
    'Earlier in this conversation:',
    ...rows,
    `- last question: ${last.question}`,
    `- last answer: ${cut(textOf(last))}`,
  ].join('\n')
}

/** Verified sentences of an answer, at most five. */
function observationsOf({ text, citations, context }: ModelAnswer, turn: number): Observation[] {
  const held = new Map(citations.filter(({ verdict }) => verdict === 'verified').map((one) => [one.n, one]))
  const hashes = new Map((context.packs[0]?.blocks ?? []).map((block) => [block.id, block.hash]))
  return sentencesOf(text)
    .map((sentence) => ({ sentence, numbers: citedBlockNumbers(sentence) }))
    .filter(({ numbers }) => numbers.length > 0 && numbers.every((n) => held.has(n)))
    .slice(0, OBSERVATIONS_PER_TURN)
    .map(({ sentence, numbers }) => ({
      turn,
      text: sentence.replace(/\s*\[\d{1,4}(?::\d+(?:-\d+)?)?\]/g, '').trim(),
      places: numbers.map((n) => ({ ...held.get(n)!, hash: hashes.get(`b${n}`) ?? '' })),
    }))
}

const MAX_CARRIED_PINS = 4

/** Pins what the last answer cites: it stays a candidate for a similar question. */
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
      why: 'the last answer rests on it',
    }))
}

/** Paths and hashes that earlier answers rest on, to be checked again. */
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

const cut = (text: string): string =>
  text.length > MAX_LAST_ANSWER_CHARS ? `${text.slice(0, MAX_LAST_ANSWER_CHARS)} …` : text
