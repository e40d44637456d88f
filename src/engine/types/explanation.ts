/** A mechanism explained across files: what was read off the graph, and what a model made of it. */
import type { Citation, Message, Statement, Usage } from './answer.ts'
import type { Context } from './pack.ts'

/** What an explanation is asked about: words (a symbol, a path, `path:line`, a stack trace, a question), or a place. */
export interface ExplainTarget {
  readonly text: string
  /** Lines of a file (0–0: all of it) or a folder; null when the words say it. */
  readonly place: { readonly path: string; readonly firstLine: number; readonly lastLine: number } | null
}

export const ASPECTS = ['purpose', 'flow', 'state', 'errors', 'configuration', 'tests', 'change'] as const
export type AspectName = (typeof ASPECTS)[number]

export interface Aspect {
  readonly name: AspectName
  /** Read off the index, in the order in which to read. */
  readonly facts: readonly Fact[]
  /** Markdown with marks `[n]` by a model; '' without one. */
  readonly text: string
  readonly citations: readonly Citation[]
}

export interface Fact extends Statement {
  /** Steps of a flow are nested: 0 for what is explained, 1 for what it calls; -1 for a way that leads there, which is no step. */
  readonly depth: number
}

/** `entry`: where the program comes in · `caller` · `focus`: what is explained · `step`: called on the way · `kin`: implements or extends it. */
export type NodeRole = 'entry' | 'caller' | 'focus' | 'step' | 'kin'

export interface DiagramNode {
  readonly id: string
  readonly label: string
  readonly role: NodeRole
  /** Column: 0 for what is explained, negative towards the entry points. */
  readonly layer: number
  readonly path: string
  readonly firstLine: number
  readonly lastLine: number
}

export interface DiagramEdge {
  readonly from: string
  readonly to: string
  readonly kind: 'calls' | 'extends'
  /** False when the name may mean another symbol. */
  readonly certain: boolean
}

export interface Diagram {
  readonly nodes: readonly DiagramNode[]
  readonly edges: readonly DiagramEdge[]
}

export interface Explanation {
  /** What is explained. */
  readonly title: string
  /** How it was understood, when that was a choice; '' else. */
  readonly note: string
  /** A paragraph by a model; '' without one. */
  readonly summary: string
  readonly summaryCitations: readonly Citation[]
  readonly aspects: readonly Aspect[]
  readonly diagram: Diagram
  /** What belongs to it and is not explained, with the reason. */
  readonly notCovered: readonly Statement[]
  /** What `[n]` means; null without a model. */
  readonly context: Context | null
  /** What the model was sent: rules, the context that each request repeats, then the task of each; empty without one. */
  readonly prompt: readonly Message[]
  /** Who wrote; '' when all is read off the index. */
  readonly model: string
  readonly usage: Usage | null
  /** `stopped`: what was done until then is there. */
  readonly end: 'finished' | 'stopped' | 'cut'
  /** What went wrong with the model, one sentence; '' when nothing did. */
  readonly error: string
}
