/**
 * Names used otherwise than by a call that the query captures: handed over, stored, returned, compared; as types, with
 * and without a receiver; as annotations. Read from the words of the file rather than by a query, because the positions
 * are too many to name and a capture of every identifier would double the cost of a parse.
 */
import { SCRIPT_LANGUAGES } from '../../text/language.ts'
import { lastName } from '../../text/owner.ts'
import type { Reference, SourceSymbol } from '../../types/symbol.ts'
import { type Imported, importedFrom } from './imported.ts'
import type { Lexed } from './lex.ts'
import type { Receivers } from './receivers.ts'

export interface UseSources {
  readonly lexed: Lexed
  readonly language: string
  readonly symbols: readonly SourceSymbol[]
  /** Offsets that are references of another kind. */
  readonly known: ReadonlyMap<number, unknown>
  readonly imported: Imported
  readonly receivers: Receivers
  /** What a plain name means at an offset, as the name and receiver of a reference; null for a local variable. */
  meaningOf(name: string, at: number): Pick<Reference, 'name' | 'on'> | null
}

/** Only what a file imports or defines can be meant by a plain name. */
const BY_IMPORT = new Set([...SCRIPT_LANGUAGES, 'python'])
/** Any plain name may be one of another file of the package. */
const BY_PACKAGE = new Set('go c cpp objc rust zig ruby'.split(' '))
/** In the others a capital tells types and constants from variables. */
const CAPITAL = /^_?[A-Z]/
const GENERIC_PARAMETER = /^[A-Z]\d?$/

const WORDS_OF_LANGUAGES = new Set(
  `abstract and any as assert async await auto base bool boolean break byte case catch chan char class const continue
  crate debugger declare def default defer del delete do double dyn echo elif else end ensure enum error explicit
  export extends extern fallthrough false False final finally float fn for foreach from fun func function global go
  goto if impl implements import in include infer init inline instanceof int int8 int16 int32 int64 interface
  internal is keyof lambda let long loop match mod module move mut namespace native never new nil None nonlocal not
  null number object of operator or out override package partial pass private protected pub public raise range
  readonly record ref require rescue return rune Self self sealed set get short signed sizeof static str string
  struct super switch symbol synchronized template then this throw throws trait transient true True try type typedef
  typeof uint uint8 uint16 uint32 uint64 uintptr undefined union unknown unless unsafe unsigned until use usize u8 u16
  u32 u64 i8 i16 i32 i64 f32 f64 isize using val var virtual void volatile when where while with yield size_t
  String Integer Object Boolean List Map Set Array Promise Error Option Some Ok Err Result Vec Box append len make
  cap copy panic print println iota typename define ifdef ifndef endif include macro_rules template constexpr noexcept
  nullptr explicit friend std`.split(/\s+/),
)

const IMPORT_STATEMENT: Readonly<Record<string, RegExp>> = {
  script: /^[ \t]*(?:import|export)\b[^;'"`()=]*?\bfrom\s*['"][^'"\n]*['"]/gm,
  python: /^[ \t]*(?:from\s+[.\w]+\s+import\s+(?:\([^)]*\)|[^\n]*)|import\s[^\n]*)/gm,
  go: /^(?:import\s*(?:\([^)]*\)|[^\n]*)|package\s[^\n]*)/gm,
  rust: /^[ \t]*(?:pub(?:\([^)]*\))?\s+)?(?:use|mod|extern\s+crate)\s[^;{]*(?:\{[^;]*\})?;/gm,
  c: /^[ \t]*#\s*include[^\n]*/gm,
  other: /^[ \t]*(?:import|package|using(?!\s*\()|namespace|use|require|require_relative)\s[^\n;]*/gm,
}
/** The name is declared, not used. */
const DECLARING =
  /(?:\b(?:function|class|const|let|var|val|interface|type|enum|trait|def|fn|func|fun|namespace|module|mod|package|import|del|global|nonlocal|object|record|annotation|macro_rules!|goto)\s+|\bfunction\s*\*\s*|#\s*(?:define|undef)\s+)$/
/** The same for keywords that mean something else in other languages: `value as Type`, `impl Trait for Type`. */
const DECLARING_IN_PYTHON = /\b(?:as|for)\s+$/
const DECLARING_IN_RUST = /\b(?:struct|union)\s+$/
const LOOK_BEHIND_CHARS = 24
/** Text between the tags of JSX. */
const JSX_TEXT = /(?<=[\w"'}/]\s*)>[^<>{}();=&|]*[A-Za-z][^<>{}();=&|]*(?=<\/?[A-Za-z>]|\{)/g
const MAX_USES_PER_FILE = 20_000

type Use = Reference & { readonly at: number }

/** The uses in order, each name once per innermost symbol and receiver. */
export function usesOf(sources: UseSources, innermost: (at: number) => number): Use[] {
  const { lexed, language, symbols, known, imported, receivers, meaningOf } = sources
  const { text, code, words } = lexed
  const imports = statementsOf(code, language)
  const isText = /^(?:tsx|javascript)$/.test(language) ? spansOf(code, JSX_TEXT) : () => false
  const own = ownNames(symbols)
  const isByImport = BY_IMPORT.has(language)
  const isByPackage = BY_PACKAGE.has(language)
  const seen = new Set<string>()
  const found: Use[] = []
  const add = (name: string, on: string, at: number, within: number) => {
    const kind = isCalled(text, at, within, language) ? 'call' : 'reference'
    const key = `${within} ${kind} ${name} ${on}`
    // A call is kept each time, because what is called on its result refers to it.
    if (kind === 'call' || !seen.has(key)) found.push({ kind, name, line: 0, within, on, at })
    seen.add(key)
  }
  for (const at of words) {
    if (found.length >= MAX_USES_PER_FILE) break
    if (known.has(at) || imports(at) || isText(at)) continue
    const name = wordAt(text, at)
    if (
      WORDS_OF_LANGUAGES.has(name) ||
      (GENERIC_PARAMETER.test(name) && !own.has(name)) ||
      name === '_' ||
      (name.startsWith('$') && !isByImport)
    )
      continue
    const mayBeUse = isByImport
      ? own.has(name) || importedFrom(imported, name, language) !== undefined
      : isByPackage || CAPITAL.test(name) || own.has(name) || imported.names.has(name)
    const mayBeMember = MEMBER_OPERATORS.has(text[at - 1]!) || isBlank(text.charCodeAt(at - 1))
    if (!mayBeUse && !mayBeMember) continue
    const before = text.slice(Math.max(0, at - LOOK_BEHIND_CHARS), at)
    if (mayBeMember && /[.:>]\s*$/.test(before)) {
      const within = innermost(at)
      const on = receivers.of(at)
      if (on !== '') {
        const isOwn = own
          .get(name)
          ?.some((one) => one === symbols[within] && at < one.startOffset + one.signature.length)
        if (!isOwn && isKnownReceiver(on, language)) add(name, on, at, within)
        continue
      }
    }
    if (
      // `::name` hands a function over.
      !(mayBeUse || before.endsWith('::')) ||
      isDeclared(before, language) ||
      (isByPackage && receivers.isDeclaredAt(name, at)) ||
      isKeyOrTarget(text, at, at + name.length, language)
    )
      continue
    if (/^[a-z]/.test(name) && /<\/?\s*$/.test(before) && /^(?:tsx|javascript)$/.test(language)) continue
    const within = innermost(at)
    if (language === 'rust' && MACRO.test(text.slice(at + name.length, at + name.length + 2))) {
      found.push({ kind: 'call', name: `${name}!`, line: 0, within, on: '', at })
      continue
    }
    if (isDefinition(own.get(name), symbols, within, at)) continue
    const meaning = meaningOf(name, at)
    if (!meaning) continue
    if (language === 'csharp' && /\[\s*(?:\w+:\s*)?$/.test(before)) add(`${name}Attribute`, '', at, within)
    add(meaning.name, meaning.on, at, within)
  }
  return found
}

/** Called where the grammar sees only tokens: in a macro, in an interpolated string. */
function isCalled(text: string, at: number, within: number, language: string): boolean {
  if (!/^[\w$]+(?:(?:::)?<[^<>()=;]*>)?\(/.test(text.slice(at, at + 2 * LOOK_BEHIND_CHARS)) || text[at - 1] === '@')
    return false
  // A prototype is no call, except that a macro's body is.
  return within >= 0 || !/^(?:c|cpp|objc)$/.test(language) || text[text.lastIndexOf('\n', at) + 1] === '#'
}

/** Whether the text before a name makes it a declaration. */
const isDeclared = (before: string, language: string): boolean =>
  DECLARING.test(before) ||
  (language === 'python' && DECLARING_IN_PYTHON.test(before)) ||
  (language === 'rust' && DECLARING_IN_RUST.test(before))

/** Behind the name of a Rust macro that is invoked within another. */
const MACRO = /^![([{]/
const MEMBER_OPERATORS = new Set('.:>')
const isBlank = (code: number): boolean => code <= 32

/** Whether the receiver says so much that a member without a call is worth keeping. */
function isKnownReceiver(on: string, language: string): boolean {
  if (/^(?:this|super|[@>]|=\w)/.test(on)) return true
  return CAPITAL.test(on) || /^(?:rust|cpp)$/.test(language)
}

function wordAt(text: string, at: number): string {
  let end = at + 1
  while (end < text.length && /[\w$\u0080-\uffff]/.test(text[end]!)) end++
  return text.slice(at, end)
}

/** Tells whether an offset is within an import statement. */
function statementsOf(code: string, language: string): (at: number) => boolean {
  const key = SCRIPT_LANGUAGES.has(language) ? 'script' : /^(?:c|cpp|objc)$/.test(language) ? 'c' : language
  const pattern = IMPORT_STATEMENT[key] ?? IMPORT_STATEMENT.other!
  return spansOf(code, pattern)
}

/** Tells whether an offset is within a match; offsets must ascend. */
function spansOf(code: string, pattern: RegExp): (at: number) => boolean {
  const spans = [...code.matchAll(pattern)].map(({ 0: { length }, index }) => [index, index + length] as const)
  let next = 0
  return (at) => {
    while (next < spans.length && spans[next]![1] <= at) next++
    return next < spans.length && at >= spans[next]![0]
  }
}

/** The symbols that can be named without a receiver, by last name. */
function ownNames(symbols: readonly SourceSymbol[]): ReadonlyMap<string, readonly SourceSymbol[]> {
  const names = new Map<string, SourceSymbol[]>()
  for (const symbol of symbols) {
    if (symbol.kind === 'section' || symbol.kind === 'key') continue
    const name = lastName(symbol.name)
    const known = names.get(name)
    if (known) known.push(symbol)
    else names.set(name, [symbol])
  }
  return names
}

/** The word introduces one of the symbols of its name. */
function isDefinition(
  named: readonly SourceSymbol[] | undefined,
  symbols: readonly SourceSymbol[],
  within: number,
  at: number,
): boolean {
  if (!named) return false
  const inner = symbols[within]
  // An `impl` block uses its type.
  if (inner && /^impl\b/.test(inner.signature)) return false
  // The first mention of its own name in a symbol is its definition.
  return named.some((one) => one === inner && at - one.startOffset < one.signature.length + LOOK_BEHIND_CHARS)
}

/** A key of an object, a label, a named argument, or what is assigned to. */
function isKeyOrTarget(text: string, start: number, end: number, language: string): boolean {
  const after = /^\s*(=>|={1,3}|:[:=]?|\?:)?/.exec(text.slice(end, end + LOOK_BEHIND_CHARS))?.[1]
  if (after === undefined || after === '==' || after === '===' || after === '::') return false
  const line = text.slice(text.lastIndexOf('\n', start - 1) + 1, start)
  if (after === ':') {
    if (/^\s*case\b/.test(line)) return false
    // `a ? name : b` uses it; in Python `if name:` does, too.
    if (/\?[^:]*$/.test(line) && !/^python$/.test(language)) return false
    return language !== 'python' || /[{,(]\s*$/.test(line) || line.trim() === ''
  }
  if (after === '=>') return !/^(?:php|ruby|scala|rust|csharp)$/.test(language)
  // `name: Type = value`, `Type name = value`: the type is used.
  if (after === '=') return /(?:^|[(,;{}])\s*$|\b(?:let|const|var)\s+$/.test(line)
  return after === ':=' || after === '?:'
}
