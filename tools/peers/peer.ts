/** The interface of a peer: given a tree and a question, it returns the places to read, best first. */
import type { Tree } from './tree.ts'

/** Lines of a file: 1-based, inclusive. */
export interface Place {
  readonly path: string
  readonly firstLine: number
  readonly lastLine: number
}

/** A pack: its text, the lines it shows verbatim, and the files it names. */
export interface Pack {
  readonly text: string
  readonly shown: readonly Place[]
  readonly named: readonly string[]
}

export interface PeerAnswer {
  /** Best first. */
  readonly places: readonly Place[]
  /** One per budget, from peers that pack by themselves; the places of others are packed by `packPlaces`. */
  readonly packs?: readonly Pack[]
}

export type Count = (text: string) => number

/** The context of a run, passed to each peer. */
export interface PeerContext {
  /** Folder for packages from npm. */
  readonly cache: string
  /** Token count by the tokenizer that is used for every pack. */
  readonly count: Count
  /** Tokens, ascending. */
  readonly budgets: readonly number[]
}

export interface OpenPeer {
  /** Size of the index on disk; 0 when it is in memory or there is none. */
  readonly diskBytes: number
  ask(text: string): Promise<PeerAnswer>
  close?(): Promise<void>
}

export interface Peer {
  readonly id: string
  readonly name: string
  readonly kind: 'Fovea' | 'tool' | 'part of a tool' | 're-implementation'
  /** How it was asked and where its constants are from, for the page. */
  readonly how: string
  /** Whether it uses Fovea's index instead of its own, so that its indexing cost is not measured. */
  readonly sharesIndex?: true
  /** Its version, if it has one; installs the peer where needed, and throws one sentence when that fails. */
  version(cache: string): Promise<string | undefined>
  /** Opens the tree, indexing it if the peer has an index. */
  open(tree: Tree, context: PeerContext): Promise<OpenPeer>
}
