/**
 * Answers the questions of a thread with the chosen model and stores each turn. A failure is stored as well, so that
 * the question is not lost.
 */
import type { Conversation, Engine } from '../engine/engine.ts'
import type { Model } from '../engine/ports.ts'
import type { Answer } from '../engine/types/answer.ts'
import type { Context } from '../engine/types/pack.ts'
import type { Override } from '../engine/types/query.ts'
import type { Run } from '../engine/types/run.ts'
import type { Exchange, Mention, Thread, Turn } from '../engine/types/thread.ts'
import type { Interests } from '../host/interests.ts'
import { newId, type Threads } from '../host/threads.ts'
import type { AnswerPart, AskParams } from '../protocol/requests.ts'
import { userMessageOf } from './indexing.ts'

const TITLE_CHARS = 60

/** Where the answers come from, and where the turns are stored. */
interface ChatServices {
  /** An engine over the current files. */
  engine(): Promise<Engine>
  /** A caveat about the state of the index; null when there is none. */
  warning(): Promise<string | null>
  readonly threads: Threads
  readonly interests: Interests
}

interface AnswerOptions {
  readonly model: Model | null
  readonly planner: Conversation['planner']
  readonly onPart: (part: AnswerPart) => void
}

/**
 * Answers a question and stores the turn. Does not throw when answering fails: the turn then carries the error. A
 * request that includes its `earlier` exchanges (the editor's chat) is answered without being stored.
 */
export async function askThread(
  run: Run,
  { engine, warning, threads, interests }: ChatServices,
  params: AskParams,
  { model, planner, onPart }: AnswerOptions,
): Promise<{ readonly thread: Thread; readonly turn: Turn }> {
  const { question, mentions, budget, overrides, replaces, mode } = params
  const before = params.thread === null ? null : await threads.load(params.thread)
  const newThread: Thread = { id: newId(), title: '', at: 0, turns: [] }
  const id = before?.id ?? newThread.id
  const earlier = params.earlier ?? exchangesIn(turnsBefore(replaces, before?.turns ?? []))
  const conversation: Conversation | undefined = model
    ? {
        ...{ model, planner, earlier },
        fence: id.slice(0, 8),
        onText: (text, again) => onPart(again === undefined ? { text } : { text, again }),
      }
    : undefined
  let answer: Answer | null = null
  let nextQuestions: readonly string[] = []
  let error: string | null = null
  try {
    const current = await engine()
    run.signal.throwIfAborted()
    answer = await current.ask(
      run,
      {
        ...{
          text: question,
          budgets: [budget],
          overrides: [...pinMentions(mentions), ...overrides],
          ...(mode && { mode }),
        },
        previousQuestions: earlier.map((exchange) => exchange.question),
      },
      conversation,
    )
    if (params.suggest) {
      const suggested = before?.turns.flatMap((turn) => turn.nextQuestions) ?? []
      const alreadyAsked = [question, ...earlier.map((exchange) => exchange.question), ...suggested]
      nextQuestions = await current.nextQuestions(answer, alreadyAsked, await interests.all())
      await interests.note(symbolsOf(answer))
    }
    answer = withWarning(answer, await warning())
  } catch (failure) {
    error = run.signal.aborted ? 'Stopped before there was an answer.' : userMessageOf(failure)
  }
  const turn: Turn = {
    id: newId(),
    question,
    mentions,
    budget,
    overrides,
    answer,
    error,
    feedback: null,
    nextQuestions,
  }
  const withTurn = (thread: Thread, newTurn: Turn): Thread => {
    const turns = [...turnsBefore(replaces, thread.turns), newTurn]
    return { ...thread, title: thread.title || titleOf(question), at: Date.now(), turns }
  }
  if (params.earlier) return { thread: withTurn(newThread, turn), turn }
  // Another turn may have been answered or rated meanwhile. A thread that was deleted meanwhile stays deleted.
  const saved = await threads.change(id, (stored) =>
    before && !stored ? null : withTurn(stored ?? newThread, storedTurn(turn)),
  )
  if (!saved) return { thread: withTurn(before ?? newThread, turn), turn }
  return { thread: { ...saved, turns: saved.turns.map((one) => (one.id === turn.id ? turn : one)) }, turn }
}

/** Pins what a question mentions, so that the context always contains it. */
export function pinMentions(mentions: readonly Mention[]): readonly Override[] {
  return mentions.map(({ path, firstLine, lastLine }) => ({ path, firstLine, lastLine, kind: 'pin' }))
}

/** The turns before the replaced one; all of them when none is replaced. */
function turnsBefore(replaced: string | null, turns: readonly Turn[]): readonly Turn[] {
  const at = turns.findIndex(({ id }) => id === replaced)
  return at < 0 ? turns : turns.slice(0, at)
}

function exchangesIn(turns: readonly Turn[]): readonly Exchange[] {
  return turns.flatMap(({ question, answer }) => (answer ? [{ question, answer }] : []))
}

const MAX_INTERESTS = 10

/** The names of the symbols an answer is about, at most `MAX_INTERESTS`. */
function symbolsOf(answer: Answer): readonly string[] {
  const symbols =
    answer.mode === 'model'
      ? answer.citations.flatMap(({ symbols }) => symbols)
      : answer.context.hits.slice(0, 3).map(({ symbol }) => symbol)
  const names = symbols.map((symbol) => symbol.split('.').at(-1) ?? '')
  return [...new Set(names.filter(Boolean))].slice(0, MAX_INTERESTS)
}

function withWarning(answer: Answer, warning: string | null): Answer {
  if (!warning) return answer
  const context = withNote(answer.context, warning)
  return answer.mode === 'model'
    ? { ...answer, context }
    : { ...answer, context, summary: `${warning} ${answer.summary}` }
}

/** Puts a note before the context's own; null adds none. */
export function withNote(context: Context, note: string | null): Context {
  return note ? { ...context, notes: [note, ...context.notes] } : context
}

function titleOf(question: string): string {
  const line = question.trim().split('\n')[0] ?? ''
  return line.length > TITLE_CHARS ? `${line.slice(0, TITLE_CHARS)}…` : line
}

/** The turn as stored: of a long ranking only the best hit of each file, which is all that is shown later. */
function storedTurn(turn: Turn): Turn {
  if (!turn.answer) return turn
  const context: Context = { ...turn.answer.context, hits: bestHits(turn.answer.context) }
  return { ...turn, answer: { ...turn.answer, context } }
}

function bestHits({ hits }: Context): Context['hits'] {
  const seen = new Set<string>()
  return hits.flatMap((hit) => (seen.has(hit.path) || !seen.add(hit.path) ? [] : [{ ...hit, why: [] }]))
}
