/**
 * The resolved references of a tree as a graph that can be walked in both directions. A node is a number and stands for
 * a symbol, or for a file as a whole; nodes of one file are consecutive.
 */

import { lastName, receiverType } from '../text/owner.ts'
import { isInTestModule, type PathRoles, rolesOf } from '../text/path-role.ts'
import { wholeName } from '../text/terms.ts'
import type { FileRecord } from '../types/chunk.ts'
import { EDGE_KINDS, type EdgeKind, type SourceSymbol } from '../types/symbol.ts'
import type { SymbolTable } from '../types/workspace.ts'

/** A reference seen from one of its ends. */
export interface Link {
  /** The node at the other end. */
  readonly node: number
  readonly kind: EdgeKind
  /** 1 when the reference is certain, less otherwise. */
  readonly weight: number
  /** Line of the reference, in the file it starts from. */
  readonly line: number
}

/** Weights above this count as certain. */
const CERTAIN_WEIGHT = 0.99
/** Levels of base or derived types searched for namesakes. */
const MAX_NAMESAKE_LEVELS = 4
/** Namesakes after which the search goes no further. */
const MAX_NAMESAKES = 50
const CALLABLE_KINDS: ReadonlySet<string> = new Set(['function', 'method', 'macro'])
const TYPE_KINDS: ReadonlySet<string> = new Set(['class', 'interface', 'struct', 'enum', 'trait', 'type'])

export const isCertain = ({ weight }: Pick<Link, 'weight'>): boolean => weight > CERTAIN_WEIGHT

const HUB_REFERENCES = 40

export class SymbolGraph {
  readonly table: SymbolTable
  /** Node of each file; the nodes of its symbols follow. */
  private readonly firstNodeOf: Uint32Array
  private readonly outgoing: Adjacency
  private readonly incoming: Adjacency
  private readonly roles = new Map<number, PathRoles>()
  private readonly children = new Map<number, readonly number[][]>()
  /** Methods defined outside their type, as in Go → the type's node; and the reverse. */
  private readonly detachedOwner = new Map<number, number>()
  private readonly detachedMembers = new Map<number, number[]>()
  /** Built on the first lookup of a name. */
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
    this.attachRustImpls()
    this.attachGoMethods()
  }

  /** Attaches Go methods to their types, which may be in any file of the same folder. */
  private attachGoMethods(): void {
    const { files, records } = this.table
    const types = new Map<string, number>()
    const folderOf = (file: number) => files[file]!.path.slice(0, files[file]!.path.lastIndexOf('/') + 1)
    const go = [...records.keys()].filter((file) => records[file]!.language === 'go')
    for (const file of go)
      records[file]!.symbols.forEach(({ name, kind }, i) => {
        if (TYPE_KINDS.has(kind)) types.set(`${folderOf(file)} ${name}`, this.node(file, i))
      })
    for (const file of go)
      records[file]!.symbols.forEach((symbol, i) => {
        const type = types.get(`${folderOf(file)} ${receiverType(symbol)}`)
        if (type !== undefined) this.attach(this.node(file, i), type)
      })
  }

  private attach(member: number, type: number): void {
    this.detachedOwner.set(member, type)
    this.detachedMembers.set(type, [...(this.detachedMembers.get(type) ?? []), member])
  }

  /** Attaches Rust `impl` blocks to the type of the same name beside them. */
  private attachRustImpls(): void {
    this.table.records.forEach(({ language, symbols }, file) => {
      if (language !== 'rust') return
      symbols.forEach(({ name, kind, parent }, i) => {
        if (kind !== 'class') return
        const type = symbols.findIndex(
          (other) => other.name === name && other.parent === parent && /^(?:struct|enum|type)$/.test(other.kind),
        )
        if (type >= 0) this.attach(this.node(file, i), this.node(file, type))
      })
    })
  }

  /** Whether a type extends or implements another, indexed or not. */
  hasBases(type: number): boolean {
    const file = this.fileOf(type)
    const parts = new Set(
      [type, ...this.members(type).filter((member) => this.isImpl(member))].map(
        (node) => node - this.firstNodeOf[file]! - 1,
      ),
    )
    const { references } = this.table.records[file]!
    for (const { kind, within } of references)
      if ((kind === 'extends' || kind === 'implements') && parts.has(within)) return true
    return false
  }

  /** Whether a node is a Rust `impl` block: a part of a type, defined beside it under its name. */
  isImpl(node: number): boolean {
    return this.detachedOwner.has(node) && this.isType(node)
  }

  /** Number of nodes. */
  get size(): number {
    return this.firstNodeOf.at(-1)!
  }

  /** The node of a symbol by index into the file's symbols; -1 is the file itself. */
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

  /** The symbol of a node; null for a file. */
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

  /** Roles of the file; symbols in a test module are tests as well. */
  rolesOf(node: number): PathRoles {
    const file = this.fileOf(node)
    const roles = this.roles.get(file) ?? rolesOf(this.table.files[file]!.path)
    this.roles.set(file, roles)
    if (roles.test || !isInTestModule(this.table.records[file]!.symbols, node - this.firstNodeOf[file]! - 1))
      return roles
    return { ...roles, test: true }
  }

  /** Callable members of the same type and name, the node included: a call may mean any of them. */
  overloads(node: number): readonly number[] {
    const owner = this.parent(node)
    const name = this.symbol(node)?.name
    if (!this.isType(owner) || !this.isCallable(node)) return [node]
    return this.members(owner).filter((member) => this.symbol(member)?.name === name && this.isCallable(member))
  }

  /** Qualified name of a symbol; path of a file. */
  title(node: number): string {
    const names: string[] = []
    for (let current = node; this.symbol(current); current = this.parent(current))
      if (current === node || !this.isImpl(current)) names.unshift(this.symbol(current)!.name)
    if (this.isImpl(node)) names.pop()
    return names.join('.') || this.path(node)
  }

  /**
   * Symbols with a name, or with a qualified name that ends with it (`exports.login`, `Store::find`), ignoring case, `_`
   * and `$`; excludes document headings and data keys.
   */
  named(name: string): readonly number[] {
    this.names ??= this.buildNameIndex()
    return this.names.get(wholeName(name)) ?? []
  }

  private buildNameIndex(): Map<string, number[]> {
    const index = new Map<string, number[]>()
    this.table.records.forEach(({ symbols }, file) => {
      symbols.forEach(({ name, kind }, i) => {
        if (kind === 'section' || kind === 'key') return
        for (const key of new Set([wholeName(name), wholeName(lastName(name))])) {
          const nodes = index.get(key)
          if (nodes) nodes.push(this.node(file, i))
          else index.set(key, [this.node(file, i)])
        }
      })
    })
    return index
  }

  /** The enclosing symbol or file; a file is its own parent. */
  parent(node: number): number {
    const type = this.detachedOwner.get(node)
    if (type !== undefined) return type
    const file = this.fileOf(node)
    return this.node(file, this.symbol(node)?.parent ?? -1)
  }

  /** The direct members of a symbol or file, in source order, including methods of a type defined outside it. */
  members(node: number): readonly number[] {
    const file = this.fileOf(node)
    const children = this.children.get(file) ?? this.membersOf(file)
    this.children.set(file, children)
    const inside = children[node - this.firstNodeOf[file]!] ?? []
    const detached = this.detachedMembers.get(node)
    return detached ? [...inside, ...detached] : inside
  }

  /** The members of each node of a file, the file itself first. */
  private membersOf(file: number): number[][] {
    const { symbols } = this.table.records[file]!
    const lists: number[][] = Array.from({ length: symbols.length + 1 }, () => [])
    symbols.forEach(({ parent }, i) => void lists[parent + 1]!.push(this.node(file, i)))
    return lists
  }

  /** A symbol and everything inside it. */
  whole(node: number): number[] {
    return [node, ...this.members(node).flatMap((member) => this.whole(member))]
  }

  isCallable(node: number): boolean {
    return CALLABLE_KINDS.has(this.symbol(node)?.kind ?? '')
  }

  isType(node: number): boolean {
    return TYPE_KINDS.has(this.symbol(node)?.kind ?? '')
  }

  /** References from a node, itself only, without its members. */
  out(node: number): Link[] {
    return this.links(this.outgoing, node)
  }

  /** References to a node, itself only, without its members. */
  in(node: number): Link[] {
    return this.links(this.incoming, node)
  }

  /** Number of references to a node. */
  referenceCount(node: number): number {
    return this.incoming.offsets[node + 1]! - this.incoming.offsets[node]!
  }

  /** Whether so much refers to it that it is a utility, whose calls explain nothing. */
  isHub(node: number): boolean {
    return this.referenceCount(node) > HUB_REFERENCES
  }

  private links({ offsets, rows, ends }: Adjacency, node: number): Link[] {
    const { kind, weight, line } = this.table.edges
    return Array.from(rows.subarray(offsets[node], offsets[node + 1]), (row) => ({
      ...{ node: ends[row]!, kind: EDGE_KINDS[kind[row]!]!, weight: weight[row]!, line: line[row]! },
    }))
  }

  /** Types that a type extends or implements (`up`), or that extend or implement it. */
  relatedTypes(type: number, up: boolean): number[] {
    const links = up ? this.out(type) : this.in(type)
    return links.filter(({ kind }) => kind === 'extends' || kind === 'implements').map(({ node }) => node)
  }

  /** Members of the same name in all base types (`up`) or derived types: a call of one may dispatch to the other. */
  namesakes(node: number, up: boolean): number[] {
    const name = this.symbol(node)?.name
    const found = new Set<number>()
    let types = this.isType(this.parent(node)) ? [this.parent(node)] : []
    for (let level = 0; level < MAX_NAMESAKE_LEVELS && types.length && found.size < MAX_NAMESAKES; level++) {
      types = types.flatMap((type) => this.relatedTypes(type, up))
      for (const type of types)
        for (const member of this.members(type)) if (this.symbol(member)?.name === name) found.add(member)
    }
    found.delete(node)
    return [...found]
  }

  /** The line on which `from` refers to `to`; the first line of `from` when it does not. */
  lineOf(from: number, to: number): number {
    return this.out(from).find((link) => link.node === to)?.line || (this.symbol(from)?.firstLine ?? 1)
  }
}

interface Adjacency {
  /** Rows of node n: `rows[offsets[n]]` … `rows[offsets[n + 1]]`. */
  readonly offsets: Uint32Array
  readonly rows: Uint32Array
  /** For each row, the node at the other end. */
  readonly ends: Uint32Array
}

/** Groups rows by their node in `key` (compressed sparse rows, by counting sort). */
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
