/** A task in words, and what it becomes: requirements, a plan, steps, changed files. */
import type { Usage } from './answer.ts'

/** A sentence or list item of the task, word for word. */
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
  /** Ids of the requirements it serves. */
  readonly requirements: readonly string[]
  readonly files: readonly PlannedFile[]
  /** Ids of the steps that come before it. */
  readonly deps: readonly string[]
}

export interface Plan {
  readonly task: string
  readonly requirements: readonly Requirement[]
  /** In the order in which they run. */
  readonly steps: readonly PlanStep[]
  /** Ids of requirements that are in no step, by the user's word; absent: none. They are not met. */
  readonly waived?: readonly string[]
}

/** What a check said; `none`: nothing could check it. Only `pass` completes a step; `none` needs the user's word. */
export type CheckOutcome = 'pass' | 'fail' | 'timeout' | 'none'

export interface CheckResult {
  /** What was run: `syntax`, or a command. */
  readonly name: string
  readonly outcome: CheckOutcome
  /** What it said, cut; '' when it passed. */
  readonly detail: string
}

/** A place where a parser stumbled. */
export interface ParseError {
  readonly line: number
  /** What stands there. */
  readonly text: string
}

/** A file before and after, as text with its own line ends and byte order mark. */
export interface FileChange {
  readonly path: string
  /** Where it was before; the same path unless it was renamed, '' when it is new. */
  readonly from: string
  /** null: it was not there. */
  readonly before: string | null
  /** null: it is gone. */
  readonly after: string | null
  /** SHA-256 of the bytes before, in hexadecimal; '' when it was not there. */
  readonly hash: string
  /** Permission bits before; 0 when it was not there, or has none. */
  readonly mode: number
}

/** A run of lines that differ, with lines around it. */
export interface Hunk {
  /** First line before and after, 1-based. */
  readonly before: number
  readonly after: number
  /** As in a unified diff, each with ` `, `-`, `+` or `\` in front. */
  readonly lines: readonly string[]
}

/** What a user does not take of a changed file: hunks by their numbers from 0; null: the whole file. */
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

/** What a run left behind. Nothing of it is on the disk. */
export interface GenerateResult {
  readonly plan: Plan
  readonly results: readonly StepResult[]
  readonly changes: readonly FileChange[]
  /** Requirements that no completed step serves. */
  readonly unmet: readonly Requirement[]
  readonly usage: Usage | null
  /** Why it ended before its last step, in a sentence; '' when it did not. */
  readonly error: string
}

/** A run as its journal knows it. */
export interface GenerateSummary {
  readonly id: string
  /** When it began, in milliseconds since the epoch. */
  readonly at: number
  readonly task: string
  /** Steps that are done, of how many; 0 of 0 before it had a plan. */
  readonly done: number
  readonly steps: number
  /** Why it ended before its last step, in a sentence; '' when it did not. */
  readonly error: string
}

/** What a run may spend, agreed beforehand. */
export interface GenerateLimits {
  readonly steps: number
  /** Tokens of all requests and replies together, the plan's included. */
  readonly tokens: number
  /** Requests a step. */
  readonly turns: number
  /** Failed checks a step. */
  readonly checks: number
  /** Fresh contexts a step, after its first is full. */
  readonly restarts: number
}

export const DEFAULT_LIMITS: GenerateLimits = { steps: 12, tokens: 500_000, turns: 30, checks: 6, restarts: 3 }
