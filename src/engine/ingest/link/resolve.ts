/**
 * References → their possible targets, with a weight below 1 when scope, import and type do not say which is meant.
 * Only the text of the files is used, no type checker.
 */
import { lastName } from '../../text/owner.ts'
import { subTokens } from '../../text/terms.ts'
import { DEFAULT, DOT_IMPORT, OWN_FILE, PACKAGE_NAME, STAR } from '../../types/receiver.ts'
import type { Reference, SymbolKind } from '../../types/symbol.ts'
import type { Definition, Definitions, SymbolRef } from './definitions.ts'
import type { Type } from './members.ts'
import { areOverloads, isInScope, isOpen, type Nearest, nearest, type Scope } from './scope.ts'
import { type Exported, IMPLICIT, type Targets, Types } from './types.ts'

/** Targets with the weight of each; 1 is certain. */
export type Resolution = Targets

/** Weight of a target that has the only definition of the name, while nothing but its name tells that it is meant. */
const ONLY_ONE_WEIGHT = 0.9
/** Weight of a member found by its name alone; lower for a name that lists, maps and strings have too. */
const GUESS_WEIGHT = 0.5
const COMMON_NAME_GUESS_WEIGHT = 0.2
const SHORT_NAME_CHARS = 6
/** Names under which one definition is handed on from file to file. */
const MAX_ALIASES = 20
const INHERITANCE_KINDS: ReadonlySet<string> = new Set(['extends', 'implements'])
const NOTHING: Resolution = { targets: [], weight: 0 }

/** What the signature of an extension looks like, with the type that it extends. */
const EXTENSIONS: Readonly<Record<string, RegExp>> = {
  kotlin: /\bfun\s+(?:<[^>]*>\s*)?([\w.]+)(?:<[^>]*>)?\??\.\w+\(/,
  csharp: /\(\s*this\s+([\w.]+)/,
}
/** Languages in which a type within a type has to be imported or named with it. */
const NESTING = new Set('java csharp kotlin scala'.split(' '))
/** Languages whose files hand on what they import by name. */
const BY_NAME = new Set('typescript tsx javascript vue svelte python'.split(' '))
/** Languages whose packages need not be named as their folders or files. */
const PACKAGES = new Set(['kotlin', 'php'])
/** Members of built-in types: a call of one says nothing about this repository. */
const COMMON = new Set(
  `add addall all any append apply as_ref as_str assert at bind call catch chars charAt clear clone close collect
  compare concat contains containskey copy count decode delete done emit encode end endswith entries equals error
  every exec extend fail filter find findindex finally first flat flatmap flush foreach format forEach get getattr
  has hashcode head includes index indexof info init insert into isempty items iter join key keys last length len
  lines list load log lower map match max merge min name next of on once open or parse peek poll pop print push
  put query read readline reduce remove replace resolve reverse run save search send set setattr setdefault shift
  size slice some sort splice split start startswith stop strip sub substring sum tap test then to tojson toString
  tostring toarray tolist tolower toupper trim unwrap update upper use value values valueof wait warn write zip`
    .split(/\s+/)
    .map((name) => name.toLowerCase()),
)

/** A search through files that hand on what they import. */
interface Search {
  /** Files searched, so that a cycle of them ends. */
  readonly seen: Set<number>
  /** Names under which it was handed on. */
  readonly aliases: number
}

/** What a resolver knows of the tree. */
export interface ResolverSources {
  readonly definitions: Definitions
  scopeOf(file: number, within: number): Scope
  /** Files that a file imports. */
  importsOf(file: number): ReadonlySet<number>
}

export class Resolver {
  private readonly definitions: Definitions
  private readonly sources: ResolverSources
  private readonly types: Types
  /** By file, then by the number of the reference. */
  private readonly known = new Map<number, (Resolution | null)[]>()

  constructor(sources: ResolverSources) {
    this.sources = sources
    this.definitions = sources.definitions
    this.types = new Types({
      definitions: sources.definitions,
      scopeOf: sources.scopeOf,
      resolved: (file, n) => this.resolved(file, n),
      exported: (scope, files, name) => this.exported(scope, files, name),
    })
  }

  /** The targets of the reference n of a file. */
  resolved(file: number, n: number): Resolution {
    const known = this.known.get(file) ?? []
    this.known.set(file, known)
    const resolution = known[n]
    // A reference that is asked for while it is being resolved depends on itself.
    if (resolution !== undefined) return resolution ?? NOTHING
    known[n] = null
    const reference = this.definitions.files[file]!.record.references.at(n)
    const found = reference && reference.kind !== 'import' ? this.resolve(file, reference) : NOTHING
    known[n] = found
    return found
  }

  private resolve(file: number, reference: Reference): Resolution {
    const scope = this.sources.scopeOf(file, reference.within)
    const { on } = reference
    if (on === '') return this.plain(scope, reference)
    if (on.startsWith(OWN_FILE)) return this.own(scope, reference)
    return on.startsWith('@') && !on.includes('|') ? this.imported(scope, reference) : this.member(scope, reference)
  }

  /**
   * A plain name: a function, a type, a local function of an enclosing symbol; in some languages a member of an
   * enclosing type.
   */
  private plain(scope: Scope, { name, within, kind }: Reference): Resolution {
    const { definitions } = this
    const isMacro = name.endsWith('!')
    const last = lastName(isMacro ? name.slice(0, -1) : name)
    const all = definitions.byName.get(last)?.filter((one) => !isMacro || this.kindOf(one) === 'macro')
    if (!all?.length) return NOTHING
    const isImplicit = IMPLICIT.has(scope.language)
    if (isImplicit && !INHERITANCE_KINDS.has(kind)) {
      // The name of a type alone means the type, not its constructor.
      const member = this.memberOfEnclosing(scope, within, last).filter((one) => kind === 'call' || one.owner !== last)
      if (member.length) return this.certain(member)
    }
    const around = new Set(this.ancestors(scope.file, within))
    const found = nearest(
      definitions,
      scope,
      all.filter(
        (one) =>
          isOpen(scope, one) &&
          !(kind === 'call' && this.isTypeOnly(one)) &&
          (one.type || !INHERITANCE_KINDS.has(kind)) &&
          (one.within === null || (one.file === scope.file && around.has(one.within))) &&
          (one.owner === null || one.type || /[.:\\]/.test(name)),
      ),
      true,
    )
    if (found.found.length && found.distance === 'file') return this.certain(found.found)
    const whole = this.importedWhole(scope, last)
    if (whole.length) return this.certain(whole)
    if (found.found.length) return this.inScope(scope, found)
    if (!isImplicit || kind !== 'call') return NOTHING
    const member = this.staticallyImported(scope, last)
    if (member.length) return this.certain(member)
    return guess(
      nearest(
        definitions,
        scope,
        all.filter((one) => isOpen(scope, one)),
      ).found,
      GUESS_WEIGHT,
    )
  }

  /** What a module exports that the file imports whole: Python's `from m import *`, Go's `import . "m"`. */
  private importedWhole(scope: Scope, name: string): readonly Definition[] {
    const modules = [...this.definitions.imports[scope.file]!].flatMap(([key, module]) =>
      key === DOT_IMPORT || (key.startsWith(STAR) && scope.language === 'python') ? scope.modules(module.slice(1)) : [],
    )
    return modules.length ? this.exported(scope, modules, name).found : []
  }

  /** A member of a type whose members the file imports all: `import static a.B.*`, `using static A.B`. */
  private staticallyImported(scope: Scope, name: string): readonly Definition[] {
    const { files, members } = this.definitions
    const types = [...files[scope.file]!.record.references].flatMap((one) =>
      one.kind === 'import' ? [lastName(one.name.replace(/\.\*$/, ''))] : [],
    )
    return types.flatMap((type) => (members.get(`${type}.${name}`) ?? []).filter((one) => isOpen(scope, one)))
  }

  /** A member of the types around a symbol, innermost first. */
  private memberOfEnclosing(scope: Scope, within: number, name: string): readonly Definition[] {
    const { symbols } = this.definitions.files[scope.file]!.record
    const seen = new Set<string>()
    for (const i of this.ancestors(scope.file, within)) {
      const type = this.types.enclosingType(scope.file, i)
      if (!type || seen.has(type.name)) continue
      seen.add(type.name)
      const found = this.types.members.membersOf(scope, [type], name).filter((one) => !one.type)
      if (found.length) return found
      if (symbols[i]!.parent < 0) break
    }
    return []
  }

  /** Certain if scope or import say that these are meant; otherwise the name alone does. */
  private inScope(scope: Scope, { found, distance }: Nearest): Resolution {
    // A type within a type of another file is named by itself only where it is imported or inherited.
    const isNested = found.some((one) => one.type && one.owner !== null && one.file !== scope.file)
    if (isInScope(scope, distance) && !(isNested && NESTING.has(scope.language))) return this.certain(found)
    return guess(found, found.length === 1 ? ONLY_ONE_WEIGHT : GUESS_WEIGHT)
  }

  /** Overloads of one type count as one certain target, and so do the parts of one type. */
  private certain(targets: readonly Definition[]): Resolution {
    const isOne =
      targets.length <= 1 || areOverloads(targets) || areMerged(targets) || this.types.members.areParts(targets)
    return { targets, weight: isOne ? 1 : 1 / targets.length }
  }

  /** A type that exists at compile time only, so nothing calls it. */
  private isTypeOnly({ file, symbol, family }: Definition): boolean {
    const kind = this.kindOf({ file, symbol })
    return family === 'typescript' && (kind === 'interface' || kind === 'type')
  }

  private kindOf({ file, symbol }: SymbolRef): SymbolKind {
    return this.definitions.files[file]!.record.symbols[symbol]!.kind
  }

  /** The symbol and those that enclose it, innermost first. */
  private ancestors(file: number, within: number): number[] {
    const { symbols } = this.definitions.files[file]!.record
    const found: number[] = []
    for (let i = within; i >= 0; i = symbols[i]!.parent) found.push(i)
    return found
  }

  /** A name that means a definition of its own file: a local one of an enclosing symbol, otherwise at the top level. */
  private own({ file }: Scope, { name, within, kind, on }: Reference): Resolution {
    if (on !== OWN_FILE) return { targets: [{ file, symbol: Number(on.slice(OWN_FILE.length)) }], weight: 1 }
    const all = (this.definitions.byName.get(lastName(name)) ?? []).filter(
      (one) => one.file === file && (one.owner === null || one.type) && !(kind === 'call' && this.isTypeOnly(one)),
    )
    const around = this.ancestors(file, within)
    const local = around.flatMap((i) => all.filter((one) => one.within === i))
    const visible = local.length ? local.slice(0, 1) : all.filter((one) => one.within === null)
    return visible.length ? this.certain(visible) : NOTHING
  }

  /** A name that is imported by name, or a member of a module: nothing when the module is no file. */
  private imported(scope: Scope, reference: Reference): Resolution {
    const module = reference.on.slice(1)
    const files = scope.modules(module)
    if (files.length === 0) {
      // A path alias or a generated module may still be a file, and a package is named apart from its files.
      const isPackaged = this.definitions.exports[scope.file]!.has(PACKAGE_NAME)
      const mayBeHere = /^[.#~@]|^(?:crate|self|super)\b/.test(module) || (PACKAGES.has(scope.language) && !isPackaged)
      return mayBeHere && reference.name !== DEFAULT ? this.plain(scope, { ...reference, on: '' }) : NOTHING
    }
    const { found } = this.exported(scope, files, lastName(reference.name))
    const fitting = reference.kind === 'call' ? found.filter((one) => !this.isTypeOnly(one)) : found
    if (fitting.length) return this.certain(fitting)
    // Java's static imports name a member of a type.
    const members = (this.definitions.members.get(`${lastName(module)}.${reference.name}`) ?? []).filter((one) =>
      files.includes(one.file),
    )
    return members.length ? this.certain(members) : NOTHING
  }

  /** What files export under a name: define, export under that name, or hand on from what they import. */
  private exported(
    scope: Scope,
    files: readonly number[],
    name: string,
    search: Search = { seen: new Set(), aliases: 0 },
  ): Exported {
    const { seen } = search
    const { definitions } = this
    const none: Exported = { found: [], modules: [] }
    const fresh = files.filter((file) => !seen.has(file))
    if (fresh.length === 0 || search.aliases > MAX_ALIASES) return none
    for (const file of fresh) seen.add(file)
    const inner: Search = { seen, aliases: search.aliases + 1 }
    const own = (definitions.byName.get(name) ?? []).filter(
      (one) =>
        fresh.includes(one.file) &&
        one.within === null &&
        (one.owner === null || one.type || scope.language === 'lua') &&
        isOpen({ ...scope, test: true }, one),
    )
    if (own.length) return { found: own, modules: [] }
    for (const file of fresh) {
      const alias = definitions.exports[file]!.get(name)
      if (alias !== undefined) return this.aliased(file, alias, inner)
    }
    for (const file of fresh) {
      const next = this.handedOn(scope, file, name, search)
      if (next.found.length || next.modules.length) return next
    }
    return none
  }

  /** What a file imports and so exports, too: by name, or whole modules. */
  private handedOn(scope: Scope, file: number, name: string, search: Search): Exported {
    if (!BY_NAME.has(scope.language)) return this.exported(scope, [...this.sources.importsOf(file)], name, search)
    const imports = this.definitions.imports[file]!
    const from = imports.get(name)
    if (from !== undefined) return this.aliased(file, from, { ...search, aliases: search.aliases + 1 })
    const own = this.sources.scopeOf(file, -1)
    const modules = [...imports].flatMap(([key, module]) => (key.startsWith(STAR) ? own.modules(module.slice(1)) : []))
    return this.exported(scope, modules, name, search)
  }

  /** What an export under another name stands for: a name of the file, `@module`, or `@module|name`. */
  private aliased(file: number, alias: string, search: Search): Exported {
    const scope = this.sources.scopeOf(file, -1)
    if (!alias.startsWith('@')) return this.exported(scope, [file], alias, { ...search, seen: new Set() })
    const [module = '', name] = alias.slice(1).split('|')
    const files = scope.modules(module)
    if (name === undefined) return { found: [], modules: files }
    const next = this.exported(scope, files, name, search)
    return next.found.length || next.modules.length ? next : { found: [], modules: scope.modules(`${module}.${name}`) }
  }

  /** A member, by what its receiver is; otherwise by its name, which is never certain. */
  private member(scope: Scope, reference: Reference): Resolution {
    const { within, on } = reference
    const name = lastName(reference.name)
    const value = this.types.valueOf(scope.file, within, on)
    const isOwn = on === 'this' || on === 'super'
    const isUse = reference.kind === 'reference'
    if (value.kind === 'foreign') return isUse ? NOTHING : this.extension(scope, name, [])
    if (value.kind === 'module') {
      const { found } = this.exported(scope, value.files, name)
      return found.length ? this.certain(found) : NOTHING
    }
    if (value.kind === 'unknown') return isUse ? NOTHING : this.byName(scope, name)
    if (value.lists) return NOTHING
    const found = this.types.members.membersOf(scope, value.types, name)
    if (found.length)
      return value.isCertain && !this.types.members.hasOtherOverloads(value.types, found)
        ? this.certain(found)
        : guess(found, found.length === 1 ? ONLY_ONE_WEIGHT : GUESS_WEIGHT)
    if (isUse) return NOTHING
    const isOpenEnded = (type: Type) =>
      (isOwn && this.types.members.hasUnknownBases(type)) || this.types.members.isAlias(type)
    return value.types.some(isOpenEnded) ? this.byName(scope, name) : this.extension(scope, name, value.types)
  }

  /** Functions that are called as if they were members; a library's member of the name would go before. */
  private extension(scope: Scope, name: string, types: readonly Type[]): Resolution {
    const pattern = EXTENSIONS[scope.language]
    if (!pattern) return NOTHING
    const all = (this.definitions.byName.get(name) ?? []).filter(
      (one) =>
        isOpen(scope, one) && pattern.test(this.definitions.files[one.file]!.record.symbols[one.symbol]!.signature),
    )
    const { found } = nearest(this.definitions, scope, all)
    const extended = found.map(
      (one) => pattern.exec(this.definitions.files[one.file]!.record.symbols[one.symbol]!.signature)?.[1],
    )
    // Of a type of this tree that has no member of the name.
    const isOfType = types.length === 1 && found.length === 1 && lastName(extended[0] ?? '') === types[0]!.name
    return isOfType ? this.certain(found) : guess(found, found.length === 1 ? ONLY_ONE_WEIGHT : GUESS_WEIGHT)
  }

  /** The receiver is unknown: any member of the name may be meant. */
  private byName(scope: Scope, name: string): Resolution {
    const all = (this.definitions.byName.get(name) ?? []).filter(
      (one) => isOpen(scope, one) && !(one.type && one.owner === null),
    )
    // A function of an imported file may be reached through its module; any other plain function is no member.
    const members = all.filter((one) => one.owner !== null || (one.within === null && scope.imported.has(one.file)))
    if (members.length === 0) return NOTHING
    const { found } = nearest(this.definitions, scope, members)
    if (COMMON.has(name.toLowerCase())) return guess(found, COMMON_NAME_GUESS_WEIGHT)
    const isDistinctive = subTokens(name).length > 1 || name.length >= SHORT_NAME_CHARS
    return guess(found, members.length === 1 && isDistinctive ? ONLY_ONE_WEIGHT : GUESS_WEIGHT)
  }
}

/** Declarations of one name in one script, a type and a value, which TypeScript merges. */
const areMerged = (all: readonly Definition[]): boolean =>
  all.every(
    (one) => one.family === 'typescript' && one.owner === null && one.within === null && one.file === all[0]!.file,
  ) &&
  all.some(({ type }) => type) &&
  all.some(({ type }) => !type)

const guess = (targets: readonly SymbolRef[], weight: number): Resolution => ({
  targets,
  weight: weight / Math.max(1, targets.length),
})
