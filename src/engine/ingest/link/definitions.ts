/** The definitions of a tree: by name, by the type they are a member of, and what each type extends. */

import { lastName, ownerOf } from '../../text/owner.ts'
import { isGenerated, isInTestModule, isTest } from '../../text/path-role.ts'
import type { FileRecord } from '../../types/chunk.ts'
import { EXPORTS, IMPORTS, PACKAGE_NAME } from '../../types/receiver.ts'
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
  /** Members by `Type.name`; what a module or namespace contains by `module.name`. */
  readonly members: ReadonlyMap<string, readonly Definition[]>
  /** Names that a type extends or implements, by its name. */
  readonly bases: ReadonlyMap<string, readonly Named[]>
  /** Types of fields, by `Type.field`. */
  readonly fields: ReadonlyMap<string, readonly Named[]>
  /** What each file exports under another name than it is defined by: a receiver by name. */
  readonly exports: readonly ReadonlyMap<string, string>[]
  /** Whether a file defines members of a name. */
  hasMembers(file: number, name: string): boolean
  /** What each file imports by name: `@module|name` by its local name. */
  readonly imports: readonly ReadonlyMap<string, string>[]
  /** The package that each file declares, otherwise its folder. */
  readonly packages: readonly string[]
  /** Whether a symbol (-1: the file itself) belongs to a test. */
  isTest(file: number, symbol: number): boolean
}

/** A name or a receiver, and the file that says it. */
export interface Named {
  readonly file: number
  readonly name: string
}

const TYPES: ReadonlySet<string> = new Set(['class', 'interface', 'struct', 'enum', 'trait', 'type', 'module'])

export function definitionsOf(
  files: readonly { readonly path: string; readonly record: FileRecord }[],
  families: readonly string[],
): Definitions {
  const byName = new Map<string, Definition[]>()
  const members = new Map<string, Definition[]>()
  const bases = new Map<string, Named[]>()
  const fields = new Map<string, Named[]>()
  const owners = new Set<string>()
  const exports: ReadonlyMap<string, string>[] = []
  const imports: ReadonlyMap<string, string>[] = []
  files.forEach(({ path, record }, file) => {
    const { symbols, references } = record
    const [testFile, generated] = [isTest(path), isGenerated(path)]
    const hasModule = symbols.some(({ kind }) => kind === 'module')
    const namesOf = (owned: string) =>
      new Map(record.fields.flatMap(({ owner, name, type }) => (owner === owned ? [[name, type] as const] : [])))
    exports.push(namesOf(EXPORTS))
    imports.push(namesOf(IMPORTS))
    for (const { owner, name, type } of record.fields)
      if (owner !== EXPORTS && owner !== IMPORTS) pushTo(fields, `${owner}.${name}`, { file, name: type })
    symbols.forEach((definedSymbol, symbol) => {
      if (definedSymbol.kind === 'section' || definedSymbol.kind === 'key') return
      const name = lastName(definedSymbol.name)
      const owner = isPlainEnumerator(record.language, symbols, definedSymbol)
        ? null
        : ownerOf(symbols, definedSymbol) || null
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
      // A Rust `impl` adds to a type that is defined elsewhere.
      if (!/^(?:unsafe )?impl\b/.test(definedSymbol.signature) || record.language !== 'rust')
        pushTo(byName, name, definition)
      const outer = owner ?? moduleOf(symbols, definedSymbol)
      if (outer === null) return
      pushTo(members, `${outer}.${name}`, definition)
      owners.add(`${file} ${outer}`)
    })
    for (const { kind, name, within } of references) {
      const heir = symbols[within]
      if (!heir || (kind !== 'extends' && kind !== 'implements')) continue
      pushTo(bases, lastName(heir.name), { file, name: lastName(name) })
    }
  })
  const packages = files.map(({ path, record: { language } }, file) => packageOf(path, language, exports[file]!))
  const isTestSymbol = (file: number, symbol: number) =>
    isTest(files[file]!.path) || isInTestModule(files[file]!.record.symbols, symbol)
  const hasMembers = (file: number, name: string) => owners.has(`${file} ${name}`)
  return { files, byName, members, bases, fields, exports, imports, packages, hasMembers, isTest: isTestSymbol }
}

/** Files of one package share their names; Go's are also of one folder, with those of its external tests apart. */
function packageOf(path: string, language: string, exports: ReadonlyMap<string, string>): string {
  const folder = path.slice(0, path.lastIndexOf('/') + 1)
  const own = exports.get(PACKAGE_NAME)
  return own === undefined ? folder : language === 'go' ? `${folder} ${own}` : own.replaceAll('\\', '.')
}

export function pushTo<V>(map: Map<string, V[]>, key: string, value: V): void {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}

/** C's enumerators are named without their type. */
function isPlainEnumerator(
  language: string,
  symbols: readonly SourceSymbol[],
  { kind, parent }: SourceSymbol,
): boolean {
  const outer = symbols[parent]
  return (
    kind === 'constant' &&
    outer?.kind === 'enum' &&
    /^(?:c|cpp|objc)$/.test(language) &&
    !/^enum\s+(?:class|struct)\b/.test(outer.signature)
  )
}

/** The module or namespace that contains a symbol directly, null for none. */
function moduleOf(symbols: readonly SourceSymbol[], { parent }: SourceSymbol): string | null {
  const outer = symbols[parent]
  return outer?.kind === 'module' ? lastName(outer.name) : null
}

/** Index of the function that contains a local function. */
function enclosingFunction(symbols: readonly SourceSymbol[], { parent }: SourceSymbol): number | null {
  for (let i = parent; i >= 0; i = symbols[i]!.parent)
    if (symbols[i]!.kind === 'function' || symbols[i]!.kind === 'method') return i
  return null
}
