/** Requests between client and server, in both directions: method, parameters, result. The definition for both sides. */
import type { Message, ToolMessage, ToolRequest, ToolSpec, Usage } from '../engine/types/answer.ts'
import type { AspectName, ExplainTarget, Explanation } from '../engine/types/explanation.ts'
import type {
  GenerateResult,
  GenerateSummary,
  Hunk,
  Plan,
  RejectedHunks,
  StepResult,
} from '../engine/types/generation.ts'
import type { Area, MapNode, NameSuggestion } from '../engine/types/map.ts'
import type { ModelEndpoint } from '../engine/types/model-endpoint.ts'
import type { Context } from '../engine/types/pack.ts'
import type { Mode, Override } from '../engine/types/query.ts'
import type { Stage } from '../engine/types/run.ts'
import type { Exchange, Mention, Thread, ThreadSummary, Turn } from '../engine/types/thread.ts'
import type { Status } from '../engine/types/workspace.ts'

export type { Area, MapNode, ModelEndpoint, NameSuggestion }

/** How a model is reached. Keys travel with a request and are stored by the client only. */
export type ModelChoice =
  | { readonly kind: 'none' }
  /** A model of the editor: the server asks the client to run it, by `lm/complete`. */
  | { readonly kind: 'editor'; readonly id: string; readonly name: string; readonly window: number }
  | ({ readonly kind: 'endpoint' } & ModelEndpoint)

/** The state of the index, for the status bar and the views. */
export interface IndexState {
  readonly phase: 'no folder' | 'indexing' | 'paused' | 'ready' | 'failed'
  readonly stage: Stage | null
  /** 0…100, of the current stage. */
  readonly percent: number
  /** Files that can be asked about now. */
  readonly files: number
  /** What went wrong and what to do; null when nothing did. */
  readonly error: string | null
  /** Why the fallback store is used; null when LanceDB is. */
  readonly fallback: string | null
  /** Parsing only, because git and project settings are not trusted. */
  readonly restricted: boolean
}

export type IndexDetails = Status & { readonly symbols: number }

export interface AskParams {
  /** The thread to add to; null starts one. */
  readonly thread: string | null
  /** Replaces the turns from this one on; null appends. */
  readonly replaces: string | null
  readonly question: string
  readonly mentions: readonly Mention[]
  readonly budget: number
  readonly overrides: readonly Override[]
  readonly model: ModelChoice
  readonly roles?: ModelRoles
  /** How to answer; absent: chosen by the router. */
  readonly mode?: Mode
  /** Suggest follow-up questions, and count what was asked about for them. */
  readonly suggest?: boolean
  /** Whether the planner model names search words, and reranks the best candidates. */
  readonly search?: { readonly expand: boolean; readonly rerank: boolean }
  /** Earlier exchanges of a conversation that another program stores; nothing is stored here then. */
  readonly earlier?: readonly Exchange[]
}

export interface ExplainParams {
  readonly target: ExplainTarget
  /** With a model: tokens of context. */
  readonly budget: number
  readonly model: ModelChoice
  readonly roles: ModelRoles
}

/** `planner` expands and reranks questions, `caller` writes the parts of an explanation, `summariser` its summary. */
export const MODEL_ROLES = ['planner', 'caller', 'summariser'] as const
export type ModelRole = (typeof MODEL_ROLES)[number]
/** Models for single roles; absent: the model that answers. */
export type ModelRoles = Readonly<Partial<Record<ModelRole, ModelChoice>>>

/** What the user agrees to before a run. */
export interface GenerateSettings {
  /** Command that must pass after each step; null for none. */
  readonly check: string | null
  /** A step is complete when only its syntax could be checked. */
  readonly unchecked: boolean
  /** Whether existing tests may be changed. */
  readonly tests: boolean
  readonly steps: number
  readonly tokens: number
}

interface GenerateParams {
  readonly mentions: readonly Mention[]
  readonly settings: GenerateSettings
  readonly model: ModelChoice
  readonly roles: ModelRoles
}

export interface ReviewFile {
  readonly path: string
  /** Its path before; null when it is new. */
  readonly from: string | null
  /** The editor's name of the file on disk. */
  readonly file: string
  readonly before: string | null
  readonly after: string | null
  /** The path with the new or changed lines, such as `src/a.ts:2,16-18`. */
  readonly spots: string
  /** Whether the file is deleted. */
  readonly gone: boolean
  readonly hunks: readonly Hunk[]
}

export interface Review extends Omit<GenerateResult, 'changes'> {
  readonly journalId: string
  readonly files: readonly ReviewFile[]
}

/** A file operation for the editor. */
export interface FileEdit {
  readonly file: string
  /** The current path; null for a new file. */
  readonly from: string | null
  /** The text as the server sees it; null for a new file. */
  readonly now: string | null
  /** The new text; null deletes the file. */
  readonly after: string | null
}

export interface PlacedEdits {
  readonly edits: readonly FileEdit[]
  /** Paths with conflicting changes; there are no edits then. */
  readonly conflicts: readonly string[]
}

type Empty = object

/** Method → [parameters, result]. */
export interface ClientRequests {
  'fovea/index': [{ readonly how: 'rebuild' | 'clear' | 'pause' | 'resume' }, Empty]
  'fovea/details': [Empty, IndexDetails]
  'fovea/context': [
    {
      readonly question: string
      readonly mentions: readonly Mention[]
      readonly budget: number
      readonly overrides: readonly Override[]
      readonly mode?: Mode
    },
    { readonly context: Context; readonly prompt: readonly Message[] },
  ]
  /** Streams `AnswerPart`s as partial results. */
  'fovea/ask': [AskParams, { readonly thread: Thread; readonly turn: Turn }]
  /** Streams `AnswerPart`s with what is known so far as partial results. */
  'fovea/explain': [ExplainParams, Explanation]
  /** Streams `AnswerPart`s with progress as partial results. */
  'fovea/generatePlan': [
    GenerateParams & { readonly task: string },
    { readonly journalId: string; readonly plan: Plan },
  ]
  /** Runs an approved plan in a draft; streams progress. `resume`: continue after the completed steps. */
  'fovea/generate': [
    GenerateParams & { readonly journalId: string; readonly plan: Plan; readonly resume: boolean },
    Review,
  ]
  /** An earlier run, to resume. */
  'fovea/generateResume': [
    { readonly journalId: string },
    { readonly journalId: string; readonly plan: Plan; readonly results: readonly StepResult[] },
  ]
  /** Newest first. */
  'fovea/generateList': [Empty, { readonly runs: readonly GenerateSummary[] }]
  'fovea/generateForget': [{ readonly journalId: string }, Empty]
  /** The whole journal, as JSON. */
  'fovea/generateExport': [{ readonly journalId: string }, { readonly text: string }]
  /** The edits for what was not rejected, and those that undo it. */
  'fovea/generateAccept': [{ readonly journalId: string; readonly refused: readonly RejectedHunks[] }, PlacedEdits]
  'fovea/generateUndo': [{ readonly journalId: string }, PlacedEdits]
  /** As Markdown. */
  'fovea/report': [{ readonly explanation: Explanation }, { readonly text: string }]
  'fovea/threads': [Empty, readonly ThreadSummary[]]
  'fovea/thread': [{ readonly id: string }, Thread | null]
  /** A thread as Markdown; null when there is no such thread. */
  'fovea/export': [{ readonly id: string }, { readonly text: string | null }]
  'fovea/forgetInterests': [Empty, Empty]
  'fovea/forget': [{ readonly id: string }, Empty]
  'fovea/feedback': [{ readonly thread: string; readonly turn: string; readonly value: Turn['feedback'] }, Empty]
  /** The file on disk of an indexed path, and the path of a file of the workspace. */
  'fovea/locate': [{ readonly path: string }, { readonly file: string | null }]
  'fovea/path': [{ readonly file: string }, { readonly path: string | null }]
  /** Labels of the coarse clusters. */
  'fovea/topics': [Empty, readonly (readonly string[])[]]
  'fovea/children': [{ readonly id: string }, readonly MapNode[]]
  'fovea/areas': [Empty, readonly Area[]]
  /** The text a model reads after calling one of `TOOLS`; the server validates the input. */
  'fovea/tool': [{ readonly name: string; readonly input: unknown }, { readonly text: string }]
  'fovea/suggestNames': [{ readonly kind: 'file' | 'symbol'; readonly prefix: string }, readonly NameSuggestion[]]
  /** Example questions made from the repository's own symbols. */
  'fovea/examples': [Empty, readonly string[]]
  /** Blocks whose text in the file (or the editor) has changed since it was shown. */
  'fovea/stale': [
    { readonly blocks: readonly { readonly id: string; readonly path: string; readonly hash: string }[] },
    readonly string[],
  ]
  'fovea/models': [Omit<ModelEndpoint, 'model' | 'window'>, readonly string[]]
  'fovea/tryModel': [ModelEndpoint, Empty]
  /** Streams `AnswerPart`s as partial results: an endpoint as a model of the editor. */
  'fovea/complete': [
    {
      readonly endpoint: ModelEndpoint
      readonly messages: readonly ToolMessage[]
      readonly tools: readonly ToolSpec[]
    },
    { readonly usage: Usage | null },
  ]
}

export interface AnswerPart {
  /** Discard the text so far, for this reason: the context was packed again, smaller. */
  readonly again?: string
  readonly text: string
  /** Findings from the index, before a model writes. */
  readonly facts?: Explanation
  /** An aspect has begun, or text of it. */
  readonly aspect?: { readonly name: AspectName; readonly state: 'running' | 'done'; readonly text: string }
  /** The model calls a tool; only in `fovea/complete`. */
  readonly call?: ToolRequest
  /** Progress of a plan or its steps. */
  readonly progress?:
    | { readonly kind: 'plan'; readonly plan: Plan }
    | { readonly kind: 'begun'; readonly step: string }
    | { readonly kind: 'ended'; readonly result: StepResult }
    | { readonly kind: 'spent'; readonly usage: Usage }
}

export interface ServerRequests {
  /** Runs a model of the editor; the client sends `lm/text` with the run's number while it writes. */
  'lm/complete': [{ readonly request: number; readonly id: string; readonly messages: readonly Message[] }, Empty]
}

export interface ServerNotices {
  'fovea/state': IndexState
  /** The index has changed. */
  'fovea/changed': Empty
  /** Files or buffers have changed; the index will follow. */
  'fovea/edited': Empty
  'fovea/log': { readonly level: 'info' | 'warn' | 'error'; readonly text: string }
}

export interface ClientNotices {
  'lm/text': { readonly request: number; readonly text: string }
}

export interface ServerOptions {
  /** Absolute folders. */
  readonly roots: readonly string[]
  /** Folder for threads; null for none. */
  readonly storage: string | null
  readonly trusted: boolean
  readonly paused: boolean
  /** The team's shared index; null: use FOVEA_INDEX_URI. */
  readonly uri: string | null
  /** Most worker processes; 0: as suits the machine. */
  readonly processes: number
}
