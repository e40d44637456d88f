/** What a call of each function returns, and what each variable holds: as declared, otherwise as its text shows. */
import { lastName } from '../../text/owner.ts'
import type { SourceSymbol } from '../../types/symbol.ts'
import type { Lexed } from './lex.ts'
import type { Receivers } from './receivers.ts'
import { splitOutside, typeReceiver } from './type-names.ts'

export interface ResultSources {
  readonly lexed: Lexed
  readonly language: string
  readonly symbols: readonly SourceSymbol[]
  readonly receivers: Receivers
  /** The head of each symbol, null where it has none. */
  readonly heads: readonly (Head | null)[]
}

/** Offsets in the declaration of a function or a variable: its name, and the brackets of its parameters. */
export interface Head {
  readonly name: number
  /** -1 for no parameters. */
  readonly open: number
  readonly close: number
}

/** Between a function's name and its parameters; `name = function (…)` included. */
const BEFORE_PARAMETERS = /['"?!]?\s*(?:<[^()]*>|\[[^()\]]*\])?\s*(?:[:=][^(){};]*)?\(/y
const AFTER_VARIABLE = /\s*(?:[=;,:[)}]|$)/my

/** null for a symbol that is neither a function nor a variable. */
export function headOf({ code, closings }: Lexed, { kind, name, startOffset, endOffset }: SourceSymbol): Head | null {
  const isCallable = CALLABLE_KINDS.has(kind)
  if (!isCallable && !VALUE_KINDS.has(kind)) return null
  const last = lastName(name)
  const limit = Math.min(endOffset, startOffset + MAX_HEADER_CHARS)
  const after = isCallable ? BEFORE_PARAMETERS : AFTER_VARIABLE
  for (let at = code.indexOf(last, startOffset); at >= 0 && at < limit; at = code.indexOf(last, at + 1)) {
    if (WORD_CHARACTER.test(code[at - 1] ?? '')) continue
    after.lastIndex = at + last.length
    const match = after.exec(code)
    if (!match) continue
    const open = isCallable ? at + last.length + match[0].length - 1 : -1
    return { name: at, open, close: closings.get(open) ?? -1 }
  }
  return null
}

const CALLABLE_KINDS: ReadonlySet<string> = new Set(['function', 'method'])
const VALUE_KINDS: ReadonlySet<string> = new Set(['constant', 'variable'])
/** Languages that write the type before the name. */
const TYPE_FIRST = new Set('java csharp c cpp objc'.split(' '))
/** Languages whose results are inferred from `return` when they are not declared. */
const INFERRED = new Set('typescript tsx javascript vue svelte python php'.split(' '))
const COLON = /^\s*:\s*(?:\w+\s+is\s+)?/
const ARROW = /^\s*->\s*/
const TYPE_BEFORE = /((?:[A-Za-z_][\w.]*(?:::\w+)*)(?:<(?:[^<>]|<(?:[^<>]|<[^<>]*>)*>)*>)?(?:\[\])*[\s*&?]+)$/
const SELF = /^(?:&(?:mut )?)?(?:Self|this|self|static|\$this|cls)$/
const NOTHING = /^(?:null|None|undefined|false|true|nil|void\b|;|\n|\})/
/** The receiver, Python's and TypeScript's marks, and C's empty list. */
const NO_PARAMETER = /^(?:self|cls|this(?:\s*:.*)?|&\s*(?:'\w+\s+)?(?:mut\s+)?self|mut\s+self|void|[*/])$/s
const MAX_HEADER_CHARS = 1200
const WORD_CHARACTER = /[\w$]/
const ACCESS =
  /^(?:public|private|protected|static|final|new|return|abstract|override|virtual|async|explicit|inline|constexpr|friend|template|operator)\b/

/** A receiver for each symbol, '' when nothing is known. */
export function resultOf(sources: ResultSources, innermost: (at: number) => number): string[] {
  const { language, symbols, receivers } = sources
  const returned = INFERRED.has(language) ? returnsOf(sources, innermost) : new Map<number, string[]>()
  return symbols.map(({ kind, name, endOffset }, i) => {
    if (VALUE_KINDS.has(kind)) {
      const type = TYPE_FIRST.has(language) ? typeBefore(sources, i) : null
      return type ?? receivers.bound(lastName(name), endOffset - 1)
    }
    if (!CALLABLE_KINDS.has(kind)) return ''
    const declared = declaredResult(sources, i)
    if (declared !== null) return declared
    const all = new Set(returned.get(i) ?? [])
    return all.size === 1 ? [...all][0]! : ''
  })
}

/** Parameters of a function, whatever the length of their list; null without one. */
export function countParameters(code: string, head: Head | null): number | null {
  if (!head || head.close < 0) return null
  const parts = splitOutside(code.slice(head.open + 1, head.close), ',').map((part) => part.trim())
  return parts.filter((part) => part && !NO_PARAMETER.test(part)).length
}

function declaredResult(sources: ResultSources, i: number): string | null {
  const { lexed, language, symbols, heads } = sources
  if (TYPE_FIRST.has(language)) return typeBefore(sources, i)
  const head = heads[i]
  if (!head || head.close < 0) return null
  const after = lexed.code.slice(head.close + 1, Math.min(symbols[i]!.endOffset, head.close + 1 + MAX_HEADER_CHARS))
  if (language === 'go') return goResult(after)
  const opening = (COLON.exec(after) ?? ARROW.exec(after))?.[0]
  if (opening === undefined || (opening.includes(':') && language === 'python')) return null
  const type = untilBody(after.slice(opening.length), language)
  return SELF.test(type) ? 'this' : typeReceiver(type)
}

/** A type, up to the body that follows it. */
function untilBody(text: string, language: string): string {
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!
    if ('<([{'.includes(character)) {
      if (character === '{' && depth === 0 && i > 0) return text.slice(0, i).trim()
      depth++
    } else if (')]}'.includes(character) || (character === '>' && text[i - 1] !== '=' && text[i - 1] !== '-')) {
      if (--depth < 0) return text.slice(0, i).trim()
    } else if (depth === 0) {
      if (character === ';' || character === '=' || (character === ':' && language === 'python'))
        return text.slice(0, i).trim()
      if (character === '\n' && /^(?:kotlin|scala|typescript|tsx)$/.test(language) && !/^\s*\|/.test(text.slice(i)))
        return text.slice(0, i).trim()
    }
  }
  return text.replace(/\bwhere\b.*$/s, '').trim()
}

/** `(a *A, err error)`, `*A`: the first result counts. */
function goResult(after: string): string | null {
  const list = /^\s*\(([^()]*(?:\([^()]*\)[^()]*)*)\)/.exec(after)?.[1]
  const first = list === undefined ? /^\s*([^\s{(][^{\n]*)/.exec(after)?.[1] : splitOutside(list, ',')[0]
  const type = first?.trim().replace(/^[a-z_]\w*\s+(?=[*\w[])/, '')
  return type ? typeReceiver(type) : null
}

function typeBefore({ lexed, symbols, heads }: ResultSources, i: number): string | null {
  const head = heads[i]
  const before = head && lexed.code.slice(symbols[i]!.startOffset, head.name).replaceAll('\n', ' ')
  const type = before ? TYPE_BEFORE.exec(before)?.[1] : undefined
  return type && !ACCESS.test(type.trim()) ? typeReceiver(type) : null
}

/** What the `return` statements and arrow functions of each symbol give back. */
function returnsOf(
  { lexed, symbols, receivers }: ResultSources,
  innermost: (at: number) => number,
): Map<number, string[]> {
  const { text, code, words } = lexed
  const found = new Map<number, string[]>()
  const add = (symbol: number, from: number) => {
    if (NOTHING.test(text.slice(from, from + 10))) return
    const result = receivers.value(from)
    found.set(symbol, [...(found.get(symbol) ?? []), result])
  }
  for (const at of words)
    if (text.startsWith('return', at) && !/[\w$]/.test(text[at + 6] ?? '')) {
      const symbol = innermost(at)
      if (symbol < 0 || !CALLABLE_KINDS.has(symbols[symbol]!.kind)) continue
      const blank = /^[ \t]*/.exec(text.slice(at + 6, at + 40))![0].length
      add(symbol, at + 6 + blank)
    }
  symbols.forEach(({ kind, startOffset, endOffset, bodyLine, firstLine }, i) => {
    if (!CALLABLE_KINDS.has(kind) || found.has(i)) return
    const arrow = code.slice(startOffset, Math.min(endOffset, startOffset + MAX_HEADER_CHARS)).search(/=>\s*(?![\s{])/)
    if (arrow < 0 || bodyLine > firstLine + 20) return
    const from = startOffset + arrow + /^=>\s*/.exec(code.slice(startOffset + arrow))![0].length
    if (innermost(from) === i) add(i, from)
  })
  return found
}
