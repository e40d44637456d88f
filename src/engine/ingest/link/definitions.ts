/** The definitions of a tree: by name, by the type they are a member of, and what each type extends. */

import { lastName, ownerOf } from '../../text/owner.ts'
import { isGenerated, isInTestModule, isTest } from '../../text/path-role.ts'
import type { FileRecord } from '../../types/chunk.ts'
import type { SourceSymbol } from '../../types/symbol.ts'

export interface SymbolRef {
  readonly file: number
  readonly symbol: number
}

/** A definition, with what decides whether a reference can refer to it. */
export interface Definition extends SymbolRef {
  readonly family: string
  /** Name of the type it is a member of; null for what is referred to by its plain name. */
  readonly owner: string | null
  /** The only symbol within which it is visible, null when it is visible everywhere. */
  readonly within: number | null
  readonly type: boolean
  /** In a test: code outside tests does not refer to it. */
  readonly test: boolean
  /** In a copy or in build output: a reference usually means the source instead. */
  readonly generated: boolean
}

export interface Definitions {
  readonly files: readonly { readonly path: string; readonly record: FileRecord }[]
  /** By last name: `Store::find` is indexed as find. */
  readonly byName: ReadonlyMap<string, readonly Definition[]>
  /** Members by `Type.name`. */
  readonly members: ReadonlyMap<string, readonly Definition[]>
  /** Names that a type extends or implements, by its name. */
  readonly bases: ReadonlyMap<string, ReadonlySet<string>>
  /** Type of each field, by `Type.field`. */
  readonly fields: ReadonlyMap<string, string>
  /** Whether a symbol (-1: the file itself) belongs to a test. */
  isTest(file: number, symbol: number): boolean
}

const TYPES: ReadonlySet<string> = new Set(['class', 'interface', 'struct', 'enum', 'trait', 'type', 'module'])

export function definitionsOf(
  files: readonly { readonly path: string; readonly record: FileRecord }[],
  families: readonly string[],
): Definitions {
  const byName = new Map<string, Definition[]>()
  const members = new Map<string, Definition[]>()
  const bases = new Map<string, Set<string>>()
  const fields = new Map<string, string>()
  files.forEach(({ path, record }, file) => {
    const { symbols, references } = record
    const [testFile, generated] = [isTest(path), isGenerated(path)]
    const hasModule = symbols.some(({ kind }) => kind === 'module')
    for (const { owner, name, type } of record.fields) fields.set(`${owner}.${name}`, type)
    symbols.forEach((definedSymbol, symbol) => {
      if (definedSymbol.kind === 'section' || definedSymbol.kind === 'key') return
      const name = lastName(definedSymbol.name)
      const owner = ownerOf(symbols, definedSymbol) || null
      const within = owner === null ? enclosingFunction(symbols, definedSymbol) : null
      const test = testFile || (hasModule && isInTestModule(symbols, symbol))
      const definition = {
        file,
        symbol,
        family: families[file]!,
        owner,
        within,
        type: TYPES.has(definedSymbol.kind),
        test,
        generated,
      }
      pushTo(byName, name, definition)
      if (owner !== null) pushTo(members, `${owner}.${name}`, definition)
    })
    for (const { kind, name, within } of references) {
      const heir = symbols[within]
      if (!heir || (kind !== 'extends' && kind !== 'implements')) continue
      const key = lastName(heir.name)
      const known = bases.get(key) ?? new Set()
      bases.set(key, known.add(lastName(name)))
    }
  })
  const isTestSymbol = (file: number, symbol: number) =>
    isTest(files[file]!.path) || isInTestModule(files[file]!.record.symbols, symbol)
  return { files, byName, members, bases, fields, isTest: isTestSymbol }
}

function pushTo<V>(map: Map<string, V[]>, key: string, value: V): void {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}

/** Index of the function that contains a local function. */
function enclosingFunction(symbols: readonly SourceSymbol[], { parent }: SourceSymbol): number | null {
  for (let i = parent; i >= 0; i = symbols[i]!.parent)
    if (symbols[i]!.kind === 'function' || symbols[i]!.kind === 'method') return i
  return null
}
