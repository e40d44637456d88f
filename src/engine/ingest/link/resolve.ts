/**
 * A reference → its possible targets: the nearest definitions that fit, with a weight below 1 when they are a guess.
 * Only the file's own text is used, no type checker.
 */
import { lastName, ownerOf } from '../../text/owner.ts'
import { subTokens } from '../../text/terms.ts'
import type { Reference } from '../../types/symbol.ts'
import type { Definition, Definitions, SymbolRef } from './definitions.ts'
import type { Scope } from './link.ts'

export interface Resolution {
  readonly targets: readonly SymbolRef[]
  /** Weight of each target: 1 is certain. */
  readonly weight: number
}

/** A name with more definitions than this does not tell which one is meant. */
const MAX_CANDIDATES = 6
const MAX_BASES = 12
const MAX_RESULT_TYPES = 24
/** Weight of a member found by its name alone; lower for a name that lists, maps and strings have too. */
const GUESS_WEIGHT = 0.5
const COMMON_NAME_GUESS_WEIGHT = 0.2
const SHORT_NAME_CHARS = 6
const INHERITANCE_KINDS: ReadonlySet<string> = new Set(['extends', 'implements'])
const NOTHING: Resolution = { targets: [], weight: 0 }

/** Languages in which a member is named without its receiver. */
const IMPLICIT = new Set('java kotlin scala csharp cpp ruby php objc solidity c'.split(' '))
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

/**
 * Resolves a plain name: a function, a type, a local function of an enclosing symbol; in some languages a member of the
 * enclosing type.
 */
export function resolvePlain(definitions: Definitions, scope: Scope, { name, within, kind }: Reference): Resolution {
  const all = definitions.byName.get(lastName(name))
  if (!all) return NOTHING
  const { record } = definitions.files[scope.file]!
  const implicit = IMPLICIT.has(record.language)
  if (implicit && kind === 'call') {
    const enclosing = typeLevel(enclosingType(definitions, scope.file, within))
    const members = memberOf(definitions, scope, enclosing, lastName(name))
    if (members.length) return certain(members)
  }
  if (kind === 'call' && isParameter(definitions, scope, within, name)) return NOTHING
  const around = new Set(ancestors(definitions, scope.file, within))
  const fits = (one: Definition) =>
    isOpen(scope, one) &&
    !(kind === 'call' && isTypeOnly(definitions, one)) &&
    (one.type || !INHERITANCE_KINDS.has(kind)) &&
    (one.within === null || (one.file === scope.file && around.has(one.within))) &&
    (one.owner === null || one.type || kind !== 'call' || isQualified(name))
  const open = all.filter(fits)
  const found = nearest(definitions, scope, open)
  if (found.length) return certain(found)
  // A member of a type defined elsewhere, as with static imports.
  return implicit && kind === 'call'
    ? guess(
        nearest(
          definitions,
          scope,
          all.filter((one) => isOpen(scope, one)),
        ),
        GUESS_WEIGHT,
      )
    : NOTHING
}

/** In the same language family, and not in a test unless the reference is. */
const isOpen = (scope: Scope, { family, test }: Definition): boolean => family === scope.family && (scope.test || !test)

/** Whether the name is a parameter of an enclosing function, which shadows all else. */
function isParameter(definitions: Definitions, { file }: Scope, within: number, name: string): boolean {
  if (isQualified(name)) return false
  const { symbols } = definitions.files[file]!.record
  return ancestors(definitions, file, within).some((i) => {
    const { kind, signature } = symbols[i]!
    if ((kind !== 'function' && kind !== 'method') || !signature.includes(name)) return false
    return new RegExp(`[(,]\\s*(?:\\*{0,2}|\\.{3})${escaped(name)}\\s*[?:,=)]`).test(signature)
  })
}

/** A type that exists at compile time only, so nothing calls it. */
function isTypeOnly({ files }: Definitions, { file, symbol, family }: Definition): boolean {
  const { kind } = files[file]!.record.symbols[symbol]!
  return family === 'typescript' && (kind === 'interface' || kind === 'type')
}

const isQualified = (name: string): boolean => /[.:\\]/.test(name)

/**
 * Resolves a name that is imported by name, in the files its module refers to; to nothing when the module is no file.
 */
export function resolveImported(definitions: Definitions, scope: Scope, reference: Reference): Resolution {
  const { within, name, kind } = reference
  if (kind === 'call' && isParameter(definitions, scope, within, name)) return NOTHING
  const module = reference.on.slice(1)
  const plain = { ...reference, on: '' }
  const files = new Set(scope.modules(module))
  // A path alias or a generated module may still be a file, and a package is named apart from its files.
  const mayBeHere = /^[.#~@]/.test(module) || PACKAGES.has(definitions.files[scope.file]!.record.language)
  if (files.size === 0) return mayBeHere ? resolvePlain(definitions, scope, plain) : NOTHING
  const exported = (definitions.byName.get(lastName(reference.name)) ?? []).filter(
    (one) => files.has(one.file) && one.within === null && one.owner === null && !isTypeOnly(definitions, one),
  )
  return exported.length ? certain(exported) : resolvePlain(definitions, scope, plain)
}

/** Resolves a name to the definitions of its own file at the top level. */
export function resolveOwn(definitions: Definitions, { file }: Scope, { name }: Reference): Resolution {
  const own = (definitions.byName.get(lastName(name)) ?? []).filter(
    (one) => one.file === file && one.within === null && one.owner === null,
  )
  return own.length ? certain(own) : NOTHING
}

/** Resolves a member: of the enclosing type, of the receiver's type, of the module it names; otherwise by name. */
export function resolveMember(
  definitions: Definitions,
  scope: Scope,
  { name: fullName, within, on }: Reference,
): Resolution {
  const name = lastName(fullName)
  if (on === '=') return NOTHING
  if (on === 'this' || on === 'super') {
    const type = enclosingType(definitions, scope.file, within)
    const level = on === 'super' ? basesOf(definitions, type) : typeLevel(type)
    const found = memberOf(definitions, scope, level, name)
    if (found.length || type === null) return found.length ? certain(found) : guessByName(definitions, scope, name)
    return hasUnknownBases(definitions, type) ? guessByName(definitions, scope, name) : NOTHING
  }
  const type = typeOf(definitions, scope, on, within)
  if (type && hasType(definitions, scope, type)) {
    const found = memberOf(definitions, scope, typeLevel(type), name)
    if (found.length) return certain(found)
    if (hasUnknownBases(definitions, type) || isAlias(definitions, type)) return guessByName(definitions, scope, name)
    // The type is defined here, and neither it nor its supertypes have the member.
    return on === type ? resolveInModule(definitions, scope, type, name) : NOTHING
  }
  // Declared with a type that no file of the tree defines.
  if (on.startsWith('=') && type) return NOTHING
  const inModule = /^[=>]|\./.test(on) ? NOTHING : resolveInModule(definitions, scope, on, name)
  if (inModule.targets.length) return inModule
  // An explicit type that no file of the tree defines.
  return /^[A-Z][a-z]/.test(on) ? NOTHING : guessByName(definitions, scope, name)
}

/** The type of a receiver, as far as it is known; the receiver itself when it is a name. */
function typeOf(definitions: Definitions, scope: Scope, on: string, within: number): string | null {
  if (on.startsWith('>')) return resultOf(definitions, scope, on.slice(1))
  const [holder, field] = on.replace(/^=/, '').split('.') as [string, string | undefined]
  if (field === undefined) {
    if (!on.startsWith('=') || hasType(definitions, scope, holder)) return holder
    // A function's name may begin with a capital, too.
    return resultOf(definitions, scope, holder) ?? holder
  }
  const owner = holder === 'this' ? enclosingType(definitions, scope.file, within) : holder
  return owner === null ? null : fieldType(definitions, owner, field)
}

/** The type of a field, declared in the type or in a supertype. */
function fieldType({ fields, bases }: Definitions, type: string, field: string): string | null {
  const seen = new Set([type])
  for (const one of seen) {
    const found = fields.get(`${one}.${field}`)
    if (found) return found
    if (seen.size > MAX_BASES) break
    for (const base of bases.get(one) ?? []) seen.add(base)
  }
  return null
}

/** Overloads of one type count as one certain target. */
const certain = (targets: readonly Definition[]): Resolution => ({
  targets,
  weight: areOverloads(targets) ? 1 : 1 / Math.max(1, targets.length),
})

const areOverloads = (all: readonly Definition[]): boolean =>
  all.every(({ owner, file }) => owner !== null && owner === all[0]!.owner && file === all[0]!.file)

const guess = (targets: readonly SymbolRef[], weight: number): Resolution => ({
  targets,
  weight: weight / Math.max(1, targets.length),
})

/** The symbol and those that enclose it, innermost first. */
function ancestors(definitions: Definitions, file: number, within: number): number[] {
  const { symbols } = definitions.files[file]!.record
  const found: number[] = []
  for (let i = within; i >= 0; i = symbols[i]!.parent) found.push(i)
  return found
}

/** Name of the type that encloses a symbol, null for none. */
function enclosingType(definitions: Definitions, file: number, within: number): string | null {
  const { symbols } = definitions.files[file]!.record
  for (const i of ancestors(definitions, file, within)) {
    const owner = ownerOf(symbols, symbols[i]!)
    if (owner) return owner
  }
  const top = symbols[ancestors(definitions, file, within).at(-1) ?? -1]
  return top && ['class', 'struct', 'trait', 'interface', 'enum'].includes(top.kind) ? lastName(top.name) || null : null
}

const typeLevel = (type: string | null): readonly string[] => (type === null ? [] : [type])

const basesOf = ({ bases }: Definitions, type: string | null): readonly string[] =>
  type === null ? [] : [...(bases.get(type) ?? [])]

/** Members of the name in the types of a level, otherwise in their supertypes, level by level. */
function memberOf(
  definitions: Definitions,
  scope: Scope,
  types: readonly string[],
  name: string,
): readonly Definition[] {
  let level = types
  const seen = new Set<string>()
  while (level.length && seen.size < MAX_BASES) {
    const found = level.flatMap((one) => definitions.members.get(`${one}.${name}`) ?? [])
    const closest = nearest(
      definitions,
      scope,
      found.filter((one) => isOpen(scope, one)),
    )
    if (closest.length) return closest
    for (const one of level) seen.add(one)
    level = level.flatMap((one) => [...(definitions.bases.get(one) ?? [])]).filter((one) => !seen.has(one))
  }
  return []
}

function hasType(definitions: Definitions, scope: Scope, name: string): boolean {
  return (definitions.byName.get(name) ?? []).some(
    (one) => isOpen(scope, one) && (one.type || definitions.members.has(`${name}.${lastName(name)}`)),
  )
}

/** A type alias, whose members are those of its target. */
function isAlias({ byName, files }: Definitions, type: string): boolean {
  const kinds = (byName.get(type) ?? []).map(({ file, symbol }) => files[file]!.record.symbols[symbol]!.kind)
  return kinds.every((kind) => kind === 'type' || kind === 'constant' || kind === 'variable')
}

/** Whether a type has a supertype that the tree does not define, so that its members are not all known. */
function hasUnknownBases({ bases, byName }: Definitions, type: string): boolean {
  const seen = new Set<string>([type])
  for (const one of seen) {
    if (seen.size > MAX_BASES) break
    for (const base of bases.get(one) ?? []) {
      if (!byName.get(base)?.some((definition) => definition.type)) return true
      seen.add(base)
    }
  }
  return false
}

/** The return type of the functions of a name, according to their signatures; null when unknown. */
function resultOf(definitions: Definitions, scope: Scope, name: string): string | null {
  const all = (definitions.byName.get(name) ?? []).filter((one) => isOpen(scope, one) && !one.type)
  if (all.length > MAX_RESULT_TYPES) return null
  if (COMMON.has(name.toLowerCase()) && all.every(({ owner }) => owner !== null)) return null
  const types = new Set(all.map((one) => declaredResult(definitions, one, name)))
  if (types.size === 1) return [...types][0]!
  const found = nearest(definitions, scope, all)
  return found.length === 1 ? declaredResult(definitions, found[0]!, name) : null
}

/** The return type in a function's signature. */
function declaredResult(definitions: Definitions, { file, symbol }: SymbolRef, name: string): string | null {
  const { signature } = definitions.files[file]!.record.symbols[symbol]!
  const after =
    /\)\s*(?:->|:)\s*(.+)$/.exec(signature)?.[1] ??
    /\)\s*\(?\s*(\*?[\w.]+)[^)]*\)?$/.exec(signature)?.[1] ??
    new RegExp(`([A-Z]\\w*)(?:<[^>]*>)?\\s+${escaped(name)}\\(`).exec(signature)?.[1] ??
    ''
  const inner =
    /^(?:\w+\.)?(?:Promise|Result|Option|Optional|Box|Arc|Rc|Awaitable)[<[]\s*(.+)$/.exec(after)?.[1] ?? after
  return /^[&*\s'"]*(?:[a-z]\w*(?:\.|::))*([A-Za-z_]\w*)(?!\w*\[\])/.exec(inner)?.[1] ?? null
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** What a file or folder of the name exports. */
function resolveInModule(definitions: Definitions, scope: Scope, module: string, name: string): Resolution {
  const open = (definitions.byName.get(name) ?? []).filter(
    (one) => isOpen(scope, one) && one.owner === null && one.within === null,
  )
  const candidates = open.filter((one) => {
    const parts = definitions.files[one.file]!.path.replace(/\.[^./]+$/, '').split('/')
    const target = module.toLowerCase()
    return parts.at(-1)?.toLowerCase() === target || parts.at(-2)?.toLowerCase() === target
  })
  // A package re-exports what its modules define.
  const inPackage =
    candidates.length || scope.family !== 'python'
      ? candidates
      : open.filter((one) => definitions.files[one.file]!.path.split('/').includes(module))
  const imported = inPackage.filter((one) => scope.imported.has(one.file))
  const found = nearest(definitions, scope, imported.length ? imported : inPackage)
  return found.length ? certain(found) : NOTHING
}

/** The receiver is unknown: a unique name is resolved by itself, others are uncertain. */
function guessByName(definitions: Definitions, scope: Scope, name: string): Resolution {
  const all = (definitions.byName.get(name) ?? []).filter(
    (one) => isOpen(scope, one) && !(one.type && one.owner === null),
  )
  // A function of an imported file may be reached through its module; any other plain function is no member.
  const members = all.filter((one) => one.owner !== null || (one.within === null && scope.imported.has(one.file)))
  if (members.length === 0) return NOTHING
  if (COMMON.has(name.toLowerCase())) return guess(nearest(definitions, scope, members), COMMON_NAME_GUESS_WEIGHT)
  const isDistinctive = subTokens(name).length > 1 || name.length >= SHORT_NAME_CHARS
  if (members.length === 1 && isDistinctive) return certain(members)
  return guess(nearest(definitions, scope, members), GUESS_WEIGHT)
}

/** In the file, the imported files, the folder, the tree: the first level that has any, unless it has too many. */
function nearest(
  { files }: Definitions,
  { file, imported, folder }: Scope,
  candidates: readonly Definition[],
): readonly Definition[] {
  const sources = candidates.filter((one) => !one.generated || one.file === file)
  const all = sources.length ? sources : candidates
  if (all.length <= 1) return all
  const scopes: ((target: SymbolRef) => boolean)[] = [
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
    if (found.length) return found.length <= MAX_CANDIDATES || areOverloads(found) ? found : []
  }
  return []
}
