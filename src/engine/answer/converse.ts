/**
 * A pack and a model → a streamed answer with checked citations. The model may ask twice to see a block in full; a
 * prompt that is too long for it is packed again, once.
 */

import { factsText } from '../analyse/analyse.ts'
import type { Model } from '../ports.ts'
import type { Findings, Message, ModelAnswer, Usage } from '../types/answer.ts'
import type { Block, Context } from '../types/pack.ts'
import { ModelError, type Run } from '../types/run.ts'
import type { Exchange } from '../types/thread.ts'
import { assignBlockIds, freshBlocks } from './block-ids.ts'
import { CitationStream, citationsOf, unknownCitationsNote } from './citations.ts'
import { citedBlocksOf, recallText, transcriptOf } from './memory.ts'
import { composePrompt, fenced, type Transcript } from './prompt.ts'
import type { QueryModel } from './query-model.ts'
import { type FindSymbol, verifyCitations } from './verify.ts'

/** The model that answers, and the conversation so far. */
export interface Conversation {
  readonly model: Model
  /** The model that helps with the search; absent: none. */
  readonly planner?: QueryModel | undefined
  readonly earlier: readonly Exchange[]
  /** Instructions for the model about the question; not used for the search. */
  readonly instruction?: string | undefined
  /** Delimits the conversation's context; a word that cannot occur in a repository by chance. */
  readonly fence: string
  /** Receives streamed text. `again`: the text so far is void, for the reason given. */
  onText(text: string, again?: string): void
}

/** Share of a model's window that a request may fill; the rest is for the answer. */
const REQUEST_WINDOW_SHARE = 0.7
/** Tokens after which a conversation is restarted when the window is unknown. */
const MAX_CONVERSATION_TOKENS = 64_000
/** A conversation is restarted when it exceeds this many times its budget. */
const MAX_CONVERSATION_BUDGETS = 8
const MAX_EXPANSIONS = 2
const NO_EVIDENCE = { again: [], outdated: [], memory: '' }
const EXPANSION_TOKENS = 4000
const EXPAND = /^\s*EXPAND((?:[\s,;]*\[?b?\d{1,4}\]?)+)\s*$/

/**
 * Tokens of context to pack, in our count: limited by what the user asked for, the model's window, and what it is known
 * to read well.
 */
export function budgetFor(
  wanted: number,
  {
    windowTokens: window,
    effectiveTokens: effective,
    tokenRatio: stretch,
  }: Pick<Model, 'windowTokens' | 'effectiveTokens' | 'tokenRatio'>,
): number {
  const most = Math.min(wanted, window > 0 ? window * REQUEST_WINDOW_SHARE : wanted, effective > 0 ? effective : wanted)
  return Math.max(1, Math.floor(most / stretch))
}

/** A note that the pack is smaller than requested because the model is not known to read more; otherwise ''. */
export function limitNote(
  wanted: number,
  { name, effectiveTokens: effective }: Pick<Model, 'name' | 'effectiveTokens'>,
): string {
  if (effective <= 0 || wanted <= effective) return ''
  return `Packed in ${effective} tokens: ${name} is not known to find what stands in more; \`fovea bench needles\` measures how much it can take.`
}

/** Where an answer gets its context from. */
export interface AnswerSources {
  /** Searches and packs for a budget. */
  pack(budget: number): Promise<Context>
  /** The full lines of a block, within a budget. */
  expand(block: Block, budget: number): Promise<readonly Block[]>
  /** Presents blocks and notes as text. */
  show(blocks: readonly Block[], notes: readonly string[]): string
  /** The repository in a few lines. */
  readonly outline: string
  /** Sentences that say where the symbols of the question are defined. */
  readonly places: readonly string[]
  /** Ids of the blocks whose file has changed since it was shown. */
  stale(blocks: readonly Block[]): Promise<readonly string[]>
  /** Finds the definitions of a name. */
  readonly find: FindSymbol
  count(text: string): number
}

export async function answerWithModel(
  run: Run,
  conversation: Conversation,
  budget: number,
  sources: AnswerSources,
  findings: Findings | null,
): Promise<ModelAnswer> {
  const { model } = conversation
  const rules = composePrompt(
    '',
    { text: [...sources.places, ...factsText(findings)].join('\n'), ...NO_EVIDENCE },
    null,
    { outline: sources.outline, fence: conversation.fence },
  )
  const rulesTokens = rules.reduce((sum, { content }) => sum + sources.count(content), 0)
  const available = budgetFor(Number.POSITIVE_INFINITY, { ...model, effectiveTokens: 0 }) - rulesTokens
  const packed = await sources.pack(Math.max(1, Math.min(budgetFor(budget, model), available)))
  const limit = limitNote(budget, model)
  const context = limit ? { ...packed, notes: [...packed.notes, limit] } : packed
  const transcript = await keptTranscript(conversation, budget, sources)
  try {
    return await answerOnce(run, { conversation, sources, findings }, context, transcript)
  } catch (error) {
    if (!(error instanceof ModelError && error.tooLong)) throw error
    const smaller = Math.max(1, Math.floor((context.packs[0]?.tokens ?? budget) / 2))
    const note = `The context was too large for ${conversation.model.name}: packed anew in ${smaller} tokens.`
    conversation.onText('', note)
    const again = await sources.pack(smaller)
    return await answerOnce(run, { conversation, sources, findings }, { ...again, notes: [...again.notes, note] }, null)
  }
}

/** The transcript so far, while there is space for more; null to restart. */
async function keptTranscript(
  { model, earlier }: Conversation,
  budget: number,
  { count }: AnswerSources,
): Promise<Transcript | null> {
  const transcript = transcriptOf(earlier)
  if (!transcript) return null
  const most = Math.min(
    model.windowTokens > 0 ? model.windowTokens * REQUEST_WINDOW_SHARE : MAX_CONVERSATION_TOKENS,
    MAX_CONVERSATION_BUDGETS * Math.max(budget, model.effectiveTokens / 2),
  )
  const tokens = transcript.messages.reduce((sum, { content }) => sum + count(content), 0) * model.tokenRatio
  return tokens + budget <= most ? transcript : null
}

interface AnswerRequest {
  readonly conversation: Conversation
  readonly sources: AnswerSources
  readonly findings: Findings | null
}

async function answerOnce(
  run: Run,
  { conversation, sources, findings }: AnswerRequest,
  packed: Context,
  transcript: Transcript | null,
): Promise<ModelAnswer> {
  const { model, earlier, instruction, fence, onText } = conversation
  const { show, outline, stale, places, count, expand } = sources
  const before = transcript?.blocks ?? []
  const outdated = new Set(await stale(before))
  const { context, fresh, again } = assignBlockIds(
    packed,
    before.filter(({ id }) => !outdated.has(id)),
    before,
  )
  const gone = transcript ? new Set<string>() : await changedSince(earlier, stale)
  const evidence = {
    text: show(fresh, [...context.notes, ...places, ...factsText(findings)]),
    again,
    outdated: before.filter(({ id }) => outdated.has(id)).map(({ id }) => id),
    memory: transcript ? '' : recallText(context.query, earlier, gone),
  }
  const question = [instruction, context.query].filter(Boolean).join('\n\n')
  let prompt = composePrompt(question, evidence, transcript, { outline, fence })
  let blocks = [...before, ...(context.packs[0]?.blocks ?? [])]
  let spent: Usage | null = null
  for (let expansions = 0; ; expansions++) {
    const reply = await streamReply(run, model, prompt, onText)
    if (reply.usage) {
      model.recordUsage(
        prompt.reduce((sum, { content }) => sum + count(content), 0),
        reply.usage.input,
      )
      spent = addUsage(spent, reply.usage)
    }
    if (reply.expand && expansions >= MAX_EXPANSIONS)
      throw new ModelError(`${model.name} only asks to see more of the context: try again, or choose another model.`)
    if (reply.expand) {
      const wanted = reply.expand.flatMap((n) => blocks.find(({ id }) => id === `b${n}`) ?? [])
      const full = freshBlocks(
        (await Promise.all(wanted.map((block) => expand(block, EXPANSION_TOKENS)))).flat(),
        blocks,
      )
      blocks = [...blocks, ...full]
      const more = full.length ? fenced(show(full, []), fence) : 'These blocks hold no more than what was shown.'
      const asked: Message = { role: 'assistant', content: `EXPAND ${reply.expand.map((n) => `[b${n}]`).join(' ')}` }
      prompt = [...prompt, asked, { role: 'user', content: `${more}\n\n${question}` }]
      continue
    }
    if (!reply.text.trim() && reply.end !== 'stopped')
      throw new ModelError(`${model.name} answered with nothing: try again, or choose another model.`)
    const { text, end } = reply
    const named = citationsOf(text, blocks)
    const cited = blocks.filter(({ id }) => named.some(({ n }) => id === `b${n}`))
    const citations = verifyCitations(text, named, blocks, new Set(await stale(cited)), sources.find)
    const whole = withBlocks(context, blocks, before)
    const more = [unknownCitationsNote(text, blocks), DECLINED.test(text) ? nearestText(whole) : ''].filter(Boolean)
    return {
      ...{ mode: 'model', model: model.name, text, citations, prompt, usage: spent, end, findings },
      context: { ...whole, notes: [...whole.notes, ...more] },
    }
  }
}

/** How the prompt lets a model say that the context does not contain the answer. */
const DECLINED = /^\W*not found\b/i
const MAX_NEAREST = 3

/** For a declined answer: what was searched, and the nearest hits. */
function nearestText({ hits }: Context): string {
  const places = [...new Map(hits.map((hit) => [hit.path, hit])).values()].slice(0, MAX_NEAREST)
  const named = places.map(({ path, firstLine, symbol }) => `${symbol ? `${symbol}, ` : ''}${path}:${firstLine}`)
  return named.length
    ? `The whole index was searched; nearest to the question: ${named.join('; ')}.`
    : 'The whole index was searched, and nothing in it is near to the question.'
}

interface StreamedReply {
  readonly text: string
  readonly usage: Usage | null
  readonly end: ModelAnswer['end']
  /** Numbers of the blocks it asks to see in full; null when it answers. */
  readonly expand: readonly number[] | null
}

/** One request. Text that may turn out to be a request to see more is held back until that is clear. */
async function streamReply(
  run: Run,
  model: Model,
  prompt: readonly Message[],
  onText: (text: string) => void,
): Promise<StreamedReply> {
  const marks = new CitationStream()
  let text = ''
  let raw = ''
  let held: string | null = ''
  const emit = (piece: string) => {
    text += piece
    if (held !== null) {
      held += piece
      const start = held.trimStart()
      if ('EXPAND'.startsWith(start.slice(0, 6)) && start.length < 200) return
      piece = held
      held = null
    }
    if (piece) onText(piece)
  }
  let usage: Usage | null = null
  let end: ModelAnswer['end'] = 'finished'
  try {
    const written = await model.complete(run, prompt, (piece) => {
      raw += piece
      emit(marks.push(piece))
    })
    usage = written.usage
    if (!written.finished) end = 'cut'
  } catch (error) {
    if (run.signal.aborted) end = 'stopped'
    else if (text.trim() && error instanceof ModelError) end = 'cut'
    else throw error
  }
  emit(marks.end())
  const [, wish] = (end !== 'stopped' && EXPAND.exec(raw)) || []
  if (wish) return { text: '', usage, end, expand: [...new Set(wish.match(/\d+/g)?.map(Number))] }
  if (held) onText(held)
  return { text, usage, end, expand: null }
}

/** The blocks of the turn: packed ones, and those expanded on request. */
function withBlocks(context: Context, blocks: readonly Block[], before: readonly Block[]): Context {
  const [pack, ...more] = context.packs
  if (!pack) return context
  const known = new Set(before.map(({ id }) => id))
  const own = new Set(pack.blocks.map(({ id }) => id))
  const expanded = blocks.filter(({ id }) => !known.has(id) && !own.has(id))
  return { ...context, packs: [{ ...pack, blocks: [...pack.blocks, ...expanded] }, ...more] }
}

function addUsage(a: Usage | null, b: Usage): Usage {
  const cached = a?.cached == null && b.cached === null ? null : (a?.cached ?? 0) + (b.cached ?? 0)
  return { input: (a?.input ?? 0) + b.input, output: (a?.output ?? 0) + b.output, cached: cached }
}

/** Files that earlier answers rest on and that have changed since, by hash. */
async function changedSince(earlier: readonly Exchange[], stale: AnswerSources['stale']): Promise<ReadonlySet<string>> {
  const blocks = citedBlocksOf(earlier).map((block, i) => ({ ...block, id: `m${i}` }))
  const gone = new Set(await stale(blocks))
  return new Set(blocks.filter(({ id }) => gone.has(id)).map(({ path, hash }) => `${path} ${hash}`))
}
