/** Questions of a thread: answered with the model that was chosen, kept, and told again. */
import type { Conversation, Engine } from '../engine/engine.ts'
import type { Answer } from '../engine/model/answer.ts'
import type { Context } from '../engine/model/pack.ts'
import type { Run } from '../engine/model/run.ts'
import type { Thread, Turn } from '../engine/model/thread.ts'
import type { Model } from '../engine/ports.ts'
import { newId, type Threads } from '../host/threads.ts'
import type { AnswerPart, Asked } from '../protocol/requests.ts'
import { sentenceOf } from './indexing.ts'

const TITLE_CHARS = 60

/** Answers and keeps the turn. What goes wrong is part of it: the question is not lost. */
export async function askThread(
  run: Run,
  engine: Engine,
  threads: Threads,
  asked: Asked,
  model: Model | null,
  onPart: (part: AnswerPart) => void,
): Promise<{ readonly thread: Thread; readonly turn: Turn }> {
  const before = (await threads.load(asked.thread)) ?? { id: newId(), title: '', at: 0, turns: [] }
  const at = before.turns.findIndex(({ id }) => id === asked.replaces)
  const turns = at < 0 ? before.turns : before.turns.slice(0, at)
  const { question, mentions, budget, adjust } = asked
  const pins = mentions.map(({ path, start, end }) => ({ path, start, end, wish: 'pin' as const }))
  const told = turns.flatMap((turn) => (turn.answer ? [{ question: turn.question, answer: textOf(turn.answer) }] : []))
  const conversation: Conversation | undefined = model
    ? {
        model,
        earlier: asked.earlier ?? told,
        fence: before.id.slice(0, 8),
        onText: (text, again) => onPart(again === undefined ? { text } : { text, again }),
      }
    : undefined
  let answer: Answer | null = null
  let error = ''
  try {
    answer = await engine.ask(run, { text: question, budgets: [budget], adjust: [...pins, ...adjust] }, conversation)
  } catch (failure) {
    error = run.signal.aborted ? 'Stopped before there was an answer.' : sentenceOf(failure)
  }
  const turn: Turn = { id: newId(), question, mentions, budget, adjust, answer, error, feedback: null }
  const thread = { ...before, title: before.title || titleOf(question), at: Date.now(), turns: [...turns, turn] }
  if (!asked.earlier) await threads.save({ ...thread, turns: thread.turns.map(kept) })
  return { thread, turn }
}

function titleOf(question: string): string {
  const line = question.trim().split('\n')[0] ?? ''
  return line.length > TITLE_CHARS ? `${line.slice(0, TITLE_CHARS)}…` : line
}

function textOf(answer: Answer): string {
  if (answer.mode === 'model') return answer.text
  return [answer.summary, ...answer.statements.map(({ text, path, start }) => `${text} (${path}:${start})`)].join('\n')
}

/** Of a long ranking the best place of each file is enough, later on. */
function kept(turn: Turn): Turn {
  if (!turn.answer) return turn
  const context: Context = { ...turn.answer.context, hits: bestHits(turn.answer.context) }
  return { ...turn, answer: { ...turn.answer, context } }
}

function bestHits({ hits }: Context): Context['hits'] {
  const seen = new Set<string>()
  return hits.flatMap((hit) => (seen.has(hit.path) || !seen.add(hit.path) ? [] : [{ ...hit, why: [] }]))
}
