/** The tree's references as a graph of symbols, to be walked both ways. A node is a symbol, or a file as a whole. */

import { receiverType } from '../text/owner.ts'
import { isInTestModule, type PathRoles, rolesOf } from '../text/path-role.ts'
import { wholeName } from '../text/terms.ts'
import type { FileRecord } from '../types/chunk.ts'
import { EDGE_KINDS, type EdgeKind, type SourceSymbol } from '../types/symbol.ts'
import type { SymbolTable } from '../types/workspace.ts'

/** A reference as seen from one of its ends. */
export interface Link {
  /** The other end. */
  readonly node: number
  readonly kind: EdgeKind
  /** 1 when it is certain, less otherwise. */
  readonly weight: number
  /** On which the reference stands, in the file it starts from. */
  readonly line: number
}

const CERTAIN_WEIGHT = 0.99
const MAX_KIN_LEVELS = 4
const MAX_KIN = 50
const CALLABLE_KINDS: ReadonlySet<string> = new Set(['function', 'method', 'macro'])
const TYPE_KINDS: ReadonlySet<string> = new Set(['class', 'interface', 'struct', 'enum', 'trait', 'type'])

export const isCertain = ({ weight }: Pick<Link, 'weight'>): boolean => weight > CERTAIN_WEIGHT

export class SymbolGraph {
  readonly table: SymbolTable
  /** Node of each file; its symbols follow it. */
  private readonly firstNodeOf: Uint32Array
  private readonly outgoing: Adjacency
  private readonly incoming: Adjacency
  private readonly roles = new Map<number, PathRoles>()
  private readonly children = new Map<number, readonly number[][]>()
  /** Methods that stand outside of their type, as in Go → its node; and the other way round. */
  private readonly detachedOwner = new Map<number, number>()
  private readonly detachedMembers = new Map<number, number[]>()
  /** Made when a name is first looked up. */
  private names: Map<string, number[]> | null = null

  constructor(table: SymbolTable) {
    this.table = table
    const { records, edges } = table
    this.firstNodeOf = new Uint32Array(records.length + 1)
    records.forEach(({ symbols }, file) => {
      this.firstNodeOf[file + 1] = this.firstNodeOf[file]! + symbols.length + 1
    })
    const from = edges.fromFile.map((file, row) => this.firstNodeOf[file]! + edges.fromSymbol[row]! + 1)
    const to = edges.toFile.map((file, row) => this.firstNodeOf[file]! + edges.toSymbol[row]! + 1)
    const nodes = this.firstNodeOf.at(-1)!
    this.outgoing = adjacencyBy(from, to, nodes)
    this.incoming = adjacencyBy(to, from, nodes)
    this.adoptGoMethods()
  }

  /** A package's types and their methods are spread over the files of its folder. */
  private adoptGoMethods(): void {
    const { files, records } = this.table
    const types = new Map<string, number>()
    const folderOf = (file: number) => files[file]!.path.slice(0, files[file]!.path.lastIndexOf('/') + 1)
    const go = [...records.keys()].filter((file) => records[file]!.language === 'go')
    this.adoptRustImpls()
    for (const file of go)
      records[file]!.symbols.forEach(({ name, kind }, i) => {
        if (TYPE_KINDS.has(kind)) types.set(`${folderOf(file)} ${name}`, this.node(file, i))
      })
    for (const file of go)
      records[file]!.symbols.forEach((symbol, i) => {
        const type = types.get(`${folderOf(file)} ${receiverType(symbol)}`)
        if (type === undefined) return
        this.detachedOwner.set(this.node(file, i), type)
        this.detachedMembers.set(type, [...(this.detachedMembers.get(type) ?? []), this.node(file, i)])
      })
  }

  /** What Rust implements for a type stands beside it. */
  private adoptRustImpls(): void {
    this.table.records.forEach(({ language, symbols }, file) => {
      if (language !== 'rust') return
      symbols.forEach(({ name, kind, parent }, i) => {
        if (kind !== 'class') return
        const own = symbols.findIndex(
          (one) => one.name === name && one.parent === parent && /^(?:struct|enum|type)$/.test(one.kind),
        )
        if (own < 0) return
        this.detachedOwner.set(this.node(file, i), this.node(file, own))
        this.detachedMembers.set(this.node(file, own), [
          ...(this.detachedMembers.get(this.node(file, own)) ?? []),
          this.node(file, i),
        ])
      })
    })
  }

  /** Whether a type says that it extends or implements another, in the tree or outside. */
  hasBases(type: number): boolean {
    const file = this.fileOf(type)
    const own = new Set(
      [type, ...this.members(type).filter((one) => this.isImpl(one))].map((node) => node - this.firstNodeOf[file]! - 1),
    )
    const { references } = this.table.records[file]!
    for (const { kind, within } of references)
      if ((kind === 'extends' || kind === 'implements') && own.has(within)) return true
    return false
  }

  /** A part of a type that stands beside it under its name. */
  isImpl(node: number): boolean {
    return this.detachedOwner.has(node) && this.isType(node)
  }

  get size(): number {
    return this.firstNodeOf.at(-1)!
  }

  /** `symbol` -1 is the file itself. */
  node(file: number, symbol: number): number {
    return this.firstNodeOf[file]! + symbol + 1
  }

  fileOf(node: number): number {
    let low = 0
    let high = this.table.files.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (this.firstNodeOf[middle]! <= node) low = middle
      else high = middle - 1
    }
    return low
  }

  /** null for a file. */
  symbol(node: number): SourceSymbol | null {
    const file = this.fileOf(node)
    return this.table.records[file]!.symbols[node - this.firstNodeOf[file]! - 1] ?? null
  }

  record(node: number): FileRecord {
    return this.table.records[this.fileOf(node)]!
  }

  path(node: number): string {
    return this.table.files[this.fileOf(node)]!.path
  }

  rolesOf(node: number): PathRoles {
    const file = this.fileOf(node)
    const known = this.roles.get(file) ?? rolesOf(this.table.files[file]!.path)
    this.roles.set(file, known)
    if (known.test || !isInTestModule(this.table.records[file]!.symbols, node - this.firstNodeOf[file]! - 1))
      return known
    return { ...known, test: true }
  }

  /** Members of its type that have its name: one of them is meant by whoever calls it. */
  overloads(node: number): readonly number[] {
    const owner = this.parent(node)
    const name = this.symbol(node)?.name
    if (!this.isType(owner) || !this.isCallable(node)) return [node]
    return this.members(owner).filter((one) => this.symbol(one)?.name === name && this.isCallable(one))
  }

  /** Its name after those of what encloses it; the path of a file. */
  title(node: number): string {
    const names: string[] = []
    for (let at = node; this.symbol(at); at = this.parent(at))
      if (at === node || !this.isImpl(at)) names.unshift(this.symbol(at)!.name)
    if (this.isImpl(node)) names.pop()
    return names.join('.') || this.path(node)
  }

  /** Symbols of a name, whatever its case and its `_`; headings and keys of data are none. */
  named(name: string): readonly number[] {
    this.names ??= this.nameIndex()
    return this.names.get(wholeName(name)) ?? []
  }

  private nameIndex(): Map<string, number[]> {
    const found = new Map<string, number[]>()
    this.table.records.forEach(({ symbols }, file) => {
      symbols.forEach(({ name, kind }, i) => {
        if (kind === 'section' || kind === 'key') return
        const withDescendants = wholeName(name)
        const held = found.get(withDescendants)
        if (held) held.push(this.node(file, i))
        else found.set(withDescendants, [this.node(file, i)])
      })
    })
    return found
  }

  /** The symbol around it, or its file; a file is its own. */
  parent(node: number): number {
    const type = this.detachedOwner.get(node)
    if (type !== undefined) return type
    const file = this.fileOf(node)
    return this.node(file, this.symbol(node)?.parent ?? -1)
  }

  /** What stands directly in a symbol or a file, in source order; with methods of a type that stand outside of it. */
  members(node: number): readonly number[] {
    const file = this.fileOf(node)
    const known = this.children.get(file) ?? this.membersOf(file)
    this.children.set(file, known)
    const own = known[node - this.firstNodeOf[file]!] ?? []
    const more = this.detachedMembers.get(node)
    return more ? [...own, ...more] : own
  }

  private membersOf(file: number): number[][] {
    const { symbols } = this.table.records[file]!
    const lists: number[][] = Array.from({ length: symbols.length + 1 }, () => [])
    symbols.forEach(({ parent }, i) => void lists[parent + 1]!.push(this.node(file, i)))
    return lists
  }

  /** A symbol and all that stands in it. */
  whole(node: number): number[] {
    return [node, ...this.members(node).flatMap((member) => this.whole(member))]
  }

  isCallable(node: number): boolean {
    return CALLABLE_KINDS.has(this.symbol(node)?.kind ?? '')
  }

  isType(node: number): boolean {
    return TYPE_KINDS.has(this.symbol(node)?.kind ?? '')
  }

  out(node: number): Link[] {
    return this.links(this.outgoing, node)
  }

  in(node: number): Link[] {
    return this.links(this.incoming, node)
  }

  /** Number of references to it. */
  referenceCount(node: number): number {
    return this.incoming.offsets[node + 1]! - this.incoming.offsets[node]!
  }

  private links({ offsets, rows, ends }: Adjacency, node: number): Link[] {
    const { kind, weight, line } = this.table.edges
    return Array.from(rows.subarray(offsets[node], offsets[node + 1]), (row) => ({
      ...{ node: ends[row]!, kind: EDGE_KINDS[kind[row]!]!, weight: weight[row]!, line: line[row]! },
    }))
  }

  /** Types that a type extends or implements, or that do so with it: `up` those above it, else those below. */
  relatedTypes(type: number, up: boolean): number[] {
    const links = up ? this.out(type) : this.in(type)
    return links.filter(({ kind }) => kind === 'extends' || kind === 'implements').map(({ node }) => node)
  }

  /** Members of the same name in the types above (or below) its own, near and far: it may be called where they are. */
  namesakes(node: number, up: boolean): number[] {
    const name = this.symbol(node)?.name
    const found = new Set<number>()
    let types = this.isType(this.parent(node)) ? [this.parent(node)] : []
    for (let level = 0; level < MAX_KIN_LEVELS && types.length && found.size < MAX_KIN; level++) {
      types = types.flatMap((type) => this.relatedTypes(type, up))
      for (const type of types)
        for (const member of this.members(type)) if (this.symbol(member)?.name === name) found.add(member)
    }
    found.delete(node)
    return [...found]
  }

  /** Line on which `from` refers to the other, its first line when it does not. */
  lineOf(from: number, to: number): number {
    return this.out(from).find((link) => link.node === to)?.line || (this.symbol(from)?.firstLine ?? 1)
  }
}

interface Adjacency {
  /** Rows of node n: `rows[offsets[n]]` … `rows[offsets[n + 1]]`. */
  readonly offsets: Uint32Array
  readonly rows: Uint32Array
  /** By row, the node at the other end. */
  readonly ends: Uint32Array
}

function adjacencyBy(key: Uint32Array, ends: Uint32Array, nodes: number): Adjacency {
  const offsets = new Uint32Array(nodes + 1)
  for (const node of key) offsets[node + 1]!++
  for (let node = 0; node < nodes; node++) offsets[node + 1]! += offsets[node]!
  const next = offsets.slice()
  const rows = new Uint32Array(key.length)
  key.forEach((node, row) => {
    rows[next[node]!++] = row
  })
  return { offsets, rows, ends }
}
