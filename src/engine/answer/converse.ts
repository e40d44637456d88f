/** A pack and a model → an answer that streams, with its citations. A prompt the model finds too long is packed anew, once. */
import type { ModelAnswer } from '../model/answer.ts'
import type { Block, Context } from '../model/pack.ts'
import { ModelError, type Run } from '../model/run.ts'
import type { Exchange } from '../model/thread.ts'
import type { Model } from '../ports.ts'
import { citationsOf, MarkStream } from './marks.ts'
import { composePrompt } from './prompt.ts'
import { verifyCitations } from './verify.ts'

/** Who answers, and what was said before. */
export interface Conversation {
  readonly model: Model
  readonly earlier: readonly Exchange[]
  /** What to do with the question; nothing is searched for it. */
  readonly instruction?: string | undefined
  /** A word that names the conversation and cannot stand in a repository by chance. */
  readonly fence: string
  /** Text as it comes. `again`: what came before is void, for the reason given. */
  onText(text: string, again?: string): void
}

/** Share of a model's window that context may take: the rest is for what was said, and for the answer. */
const WINDOW_SHARE = 0.7

/** Tokens of context to ask for, given what the asker wants and what the model takes. */
export function budgetFor(wanted: number, { window }: Model): number {
  return window > 0 ? Math.max(1, Math.min(wanted, Math.floor(window * WINDOW_SHARE))) : wanted
}

/** What an answer rests on. */
export interface Sources {
  /** Searches and packs the question for a budget. */
  pack(budget: number): Promise<Context>
  /** Presents a context as text. */
  show(context: Context): string
  /** Ids of the blocks whose file is no longer what was shown. */
  stale(blocks: readonly Block[]): Promise<readonly string[]>
}

export async function answerWithModel(
  run: Run,
  conversation: Conversation,
  budget: number,
  sources: Sources,
): Promise<ModelAnswer> {
  const context = await sources.pack(budgetFor(budget, conversation.model))
  try {
    return await write(run, conversation, context, sources)
  } catch (error) {
    if (!(error instanceof ModelError && error.tooLong)) throw error
    const smaller = Math.max(1, Math.floor((context.packs[0]?.tokens ?? budget) / 2))
    const note = `The context was too large for ${conversation.model.name}: packed anew in ${smaller} tokens.`
    conversation.onText('', note)
    const again = await sources.pack(smaller)
    return await write(run, conversation, { ...again, notes: [...again.notes, note] }, sources)
  }
}

async function write(
  run: Run,
  { model, earlier, instruction, fence, onText }: Conversation,
  context: Context,
  { show, stale }: Sources,
): Promise<ModelAnswer> {
  const prompt = composePrompt([instruction, context.query].filter(Boolean).join('\n\n'), show(context), earlier, fence)
  const marks = new MarkStream()
  let text = ''
  const say = (piece: string) => {
    text += piece
    if (piece) onText(piece)
  }
  let usage: ModelAnswer['usage'] = null
  let end: ModelAnswer['end'] = 'finished'
  try {
    const written = await model.write(run, prompt, (piece) => say(marks.push(piece)))
    usage = written.usage
    if (!written.finished) end = 'cut'
  } catch (error) {
    if (run.signal.aborted) end = 'stopped'
    else if (text.trim() && error instanceof ModelError) end = 'cut'
    else throw error
  }
  say(marks.end())
  if (!text.trim() && end !== 'stopped')
    throw new ModelError(`${model.name} answered with nothing: try again, or choose another model.`)
  const blocks = context.packs[0]?.blocks ?? []
  const named = citationsOf(text, blocks)
  const cited = blocks.filter(({ id }) => named.some(({ n }) => id === `b${n}`))
  const citations = verifyCitations(text, named, blocks, new Set(await stale(cited)))
  return { mode: 'model', model: model.name, text, citations, prompt, usage, end, context }
}
