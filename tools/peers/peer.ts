/** What a peer is: something that, given a tree and a question, says which places to read, best first. */
import type { Tree } from './tree.ts'

/** Lines of a file: 1-based, inclusive. */
export interface Place {
  readonly path: string
  readonly firstLine: number
  readonly lastLine: number
}

/** What stands in a pack: its text, the lines of it that stand there verbatim, and the files it names. */
export interface Pack {
  readonly text: string
  readonly shown: readonly Place[]
  readonly named: readonly string[]
}

export interface Found {
  /** Best first. */
  readonly places: readonly Place[]
  /** One a budget, from peers that pack by themselves; the others' places are packed by `packPlaces`. */
  readonly packs?: readonly Pack[]
}

export type Count = (text: string) => number

/** What the run lends a peer. */
export interface Lent {
  /** Where packages from npm were installed. */
  readonly cache: string
  /** The one tokenizer by which every pack is counted. */
  readonly count: Count
  readonly budgets: readonly number[]
}

export interface Opened {
  /** What the index takes on the disk; 0: it is kept in memory or there is none. */
  readonly diskBytes: number
  ask(text: string): Promise<Found>
  close?(): Promise<void>
}

export interface Peer {
  readonly id: string
  readonly name: string
  readonly kind: 'Fovea' | 'tool' | 'part of a tool' | 're-implementation'
  /** One sentence: how it was asked, and where its constants are from. */
  readonly how: string
  /** It has no index of its own but reads Fovea's: its cost is not measured again. */
  readonly sharesIndex?: true
  /** Its version, installing it where that is needed; throws a sentence when it cannot be had. */
  version(cache: string): Promise<string>
  /** Indexes the tree, where the peer has an index. */
  open(tree: Tree, lent: Lent): Promise<Opened>
}
