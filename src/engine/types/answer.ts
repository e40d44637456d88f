/** Answers to a question, with their citations and findings. */
import type { Context } from './pack.ts'

export interface Statement {
  readonly text: string
  /** Location: an indexed path and existing lines. */
  readonly path: string
  readonly firstLine: number
  readonly lastLine: number
  /** Lines quoted verbatim from there. */
  readonly quote: readonly string[]
}

/**
 * Result of checking a citation. `verified`: its lines contain what the sentence names · `stale`: they have changed
 * since · `unsupported`: they do not contain it.
 */
export type Verdict = 'verified' | 'stale' | 'unsupported'

/** A citation in an answer's text: `[n]` for block `bn` of the conversation, or `[n:12-15]` for some of its lines. */
export interface Citation {
  /** The text between the brackets. */
  readonly mark: string
  readonly n: number
  readonly path: string
  readonly firstLine: number
  readonly lastLine: number
  /** Titles of the symbols of its block. */
  readonly symbols: readonly string[]
  readonly verdict: Verdict
  /** Names in the sentence that the cited lines do not contain. */
  readonly missing: readonly string[]
  /** The cited lines that are relevant to the sentence, copied with their numbers. */
  readonly quote: readonly string[]
}

interface AnswerBase {
  readonly context: Context
}

/** An exact answer read off the index: a sentence and its rows. */
export interface Findings {
  readonly summary: string
  readonly statements: readonly Statement[]
}

/** Assembled from the index without a model. Statements are in reading order. */
export interface OfflineAnswer extends AnswerBase, Findings {
  readonly mode: 'offline'
}

/** Written by a model from the pack. */
export interface ModelAnswer extends AnswerBase {
  readonly mode: 'model'
  /** Display name of the model. */
  readonly model: string
  /** Markdown with citations `[n]`. */
  readonly text: string
  /** In order of first mention; citations of unknown blocks are left out. */
  readonly citations: readonly Citation[]
  /**
   * Rows that answer the question exactly, which the model only puts into words; null when there is no exact answer.
   */
  readonly findings: Findings | null
  /** The request as sent to the model. */
  readonly prompt: readonly Message[]
  /** Tokens as counted by the endpoint; null when it did not report usage. */
  readonly usage: Usage | null
  /** `stopped`: by the user; `cut`: the reply broke off or reached the model's length limit. */
  readonly end: 'finished' | 'stopped' | 'cut'
}

export type Answer = OfflineAnswer | ModelAnswer

export interface Message {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

/** A function the model may call, as an OpenAI-compatible endpoint describes it. */
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

/** A conversation with tool calls: who called, and the results. */
export type ToolMessage =
  | Message
  | { readonly role: 'assistant'; readonly content: string; readonly calls: readonly ToolRequest[] }
  | { readonly role: 'tool'; readonly call: string; readonly content: string }

export interface Usage {
  /** Including those served from the endpoint's cache. */
  readonly input: number
  readonly output: number
  /** Input tokens that the endpoint served from its cache; null when it did not report them. */
  readonly cached: number | null
}
