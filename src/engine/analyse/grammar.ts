/**
 * The grammar of questions that static analysis answers exactly: who calls, uses, extends, implements or tests a
 * symbol; what it calls; how many or which symbols of a kind have a property; which has the most. These are the five
 * kinds of holistic questions of HoloBench (Maekawa et al., 2024): filter, count, join, order, extreme. A question is
 * accepted only if every word of it is understood, because the answer is either exact or not given.
 */
import type { EdgeKind } from '../types/symbol.ts'
import { parseListing } from './listing-grammar.ts'
import { parseImports, parseMarkers, parseRelation } from './relation-grammar.ts'
import { rephrase } from './rephrase.ts'

export interface Relation {
  readonly form: 'relation'
  /** `in`: what refers to the symbol; `out`: what it refers to. */
  readonly direction: 'in' | 'out'
  readonly kinds: readonly EdgeKind[]
  /** The symbol, as written in the question. */
  readonly name: string
  /** The file or folder to which the answer is limited; absent: none. */
  readonly place?: string
}

/** Files whose imports name a module, a file or a symbol. */
export interface Imports {
  readonly form: 'imports'
  readonly name: string
  readonly count: boolean
}

/** Comments that mark work to be done. */
export interface Markers {
  readonly form: 'markers'
  /** In capitals. */
  readonly words: readonly string[]
  readonly count: boolean
  readonly place?: string
}

export type Subject =
  | 'function'
  | 'method'
  | 'class'
  | 'interface'
  | 'struct'
  | 'enum'
  | 'trait'
  | 'type'
  | 'constant'
  | 'macro'
  | 'symbol'
  | 'test'
  | 'file'

export type Filter =
  /** `path`: the question calls it a file or a folder. */
  | { readonly by: 'place'; readonly name: string; readonly path?: true }
  /** `in`: is called … by the name; `out`: calls … it. */
  | {
      readonly by: 'relation'
      readonly direction: 'in' | 'out'
      readonly kinds: readonly EdgeKind[]
      readonly name: string
    }
  /** Without any reference of that kind. */
  | { readonly by: 'lack'; readonly of: 'use' | 'test' | 'documentation' }
  | { readonly by: 'documentation' }
  | { readonly by: 'name'; readonly how: 'contains' | 'starts' | 'ends'; readonly text: string }
  | { readonly by: 'measure'; readonly measure: Measure; readonly more: boolean; readonly than: number }

export type Measure = 'lines' | 'parameters' | 'callers' | 'callees' | 'members'

export interface Listing {
  readonly form: 'listing'
  readonly subject: Subject
  readonly filters: readonly Filter[]
  /** Only the count is asked for. */
  readonly count: boolean
  /** The first n by a measure; null lists all, by path. */
  readonly order: { readonly by: Measure; readonly most: boolean; readonly first: number } | null
}

export type Analysis = Relation | Listing | Imports | Markers

/** The analysis a question asks for, or null when it asks for something else. */
export function analysisAsked(question: string): Analysis | null {
  if (question.trim().includes('\n') || question.length > 300) return null
  const text = rephrase(question)
  return parseMarkers(text) ?? parseImports(text) ?? parseRelation(text) ?? parseListing(text)
}
