/** Where a name is looked up from a file, and which of its definitions is the nearest. */
import type { Definition, Definitions, SymbolRef } from './definitions.ts'

/** The scope from which a file's names are looked up. */
export interface Scope {
  readonly file: number
  readonly language: string
  readonly family: string
  /** The package it declares, otherwise its folder. */
  readonly package: string
  readonly imported: ReadonlySet<number>
  /** Files that the imported ones import in turn, as far as they may hand them on: packages, barrels, headers. */
  readonly reExported: ReadonlySet<number>
  /** The reference is in a test. */
  readonly test: boolean
  /** Files that a module path refers to from here. */
  modules(module: string): readonly number[]
}

/** How far from the file its nearest definitions are. */
export type Distance = 'file' | 'imported' | 'reExported' | 'package' | 'tree'

export interface Nearest {
  readonly found: readonly Definition[]
  readonly distance: Distance
}

/** A name with more definitions than this does not tell which one is meant. */
const MAX_CANDIDATES = 6
const NOTHING: Nearest = { found: [], distance: 'tree' }

/** Languages in which a plain name can only mean what the file defines or imports by name. */
const BY_IMPORT = new Set('typescript tsx javascript vue svelte python'.split(' '))
/** Languages in which the files of a package share their names. */
const BY_PACKAGE = new Set('go java kotlin scala csharp php c cpp objc hcl solidity zig'.split(' '))
/** Languages in which a name that is defined once in the tree can be used everywhere. */
const BY_TREE = new Set('c cpp objc csharp ruby lua bash r julia elixir hcl css html scala'.split(' '))

/** Languages in which what is imported is always named with its package. */
const QUALIFIED = new Set(['go'])

/** Whether scope or import say that a name at that distance is meant, rather than its spelling alone. */
export function isInScope({ language }: Scope, distance: Distance): boolean {
  switch (distance) {
    case 'file':
      return true
    case 'imported':
    case 'reExported':
      return !BY_IMPORT.has(language)
    case 'package':
      return BY_PACKAGE.has(language) || BY_TREE.has(language)
    case 'tree':
      return BY_TREE.has(language)
  }
}

/** In the same language family, and not in a test unless the reference is. */
export const isOpen = (scope: Scope, { family, test }: Definition): boolean =>
  family === scope.family && (scope.test || !test)

/** Overloads: members of one type in one file. */
export const areOverloads = (all: readonly Definition[]): boolean =>
  all.every(({ owner, file }) => owner !== null && owner === all[0]!.owner && file === all[0]!.file)

/** In the same package; in C# also in one that contains it. */
const isInPackage = (scope: Scope, other: string): boolean =>
  other === scope.package || (scope.language === 'csharp' && scope.package.startsWith(`${other}.`))

/** The first distance at which there are candidates, unless there are too many. */
/** `isPlain`: the name is written without its package. */
export function nearest(
  { packages }: Definitions,
  scope: Scope,
  candidates: readonly Definition[],
  isPlain = false,
): Nearest {
  const sources = candidates.filter((one) => !one.generated || one.file === scope.file)
  const all = sources.length ? sources : candidates
  if (all.length === 0) return NOTHING
  const { file, imported, reExported } = scope
  const distances: readonly (readonly [Distance, (target: SymbolRef) => boolean])[] = [
    ['file', (target) => target.file === file],
    ['imported', (target) => imported.has(target.file)],
    ['reExported', (target) => reExported.has(target.file)],
    ['package', (target) => isInPackage(scope, packages[target.file]!)],
    ['tree', () => true],
  ]
  const isQualified = QUALIFIED.has(scope.language)
  for (const [distance, isNear] of distances) {
    if (isQualified && isPlain && distance !== 'file' && distance !== 'package') continue
    const found = all.filter(isNear)
    if (found.length === 0) continue
    return found.length <= MAX_CANDIDATES || areOverloads(found) ? { found, distance } : NOTHING
  }
  return NOTHING
}

/** A file that only hands on what others define. */
const BARREL =
  /(?:^|\/)(?:index\.[cm]?[jt]sx?|__init__\.pyi?|mod\.rs|lib\.rs|main\.rs|package\.scala)$|\.(?:h|hh|hpp|hxx|inc)$/
const MAX_RE_EXPORTED = 400

/** The files that `imported` hand on, themselves excluded; a cycle ends where it began. */
export function reExportedBy(
  imported: ReadonlySet<number>,
  pathOf: (file: number) => string,
  importsOf: (file: number) => ReadonlySet<number>,
): ReadonlySet<number> {
  const seen = new Set(imported)
  for (const file of seen) {
    if (seen.size > MAX_RE_EXPORTED) break
    if (BARREL.test(pathOf(file))) for (const next of importsOf(file)) seen.add(next)
  }
  return new Set([...seen].filter((file) => !imported.has(file)))
}
