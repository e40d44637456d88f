/**
 * Go's interfaces are implemented implicitly, by any type that has methods of all their names, including those of
 * embedded types. Names and parameter counts are compared; parameter types are not.
 */

import { lastName, receiverType } from '../../text/owner.ts'
import { isTest } from '../../text/path-role.ts'
import type { FileRecord } from '../../types/chunk.ts'
import type { SymbolRef } from './definitions.ts'

interface Type extends SymbolRef {
  readonly interface: boolean
  readonly methods: Set<string>
  /** Names of embedded types. */
  readonly embedded: string[]
}

/** Types with the interfaces they implement, in all Go packages of the tree. */
export function goImplementers(
  files: readonly { readonly path: string; readonly record: FileRecord }[],
): { readonly heir: SymbolRef; readonly type: SymbolRef }[] {
  const types = typesOf(files)
  const all = [...types.values()].map((type) => ({ type, methods: methodsOf(types, type, new Set()) }))
  const heirs = all.filter(({ type, methods }) => !type.interface && methods.size > 0)
  const byMethod = new Map<string, typeof heirs>()
  for (const heir of heirs) for (const name of heir.methods) byMethod.set(name, [...(byMethod.get(name) ?? []), heir])
  return all
    .filter(({ type, methods }) => type.interface && methods.size > 0 && !isTest(files[type.file]!.path))
    .flatMap(({ type, methods }) => {
      const [first, ...rest] = methods
      const fits = (byMethod.get(first!) ?? []).filter((heir) => rest.every((name) => heir.methods.has(name)))
      return fits.map((heir) => ({ heir: heir.type, type }))
    })
}

/** By folder and name. */
function typesOf(files: readonly { readonly path: string; readonly record: FileRecord }[]): Map<string, Type> {
  const types = new Map<string, Type>()
  const folderOf = (path: string) => path.slice(0, path.lastIndexOf('/') + 1)
  const go = files.flatMap(({ path, record }, file) =>
    record.language === 'go' ? [{ folder: folderOf(path), record, file }] : [],
  )
  for (const { folder, record, file } of go)
    record.symbols.forEach(({ name, kind }, symbol) => {
      if (kind !== 'interface' && kind !== 'struct' && kind !== 'type') return
      types.set(`${folder} ${name}`, {
        file,
        symbol,
        interface: kind === 'interface',
        methods: new Set(),
        embedded: [],
      })
    })
  for (const { folder, record } of go) {
    for (const symbol of record.symbols) {
      const owner = record.symbols[symbol.parent]?.name ?? receiverType(symbol)
      if (symbol.kind === 'method')
        types.get(`${folder} ${owner}`)?.methods.add(`${symbol.name} ${symbol.parameters ?? 0}`)
    }
    for (const { kind, name, within } of record.references) {
      const type = record.symbols[within]
      if (kind === 'extends' && type) types.get(`${folder} ${type.name}`)?.embedded.push(`${folder} ${lastName(name)}`)
    }
  }
  return types
}

function methodsOf(types: ReadonlyMap<string, Type>, type: Type, seen: Set<Type>): Set<string> {
  if (seen.has(type)) return new Set()
  seen.add(type)
  const found = new Set(type.methods)
  for (const name of type.embedded) {
    const other = types.get(name)
    if (other) for (const method of methodsOf(types, other, seen)) found.add(method)
  }
  return found
}
