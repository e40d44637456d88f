/** Types of code generation: task, requirements, plan, steps, checks and changed files. */
import type { Usage } from './answer.ts'

/** A sentence or list item of the task, verbatim. */
export interface Requirement {
  /** R1, R2, … in the order of the task. */
  readonly id: string
  readonly text: string
}

export const FILE_ACTIONS = ['create', 'edit', 'rename', 'delete'] as const

export interface PlannedFile {
  readonly path: string
  readonly action: (typeof FILE_ACTIONS)[number]
}

export interface PlanStep {
  readonly id: string
  readonly goal: string
  /** Ids of the requirements it implements. */
  readonly requirements: readonly string[]
  readonly files: readonly PlannedFile[]
  /** Ids of the steps it depends on. */
  readonly deps: readonly string[]
}

export interface Plan {
  readonly task: string
  readonly requirements: readonly Requirement[]
  /** In execution order. */
  readonly steps: readonly PlanStep[]
  /**
   * Ids of requirements that the user waived: no step implements them, and they are reported as unmet. Absent: none.
   */
  readonly waived?: readonly string[]
}

/**
 * Result of a check; `none`: nothing could be checked. Only `pass` completes a step; `none` needs the user's consent.
 */
export type CheckOutcome = 'pass' | 'fail' | 'timeout' | 'none'

export interface CheckResult {
  /** What ran: `syntax`, or a command. */
  readonly name: string
  readonly outcome: CheckOutcome
  /** Its output, shortened; '' when it passed. */
  readonly detail: string
}

/** Where a parser found an error. */
export interface ParseError {
  readonly line: number
  /** The text at that place. */
  readonly text: string
}

/** A file before and after, as text with its own line endings and byte order mark. */
export interface FileChange {
  readonly path: string
  /** Its path before; the same unless it was renamed, null when it is new. */
  readonly from: string | null
  /** null: the file did not exist. */
  readonly before: string | null
  /** null: the file is deleted. */
  readonly after: string | null
  /** SHA-256 of the bytes before, in hexadecimal; null when the file did not exist. */
  readonly hash: string | null
  /** Permission bits before; 0 when the file did not exist or has none. */
  readonly mode: number
}

/** A range of differing lines with context lines around it. */
export interface Hunk {
  /** First line before and after, 1-based. */
  readonly before: number
  readonly after: number
  /** As in a unified diff, each prefixed with ` `, `-`, `+` or `\`. */
  readonly lines: readonly string[]
}

/** What the user rejects of a changed file: hunks by 0-based index; null: the whole file. */
export interface RejectedHunks {
  readonly path: string
  readonly hunks: readonly number[] | null
}

export interface StepResult {
  readonly id: string
  readonly outcome: 'done' | 'failed' | 'stopped'
  /** What was done, in the model's words, or why it was not. */
  readonly note: string
  readonly checks: readonly CheckResult[]
  readonly restarts: number
  /** Files this step changed. */
  readonly files: readonly string[]
}

/** The result of a run. None of it is on disk. */
export interface GenerateResult {
  readonly plan: Plan
  readonly results: readonly StepResult[]
  readonly changes: readonly FileChange[]
  /** Requirements that no completed step implements. */
  readonly unmet: readonly Requirement[]
  readonly usage: Usage | null
  /** Why it ended before its last step, in one sentence; otherwise null. */
  readonly error: string | null
}

/** A run as its journal records it. */
export interface GenerateSummary {
  readonly id: string
  /** Start time, milliseconds since the epoch. */
  readonly at: number
  readonly task: string
  /** Completed steps, and steps in all; 0 of 0 before there is a plan. */
  readonly done: number
  readonly steps: number
  /** Why it ended before its last step, in one sentence; otherwise null. */
  readonly error: string | null
}

/** What a run may spend, agreed with the user in advance. */
export interface GenerateLimits {
  readonly steps: number
  /** Tokens of all requests and replies together, the plan's included. */
  readonly tokens: number
  /** Requests per step. */
  readonly turns: number
  /** Failed checks per step. */
  readonly checks: number
  /** Restarts per step with a fresh context, after its context is full. */
  readonly restarts: number
}

export const DEFAULT_LIMITS: GenerateLimits = { steps: 12, tokens: 500_000, turns: 30, checks: 6, restarts: 3 }
