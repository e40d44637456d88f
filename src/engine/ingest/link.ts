/**
 * Records → edges. A reference is resolved by scope (same file), by import (files the file imports), by
 * neighbourhood (same folder), then by name alone; what stays ambiguous is kept with weight 1 / candidates.
 */
import type { FileRecord } from '../model/chunk.ts'
import { isTest } from '../model/role.ts'
import type { Run } from '../model/run.ts'
import { EDGE_KINDS, type EdgeKind, type Edges } from '../model/symbol.ts'
import type { Clock } from '../ports.ts'

/** A name with more definitions says nothing about which is meant. */
const MAX_CANDIDATES = 6

/** Languages that refer to each other's files and names; every other language keeps to itself. */
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

interface Target {
  readonly file: number
  readonly symbol: number
}

/** Rows of Edges while they are made. */
type Row = [kind: number, fromFile: number, fromSymbol: number, toFile: number, toSymbol: number, weight: number]

/** Files linked between two looks at the run's signal. */
const TURN = 400

export async function linkSymbols(run: Run, clock: Pick<Clock, 'turn'>, files: readonly LinkInput[]): Promise<Edges> {
  const known: Known = {
    files,
    definitions: definitionsOf(files),
    families: files.map(({ record }) => familyOf(record.language)),
    resolveImport: importResolver(files.map(({ path }) => path)),
  }
  const rows: Row[] = []
  for (let file = 0; file < files.length; file++) {
    if (file % TURN === 0) {
      run.report({ stage: 'link', done: file, total: files.length })
      await clock.turn()
      run.signal.throwIfAborted()
    }
    linkFile(known, file, rows)
  }
  run.report({ stage: 'link', done: files.length, total: files.length })
  return columns(rows)
}

interface Known {
  readonly files: readonly LinkInput[]
  readonly definitions: ReadonlyMap<string, readonly Target[]>
  readonly families: readonly string[]
  readonly resolveImport: (from: string, module: string) => readonly number[]
}

function linkFile({ files, definitions, families, resolveImport }: Known, file: number, rows: Row[]): void {
  const { path, record } = files[file]!
  const imported = new Set<number>()
  const test = isTest(path)
  const seen = new Set<string>()
  const add = (kind: EdgeKind, within: number, targets: readonly Target[]) => {
    for (const { file: toFile, symbol } of targets) {
      const tests = test && !isTest(files[toFile]?.path ?? '')
      const key = `${kind} ${within} ${toFile} ${symbol}`
      if (seen.has(key) || (toFile === file && symbol === within)) continue
      seen.add(key)
      rows.push([EDGE_KINDS.indexOf(tests ? 'tests' : kind), file, within, toFile, symbol, 1 / targets.length])
    }
  }
  for (const { kind, name, within } of record.references) {
    if (kind !== 'import') continue
    const targets = resolveImport(path, name).filter((other) => other !== file && families[other] === families[file])
    for (const target of targets) imported.add(target)
    add(
      'import',
      within,
      targets.map((target) => ({ file: target, symbol: -1 })),
    )
  }
  for (const { kind, name, within } of record.references) {
    if (kind === 'import') continue
    const all = definitions.get(lastName(name))?.filter((target) => families[target.file] === families[file])
    if (all?.length) add(kind, within, nearest(all, file, imported, path, files))
  }
}

function lastName(name: string): string {
  return name.slice(Math.max(name.lastIndexOf('.'), name.lastIndexOf(':'), name.lastIndexOf('\\')) + 1)
}

function definitionsOf(files: readonly LinkInput[]): Map<string, Target[]> {
  const map = new Map<string, Target[]>()
  files.forEach(({ record }, file) => {
    record.symbols.forEach(({ name, kind }, symbol) => {
      if (kind === 'section' || kind === 'key') return
      const last = lastName(name)
      const list = map.get(last)
      if (list) list.push({ file, symbol })
      else map.set(last, [{ file, symbol }])
    })
  })
  return map
}

function nearest(
  all: readonly Target[],
  file: number,
  imported: ReadonlySet<number>,
  path: string,
  files: readonly LinkInput[],
): readonly Target[] {
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  const scopes: ((target: Target) => boolean)[] = [
    (target) => target.file === file,
    (target) => imported.has(target.file),
    (target) => {
      const other = files[target.file]!.path
      return other.startsWith(folder) && !other.includes('/', folder.length)
    },
    () => true,
  ]
  for (const inScope of scopes) {
    const found = all.filter(inScope)
    if (found.length) return found.length <= MAX_CANDIDATES ? found : []
  }
  return []
}

/** Module path as written → files: relative paths exactly, others by their longest matching tail. */
function importResolver(paths: readonly string[]): (from: string, module: string) => readonly number[] {
  const byStem = new Map<string, number[]>()
  const byFolder = new Map<string, number[]>()
  const push = (map: Map<string, number[]>, key: string, file: number) => {
    const list = map.get(key)
    if (list) list.push(file)
    else map.set(key, [file])
  }
  paths.forEach((path, file) => {
    const segments = path.split('/')
    const stem = segments.at(-1)!.replace(/\.[^.]+$/, '')
    const module = /^(index|mod|__init__|lib)$/.test(stem) ? (segments.at(-2) ?? stem) : stem
    push(byStem, module, file)
    if (module !== stem) push(byStem, stem, file)
    push(byFolder, segments.slice(0, -1).at(-1) ?? '', file)
  })
  const exact = new Map(paths.map((path, file) => [path, file]))
  const cache = new Map<string, readonly number[]>()
  return (from, module) => {
    const relative = module.startsWith('.')
    const key = relative ? `${from.slice(0, from.lastIndexOf('/'))} ${module}` : module
    let found = cache.get(key)
    if (!found) {
      found = relative ? byRelative(from, module, exact) : byTail(module, paths, byStem, byFolder)
      cache.set(key, found)
    }
    return found
  }
}

const EXTENSIONS = [
  '',
  '.ts',
  '.tsx',
  '.js',
  '.jsx',
  '.mjs',
  '.cjs',
  '.d.ts',
  '.py',
  '.vue',
  '.svelte',
  '.json',
  '.rb',
  '.php',
  '.lua',
  '.sol',
  '.h',
  '.hpp',
  '.css',
  '.dart',
]
const ENTRIES = ['/index.ts', '/index.tsx', '/index.js', '/index.jsx', '/__init__.py', '/mod.rs']

function byRelative(from: string, module: string, exact: ReadonlyMap<string, number>): readonly number[] {
  const base = from.split('/').slice(0, -1)
  const dots = /^\.+(?=[A-Za-z_]|$)/.exec(module)?.[0].length ?? 0
  const isPython = dots > 0 && !module.includes('/')
  const steps = isPython ? [...Array(dots - 1).fill('..'), ...module.slice(dots).split('.')] : module.split('/')
  for (const step of steps) {
    if (step === '..') base.pop()
    else if (step && step !== '.') base.push(step)
  }
  const target = base.join('/')
  const bare = target.replace(/\.[cm]?jsx?$/, '')
  for (const stem of [target, bare])
    for (const end of [...EXTENSIONS, ...ENTRIES]) {
      const file = exact.get(stem + end)
      if (file !== undefined) return [file]
    }
  return []
}

function byTail(
  module: string,
  paths: readonly string[],
  byStem: ReadonlyMap<string, number[]>,
  byFolder: ReadonlyMap<string, number[]>,
): readonly number[] {
  const isPath = module.includes('/')
  const flat = (isPath ? module.replace(/\.[A-Za-z]{1,4}$/, '') : module.replace(/\.(h|hpp|hh)$/, ''))
    .replace(/::|\\/g, '/')
    .replace(/[{*].*$/, '')
  const segments = (isPath ? flat : flat.replace(/\./g, '/'))
    .split('/')
    .filter((segment) => segment && !['crate', 'super', 'self', '@', '~'].includes(segment))
  // The last segment may be a name inside the module rather than the module.
  for (const wanted of [segments, segments.slice(0, -1)]) {
    const last = wanted.at(-1)
    if (!last) continue
    const direct = bestTail(byStem.get(last) ?? [], wanted, paths, 0)
    const found = direct.length ? direct : bestTail(byFolder.get(last) ?? [], wanted, paths, 1)
    if (found.length && found.length <= 4 * MAX_CANDIDATES) return found
  }
  return []
}

/** Of the candidates those that share the longest tail of folders; one shared segment is enough only when short. */
function bestTail(
  candidates: readonly number[],
  wanted: readonly string[],
  paths: readonly string[],
  up: 0 | 1,
): number[] {
  let best: number[] = []
  let longest = wanted.length > 1 ? 2 : 1
  for (const file of candidates) {
    const segments = paths[file]!.replace(/\.[^./]+$/, '').split('/')
    if (up || (segments.at(-1) !== wanted.at(-1) && segments.length > 1)) segments.pop()
    let shared = 0
    while (shared < wanted.length && wanted.at(-1 - shared) === segments.at(-1 - shared)) shared++
    if (shared > longest) best = []
    if (shared >= longest) {
      longest = shared
      best.push(file)
    }
  }
  return best
}

function columns(rows: readonly (readonly number[])[]): Edges {
  const column = (i: number) => rows.map((row) => row[i] ?? 0)
  return {
    kind: Uint8Array.from(column(0)),
    fromFile: Uint32Array.from(column(1)),
    fromSymbol: Int32Array.from(column(2)),
    toFile: Uint32Array.from(column(3)),
    toSymbol: Int32Array.from(column(4)),
    weight: Float32Array.from(column(5)),
  }
}
