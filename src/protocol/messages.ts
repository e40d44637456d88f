/**
 * Messages between webviews and client. The client sends whole states, and pieces of text while an answer streams; what
 * a webview sends is validated against these shapes before it is acted on.
 */
import * as z from 'zod'
import type { Usage } from '../engine/types/answer.ts'
import type { AspectName, Explanation } from '../engine/types/explanation.ts'
import type { Plan, RejectedHunks, Requirement, StepResult } from '../engine/types/generation.ts'
import type { Pack } from '../engine/types/pack.ts'
import type { Price } from '../engine/types/price.ts'
import { MODES, type Mode, type Override } from '../engine/types/query.ts'
import type { Mention, Thread, ThreadSummary } from '../engine/types/thread.ts'
import type { Area, GenerateSettings, IndexState, NameSuggestion, ReviewFile } from './requests.ts'

const path = z.string().min(1).max(4096)
const line = z.int().min(0).max(100_000_000)
const lineRange = { path, firstLine: line, lastLine: line }
const text = z.string().max(1_000_000)
const mention = z.object({ kind: z.enum(['file', 'symbol', 'selection']), label: z.string().max(4096), ...lineRange })

export const ChatMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  /** `replaces`: id of a turn to edit, resend or retry; null appends. */
  z.object({
    type: z.literal('ask'),
    question: text,
    mentions: z.array(mention).max(50),
    replaces: z.string().max(100).nullable(),
  }),
  z.object({ type: z.literal('stop') }),
  z.object({ type: z.literal('new thread') }),
  z.object({ type: z.literal('open thread'), id: z.string().max(100) }),
  z.object({ type: z.literal('forget thread'), id: z.string().max(100) }),
  z.object({ type: z.literal('pick model') }),
  z.object({ type: z.literal('set up model') }),
  z.object({
    type: z.literal('complete'),
    seq: z.int(),
    kind: z.enum(['file', 'symbol']),
    prefix: z.string().max(1000),
  }),
  /** The editor's selection as a mention. */
  z.object({ type: z.literal('selection'), seq: z.int() }),
  z.object({ type: z.literal('open'), ...lineRange }),
  z.object({ type: z.literal('link'), url: z.string().max(4096) }),
  z.object({ type: z.literal('copy'), text }),
  z.object({ type: z.literal('insert'), text }),
  z.object({
    type: z.literal('feedback'),
    turn: z.string().max(100),
    value: z.enum(['helpful', 'unhelpful']).nullable(),
  }),
  z.object({ type: z.literal('show context'), turn: z.string().max(100) }),
  z.object({ type: z.literal('open folder') }),
  z.object({ type: z.literal('resume') }),
  z.object({ type: z.literal('restart') }),
  z.object({ type: z.literal('trust') }),
])
export type ChatMessage = z.infer<typeof ChatMessage>

/**
 *   state        leaves it by                                              to
 *   starting     the process answers · it crashes · it cannot be started   running · restarting · stopped
 *   running      it crashes                                                restarting
 *   restarting   the process answers · the third crash in three minutes    running · stopped
 *   any          a restart by the user, a change of folders, trust or settings   starting
 */
export type ServerState = 'starting' | 'running' | 'restarting' | 'stopped'

export interface ChatState {
  readonly server: ServerState
  readonly index: IndexState
  /** null: a new thread. */
  readonly thread: Thread | null
  readonly threads: readonly ThreadSummary[]
  /** The question being answered, or null. Its text follows in `text` messages. */
  readonly asking: {
    readonly question: string
    readonly mentions: readonly Mention[]
    readonly replaces: string | null
  } | null
  /** The model for the next question; null: none, the offline brief. */
  readonly model: string | null
  /** Tokens of context the next question may take. */
  readonly budget: number
  readonly examples: readonly string[]
  /** Roots of a multi-root workspace are part of paths. */
  readonly untrusted: boolean
}

export type ToChat =
  | { readonly type: 'state'; readonly state: ChatState }
  /** `again`: discard the text so far, for the reason given. */
  | { readonly type: 'text'; readonly text: string; readonly again?: string }
  | { readonly type: 'completions'; readonly seq: number; readonly items: readonly NameSuggestion[] }
  | { readonly type: 'selection'; readonly seq: number; readonly mention: Mention | null }
  /** Text for the input box, which gets the focus. */
  | { readonly type: 'prefill'; readonly question: string; readonly mentions: readonly Mention[] }

const override = z.object({ ...lineRange, kind: z.enum(['pin', 'drop', 'full', 'trimmed', 'signature', 'name']) })

export const ContextMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  /** The full list of overrides: the context is packed again. */
  z.object({ type: z.literal('overrides'), overrides: z.array(override).max(1000) }),
  z.object({ type: z.literal('budget'), budget: z.int().min(100).max(1_000_000) }),
  z.object({ type: z.literal('mode'), mode: z.enum(['auto', ...MODES]) }),
  /** Search and pack again, from the current files. */
  z.object({ type: z.literal('repack') }),
  z.object({ type: z.literal('open'), ...lineRange }),
  z.object({ type: z.literal('copy') }),
  z.object({ type: z.literal('as sent') }),
  z.object({ type: z.literal('open folder') }),
  z.object({ type: z.literal('resume') }),
  z.object({ type: z.literal('restart') }),
])
export type ContextMessage = z.infer<typeof ContextMessage>

export interface ContextState {
  readonly server: ServerState
  readonly index: IndexState
  /** '' before the first question. */
  readonly question: string
  /** null while it is assembled for the first time, or when nothing was asked. */
  readonly pack: Pack | null
  readonly notes: readonly string[]
  /** Files by relevance, with the score of the file head, best first. */
  readonly files: readonly (readonly [path: string, score: number])[]
  readonly overrides: readonly Override[]
  readonly budget: number
  readonly mode: Mode | 'auto'
  readonly packing: boolean
  readonly error: string | null
  /** Ids of blocks whose file has changed since. */
  readonly stale: readonly string[]
  /** For the treemap; grouped by folder when there are more files than can be drawn. */
  readonly areas: readonly Area[]
  readonly clusters: readonly (readonly string[])[]
}

export const ExplainMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('open'), ...lineRange }),
  /** Explains the symbol of a step or a diagram node. */
  z.object({ type: z.literal('explain'), ...lineRange, label: z.string().max(4096) }),
  /** Explains the same target again, from the current files. */
  z.object({ type: z.literal('again') }),
  z.object({ type: z.literal('stop') }),
  /** As Markdown, with the diagram as Mermaid. */
  z.object({ type: z.literal('copy') }),
  z.object({ type: z.literal('save') }),
  z.object({ type: z.literal('as sent') }),
  /** Shows the cited blocks in the Context view. */
  z.object({ type: z.literal('show context') }),
  z.object({ type: z.literal('set up model') }),
])
export type ExplainMessage = z.infer<typeof ExplainMessage>

export interface ExplainState {
  readonly server: ServerState
  /** The target, as far as it is known. */
  readonly title: string
  /** null until it has been read from the index. */
  readonly explanation: Explanation | null
  /** Aspects that a model is writing. */
  readonly writing: readonly AspectName[]
  readonly working: boolean
  /** What went wrong and what to do; null when nothing did. */
  readonly error: string | null
  /** Files that it rests on have changed since. */
  readonly stale: boolean
}

export type ToExplain = { readonly type: 'state'; readonly state: ExplainState }

const id = z.string().min(1).max(100)

export const GenerateMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('plan'), task: text }),
  /** Only the settings that change. */
  z.object({
    type: z.literal('settings'),
    check: z.string().max(10_000).nullable().optional(),
    unchecked: z.boolean().optional(),
    tests: z.boolean().optional(),
    steps: z.int().min(1).max(100).optional(),
    tokens: z.int().min(1000).max(100_000_000).optional(),
  }),
  /** The user edited a step of the plan. */
  z.object({ type: z.literal('goal'), id, goal: z.string().max(10_000) }),
  z.object({ type: z.literal('drop'), id }),
  /** Moves a step behind the next one. */
  z.object({ type: z.literal('down'), id }),
  z.object({ type: z.literal('approve') }),
  z.object({ type: z.literal('stop') }),
  /** Continues after the completed steps. */
  z.object({ type: z.literal('resume') }),
  /** The rejected hunks of a file; `[]`: none; null: the whole file. */
  z.object({ type: z.literal('refuse'), path, hunks: z.array(z.int().min(0)).max(100_000).nullable() }),
  /** All files side by side, in the editor. */
  z.object({ type: z.literal('diff') }),
  z.object({ type: z.literal('apply') }),
  z.object({ type: z.literal('undo') }),
  z.object({ type: z.literal('discard') }),
  z.object({ type: z.literal('open'), ...lineRange }),
  z.object({ type: z.literal('attach') }),
  z.object({ type: z.literal('detach'), label: z.string().max(4096) }),
  z.object({ type: z.literal('pick model') }),
  z.object({ type: z.literal('trust') }),
])
export type GenerateMessage = z.infer<typeof GenerateMessage>

/**
 *   phase      the user sees                 leaves it by                              to
 *   task       the task to write             plan                                      planning
 *   planning   that a plan is being made     the plan arrives · it fails or stops      plan · task
 *   plan       the plan to edit              approve or resume · discard               running · task
 *   running    each step's progress          the run ends · the request fails          review · the phase before
 *   review     the changes to accept         apply · resume · discard                  applied · running · task
 *   applied    what was written              undo · discard                            review · task
 *   any                                      an earlier run is resumed                 plan
 */
export type GeneratePhase = 'task' | 'planning' | 'plan' | 'running' | 'review' | 'applied'

export interface GenerateState {
  readonly server: ServerState
  readonly phase: GeneratePhase
  readonly task: string
  readonly attached: readonly Mention[]
  readonly settings: GenerateSettings
  readonly trusted: boolean
  /** null when none is chosen. */
  readonly model: string | null
  readonly plan: Plan | null
  /** Id of the running step; null when none is. */
  readonly step: string | null
  readonly results: readonly StepResult[]
  readonly unmet: readonly Requirement[]
  /** null before any tokens were spent. */
  readonly usage: Usage | null
  /** null when the user set none. */
  readonly price: Price | null
  readonly files: readonly Pick<ReviewFile, 'path' | 'from' | 'spots' | 'hunks' | 'gone'>[]
  readonly refused: readonly RejectedHunks[]
  /** What went wrong and what to do; null when nothing did. */
  readonly error: string | null
  /** New problems that the editor reports in the applied files. */
  readonly problems: readonly { readonly path: string; readonly line: number; readonly message: string }[]
}

export type ToGenerate = { readonly type: 'state'; readonly state: GenerateState }

export type ToContext = { readonly type: 'state'; readonly state: ContextState }
