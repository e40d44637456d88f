/** Reads expressions such as `a.b(c).d[0]` backwards from their end, over balanced brackets, comments and line endings. */
import { ELEMENT } from '../../types/receiver.ts'
import type { Lexed } from './lex.ts'

export type Root =
  /** A name as written. */
  | { readonly kind: 'name'; readonly name: string }
  /** The result of a call; `at`: offset of the name that is called. */
  | { readonly kind: 'call'; readonly at: number }
  /** A value of a type that is written out: a cast, a literal of a struct. */
  | { readonly kind: 'type'; readonly type: string }
  /** A string, a number, a list: its members belong to no repository. */
  | { readonly kind: 'literal' }
  | { readonly kind: 'unknown' }

export interface Chain {
  /** Offset of its first character. */
  readonly start: number
  readonly root: Root
  /** Names of the fields read after the root, `[]` for an element. */
  readonly steps: readonly string[]
}

/** Calls of C++ that name the type of their result. */
const TYPED_CALL =
  /(?:\bstd::)?\b(?:make_unique|make_shared|(?:static|dynamic|reinterpret|const)_cast)<\s*([\w:]+(?:\s*[*&])?)\s*>$/
/** The type before the braces of a literal: `pkg.Type`. */
const LITERAL_TYPE = /(?:[A-Za-z_]\w*(?:\.|::))*[A-Za-z_]\w*$/
const MAX_NAME_CHARS = 100
const MAX_STEPS = 8
/** `(Type) value`, `value as Type`, `<Type>value` within parentheses. */
const CAST = /^\(\s*([A-Z][\w.]*)(?:<[^()]*>)?(?:\[\])?\s*\)\s*[\w$(]/
const AS_CAST = /\bas\??\s+([A-Z][\w.]*)(?:<[^()]*>)?\s*$/
const KEYWORDS = new Set(
  `return await yield new throw case in of not and or if else elif while for do then typeof void delete go defer
  range match when is as instanceof unless until assert del lambda print echo let const var val mut ref move
  public private protected static final override`.split(/\s+/),
)

/** The name that ends at an offset, with Ruby's marks of a field; '' for none. */
function nameBefore(text: string, end: number, hasMarks: boolean): string {
  let start = end
  while (start > 0 && isNameCharacter(text.charCodeAt(start - 1))) start--
  while (hasMarks && text[start - 1] === '@') start--
  // A private member.
  if (text[start - 1] === '#' && text[start - 2] === '.') start--
  const first = text.charCodeAt(start)
  return start === end || (first >= 48 && first <= 57) ? '' : text.slice(start, end)
}

const isNameCharacter = (code: number): boolean =>
  (code >= 97 && code <= 122) ||
  (code >= 65 && code <= 90) ||
  (code >= 48 && code <= 57) ||
  code === 95 ||
  code === 36 ||
  code >= 128

export class ChainReader {
  private readonly lexed: Lexed
  private readonly language: string
  /** Where chains begin, by the offset of a name in them. */
  private readonly starts = new Map<number, number>()

  constructor(lexed: Lexed, language: string) {
    this.lexed = lexed
    this.language = language
  }

  /** The expression whose member begins at `at`; null when the name there stands alone. */
  before(at: number): Chain | null {
    const operator = this.operatorBefore(at)
    // `::name` is a plain name, looked up from the outermost scope.
    return operator < 0 || this.isOutermost(operator) ? null : this.ending(operator)
  }

  /** A `::` with nothing before it. */
  private isOutermost(operator: number): boolean {
    const { text } = this.lexed
    if (!text.startsWith('::', operator)) return false
    const end = this.skipBlank(operator)
    return !/[\w$)\]>}]/.test(text[end - 1] ?? '') || KEYWORDS.has(nameBefore(text, end, false))
  }

  /** Offset of the member operator before an offset, -1 for none. */
  private operatorBefore(at: number): number {
    const { text } = this.lexed
    const end = this.skipBlank(at)
    const last = text[end - 1]
    if (last === '.') {
      if (this.language === 'php' || text[end - 2] === '.') return -1
      const before = text[end - 2]
      return before === '?' || before === '&' || (before === '!' && text[end - 3] !== '!') ? end - 2 : end - 1
    }
    if (last === '>' && text[end - 2] === '-') {
      if (!/^(?:c|cpp|objc|php)$/.test(this.language)) return -1
      return text[end - 3] === '?' ? end - 3 : end - 2
    }
    if (last === ':' && text[end - 2] === ':') return end - 2
    if (last === ':' && this.language === 'lua' && /\w/.test(text[end - 2] ?? '')) return end - 1
    return -1
  }

  /** The offset after the last character before `at` that is neither white space nor part of a comment. */
  private skipBlank(at: number): number {
    const { text, comments } = this.lexed
    let end = at
    for (;;) {
      while (end > 0 && text.charCodeAt(end - 1) <= 32) end--
      const comment = comments.get(end)
      if (comment === undefined) return end
      end = comment
    }
  }

  /** The expression that ends at `end`. */
  ending(end: number): Chain {
    const steps: string[] = []
    let at = this.skipBlank(end)
    for (;;) {
      const { text, openings } = this.lexed
      const unknown: Chain = { start: at, root: { kind: 'unknown' }, steps: [] }
      while (text[at - 1] === '!' || text[at - 1] === '?') at--
      const last = text[at - 1]
      if (last === undefined || steps.length > MAX_STEPS) return unknown
      if (last === ')') {
        const open = openings.get(at - 1)
        if (open === undefined) return unknown
        const made = this.madeType(open, at - 1)
        if (made) return { ...made, steps: steps.reverse() }
        const called = this.calledBefore(open)
        if (called) return { start: called.start, root: { kind: 'call', at: called.at }, steps: steps.reverse() }
        const inner = this.parenthesised(open, at - 1)
        return { ...inner, steps: [...inner.steps, ...steps.reverse()] }
      }
      if (last === ']') {
        const open = openings.get(at - 1)
        if (open === undefined) return unknown
        const before = this.skipBlank(open)
        if (before !== open || !/[\w$)\]]/.test(text[open - 1] ?? ''))
          return { start: open, root: { kind: 'literal' }, steps: [] }
        steps.push(ELEMENT)
        at = open
        continue
      }
      if (last === '}') {
        const open = openings.get(at - 1)
        const type =
          open === undefined ? undefined : LITERAL_TYPE.exec(text.slice(Math.max(0, open - MAX_NAME_CHARS), open))?.[0]
        return open !== undefined && type && (this.language === 'go' || this.language === 'rust')
          ? { start: open - type.length, root: { kind: 'type', type }, steps: steps.reverse() }
          : unknown
      }
      if (/["'`\d]/.test(last) && !/[A-Za-z_$]\w*$/.test(text.slice(Math.max(0, at - MAX_NAME_CHARS), at)))
        return { start: at - 1, root: { kind: 'literal' }, steps: [] }
      const name = nameBefore(text, at, this.language === 'ruby')
      if (!name) return unknown
      const start = at - name.length
      const operator = this.operatorBefore(start)
      if (operator < 0 && KEYWORDS.has(name)) return unknown
      if (operator < 0 || this.isOutermost(operator))
        return { start, root: { kind: 'name', name }, steps: steps.reverse() }
      steps.push(name.replace(this.language === 'php' ? /^[$@]/ : /^[@#]+/, ''))
      at = this.skipBlank(operator)
    }
  }

  /** The name that is called by the parenthesis at `open`, and where its expression starts. */
  private calledBefore(open: number): { readonly at: number; readonly start: number } | null {
    const at = this.calleeBefore(open)
    if (at < 0) return null
    const start = this.startOf(at)
    const made = /\bnew\s+$/.exec(this.lexed.text.slice(Math.max(0, start - 8), start))
    return { at, start: start - (made?.[0].length ?? 0) }
  }

  /** Offset of the name that is called by the parenthesis at `open`, -1 for none. */
  private calleeBefore(open: number): number {
    const { text } = this.lexed
    let end = this.skipBlank(open)
    if (text[end - 1] === '!') end--
    if (text[end - 1] === '>' || text[end - 1] === ']') {
      const generic = this.beforeGenerics(end)
      if (generic < 0) return -1
      end = generic
    }
    if (text.slice(end - 2, end) === '?.') end -= 2
    const name = nameBefore(text, end, false)
    if (!name) return -1
    const at = end - name.length
    return KEYWORDS.has(name) && this.operatorBefore(at) < 0 ? -1 : at
  }

  /** Where the chain begins that a name at an offset is a part of. Iterative, because a chain may have 10,000 parts. */
  private startOf(at: number): number {
    const { text, openings } = this.lexed
    let start = at
    const passed = [at]
    for (;;) {
      const known = this.starts.get(start)
      if (known !== undefined) {
        start = known
        break
      }
      const operator = this.operatorBefore(start)
      if (operator < 0 || this.isOutermost(operator)) break
      let end = this.skipBlank(operator)
      while (text[end - 1] === '!' || text[end - 1] === '?') end--
      const open = /[)\]]/.test(text[end - 1] ?? '') ? openings.get(end - 1) : undefined
      const callee = open === undefined ? -1 : this.calleeBefore(open)
      const name = open === undefined ? nameBefore(text, end, this.language === 'ruby') : ''
      if (callee < 0 && open === undefined && !name) break
      start = callee >= 0 ? callee : (open ?? end - name.length)
      passed.push(start)
    }
    for (const one of passed) this.starts.set(one, start)
    return start
  }

  /** A call that names the type of its result: a cast of C++, `make_unique<T>(…)`, Go's `new(T)`. */
  private madeType(open: number, close: number): Omit<Chain, 'steps'> | null {
    const { text } = this.lexed
    const before = text.slice(Math.max(0, open - 2 * MAX_NAME_CHARS), open)
    if (this.language === 'go' && /(?<![\w.])new$/.test(before))
      return { start: open - 'new'.length, root: { kind: 'type', type: text.slice(open + 1, close) } }
    const made = TYPED_CALL.exec(before)
    return made ? { start: open - made[0].length, root: { kind: 'type', type: made[1]! } } : null
  }

  /** Where the name before type arguments ends: `name::<T>`, `name<T>`, Go's `name[T]`; -1 if these are none. */
  private beforeGenerics(end: number): number {
    const { text, openings } = this.lexed
    if (text[end - 1] === ']') {
      const open = this.language === 'go' || this.language === 'scala' ? openings.get(end - 1) : undefined
      return open ?? -1
    }
    let depth = 0
    for (let i = end - 1; i >= 0 && end - i < 2 * MAX_NAME_CHARS; i--) {
      const character = text[i]!
      if (character === '>' && text[i - 1] !== '=' && text[i - 1] !== '-') depth++
      else if (character === '<' && --depth === 0) return text.slice(i - 2, i) === '::' ? i - 2 : i
      else if (/[;{}]/.test(character)) return -1
    }
    return -1
  }

  /** What parentheses around an expression stand for. */
  private parenthesised(open: number, close: number): Chain {
    const { text } = this.lexed
    const inner = text.slice(open + 1, close)
    // Go's type assertion: `value.(*Type)`.
    if (text[open - 1] === '.')
      return { start: Math.max(0, this.ending(open - 1).start), root: { kind: 'type', type: inner }, steps: [] }
    const type = inner.length < 10 * MAX_NAME_CHARS ? (CAST.exec(inner)?.[1] ?? AS_CAST.exec(inner)?.[1]) : undefined
    if (type) return { start: open, root: { kind: 'type', type }, steps: [] }
    const chain = this.ending(close)
    const before = text.slice(open + 1, chain.start)
    // The whole expression between the parentheses, not its last operand.
    const isWhole = chain.start > open && /^\s*(?:(?:await|new|yield|\*|&|&mut)\s*)*$/.test(before)
    return isWhole ? { ...chain, start: open } : { start: open, root: { kind: 'unknown' }, steps: [] }
  }
}
