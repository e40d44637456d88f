/** Reads the expression that begins at an offset, as far as it is a chain of names, calls and indexes. */
import { NOWHERE } from '../../types/receiver.ts'
import { type Chain, ChainReader } from './chains.ts'
import type { Lexed } from './lex.ts'
import { typeReceiver } from './type-names.ts'

/** What an expression is: a type in the notation of `type-names.ts`, or a chain; neither: nothing is known. */
export interface Value {
  readonly type: string | null
  readonly chain: Chain | null
}

const LITERAL = /^(?:["'`\d[{]|[frbu]{1,2}["'])/
const PREFIX = /(?:(?:await|new|try|mut|go|yield from)\s+|&mut\s+|&|\*)*/y
const NAME = /[@$\\#]?[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*[!?]?(?=[\s.:([;,)\]}<\-?!{]|$)/y
const MEMBER = /(?:\s*(?:\?\.|!\.|\.|->|::|&\.)\s*)(?=[A-Za-z_$@<#(])/y
const TYPE_ARGUMENTS = /(?:::)?<[\w\s,.<>[\]|&'"?:]*>(?=\s*[({])/y
const AFTER = /[ \t]*(?:as\s+(?<cast>[A-Z][\w.<>[\]]*)|(?<end>[;,)\]}\n#]|$|\/\/|\belse\b|\bas\b|\bdo\b|\{|:))/y
/** A line that goes on with the expression of the line above. */
const GOES_ON = /^\s*(?:\|\||&&|\?\?|\?(?!\.)|[+*%/<>=|&^-])/
const MAX_EXPRESSION_CHARS = 4000
const NOTHING: Value = { type: null, chain: null }

export class Expressions {
  private readonly lexed: Lexed
  private readonly language: string
  private readonly chains: ChainReader

  constructor(lexed: Lexed, language: string) {
    this.lexed = lexed
    this.language = language
    this.chains = new ChainReader(lexed, language)
  }

  /** The receiver of the member at an offset; null when the name there stands alone. */
  before(at: number): Chain | null {
    return this.chains.before(at)
  }

  /** The expression that ends at an offset. */
  ending(end: number): Chain {
    return this.chains.ending(end)
  }

  /** What the expression that begins at `from` is; nothing when it is more than a chain of members. */
  valueAt(from: number): Value {
    const { text } = this.lexed
    if (LITERAL.test(text.slice(from, from + 3))) return { type: NOWHERE, chain: null }
    const end = this.endOf(from)
    if (end < 0) return NOTHING
    AFTER.lastIndex = end
    const { cast, end: stop } = AFTER.exec(text)?.groups ?? {}
    if (cast) return { type: typeReceiver(cast), chain: null }
    if (stop === undefined) return NOTHING
    if (stop === '\n' && !/^(?:python|go|ruby)$/.test(this.language) && GOES_ON.test(text.slice(end, end + 80)))
      return NOTHING
    const chain = this.chains.ending(end)
    // The whole expression, not its last operand.
    PREFIX.lastIndex = from
    const start = from + (PREFIX.exec(text)?.[0].length ?? 0)
    return chain.start > start || chain.root.kind === 'unknown' ? NOTHING : { type: null, chain }
  }

  /** Where the chain of names, calls and indexes that begins at `from` ends; -1 when there is none. */
  endOf(from: number): number {
    const { text, closings } = this.lexed
    PREFIX.lastIndex = from
    let at = from + (PREFIX.exec(text)?.[0].length ?? 0)
    const limit = at + MAX_EXPRESSION_CHARS
    if (text[at] === '(') at = (closings.get(at) ?? -2) + 1
    else {
      NAME.lastIndex = at
      const name = NAME.exec(text)?.[0]
      if (name === undefined) return -1
      at += name.length
    }
    while (at > 0 && at < limit) {
      TYPE_ARGUMENTS.lastIndex = at
      const generics = TYPE_ARGUMENTS.exec(text)?.[0].length ?? 0
      const bracket = text[at + generics]
      const isLiteral =
        bracket === '{' && /^(?:go|rust)$/.test(this.language) && /[A-Z]\w*$/.test(text.slice(Math.max(0, at - 60), at))
      if (bracket === '(' || bracket === '[' || isLiteral) {
        const close = closings.get(at + generics)
        if (close === undefined) return -1
        at = close + 1
        while (text[at] === '!' && text[at + 1] !== '=') at++
        if (text[at] === '?' && this.language === 'rust') at++
        continue
      }
      MEMBER.lastIndex = at
      const member = MEMBER.exec(text)?.[0].length
      if (!member || (/\n/.test(text.slice(at, at + member)) && /^(?:python|go)$/.test(this.language))) return at
      if (text[at + member] === '(') {
        at += member
        continue
      }
      NAME.lastIndex = at + member
      const name = NAME.exec(text)?.[0] ?? (text[at + member] === '<' ? '' : undefined)
      if (name === undefined) return at
      at += member + name.length
    }
    return -1
  }
}
