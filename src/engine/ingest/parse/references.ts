/** The names that a query captures, and the further uses of names → references with their receivers. */
import { SCRIPT_LANGUAGES } from '../../text/language.ts'
import { KINDS_WITH_MEMBERS, lastName, receiverType } from '../../text/owner.ts'
import { NOWHERE, OWN_FILE, UNKNOWN } from '../../types/receiver.ts'
import type { Field, Reference, ReferenceKind, SourceSymbol } from '../../types/symbol.ts'
import type { Block } from './bindings.ts'
import { exportsOf, type Imported, importedFrom, importedNames, importsOf } from './imported.ts'
import { isLexed, type Lexed, lex } from './lex.ts'
import { Receivers } from './receivers.ts'
import { countParameters, headOf, resultOf } from './results.ts'
import { usesOf } from './uses.ts'

export interface Symbols {
  readonly symbols: readonly SourceSymbol[]
  readonly references: readonly Reference[]
  readonly fields: readonly Field[]
}

/** A file's text with its symbols. */
export interface SymbolSource {
  readonly text: string
  readonly language: string
  readonly symbols: readonly SourceSymbol[]
}

/** A name that the query captures as a reference. */
export interface Mention {
  readonly kind: ReferenceKind
  readonly name: string
  readonly line: number
  readonly at: number
}

/** Methods of a function that call it. */
const FUNCTION_METHODS = new Set(['call', 'apply', 'bind'])
/** The namespace before a name of PHP. */
const QUALIFIER = /\\?(\w+(?:\\\w+)*)\\$/
/** Languages in which a plain name means a definition around it, or an import, and no member. */
const DEFINED_BY_NAME = new Set([...SCRIPT_LANGUAGES, 'python', 'lua'])

export function readReferences(source: SymbolSource, mentions: readonly Mention[]): Symbols {
  return isLexed(source.language)
    ? new ReferenceReader(source).read(mentions)
    : withoutReceivers(source.symbols, mentions)
}

/** Languages whose text is not read by words: names are resolved by themselves. */
function withoutReceivers(symbols: readonly SourceSymbol[], mentions: readonly Mention[]): Symbols {
  const references = mentions.map(({ at, ...rest }) => ({ ...rest, within: innermost(symbols, at), on: '' }))
  return { symbols, references: references.sort((a, b) => a.line - b.line), fields: [] }
}

/** Reads what surrounds the references of one file. */
class ReferenceReader {
  private readonly text: string
  private readonly language: string
  private readonly symbols: readonly SourceSymbol[]
  private readonly lexed: Lexed
  private readonly imported: Imported
  private readonly receivers: Receivers
  private readonly named: ReadonlyMap<string, readonly number[]>

  constructor({ text, language, symbols }: SymbolSource) {
    this.text = text
    this.language = language
    this.symbols = symbols
    this.named = Map.groupBy(symbols.keys(), (i) => lastName(symbols[i]!.name))
    this.lexed = lex(text, language)
    this.imported = importedNames(text, language)
    this.receivers = new Receivers(this.lexed, language, this.imported, (at) => this.functionAt(at))
  }

  read(mentions: readonly Mention[]): Symbols {
    const { text, language, symbols, lexed, receivers } = this
    const heads = symbols.map((symbol) => headOf(lexed, symbol))
    for (const head of heads) if (head && head.close > 0) receivers.hideParameters(head.open + 1, head.close)
    const known = new Map(mentions.map((mention) => [mention.at, mention]))
    const found = [...known.values()].map((mention) => this.referenceTo(mention))
    const sources = { lexed, language, symbols, known, imported: this.imported, receivers }
    const meaningOf = (name: string, at: number) => this.meaningOf(name, at)
    const uses = usesOf({ ...sources, meaningOf }, (at) => innermost(symbols, at))
    const all = [...found, ...uses].sort((a, b) => a.at - b.at)
    const numbers = new Map(all.map(({ at }, i) => [at, i]))
    const lineAt = lineCounter(text)
    // A call that is no reference itself, such as that of a parameter, tells nothing of its result.
    const numbered = (receiver: string) =>
      receiver.startsWith('>@')
        ? receiver.replace(/^>@(\d+).*$/s, (whole, at: string) => {
            const number = numbers.get(Number(at))
            return number === undefined ? UNKNOWN : `>${number}${whole.slice(at.length + 2)}`
          })
        : receiver
    const references = all.map(({ kind, name, at, within, on }) => ({
      kind,
      name,
      line: lineAt(at),
      within,
      on: numbered(on),
    }))
    const results = resultOf({ lexed, language, symbols, receivers, heads }, (at) => innermost(symbols, at))
    const handed = [...exportsOf(text, language, this.imported), ...importsOf(text, language, this.imported)]
    return {
      symbols: symbols.map((symbol, i) => ({
        ...symbol,
        result: numbered(results[i]!),
        parameters: countParameters(lexed.code, heads[i] ?? null),
      })),
      references,
      fields: [...this.fields(), ...handed]
        .map((field) => ({ ...field, type: numbered(field.type) }))
        .filter(({ type }) => type !== UNKNOWN),
    }
  }

  /** The innermost function around an offset; the whole file outside of all. */
  private functionAt(at: number): Block {
    const { symbols } = this
    for (let i = innermost(symbols, at); i >= 0; i = symbols[i]!.parent) {
      const { kind, startOffset, endOffset } = symbols[i]!
      if (kind === 'function' || kind === 'method') return { from: startOffset, to: endOffset, isInFunction: true }
      // In Python a class has a scope of its own, which its methods do not see.
      if (KINDS_WITH_MEMBERS.has(kind)) return { from: startOffset, to: endOffset, isInFunction: false }
    }
    return { from: 0, to: this.text.length, isInFunction: false }
  }

  private referenceTo({ kind, name, at }: Mention): Reference & { readonly at: number } {
    const { symbols } = this
    const within = innermost(symbols, at)
    if (kind === 'import') return { kind, name, line: 0, within, on: '', at }
    // Only a macro is invoked with an exclamation mark.
    if (this.language === 'rust' && this.text[at + name.length] === '!')
      return { kind, name: `${name}!`, line: 0, within, on: '', at }
    const on = this.receivers.of(at)
    // `f.call(…)` and the like call the function itself.
    if (
      SCRIPT_LANGUAGES.has(this.language) &&
      FUNCTION_METHODS.has(name) &&
      /^[a-z_$][\w$]*$/.test(on) &&
      on !== 'this' &&
      on !== 'super'
    )
      return { kind, name: on, line: 0, within, on: '', at }
    const namespace =
      this.language === 'php' && on === '' ? QUALIFIER.exec(this.text.slice(Math.max(0, at - 100), at))?.[1] : undefined
    if (namespace) return { kind, name, line: 0, within, on: `@${namespace}`, at }
    if (on !== '') return { kind, name, line: 0, within, on, at }
    return { kind, within, line: 0, at, ...(this.meaningOf(name, at) ?? { name, on: NOWHERE }) }
  }

  /** What a plain name means at an offset, as the name and receiver of a reference; null for a local variable. */
  private meaningOf(name: string, at: number): { readonly name: string; readonly on: string } | null {
    const { language, imported } = this
    const local = this.receivers.localBlock(name, at)
    const own = DEFINED_BY_NAME.has(language) ? this.ownOf(name, at) : null
    if (own && own.block >= local) return { name, on: own.on }
    if (local >= 0 && (own || DEFINED_BY_NAME.has(language) || !this.named.has(name))) {
      // A variable that holds a member: `const { close } = store`.
      const [, on, member] = /^(.+)\|([\w$]+)$/.exec(this.receivers.bound(name, at)) ?? []
      return on && member ? { name: member, on } : null
    }
    const from = importedFrom(imported, name, language)
    return from ? { name: from.name, on: `@${from.module}` } : { name, on: '' }
  }

  /** The symbol of the file that a plain name means at an offset, and where the block begins in which it is visible. */
  private ownOf(name: string, at: number): { readonly on: string; readonly block: number } | null {
    let best = -1
    let inner = -1
    let isOnly = true
    for (const i of this.named.get(name) ?? []) {
      const { kind, parent, startOffset } = this.symbols[i]!
      if (kind === 'method' || KINDS_WITH_MEMBERS.has(this.symbols[parent]?.kind ?? '')) continue
      const block = this.blockOf(startOffset)
      if (at < block.from || at > block.to || block.from < inner) continue
      isOnly = block.from > inner
      inner = block.from
      best = i
    }
    return best < 0 ? null : { on: isOnly ? `${OWN_FILE}${best}` : OWN_FILE, block: inner }
  }

  /** The block in which a definition is visible. */
  private blockOf(at: number): { readonly from: number; readonly to: number } {
    if (this.language === 'python') return this.functionAt(at - 1)
    const { around, closings, code } = this.lexed
    let open = around(at)
    while (open >= 0 && code[open] !== '{') open = around(open)
    return open < 0 ? { from: 0, to: code.length } : { from: open, to: closings.get(open) ?? code.length }
  }

  private fields(): Field[] {
    const { symbols, receivers } = this
    const ownerOfSymbol = (i: number) =>
      KINDS_WITH_MEMBERS.has(symbols[i]?.kind ?? '') ? lastName(symbols[i]!.name) : ''
    return receivers.fields(
      (at) => {
        const within = innermost(symbols, at)
        const { kind, parent, bodyLine, firstLine } = symbols[within] ?? {}
        // A constructor's parameters with a modifier declare fields, as in TypeScript; so do those of a property.
        if (kind === 'variable' || kind === 'constant') return ownerOfSymbol(parent!)
        const isHeader =
          kind === 'method' && symbols[within]!.name === 'constructor' && (bodyLine ?? 0) >= (firstLine ?? 0)
        return isHeader &&
          /\b(?:private|public|protected|readonly)\s+(?:readonly\s+)?$/.test(this.text.slice(Math.max(0, at - 30), at))
          ? ownerOfSymbol(parent!)
          : ownerOfSymbol(within)
      },
      (at) => {
        for (let i = innermost(symbols, at); i >= 0; i = symbols[i]!.parent) {
          const owner = ownerOfSymbol(i) || receiverType(symbols[i]!)
          if (owner) return owner
        }
        return ''
      },
    )
  }
}

/** The line of each offset; offsets must ascend. */
function lineCounter(text: string): (at: number) => number {
  let line = 1
  let next = text.indexOf('\n')
  return (at) => {
    for (; next >= 0 && next < at; next = text.indexOf('\n', next + 1)) line++
    return line
  }
}

function innermost(symbols: readonly SourceSymbol[], at: number): number {
  let low = 0
  let high = symbols.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((symbols[middle]?.startOffset ?? 0) <= at) low = middle + 1
    else high = middle
  }
  let i = low - 1
  while (i >= 0 && (symbols[i]?.endOffset ?? 0) <= at) i = symbols[i]?.parent ?? -1
  return i
}
