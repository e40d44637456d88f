/** A mechanism explained across files: the facts read off the graph, and the text a model wrote about them. */
import type { Citation, Message, Statement, Usage } from './answer.ts'
import type { Context } from './pack.ts'

/** The subject of an explanation: words (a symbol, a path, `path:line`, a stack trace, a question), or a location. */
export interface ExplainTarget {
  readonly text: string
  /** Lines of a file (0–0: all of it) or a folder; null when `text` names the target. */
  readonly place: { readonly path: string; readonly firstLine: number; readonly lastLine: number } | null
}

export const ASPECTS = ['purpose', 'flow', 'state', 'errors', 'configuration', 'tests', 'change'] as const
export type AspectName = (typeof ASPECTS)[number]

export interface Aspect {
  readonly name: AspectName
  /** Read off the index, in reading order. */
  readonly facts: readonly Fact[]
  /** Markdown with citations `[n]` by a model; '' without one. */
  readonly text: string
  readonly citations: readonly Citation[]
}

export interface Fact extends Statement {
  /** Nesting of a step: 0 for the target, 1 for what it calls; -1 for a path that leads to the target. */
  readonly depth: number
}

/**
 * `entry`: an entry point of the program · `caller` · `focus`: the target · `step`: called on the way · `kin`:
 * implements or extends it.
 */
export type NodeRole = 'entry' | 'caller' | 'focus' | 'step' | 'kin'

export interface DiagramNode {
  readonly id: string
  readonly label: string
  readonly role: NodeRole
  /** Column: 0 for the target, negative towards the entry points. */
  readonly layer: number
  readonly path: string
  readonly firstLine: number
  readonly lastLine: number
}

export interface DiagramEdge {
  readonly from: string
  readonly to: string
  readonly kind: 'calls' | 'extends'
  /** False when the name may refer to another symbol. */
  readonly certain: boolean
}

export interface Diagram {
  readonly nodes: readonly DiagramNode[]
  readonly edges: readonly DiagramEdge[]
}

export interface Explanation {
  /** Name of the target. */
  readonly title: string
  /** How an ambiguous target was understood; otherwise null. */
  readonly note: string | null
  /** A paragraph by a model; '' without one. */
  readonly summary: string
  readonly summaryCitations: readonly Citation[]
  readonly aspects: readonly Aspect[]
  readonly diagram: Diagram
  /** Related code that is not explained, with the reason. */
  readonly notCovered: readonly Statement[]
  /** The blocks that `[n]` cites; null without a model. */
  readonly context: Context | null
  /**
   * What the model was sent: rules, the context that each request repeats, then the task of each request; empty without
   * a model.
   */
  readonly prompt: readonly Message[]
  /** Name of the model; null when everything is read off the index. */
  readonly model: string | null
  readonly usage: Usage | null
  /** `stopped`: the aspects finished until then are present. */
  readonly end: 'finished' | 'stopped' | 'cut'
  /** What went wrong with the model, in one sentence; otherwise null. */
  readonly error: string | null
}
