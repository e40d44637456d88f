/**
 * Receivers (`types/receiver.ts`) → the types they have, by following declarations, fields and the results of calls
 * through the files of the tree. Not a type checker: generics, overloads by type and flow are not followed.
 */
import { lastName, ownerOf } from '../../text/owner.ts'
import { ELEMENT, STEP } from '../../types/receiver.ts'
import type { Definition, Definitions, SymbolRef } from './definitions.ts'
import { Members, OPEN_TYPES, type Type } from './members.ts'
import { isInScope, isOpen, nearest, type Scope } from './scope.ts'

/** What a receiver is. */
export type Value =
  | { readonly kind: 'unknown' }
  /** Of no file of the tree. */
  | { readonly kind: 'foreign' }
  | {
      readonly kind: 'types'
      /** Candidates: more than one when it is not certain which is meant. */
      readonly types: readonly Type[]
      readonly isCertain: boolean
      /** Levels of collections around the type. */
      readonly lists: number
    }
  | { readonly kind: 'module'; readonly path: string; readonly files: readonly number[] }

export const UNKNOWN: Value = { kind: 'unknown' }
export const FOREIGN: Value = { kind: 'foreign' }
/** Paths of modules that are files of this tree, whether or not they are found. */
const LOCAL_MODULE = /^[.#~@]|^(?:crate|self|super)\b/
/** Expressions that depend on each other, after which nothing is known. */
const MAX_OPEN = 300
/** Values kept at a time. */
const MAX_VALUES = 200_000
const CONSTRUCTORS = new Set(['constructor', '__init__', '__new__', 'initialize', 'new', '__construct', 'init'])
/** Languages in which a field is named without its receiver. */
export const IMPLICIT = new Set('java kotlin scala csharp cpp ruby php objc solidity'.split(' '))

/** What a reference of a file refers to. */
export interface Targets {
  readonly targets: readonly SymbolRef[]
  readonly weight: number
}

/** How types find scopes and the targets of other references. */
export interface TypeSources {
  readonly definitions: Definitions
  /** The scope of a symbol of a file. */
  scopeOf(file: number, within: number): Scope
  /** The targets of the reference n of a file. */
  resolved(file: number, n: number): Targets
  /** What the files export under the name. */
  exported(scope: Scope, files: readonly number[], name: string): Exported
}

export interface Exported {
  readonly found: readonly Definition[]
  /** A module that is exported as a whole. */
  readonly modules: readonly number[]
}

export class Types {
  readonly members: Members
  private readonly sources: TypeSources
  /** Values by file, symbol and receiver. */
  private readonly values = new Map<string, Value>()
  /** What is being evaluated, outermost first; false for what turned out to depend on itself. */
  private readonly open = new Map<string, boolean>()

  constructor(sources: TypeSources) {
    this.sources = sources
    this.members = new Members(sources.definitions, (file, name) => {
      const value = this.namedType(sources.scopeOf(file, -1), name)
      return value.kind === 'types' ? value.types : []
    })
  }

  /** What a receiver is, seen from a symbol of a file. */
  valueOf(file: number, within: number, on: string): Value {
    const key = `${file} ${within} ${on}`
    const known = this.values.get(key)
    if (known) return known
    if (this.open.size > MAX_OPEN) return UNKNOWN
    if (this.open.has(key)) {
      // Everything from there on is defined by itself, so that nothing is known of it.
      let isInside = false
      for (const one of this.open.keys()) {
        isInside ||= one === key
        if (isInside) this.open.set(one, false)
      }
      return UNKNOWN
    }
    this.open.set(key, true)
    const value = this.evaluate(file, within, on)
    const isSound = this.open.get(key)!
    this.open.delete(key)
    if (this.values.size > MAX_VALUES) this.values.clear()
    this.values.set(key, isSound ? value : UNKNOWN)
    return isSound ? value : UNKNOWN
  }

  private evaluate(file: number, within: number, on: string): Value {
    const [root = '', ...steps] = on.split(STEP)
    const scope = this.sources.scopeOf(file, within)
    const whole = this.dottedModule(scope, root, steps)
    let value = whole ? whole.value : this.rootValue(file, within, root)
    for (const step of steps.slice(whole?.used ?? 0)) value = this.stepValue(scope, value, step)
    // A module of no file is a library's, unless it is named by a path in this tree.
    const isLibrary = value.kind === 'module' && value.files.length === 0 && !LOCAL_MODULE.test(value.path)
    return isLibrary ? FOREIGN : value
  }

  /** A module or type whose name has several parts: Elixir's `A.B` in `A.B.f`, C++'s `a::b` in `a::b::f`. */
  private dottedModule(
    scope: Scope,
    root: string,
    steps: readonly string[],
  ): { readonly value: Value; readonly used: number } | null {
    if (!/^[A-Z]/.test(root) && scope.language !== 'cpp') return null
    const separator = scope.language === 'cpp' ? '::' : '.'
    for (let used = steps.length; used > 0; used--) {
      const name = [root, ...steps.slice(0, used)].join(separator)
      const all = (this.sources.definitions.byName.get(steps[used - 1]!) ?? []).filter(
        (one) => one.type && this.sources.definitions.files[one.file]!.record.symbols[one.symbol]!.name === name,
      )
      const { found } = nearest(this.sources.definitions, scope, all)
      if (found.length) return { value: this.valueOfDefinitions(found), used }
    }
    return null
  }

  private rootValue(file: number, within: number, root: string): Value {
    const { definitions, resolved, scopeOf } = this.sources
    if (root === '?' || root === '') return UNKNOWN
    if (root === '=') return FOREIGN
    if (root === 'this') return this.enclosing(file, within)
    if (root === 'super') {
      const own = this.enclosing(file, within)
      if (own.kind !== 'types') return own
      const bases = own.types.flatMap((type) => this.members.basesOf(type))
      return bases.length ? { ...own, types: bases } : FOREIGN
    }
    const scope = scopeOf(file, within)
    if (root.startsWith('=')) return this.namedType(scope, root.slice(1))
    if (root.startsWith('>')) return this.resultOf(file, Number(root.slice(1)), resolved)
    if (root.startsWith('@')) {
      const path = root.slice(1)
      return { kind: 'module', path, files: scope.modules(path) }
    }
    return this.nameValue(scope, within, root, definitions)
  }

  /** The type around a symbol. */
  private enclosing(file: number, within: number): Value {
    const type = this.enclosingType(file, within)
    return type ? { kind: 'types', types: [type], isCertain: true, lists: 0 } : UNKNOWN
  }

  /** The innermost type around a symbol, null for none. */
  enclosingType(file: number, within: number): Type | null {
    const { symbols } = this.sources.definitions.files[file]!.record
    for (let i = within; i >= 0; i = symbols[i]!.parent) {
      const { kind, name } = symbols[i]!
      if (/^(?:class|struct|trait|interface|enum)$/.test(kind)) return { name: lastName(name), file }
      const owner = ownerOf(symbols, symbols[i]!)
      if (owner) return { name: owner, file }
    }
    return null
  }

  /** `Type`, `Outer.Type`, `Type[]`. */
  private namedType(scope: Scope, text: string): Value {
    let lists = 0
    let name = text
    for (; name.endsWith(ELEMENT); name = name.slice(0, -ELEMENT.length)) lists++
    const { definitions } = this.sources
    const outermost = name.split('.')[0]!
    const from = definitions.imports[scope.file]!.get(outermost)
    if (from !== undefined) {
      const value = this.valueOf(
        scope.file,
        -1,
        name.split('.').length > 1 ? `${from}|${name.split('.').slice(1).join('|')}` : from,
      )
      if (value.kind !== 'unknown') return value.kind === 'types' ? { ...value, lists: lists + value.lists } : value
    }
    const last = lastName(name)
    const all = (definitions.byName.get(last) ?? []).filter((one) => one.type && isOpen(scope, one))
    if (all.length === 0) {
      // A function's name may stand for its result: `Make(…)` with a capital.
      return FOREIGN
    }
    const outer = name.length > last.length ? lastName(name.slice(0, -last.length - 1)) : null
    const nested = outer === null ? [] : all.filter(({ owner }) => owner === outer)
    const { found, distance } = nearest(definitions, scope, nested.length ? nested : all)
    if (found.length === 0) return UNKNOWN
    const types = distinct(found.map(({ file }) => ({ name: last, file })))
    const isOne = types.length === 1 || OPEN_TYPES.has(scope.language)
    // A type is imported by its name even where the name's import is not followed.
    const isCertain = isOne && (distance !== 'tree' || isInScope(scope, distance) || nested.length === 1)
    return { kind: 'types', types, isCertain, lists }
  }

  /** A plain name as a receiver: a field, a type, a variable, a module. */
  private nameValue(scope: Scope, within: number, name: string, definitions: Definitions): Value {
    if (IMPLICIT.has(scope.language)) {
      const type = this.enclosingType(scope.file, within)
      const field = type && this.fieldValue(type, name)
      if (field) return field
    }
    const from = definitions.imports[scope.file]!.get(name)
    if (from !== undefined) {
      const value = this.valueOf(scope.file, -1, from)
      if (value.kind !== 'unknown') return value
    }
    const all = (definitions.byName.get(lastName(name)) ?? []).filter(
      (one) =>
        isOpen(scope, one) &&
        (one.owner === null || one.type || IMPLICIT.has(scope.language)) &&
        (one.within === null || (one.file === scope.file && this.isAround(scope.file, within, one.within))),
    )
    const { found, distance } = nearest(definitions, scope, all)
    const isCertain = found.length > 0 && (distance !== 'tree' || isInScope(scope, distance))
    const value = found.length ? this.valueOfDefinitions(found) : UNKNOWN
    if (value.kind === 'types') return { ...value, isCertain: value.isCertain && isCertain }
    if (value.kind !== 'unknown') return value
    if (found.length) return UNKNOWN
    const files = /^[\w.]+$/.test(name) ? scope.modules(name) : []
    return files.length ? { kind: 'module', path: name, files } : this.foreignName(name)
  }

  private isAround(file: number, within: number, outer: number): boolean {
    const { symbols } = this.sources.definitions.files[file]!.record
    for (let i = within; i >= 0; i = symbols[i]!.parent) if (i === outer) return true
    return false
  }

  /** A name with a capital that nothing defines is a type of a library. */
  private foreignName(name: string): Value {
    return /^[A-Z][a-z]/.test(name) ? FOREIGN : UNKNOWN
  }

  /** What a name that means one of the definitions holds. */
  private valueOfDefinitions(found: readonly Definition[]): Value {
    const value = merge(found.map((one) => this.valueOfDefinition(one)))
    return value.kind === 'types' && this.members.areParts(found) ? { ...value, isCertain: true } : value
  }

  private valueOfDefinition(one: Definition): Value {
    const { files, hasMembers } = this.sources.definitions
    const symbol = files[one.file]!.record.symbols[one.symbol]!
    const name = lastName(symbol.name)
    const own: Value = { kind: 'types', types: [{ name, file: one.file }], isCertain: true, lists: 0 }
    // An object or a function with members of its own.
    if (one.type || hasMembers(one.file, name)) return own
    if (symbol.kind === 'constant' || symbol.kind === 'variable' || symbol.kind === 'method') {
      const held = symbol.result ? this.valueOf(one.file, one.symbol, symbol.result) : UNKNOWN
      return held
    }
    return UNKNOWN
  }

  /** The member `step` of a value. */
  private stepValue(scope: Scope, value: Value, step: string): Value {
    if (value.kind === 'module') {
      const { found, modules } = this.sources.exported(scope, value.files, step)
      if (found.length) return this.valueOfDefinitions(found)
      const path = `${value.path}.${step}`
      const below = modules.length ? modules : scope.modules(path)
      if (below.length) return { kind: 'module', path, files: below }
      return value.files.length || LOCAL_MODULE.test(path) ? UNKNOWN : FOREIGN
    }
    if (value.kind !== 'types') return value
    if (step === 'new' && scope.language === 'ruby') return value
    if (step === ELEMENT) return value.lists ? { ...value, lists: value.lists - 1 } : UNKNOWN
    if (value.lists) return FOREIGN
    const fields = value.types.map((type) => this.fieldValue(type, step) ?? this.memberValue(scope, type, step))
    const merged = merge(fields)
    return merged.kind === 'types' ? { ...merged, isCertain: merged.isCertain && value.isCertain } : merged
  }

  /** The type of a field, declared in the type or in a supertype; null for no such field. */
  private fieldValue(type: Type, field: string): Value | null {
    for (const one of this.members.withBases(type)) {
      const declared = this.members.ofType(this.sources.definitions.fields.get(`${one.name}.${field}`) ?? [], one)
      if (declared.length === 0) continue
      return merge(declared.map(({ file, name }) => this.valueOf(file, this.members.symbolOf(file, one.name), name)))
    }
    return null
  }

  private memberValue(scope: Scope, type: Type, member: string): Value {
    const found = this.members.membersOf(scope, [type], member)
    // The members of an enumeration are values of it.
    if (this.members.isEnum(type) && found.every(({ type: isType }) => !isType) && !/^[a-z]/.test(member))
      return { kind: 'types', types: [type], isCertain: true, lists: 0 }
    return found.length ? this.valueOfDefinitions(found) : this.members.hasUnknownBases(type) ? UNKNOWN : FOREIGN
  }

  /** What a member of a library's type returns: of collections their element or the like. */
  private ofLibrary(value: Value, name: string): Value {
    if (value.kind === 'foreign') return FOREIGN
    if (value.kind !== 'types' || value.lists === 0) return UNKNOWN
    if (GIVES_ELEMENT.test(name)) return { ...value, lists: value.lists - 1 }
    return GIVES_SAME.test(name) ? value : UNKNOWN
  }

  /** What the call that is reference n of a file returns. */
  private resultOf(file: number, n: number, resolved: TypeSources['resolved']): Value {
    const { definitions } = this.sources
    const reference = definitions.files[file]!.record.references.at(n)
    if (!reference) return UNKNOWN
    const { targets, weight } = resolved(file, n)
    const receiver = () => this.valueOf(file, reference.within, reference.on)
    if (targets.length === 0) {
      // `Type.new` where the type defines no such member.
      if (CONSTRUCTORS.has(lastName(reference.name)) && /^[A-Z]/.test(reference.on)) return receiver()
      return this.ofLibrary(reference.on === '' ? UNKNOWN : receiver(), lastName(reference.name))
    }
    const values = targets.map(({ file: target, symbol }): Value => {
      const { symbols } = definitions.files[target]!.record
      const { name, kind, result } = symbols[symbol]!
      const last = lastName(name)
      const own: Value = { kind: 'types', types: [{ name: last, file: target }], isCertain: true, lists: 0 }
      if (/^(?:class|struct|enum|interface|trait|type|module)$/.test(kind)) return own
      const owner = ownerOf(symbols, symbols[symbol]!)
      if (owner && (last === owner || (CONSTRUCTORS.has(last) && !result)))
        return { kind: 'types', types: [{ name: owner, file: target }], isCertain: true, lists: 0 }
      if (result === 'this') {
        const on = reference.on ? receiver() : UNKNOWN
        return on.kind === 'types' ? on : this.enclosing(target, symbol)
      }
      return result ? this.valueOf(target, symbol, result) : UNKNOWN
    })
    const value = merge(values)
    if (value.kind !== 'types') return value
    const isOne =
      value.isCertain ||
      (values.length > 1 && value.types.every(({ name }) => name === value.types[0]!.name) && weight > 0.99)
    return { ...value, isCertain: isOne && weight > 0.99 }
  }
}

/** Members of collections that give an element of it, and those that give a collection of the same. */
const GIVES_ELEMENT =
  /^(?:get|at|first|last|getFirst|getLast|firstOrNull|lastOrNull|single|First|Last|FirstOrDefault|Single|SingleOrDefault|ElementAt|find|findLast|pop|shift|next|peek|poll|remove|removeFirst|removeLast|front|back|unwrap|top|item|sample|min_by|max_by|detect)$/
const GIVES_SAME =
  /^(?:stream|filter|sorted|sort|sortBy|sort_by|iter|into_iter|iter_mut|slice|reverse|reversed|concat|values|toList|ToList|ToArray|toArray|collect|Where|OrderBy|Skip|Take|skip|take|limit|distinct|copy|clone|to_vec|as_slice|parallelStream|asReversed|take_while|skip_while|drop|select|reject|shuffle|toSorted|toReversed|list)$/

const distinct = (types: readonly Type[]): Type[] => [
  ...new Map(types.map((type) => [`${type.file} ${type.name}`, type])).values(),
]

/** One value for several candidates; certain only when they agree. */
function merge(values: readonly Value[]): Value {
  const [first] = values
  if (values.length === 1) return first!
  const typed = values.filter((one) => one.kind === 'types')
  if (typed.length === 0)
    return first && values.every(({ kind }) => kind === 'foreign')
      ? FOREIGN
      : first?.kind === 'module'
        ? first
        : UNKNOWN
  const types = distinct(typed.flatMap((one) => one.types))
  const lists = typed[0]!.lists
  const agree = typed.length === values.length && typed.every((one) => one.lists === lists && one.isCertain)
  return { kind: 'types', types, lists, isCertain: agree && types.length === 1 }
}
