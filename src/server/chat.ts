/** Questions of a thread: answered with the model that was chosen, kept, and told again. */
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

/** What questions are answered from, and where they are kept. */
interface Source {
  /** Over the files as they are now. */
  engine(): Promise<Engine>
  /** What a reader must know of the index; '' when all is well. */
  trouble(): Promise<string>
  readonly threads: Threads
  readonly interests: Interests
}

interface Answering {
  readonly model: Model | null
  readonly planner: Conversation['planner']
}

/** Answers and keeps the turn. What goes wrong is part of it: the question is not lost. */
export async function askThread(
  run: Run,
  { engine, trouble, threads, interests }: Source,
  asked: AskParams,
  { model, planner }: Answering,
  onPart: (part: AnswerPart) => void,
): Promise<{ readonly thread: Thread; readonly turn: Turn }> {
  const { question, mentions, budget, overrides, replaces, mode } = asked
  const before = await threads.load(asked.thread)
  const fresh: Thread = { id: newId(), title: '', at: 0, turns: [] }
  const id = before?.id ?? fresh.id
  const earlier = asked.earlier ?? exchangesIn(turnsBefore(replaces, before?.turns ?? []))
  const conversation: Conversation | undefined = model
    ? {
        ...{ model, planner, earlier },
        fence: id.slice(0, 8),
        onText: (text, again) => onPart(again === undefined ? { text } : { text, again }),
      }
    : undefined
  let answer: Answer | null = null
  let next: readonly string[] = []
  let error = ''
  try {
    const open = await engine()
    run.signal.throwIfAborted()
    answer = await open.ask(
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
    if (asked.suggest) {
      const offered = before?.turns.flatMap((one) => one.nextQuestions) ?? []
      const told = [question, ...earlier.map((exchange) => exchange.question), ...offered]
      next = await open.nextQuestions(answer, told, await interests.all())
      await interests.note(symbolsOf(answer))
    }
    answer = withTrouble(answer, await trouble())
  } catch (failure) {
    error = run.signal.aborted ? 'Stopped before there was an answer.' : userMessageOf(failure)
  }
  const turn: Turn = {
    id: newId(),
    question,
    mentions,
    budget,
    overrides: overrides,
    answer,
    error,
    feedback: null,
    nextQuestions: next,
  }
  const after = (thread: Thread, one: Turn): Thread => {
    const turns = [...turnsBefore(replaces, thread.turns), one]
    return { ...thread, title: thread.title || titleOf(question), at: Date.now(), turns }
  }
  if (asked.earlier) return { thread: after(fresh, turn), turn }
  // Meanwhile another question of the thread may have been answered or rated, and a thread that was forgotten stays so.
  const saved = await threads.change(id, (now) => (before && !now ? null : after(now ?? fresh, kept(turn))))
  if (!saved) return { thread: after(before ?? fresh, turn), turn }
  return { thread: { ...saved, turns: saved.turns.map((one) => (one.id === turn.id ? turn : one)) }, turn }
}

/** What a question points at stands in its context. */
export function pinMentions(mentions: readonly Mention[]): readonly Override[] {
  return mentions.map(({ path, firstLine, lastLine }) => ({ path, firstLine, lastLine, kind: 'pin' }))
}

/** What stands before the turn that is replaced; everything when none is. */
function turnsBefore(replaced: string, turns: readonly Turn[]): readonly Turn[] {
  const at = turns.findIndex(({ id }) => id === replaced)
  return at < 0 ? turns : turns.slice(0, at)
}

function exchangesIn(turns: readonly Turn[]): readonly Exchange[] {
  return turns.flatMap(({ question, answer }) => (answer ? [{ question, answer }] : []))
}

const COUNTED = 10

/** Names that an answer was about. */
function symbolsOf(answer: Answer): readonly string[] {
  const titles =
    answer.mode === 'model'
      ? answer.citations.flatMap(({ symbols }) => symbols)
      : answer.context.hits.slice(0, 3).map(({ symbol }) => symbol)
  const names = titles.map((title) => title.split('.').at(-1) ?? '')
  return [...new Set(names.filter(Boolean))].slice(0, COUNTED)
}

function withTrouble(answer: Answer, trouble: string): Answer {
  if (!trouble) return answer
  const context = withNote(answer.context, trouble)
  return answer.mode === 'model'
    ? { ...answer, context }
    : { ...answer, context, summary: `${trouble} ${answer.summary}` }
}

/** '' adds none. */
export function withNote(context: Context, note: string): Context {
  return note ? { ...context, notes: [note, ...context.notes] } : context
}

function titleOf(question: string): string {
  const line = question.trim().split('\n')[0] ?? ''
  return line.length > TITLE_CHARS ? `${line.slice(0, TITLE_CHARS)}…` : line
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
