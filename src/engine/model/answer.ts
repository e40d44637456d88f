/** What is said about a question. */
import type { Context } from './pack.ts'

export interface Statement {
  readonly text: string
  /** Where it stands: path and lines, which exist as written. */
  readonly path: string
  readonly start: number
  readonly end: number
  /** Lines quoted word for word from there. */
  readonly quote: readonly string[]
}

/** A mark `[n]` in an answer's text: the n-th block of its pack, `bn`. */
/** What the check of a citation found: its lines hold what the sentence names · they have changed since · they do not. */
export type Verdict = 'verified' | 'stale' | 'unsupported'

export interface Citation {
  readonly n: number
  readonly path: string
  readonly start: number
  readonly end: number
  readonly symbol: string
  readonly verdict: Verdict
  /** Names the sentence uses that its cited lines do not hold. */
  readonly missing: readonly string[]
}

interface Said {
  readonly context: Context
}

/** Put together from the index; no model was asked. */
export interface OfflineAnswer extends Said {
  readonly mode: 'offline'
  readonly summary: string
  /** In the order in which to look. */
  readonly statements: readonly Statement[]
}

/** Written by a model from the pack. */
export interface ModelAnswer extends Said {
  readonly mode: 'model'
  /** Name of the model, for people. */
  readonly model: string
  /** Markdown with marks `[n]`. */
  readonly text: string
  /** In the order in which they are first named; marks that name no block are left out. */
  readonly citations: readonly Citation[]
  /** What the model was sent. */
  readonly prompt: readonly Message[]
  /** Tokens as the endpoint counted them; null when it did not say. */
  readonly usage: Usage | null
  /** `stopped`: the asker stopped it; `cut`: it broke off or reached its own limit. */
  readonly end: 'finished' | 'stopped' | 'cut'
}

export type Answer = OfflineAnswer | ModelAnswer

export interface Message {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

/** A function the model may ask to be called, as an OpenAI-compatible endpoint knows it. */
export interface ToolSpec {
  readonly name: string
  readonly description: string
  /** JSON schema of its input. */
  readonly schema: object
}

export interface ToolRequest {
  readonly id: string
  readonly name: string
  /** JSON, as the model wrote it. */
  readonly input: string
}

/** A conversation in which tools are called: who asked for calls, and what they gave. */
export type ToolMessage =
  | Message
  | { readonly role: 'assistant'; readonly content: string; readonly calls: readonly ToolRequest[] }
  | { readonly role: 'tool'; readonly call: string; readonly content: string }

export interface Usage {
  readonly input: number
  readonly output: number
}
