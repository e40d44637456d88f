/**
 * Records → edges. A plain name is resolved by scope (same file), by import (imported files), by neighbourhood (same
 * folder), then by name alone; a member by its receiver, as far as the file's text tells it (`parse/receivers.ts`).
 * Ambiguous references are kept with a weight below 1, and are never reported as certain.
 */

import type { Clock } from '../../ports.ts'
import { isTest } from '../../text/path-role.ts'
import type { FileRecord } from '../../types/chunk.ts'
import type { Run } from '../../types/run.ts'
import { EDGE_KINDS, type Edges, type Reference, type References } from '../../types/symbol.ts'
import { type Definitions, definitionsOf, type SymbolRef } from './definitions.ts'
import { goImplementers } from './go-interfaces.ts'
import { MAX_FILES_PER_IMPORT } from './imports.ts'
import { Resolver } from './resolve.ts'
import { Scopes } from './scopes.ts'

/** Languages that refer to each other's files and names; every other language is separate. */
const FAMILIES = [
  'typescript tsx javascript svelte vue json css html',
  'c cpp objc',
  'java kotlin scala',
  'ocaml ocaml-interface',
].map((names) => names.split(' '))

const familyOf = (language: string): string => FAMILIES.find((names) => names.includes(language))?.[0] ?? language

export interface LinkInput {
  readonly path: string
  readonly record: FileRecord
}

/** Edges under construction. */
type EdgeRow = [
  ...[kind: number, fromFile: number, fromSymbol: number, toFile: number, toSymbol: number, weight: number],
  ...[line: number],
]

/** Calls of calls that a receiver is compared by. */
const MAX_SPELLED_CALLS = 12
/** Files linked between two checks of the run's signal. */
const FILES_PER_TURN = 400

/** A tree that was linked before: its files in order, and its edges. */
export interface LinkedFiles {
  readonly files: readonly LinkInput[]
  readonly edges: Edges
}

/**
 * `before`: the previous run. If the same files still define the same names, only changed files are relinked; the
 * result is the same.
 */
export async function linkSymbols(
  run: Run,
  clock: Pick<Clock, 'yieldTurn'>,
  files: readonly LinkInput[],
  before: LinkedFiles | null = null,
): Promise<Edges> {
  const changed = before && changedFiles(before.files, files)
  if (before && changed?.length === 0) return before.edges
  const relinked = changed ? new Set(changed) : null
  const families = files.map(({ record }) => familyOf(record.language))
  const definitions = definitionsOf(files, families)
  const scopes = new Scopes(files, definitions, families)
  const resolver = new Resolver({ definitions, scopeOf: scopes.scopeOf, importsOf: scopes.importsOf })
  const rows: EdgeRow[] = []
  for (let file = 0; file < files.length; file++) {
    if (file % FILES_PER_TURN === 0) {
      run.report({ stage: 'link', done: file, total: files.length })
      await clock.yieldTurn()
      run.signal.throwIfAborted()
    }
    if (!relinked || relinked.has(file)) linkFile({ files, definitions, families, scopes, resolver }, file, rows)
  }
  if (before && relinked) rows.push(...rowsOf(before.edges, (file, line) => !relinked.has(file) || line === 0))
  else
    for (const { heir, type } of goImplementers(files))
      rows.push([EDGE_KINDS.indexOf('implements'), heir.file, heir.symbol, type.file, type.symbol, 1, 0])
  // Rows of a file are contiguous, which readers rely on.
  rows.sort((a, b) => a[1] - b[1])
  run.report({ stage: 'link', done: files.length, total: files.length })
  return toColumns(rows)
}

/** Files whose references changed; null when definitions or the set of files changed. */
function changedFiles(before: readonly LinkInput[], files: readonly LinkInput[]): number[] | null {
  if (before.length !== files.length) return null
  const changed: number[] = []
  for (let file = 0; file < files.length; file++) {
    const [old, now] = [before[file]!, files[file]!]
    if (old.path !== now.path || !hasSameDefinitions(old.record, now.record)) return null
    if (old.record.key !== now.record.key) changed.push(file)
  }
  return changed
}

/** What other files may refer to: symbols with their declarations, fields, supertypes, and what is handed on. */
function hasSameDefinitions(a: FileRecord, b: FileRecord): boolean {
  if (a.key === b.key) return true
  return a.symbols.length === b.symbols.length && declarationsOf(a) === declarationsOf(b)
}

function declarationsOf({ symbols, fields, references }: FileRecord): string {
  const heritage = [...references].filter(({ kind }) => kind !== 'call' && kind !== 'reference')
  return JSON.stringify([
    symbols.map(({ name, kind, parent, signature, result }) => [
      name,
      kind,
      parent,
      signature,
      spelled(references, result),
    ]),
    fields.map(({ owner, name, type }) => [owner, name, spelled(references, type)]),
    heritage.map(({ kind, name, within }) => [kind, name, within]),
  ])
}

/** A receiver with its calls written out, because an edit changes their numbers. */
function spelled(references: References, receiver: string, depth = 0): string {
  const [, number, steps = ''] = /^>(\d+)(.*)$/s.exec(receiver) ?? []
  const call = number === undefined ? undefined : references.at(Number(number))
  if (!call) return receiver
  return depth > MAX_SPELLED_CALLS ? `${number}` : `${call.name} of ${spelled(references, call.on, depth + 1)}${steps}`
}

function rowsOf(edges: Edges, isWanted: (file: number, line: number) => boolean): EdgeRow[] {
  const rows: EdgeRow[] = []
  for (let i = 0; i < edges.kind.length; i++) {
    if (!isWanted(edges.fromFile[i]!, edges.line[i]!)) continue
    const from = [edges.kind[i]!, edges.fromFile[i]!, edges.fromSymbol[i]!] as const
    rows.push([...from, edges.toFile[i]!, edges.toSymbol[i]!, edges.weight[i]!, edges.line[i]!])
  }
  return rows
}

interface LinkContext {
  readonly files: readonly LinkInput[]
  readonly definitions: Definitions
  readonly families: readonly string[]
  readonly scopes: Scopes
  readonly resolver: Resolver
}

function linkFile({ files, definitions, scopes, resolver }: LinkContext, file: number, rows: EdgeRow[]): void {
  const { path, record } = files[file]!
  const isTestFile = isTest(path)
  const inTest = (within: number) => isTestFile || definitions.isTest(file, within)
  const best = new Map<string, number>()
  const add = ({ kind, within, line }: Reference, { file: toFile, symbol }: SymbolRef, weight: number) => {
    if (toFile === file && symbol === within) return
    // In a test, too, a type that extends another is an `extends` edge, not a `tests` edge.
    const isUse = kind !== 'extends' && kind !== 'implements'
    const isTesting = inTest(within) && isUse && !definitions.isTest(toFile, symbol)
    const key = `${kind} ${within} ${toFile} ${symbol}`
    const known = best.get(key)
    if (known === undefined) {
      best.set(key, rows.length)
      rows.push([EDGE_KINDS.indexOf(isTesting ? 'tests' : kind), file, within, toFile, symbol, weight, line])
    } else if (rows[known]![5] < weight) {
      rows[known]![5] = weight
      rows[known]![6] = line
    }
  }
  let n = 0
  for (const reference of record.references) {
    if (reference.kind === 'import') {
      const targets = scopes.targets(file, reference.name)
      if (targets.length <= MAX_FILES_PER_IMPORT)
        for (const target of targets) add(reference, { file: target, symbol: -1 }, 1 / targets.length)
    } else {
      const { targets, weight } = resolver.resolved(file, n)
      for (const target of targets) add(reference, target, weight)
    }
    n++
  }
}

function toColumns(rows: readonly (readonly number[])[]): Edges {
  const column = (i: number) => rows.map((row) => row[i] ?? 0)
  return {
    kind: Uint8Array.from(column(0)),
    fromFile: Uint32Array.from(column(1)),
    fromSymbol: Int32Array.from(column(2)),
    toFile: Uint32Array.from(column(3)),
    toSymbol: Int32Array.from(column(4)),
    weight: Float32Array.from(column(5)),
    line: Uint32Array.from(column(6)),
  }
}
