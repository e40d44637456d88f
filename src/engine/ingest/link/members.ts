/** What the types of a tree have: members, supertypes, parts in other files. */
import { lastName } from '../../text/owner.ts'
import type { Definition, Definitions, Named } from './definitions.ts'
import { isOpen, type Scope } from './scope.ts'

/** A type by its name and a file that defines it. */
export interface Type {
  readonly name: string
  readonly file: number
}

const MAX_BASES = 16
/** Languages whose types gain members in other files. */
export const OPEN_TYPES = new Set('go rust csharp ruby c cpp objc kotlin scala elixir lua javascript'.split(' '))
/** Languages in which several definitions of one name make one type. */
const REOPENED = new Set('csharp ruby cpp elixir scala'.split(' '))

/** Languages in which members of one name differ by their parameters. */
const OVERLOADING = new Set('java csharp kotlin scala cpp'.split(' '))

/** The types of a signature's parameters, without their names. */
const parametersOf = (signature: string): string =>
  (/\((.*)\)/.exec(signature)?.[1] ?? '').replace(/\s*\w+\s*(?=,|$)|\bfinal\s+|@\w+\s*/g, '')

export class Members {
  private readonly definitions: Definitions
  private readonly typesNamed: (file: number, name: string) => readonly Type[]

  /** `typesNamed` returns the types that a name means in a file. */
  constructor(definitions: Definitions, typesNamed: (file: number, name: string) => readonly Type[]) {
    this.definitions = definitions
    this.typesNamed = typesNamed
  }

  /** Parts of one type, as languages allow that let a type be opened again: C#'s partial classes, Ruby's, Elixir's. */
  areParts(found: readonly Definition[]): boolean {
    const { files, packages } = this.definitions
    const nameOf = ({ file, symbol }: Definition) => files[file]!.record.symbols[symbol]!.name
    const [first] = found
    if (!first || found.length === 1 || !REOPENED.has(files[first.file]!.record.language)) return false
    const isPackaged = files[first.file]!.record.language === 'csharp'
    return found.every(
      (one) =>
        one.type && nameOf(one) === nameOf(first) && (!isPackaged || packages[one.file] === packages[first.file]),
    )
  }

  isEnum({ name, file }: Type): boolean {
    return this.definitions.files[file]!.record.symbols.some(
      (one) => one.kind === 'enum' && lastName(one.name) === name,
    )
  }

  /** Index of the symbol that defines a type in a file, -1 when it is defined elsewhere. */
  symbolOf(file: number, name: string): number {
    return this.definitions.files[file]!.record.symbols.findIndex(
      (one) => lastName(one.name) === name && one.kind !== 'method',
    )
  }

  /** Members of the name in the types, otherwise in their supertypes, level by level. */
  membersOf(scope: Scope, types: readonly Type[], name: string): readonly Definition[] {
    let level = types
    const seen = new Set<string>()
    while (level.length && seen.size < MAX_BASES) {
      const found = level.flatMap((type) =>
        this.ofType(
          (this.definitions.members.get(`${type.name}.${name}`) ?? []).filter((one) => isOpen(scope, one)),
          type,
        ),
      )
      if (found.length) return this.inherent([...new Set(found)])
      for (const type of level) seen.add(`${type.file} ${type.name}`)
      level = level.flatMap((type) => this.basesOf(type)).filter((type) => !seen.has(`${type.file} ${type.name}`))
    }
    return []
  }

  /** Whether a supertype overloads the members, so that the arguments decide which is meant. */
  hasOtherOverloads(types: readonly Type[], found: readonly Definition[]): boolean {
    const [first] = found
    if (!first || first.owner === null || !OVERLOADING.has(this.definitions.files[first.file]!.record.language))
      return false
    const symbolOf = ({ file, symbol }: Definition) => this.definitions.files[file]!.record.symbols[symbol]!
    const own = new Set(found.map((one) => parametersOf(symbolOf(one).signature)))
    const name = lastName(symbolOf(first).name)
    return types.some((type) =>
      this.withBases(type)
        .slice(1)
        .some((base) =>
          this.ofType(this.definitions.members.get(`${base.name}.${name}`) ?? [], base).some(
            (one) => !found.includes(one) && !own.has(parametersOf(symbolOf(one).signature)),
          ),
        ),
    )
  }

  /** In Rust a type's own members hide those of the traits it implements. */
  private inherent(found: readonly Definition[]): readonly Definition[] {
    if (found.length === 1 || found[0]!.family !== 'rust') return found
    const own = found.filter(({ file, symbol }) => {
      const { symbols } = this.definitions.files[file]!.record
      return !/^impl\b.*\sfor\s/.test(symbols[symbols[symbol]!.parent]?.signature ?? '')
    })
    return own.length ? own : found
  }

  /** Those that belong to the type and not to a namesake: in its file, or anywhere when its name is unique. */
  ofType<T extends { readonly file: number }>(all: readonly T[], type: Type): readonly T[] {
    if (all.length === 0) return all
    const own = all.filter(({ file }) => file === type.file)
    const { byName, files } = this.definitions
    const { language } = files[type.file]!.record
    if (REOPENED.has(language)) return this.beside(all, type)
    const isOpenType = OPEN_TYPES.has(language)
    if (own.length && !isOpenType) return own
    const homes = new Set((byName.get(type.name) ?? []).filter((one) => one.type).map(({ file }) => file))
    if (homes.size <= 1) return all
    if (own.length) return own
    // Each of several types of the name has its own members.
    const others = homes.has(type.file) ? all.filter(({ file }) => !homes.has(file)) : all
    return isOpenType || !homes.has(type.file) ? this.beside(others, type) : []
  }

  /** Of several, those in the folder of the type. */
  private beside<T extends { readonly file: number }>(all: readonly T[], type: Type): readonly T[] {
    const { files } = this.definitions
    const folderOf = (file: number) => files[file]!.path.slice(0, files[file]!.path.lastIndexOf('/') + 1)
    const near = all.filter(({ file }) => folderOf(file) === folderOf(type.file))
    return near.length ? near : all
  }

  /** The supertypes of a type that the tree defines. */
  basesOf(type: Type): Type[] {
    return this.baseNames(type).flatMap(({ file, name }) => this.typesNamed(file, name))
  }

  private baseNames(type: Type): readonly Named[] {
    return this.ofType(this.definitions.bases.get(type.name) ?? [], type)
  }

  withBases(type: Type): Type[] {
    const all = [type]
    for (const one of all) {
      if (all.length > MAX_BASES) break
      for (const base of this.basesOf(one))
        if (!all.some(({ name, file }) => name === base.name && file === base.file)) all.push(base)
    }
    return all
  }

  /** Whether a type has a supertype that the tree does not define, so that its members are not all known. */
  hasUnknownBases(type: Type): boolean {
    return this.withBases(type).some((one) =>
      this.baseNames(one).some(({ name }) => !this.definitions.byName.get(name)?.some((base) => base.type)),
    )
  }

  /** A type alias, whose members are those of its target. */
  isAlias({ name }: Type): boolean {
    const { byName, files } = this.definitions
    const kinds = (byName.get(name) ?? []).map(({ file, symbol }) => files[file]!.record.symbols[symbol]!.kind)
    return kinds.every((kind) => kind === 'type' || kind === 'constant' || kind === 'variable')
  }
}
