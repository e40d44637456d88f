/**
 * A context and a model → a streamed answer with checked citations. The model may ask twice to see a block in full
 * (EXPAND); a prompt too long for it is packed again once, in half the tokens.
 */

import { factsText } from '../analyse/analyse.ts'
import type { Model } from '../ports.ts'
import type { Findings, Message, ModelAnswer, Usage } from '../types/answer.ts'
import type { Block, Context } from '../types/pack.ts'
import { addUsage } from '../types/price.ts'
import { ModelError, type Run } from '../types/run.ts'
import type { Exchange } from '../types/thread.ts'
import { assignBlockIds, freshBlocks } from './block-ids.ts'
import { CitationStream, citationsOf, unknownCitationsNote } from './citations.ts'
import { citedBlocksOf, recallText, transcriptOf } from './conversation-memory.ts'
import { composePrompt, fenced, type Transcript } from './prompt.ts'
import type { QueryModel } from './query-model.ts'
import { type FindSymbol, verifyCitations } from './verify.ts'

/** The model that answers, and the conversation so far. */
export interface Conversation {
  readonly model: Model
  /** Model that assists the search, if any. */
  readonly planner?: QueryModel | undefined
  readonly earlier: readonly Exchange[]
  /** Instruction prepended to the question; not searched for. */
  readonly instruction?: string | undefined
  /** A random word, unique to the conversation, that delimits quoted context. */
  readonly fence: string
  /** Receives streamed text. `again`: discard the text so far, for this reason. */
  onText(text: string, again?: string): void
}

/** Share of the context window a request may fill; the rest is for the answer. */
const REQUEST_WINDOW_SHARE = 0.7
/** Maximum transcript tokens when the context window is unknown. */
const MAX_CONVERSATION_TOKENS = 64_000
/** A transcript longer than this many budgets is dropped and the conversation restarts with a summary. */
const MAX_CONVERSATION_BUDGETS = 8
const MAX_EXPANSIONS = 2
const NO_EVIDENCE = { again: [], staleIds: [], memory: '' }
const EXPANSION_TOKENS = 4000
const EXPAND = /^\s*EXPAND((?:[\s,;]*\[?b?\d{1,4}\]?)+)\s*$/

/**
 * Context budget in tokens of our tokenizer: the requested budget, capped by the model's window and by how much it is
 * known to read well.
 */
export function budgetFor(
  requested: number,
  {
    windowTokens: window,
    effectiveTokens: effective,
    tokenRatio,
  }: Pick<Model, 'windowTokens' | 'effectiveTokens' | 'tokenRatio'>,
): number {
  const most = Math.min(
    requested,
    window > 0 ? window * REQUEST_WINDOW_SHARE : requested,
    effective > 0 ? effective : requested,
  )
  return Math.max(1, Math.floor(most / tokenRatio))
}

/** Note that a pack is smaller than requested because the model isn't known to read more reliably; empty otherwise. */
export function limitNote(
  budget: number,
  { name, effectiveTokens: effective }: Pick<Model, 'name' | 'effectiveTokens'>,
): string {
  if (effective <= 0 || budget <= effective) return ''
  return `The context is limited to ${effective} tokens: ${name} is not known to read longer contexts reliably; \`fovea bench needles\` measures how much it reads.`
}

/** Access to the index while answering. */
export interface AnswerSources {
  /** Searches and packs the question for a budget. */
  pack(budget: number): Promise<Context>
  /** A block's lines in full, within a budget. */
  expand(block: Block, budget: number): Promise<readonly Block[]>
  /** Formats blocks and notes as text. */
  show(blocks: readonly Block[], notes: readonly string[]): string
  /** Outline of the repository. */
  readonly outline: string
  /** Sentences that locate the symbols named in the question. */
  readonly places: readonly string[]
  /** Ids of blocks whose file has changed since. */
  staleBlockIds(blocks: readonly Block[]): Promise<readonly string[]>
  /** Finds the definitions of a name. */
  readonly find: FindSymbol
  /** Counts tokens. */
  count(text: string): number
}

/**
 * Packs a context within `budget` tokens and lets the model answer from it and from the exact findings. Throws a
 * `ModelError` when the model can't answer.
 */
export async function answerWithModel(
  run: Run,
  conversation: Conversation,
  sources: AnswerSources,
  { budget, findings }: { readonly budget: number; readonly findings: Findings | null },
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
  const transcript = await reusableTranscript(conversation, budget, sources)
  try {
    return await answerOnce(run, { conversation, sources, findings }, context, transcript)
  } catch (error) {
    if (!(error instanceof ModelError && error.tooLong)) throw error
    const smaller = Math.max(1, Math.floor((context.packs[0]?.tokens ?? budget) / 2))
    const note = `The context was too large for ${conversation.model.name}: it was packed again in ${smaller} tokens.`
    conversation.onText('', note)
    const again = await sources.pack(smaller)
    return await answerOnce(run, { conversation, sources, findings }, { ...again, notes: [...again.notes, note] }, null)
  }
}

/** The transcript so far if the next question still fits; null to restart the conversation. */
async function reusableTranscript(
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

/** What stays the same when a question is asked again with a smaller context. */
interface AnswerRequest {
  readonly conversation: Conversation
  readonly sources: AnswerSources
  readonly findings: Findings | null
}

/** Asks the model, serving its EXPAND requests, and verifies the answer. */
async function answerOnce(
  run: Run,
  { conversation, sources, findings }: AnswerRequest,
  packed: Context,
  transcript: Transcript | null,
): Promise<ModelAnswer> {
  const { model, earlier, instruction, fence, onText } = conversation
  const { show, outline, staleBlockIds, places, count, expand } = sources
  const before = transcript?.blocks ?? []
  const staleIds = new Set(await staleBlockIds(before))
  const { context, fresh, again } = assignBlockIds(
    packed,
    before.filter(({ id }) => !staleIds.has(id)),
    before,
  )
  const staleFiles = transcript ? new Set<string>() : await staleFilesOf(earlier, staleBlockIds)
  const evidence = {
    text: show(fresh, [...context.notes, ...places, ...factsText(findings)]),
    again,
    staleIds: before.filter(({ id }) => staleIds.has(id)).map(({ id }) => id),
    memory: transcript ? '' : recallText(context.query, earlier, staleFiles),
  }
  const question = [instruction, context.query].filter(Boolean).join('\n\n')
  let prompt = composePrompt(question, evidence, transcript, { outline, fence })
  let blocks = [...before, ...(context.packs[0]?.blocks ?? [])]
  let usage: Usage | null = null
  for (let expansions = 0; ; expansions++) {
    const reply = await streamReply(run, model, prompt, onText)
    if (reply.usage) {
      model.recordUsage(
        prompt.reduce((sum, { content }) => sum + count(content), 0),
        reply.usage.input,
      )
      usage = addUsage(usage, reply.usage)
    }
    if (reply.expand && expansions >= MAX_EXPANSIONS)
      throw new ModelError(`${model.name} only asks to see more of the context: try again, or choose another model.`)
    if (reply.expand) {
      const requested = reply.expand.flatMap((n) => blocks.find(({ id }) => id === `b${n}`) ?? [])
      const full = freshBlocks(
        (await Promise.all(requested.map((block) => expand(block, EXPANSION_TOKENS)))).flat(),
        blocks,
      )
      blocks = [...blocks, ...full]
      const more = full.length ? fenced(show(full, []), fence) : 'These blocks hold no more than what was shown.'
      const request: Message = { role: 'assistant', content: `EXPAND ${reply.expand.map((n) => `[b${n}]`).join(' ')}` }
      prompt = [...prompt, request, { role: 'user', content: `${more}\n\n${question}` }]
      continue
    }
    if (!reply.text.trim() && reply.end !== 'stopped')
      throw new ModelError(`${model.name} answered with nothing: try again, or choose another model.`)
    const { text, end } = reply
    const found = citationsOf(text, blocks)
    const cited = blocks.filter(({ id }) => found.some(({ n }) => id === `b${n}`))
    const citations = verifyCitations(text, found, {
      ...{ blocks, find: sources.find },
      staleIds: new Set(await staleBlockIds(cited)),
    })
    const whole = withBlocks(context, { blocks, before, show })
    const more = [unknownCitationsNote(text, blocks), DECLINED.test(text) ? nearestText(whole) : ''].filter(Boolean)
    return {
      ...{ mode: 'model', model: model.name, text, citations, prompt, usage, end, findings },
      context: { ...whole, notes: [...whole.notes, ...more] },
    }
  }
}

/** The opening the rules prescribe when the context doesn't contain the answer. */
const DECLINED = /^\W*not found\b/i
const MAX_NEAREST = 3

/** Note for a declined answer: what was searched and what came closest. */
function nearestText({ hits }: Context): string {
  const places = [...new Map(hits.map((hit) => [hit.path, hit])).values()].slice(0, MAX_NEAREST)
  const named = places.map(({ path, firstLine, symbol }) => `${symbol ? `${symbol}, ` : ''}${path}:${firstLine}`)
  return named.length
    ? `The whole index was searched; nearest to the question: ${named.join('; ')}.`
    : 'The whole index was searched, and nothing in it is near to the question.'
}

/** One reply of the model. */
interface StreamedReply {
  readonly text: string
  readonly usage: Usage | null
  readonly end: ModelAnswer['end']
  /** Numbers of the blocks it asks to see in full; null if it answered. */
  readonly expand: readonly number[] | null
}

/** Sends one request. Text that may turn out to be an EXPAND request is held back until that is clear. */
async function streamReply(
  run: Run,
  model: Model,
  prompt: readonly Message[],
  onText: (text: string) => void,
): Promise<StreamedReply> {
  const marks = new CitationStream()
  let text = ''
  let raw = ''
  let pending: string | null = ''
  const emit = (piece: string) => {
    text += piece
    if (pending !== null) {
      pending += piece
      const start = pending.trimStart()
      if ('EXPAND'.startsWith(start.slice(0, 6)) && start.length < 200) return
      piece = pending
      pending = null
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
  const [, request] = (end !== 'stopped' && EXPAND.exec(raw)) || []
  if (request) return { text: '', usage, end, expand: [...new Set(request.match(/\d+/g)?.map(Number))] }
  if (pending) onText(pending)
  return { text, usage, end, expand: null }
}

/** The context with the blocks that were expanded in this turn, which raise its budget. */
function withBlocks(
  context: Context,
  { blocks, before, show }: { blocks: readonly Block[]; before: readonly Block[]; show: AnswerSources['show'] },
): Context {
  const [pack, ...more] = context.packs
  if (!pack) return context
  const known = new Set(before.map(({ id }) => id))
  const packed = new Set(pack.blocks.map(({ id }) => id))
  const expanded = blocks.filter(({ id }) => !known.has(id) && !packed.has(id))
  if (expanded.length === 0) return context
  const tokens = expanded.reduce((sum, block) => sum + block.tokens, 0)
  const larger = {
    ...{ budget: pack.budget + tokens, tokens: pack.tokens + tokens },
    ...{ chars: pack.chars + show(expanded, []).length, blocks: [...pack.blocks, ...expanded] },
  }
  return { ...context, packs: [{ ...pack, ...larger }, ...more] }
}

/** `path hash` of each file that earlier answers rest on and that has changed since. */
async function staleFilesOf(
  earlier: readonly Exchange[],
  staleBlockIds: AnswerSources['staleBlockIds'],
): Promise<ReadonlySet<string>> {
  const blocks = citedBlocksOf(earlier).map((block, i) => ({ ...block, id: `m${i}` }))
  const staleIds = new Set(await staleBlockIds(blocks))
  return new Set(blocks.filter(({ id }) => staleIds.has(id)).map(({ path, hash }) => `${path} ${hash}`))
}
