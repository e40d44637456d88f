/** What is said about a question. */
import type { Context } from './pack.ts'

export interface Statement {
  readonly text: string
  /** Where it stands: path and lines, which exist as written. */
  readonly path: string
  readonly firstLine: number
  readonly lastLine: number
  /** Lines quoted word for word from there. */
  readonly quote: readonly string[]
}

/** What the check of a citation found: its lines hold what the sentence names · they have changed since · they do not. */
export type Verdict = 'verified' | 'stale' | 'unsupported'

/** A mark `[n]` in an answer's text, block `bn` of its conversation, or `[n:12-15]`, some of its lines. */
export interface Citation {
  /** What stands between the brackets. */
  readonly mark: string
  readonly n: number
  readonly path: string
  readonly firstLine: number
  readonly lastLine: number
  /** Titles of the symbols of its block. */
  readonly symbols: readonly string[]
  readonly verdict: Verdict
  /** What the sentence says that its cited lines do not hold. */
  readonly missing: readonly string[]
  /** Lines copied from there, with their numbers: of the cited ones those that speak to the sentence. */
  readonly quote: readonly string[]
}

interface AnswerBase {
  readonly context: Context
}

/** What was read off the index: a sentence, and its rows. */
export interface Findings {
  readonly summary: string
  readonly statements: readonly Statement[]
}

/** Put together from the index; no model was asked. Statements are in the order in which to look. */
export interface OfflineAnswer extends AnswerBase, Findings {
  readonly mode: 'offline'
}

/** Written by a model from the pack. */
export interface ModelAnswer extends AnswerBase {
  readonly mode: 'model'
  /** Name of the model, for people. */
  readonly model: string
  /** Markdown with marks `[n]`. */
  readonly text: string
  /** In the order in which they are first named; marks that name no block are left out. */
  readonly citations: readonly Citation[]
  /** Rows that answer the question exactly, which the model only words; null when it was no such question. */
  readonly findings: Findings | null
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
  /** Tokens of the input that the endpoint had kept from an earlier request; null when it did not say. */
  readonly cached: number | null
}
