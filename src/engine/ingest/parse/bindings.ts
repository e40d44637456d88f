/**
 * What a file's variables, parameters and fields are bound to: a declared type, or the expression they are initialised
 * with. Read from the text, the same for all languages; not a type checker.
 */
import { SCRIPT_LANGUAGES } from '../../text/language.ts'
import { ELEMENT } from '../../types/receiver.ts'
import { boundNames } from './bound-names.ts'
import type { Expressions, Value } from './expressions.ts'
import type { Lexed } from './lex.ts'
import { TYPED_LANGUAGES } from './parameters.ts'
import { splitOutside, typeReceiver } from './type-names.ts'

/** What a name is bound to: a type in the notation of `type-names.ts`, or an expression. */
interface Source {
  /** null: nothing is known of it. */
  readonly type?: string | null
  /** Where the expression begins. */
  readonly from?: number
  /** Where the expression ends, if that is known instead. */
  readonly end?: number
  /** Read off the value of the expression: a field of it, an element. */
  readonly steps?: readonly string[]
}

export interface Binding {
  /** From here on the binding holds. */
  readonly at: number
  readonly source: Source
  /** It is a member of the enclosing object: `this.name = …`. */
  readonly isField: boolean
  /** It makes the name a local one, rather than assigning to what it means already. */
  readonly isDeclaration: boolean
}

export interface Block {
  readonly from: number
  readonly to: number
  /** It belongs to a function, so that what it binds is unknown outside. */
  readonly isInFunction: boolean
}

/** `name: Type`, as in TypeScript, Python, Rust, Kotlin, Scala. */
const ANNOTATED =
  /(?<![\w$.])@?\$?([A-Za-z_$][\w$]*)[?!]?[ \t]*:[ \t]*((?:&|\*|mut |readonly |const |typing\.|'\w+ |dyn |impl )*(?:[A-Za-z_][\w.$]*(?:::\w+)*|\[[\w&][^\]=;{}()\n]{0,60}\](?=\s*[=,;)]))(?:<(?:[^<>=;{}()\n]|<[^<>=;{}()\n]*>){0,80}>|\[(?:[^[\]=;{}()\n]|\[[^[\]=;{}()\n]*\]){0,80}\])*(?:\s*\|\s*(?:null|undefined|None))*\??)(?=\s*(?:[=,;)\]}&{>]|->|$))/gm
/** Python's types in quotes, which may not be defined yet. */
const QUOTED_ANNOTATION = /(?<![\w.])([A-Za-z_]\w*)[ \t]*:[ \t]*["']([A-Za-z_][\w.[\], |]*)["']/g
/** `Type name`, as in Java, C#, C, C++ and PHP. */
const TYPED =
  /(?<![\w$.>])((?:(?:[A-Za-z_]\w*(?:\.|::|\\))*[A-Za-z_]\w*)(?:<(?:[^()<>\n;]|<[^()<>\n;]*>){0,80}>)?(?:\[\]|\?|\.\.\.)?(?:\s*[*&]+\s*|\s+))(\$?[A-Za-z_]\w*)\s*(?=[=;,):]|\[\]|\?[^.]|&&|->|[({])/g
const ANNOTATED_LANGUAGES = new Set('typescript tsx vue svelte python rust kotlin scala zig'.split(' '))
/** A type that a `Type name` pattern must not mistake a statement for. */
const NO_TYPE =
  /^(?:return|new|else|throw|case|goto|delete|typeof|sizeof|import|package|using|namespace|class|struct|enum|interface|extends|implements|public|private|protected|static|final|const|await|yield|var|val|let|auto|in|is|as|out|ref|if|while|do|and|or|not|throws|super|typedef|extern|define|echo|use|function|instanceof|insteadof|include|require)$/
/** `name Type`, as in Go's parameters, fields and variables; several names may share a type. */
const GO =
  /(?<![\w.])([A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)\s+((?:\*|\[\d*\]|\.\.\.|map\[[\w.*]+\]|(?:<-)?chan\s+)*(?:[a-z]\w*\.)?[A-Za-z_]\w*(?:\[[\w.*,\s]+\])?)\s*(?=[,;)\n`={]|\/\/)/g
const GO_NO_TYPE =
  /^(?:range|return|func|interface|struct|case|go|defer|if|else|for|chan|var|const|type|package|import|select|switch|nil)$/

/** Before a name that is assigned to: a member of the enclosing object; several names. */
const SELF_BEFORE = /(?:\b(?:this|self|cls)\.|\$this->|@)$/
const NAMES_BEFORE = /(?<![\w$.>@\\])\$?[A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*$/
/** Languages in which an assignment declares a local variable. */
const DECLARED_BY_ASSIGNMENT = new Set('python ruby php lua julia r elixir'.split(' '))
const KEYWORD_BEFORE = /\b(?:const|let|var|val|auto|mut|local)\s+(?:mut\s+)?$/
const UNKNOWN: Source = { type: null }
const ELEMENTS = [ELEMENT]
const LOCAL = { isField: false, isDeclaration: true } as const
/** With these before the name a typed language leaves the type to the compiler. */
const INFERRED = /\b(?:var|auto|val|let|const|mut)(?:\s+|\s*[*&]+\s*)(?:mut\s+)?$/
const DESTRUCTURED = /\b(?:const|let|var)\s*\{([^{}=]*(?:=[^{},]*[^{}=]*)*)\}\s*=\s*/g
const LOOP =
  /\bfor\s*(?:await\s*)?\(?\s*(?:const|let|var|final|auto|mut)?\s*(?<names>\$?[A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*)\s*(?:(?:in|of)\s|:=\s*range\s)\s*/g
/** `for (auto& name : all)`; with a type the name is declared by it. */
const RANGE_FOR = /\bfor\s*\(\s*(?:const\s+|final\s+)?(?:auto|var)\s*[&*]*\s*(?<name>\w+)\s*:\s*/g
/** Kotlin's functions that name their receiver `it`. */
const SCOPE_FUNCTION = /\??\.(?:let|also|takeIf|takeUnless)\s*\{/g
/** A callback of a collection, before its parameters: the first is an element. */
const ELEMENT_CALLBACK =
  /\.(?:map|forEach|filter|find|findLast|findIndex|some|every|flatMap|for_each|filter_map|any|all|each|select|reject|detect)\(\s*(?:async\s*)?\(?\s*$/
const FOREACH = /\bforeach\s*\(\s*(?:var\s+(?<name>\w+)\s+in\s+|(?=[$\w>()-]+\s+as\s))/g
/** `with … as name`, `using (var name = …`, `except Type as name`, `if let Some(name) = …`. */
const EXCEPT = /\bexcept\s+(?:\w+\.)*([A-Z]\w*)\s+as\s+(\w+)/g
const WITH = /\b(?:with|,)\s+(?=[A-Za-z_][\w.]*\()/g
const BEFORE_NAME_CHARS = 40
/** Bindings of one name that are looked at on either side of a use. */
const MAX_NEAR = 100
/** As in `==` and `+=`. */
const NO_ASSIGNMENT_AFTER = new Set('=>~')
const NO_ASSIGNMENT_BEFORE = new Set('=!<>+-*/%|&^~?')
/** Between the parameters of a function, or the head of a loop, and its body. */
const BODY =
  /^\s*(?:(?::|->)[^;=(){]*?|[\w.*[\]]+|\([\w.*,\s[\]]*\)|throws\s[\w.,\s]+|const|noexcept|override|final|where[^{;]*)?\s*(?:=>\s*\{?|\{|\|)/
const MAX_HEAD_CHARS = 240
/** Languages whose blocks are in braces. */
const BRACES = new Set(
  'typescript tsx javascript vue svelte go rust java c cpp objc csharp php kotlin scala solidity zig'.split(' '),
)

export class Bindings {
  private readonly lexed: Lexed
  private readonly language: string
  private readonly expressions: Expressions
  private readonly functionAt: (at: number) => Block
  private readonly blocks = new Map<Binding, Block>()
  /** `<offset> <name>` of each name that is declared with a type. */
  private readonly typedAt = new Set<string>()
  /** Names whose bindings are not in the order of the text. */
  private readonly unsorted = new Set<string>()
  private readonly byName = new Map<string, Binding[]>()

  /** `functionAt` returns the innermost named function around an offset, or the whole file. */
  constructor(lexed: Lexed, language: string, expressions: Expressions, functionAt: (at: number) => Block) {
    this.lexed = lexed
    this.language = language
    this.expressions = expressions
    this.functionAt = functionAt
    const { code } = lexed
    this.readTypes(code)
    this.readValues(code)
    for (const name of this.byName.keys()) this.unsorted.add(name)
  }

  /** The binding of the innermost block that a name at the offset means: the last before it, else the first after. */
  of(name: string, at: number): Binding | null {
    let best: Binding | null = null
    let inner = -1
    for (const one of this.near(name, at)) {
      if (one.isField) continue
      const { from, to } = this.blockOf(one)
      if (at < from || at > to) continue
      if (best === null || from > inner || (from === inner && one.at <= at)) best = one
      inner = Math.max(inner, from)
    }
    return best
  }

  [Symbol.iterator](): Iterator<[string, readonly Binding[]]> {
    return this.byName[Symbol.iterator]()
  }

  /** The bindings of a name around an offset: a generated file may bind one name 50,000 times. */
  private near(name: string, at: number): readonly Binding[] {
    const all = this.byName.get(name) ?? []
    if (this.unsorted.delete(name)) all.sort((a, b) => a.at - b.at)
    if (all.length <= MAX_NEAR) return all
    let low = 0
    let high = all.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (all[middle]!.at <= at) low = middle + 1
      else high = middle
    }
    return all.slice(Math.max(0, low - MAX_NEAR), low + MAX_NEAR)
  }

  /** Where the innermost block of a function begins in which a name is declared anew around the offset; -1 for none. */
  localBlock(name: string, at: number): number {
    const blocks = this.near(name, at).flatMap((one) => {
      if (!one.isDeclaration || one.isField) return []
      const { from, to, isInFunction } = this.blockOf(one)
      return isInFunction && at >= from && at <= to ? [from] : []
    })
    return Math.max(-1, ...blocks)
  }

  /** The block in which a binding holds, the parameters' function included. */
  private blockOf(binding: Binding): Block {
    // What a statement binds may hold from within the brackets of its expression on.
    const block = this.blocks.get(binding) ?? this.blockAt(Math.min(binding.at, binding.source.from ?? binding.at))
    this.blocks.set(binding, block)
    return block
  }

  /** What a binding is bound to. */
  valueOf({ source: { type, from, end, steps = [] } }: Binding): Value {
    if (type !== undefined) return { type, chain: null }
    const value =
      from !== undefined ? this.expressions.valueAt(from) : { type: null, chain: this.expressions.ending(end!) }
    if (steps.length === 0) return value
    return { type: null, chain: value.chain && { ...value.chain, steps: [...value.chain.steps, ...steps] } }
  }

  /** The block in which what is bound at the offset holds. */
  private blockAt(at: number): Block {
    const { around, closings, code } = this.lexed
    if (!BRACES.has(this.language)) return this.functionAt(at)
    for (let open = around(at); open >= 0; open = around(open)) {
      const close = closings.get(open) ?? code.length
      if (code[open] === '{')
        return { from: open, to: close, isInFunction: this.functionAt(open + 1).isInFunction || this.isCallback(open) }
      // Parameters, and what the head of a loop binds, hold in the body that follows.
      const body = code[open] === '(' ? BODY.exec(code.slice(close + 1, close + MAX_HEAD_CHARS))?.[0] : undefined
      if (body === undefined) continue
      const start = close + body.length
      const end = code[start] === '{' ? closings.get(start) : this.expressions.endOf(start + 1)
      return { from: open, to: end === undefined || end < 0 ? close + MAX_HEAD_CHARS : end, isInFunction: true }
    }
    return this.functionAt(at)
  }

  /** A brace that opens a function without a name. */
  private isCallback(open: number): boolean {
    return /(?:=>|\)|\bfunc\b[^;{}]*)\s*$/.test(this.lexed.code.slice(Math.max(0, open - MAX_HEAD_CHARS), open))
  }

  /** A parameter of a function without a name: an element, where the function is a callback of a collection. */
  private bind(name: string, at: number): void {
    const before = this.lexed.code.slice(Math.max(0, at - MAX_HEAD_CHARS / 4), at)
    const callback = ELEMENT_CALLBACK.exec(before)
    if (!callback) {
      this.hide(name, at)
      return
    }
    const end = at - callback[0].length
    this.add(name, { at, source: { end, steps: ELEMENTS }, isField: false, isDeclaration: true })
  }

  /** A parameter of which nothing is known hides what its name means outside. */
  hide(name: string, at: number): void {
    // A parameter with a type was found with it.
    if (this.isDeclaredAt(name, at)) return
    this.add(name, { at, source: UNKNOWN, isField: false, isDeclaration: true })
    this.unsorted.add(name)
  }

  /** Whether the name at an offset is declared there, with a type. */
  isDeclaredAt(name: string, at: number): boolean {
    return [-2, -1, 0, 1, 2].some((step) => this.typedAt.has(`${at + step} ${name}`))
  }

  private add(name: string, binding: Binding): void {
    const known = this.byName.get(name)
    if (known) known.push(binding)
    else this.byName.set(name, [binding])
  }

  private typed(name: string, at: number, type: string | null): void {
    if (type === null) return
    this.typedAt.add(`${at} ${name}`)
    this.add(name, { at, source: { type }, isField: false, isDeclaration: true })
  }

  private readTypes(code: string): void {
    const { language } = this
    if (ANNOTATED_LANGUAGES.has(language))
      for (const { 1: name, 2: type, index } of code.matchAll(ANNOTATED)) this.typed(name!, index, typeReceiver(type!))
    if (TYPED_LANGUAGES.has(language))
      for (const { 1: type = '', 2: name = '', index } of code.matchAll(TYPED)) {
        const bare = type.replace(/[<[*&?\s.].*$/s, '')
        // `flags & MASK`, `width * HEIGHT`.
        if (/\s&\s$|\s\*\s$/.test(type) && !/^[\s({;,]*$/.test(code.slice(code.lastIndexOf('\n', index) + 1, index)))
          continue
        if (
          !NO_TYPE.test(bare) &&
          (/^[A-Z]/.test(type.replace(/^(?:\w+(?:\.|::|\\))+/, '')) || /^(?:c|cpp|objc)$/.test(language))
        )
          this.typed(name, index + type.length, typeReceiver(type))
      }
    if (language === 'go')
      for (const { 0: whole, 1: names = '', 2: type = '', index } of code.matchAll(GO)) {
        if (GO_NO_TYPE.test(type.replace(/^\W+/, ''))) continue
        for (const name of names.split(/\s*,\s*/))
          if (!GO_NO_TYPE.test(name)) this.typed(name, index + whole.indexOf(name), typeReceiver(type))
      }
    if (language === 'python')
      for (const { 1: name, 2: type, index } of this.lexed.text.matchAll(QUOTED_ANNOTATION))
        this.typed(name!, index, typeReceiver(type!))
    if (language === 'python')
      for (const { 1: type, 2: name, index } of code.matchAll(EXCEPT)) this.typed(name!, index, `=${type}`)
  }

  private readValues(code: string): void {
    this.readAssignments(code)
    if (SCRIPT_LANGUAGES.has(this.language))
      for (const { 0: whole, 1: list = '', index } of code.matchAll(DESTRUCTURED))
        this.destructure(list, index + whole.length)
    for (const { 0: whole, index, groups } of code.matchAll(LOOP)) {
      const names = (groups?.names ?? '').split(/\s*,\s*/)
      // Go's `range` and Python's `enumerate` give the element second.
      const name = this.language === 'go' ? names[1] : names.length === 1 ? names[0] : undefined
      if (name) this.assign(name, index + whole.length, LOCAL, ELEMENTS)
    }
    if (/^(?:c|cpp|objc|java)$/.test(this.language))
      for (const { 0: whole, index, groups } of code.matchAll(RANGE_FOR))
        this.assign(groups!.name!, index + whole.length, LOCAL, ELEMENTS)
    if (/^(?:csharp|php)$/.test(this.language))
      for (const { 0: whole, index, groups } of code.matchAll(FOREACH))
        if (groups?.name) this.assign(groups.name, index + whole.length, LOCAL, ELEMENTS)
        else this.readPhpLoop(code, index + whole.length)
    if (this.language === 'python') this.readWith(code)
    if (this.language === 'kotlin')
      for (const { 0: whole, index } of code.matchAll(SCOPE_FUNCTION))
        this.add('it', { at: index + whole.length, source: { end: index }, isField: false, isDeclaration: true })
    this.readBound(code)
  }

  /** `name = …`, `name := …`, `let name = …`, `this.name = …`, with further names after a comma. */
  private readAssignments(code: string): void {
    const mustInfer = TYPED_LANGUAGES.has(this.language) && this.language !== 'php'
    for (let equals = code.indexOf('='); equals >= 0; equals = code.indexOf('=', equals + 1)) {
      if (NO_ASSIGNMENT_AFTER.has(code[equals + 1]!)) {
        equals++
        continue
      }
      if (NO_ASSIGNMENT_BEFORE.has(code[equals - 1]!)) continue
      const isWalrus = code[equals - 1] === ':'
      let end = isWalrus ? equals - 1 : equals
      while (code[end - 1] === ' ' || code[end - 1] === '!' || code[end - 1] === '?') end--
      let start = end
      while (isWordCharacter(code.charCodeAt(start - 1))) start--
      if (start === end || /\d/.test(code[start]!)) continue
      const before = code.slice(Math.max(0, start - BEFORE_NAME_CHARS), start)
      const isField = SELF_BEFORE.test(before.endsWith('#') ? before.slice(0, -1) : before)
      if (!isField && /(?:[\w$\])]\.|->|@|\\)$/.test(before)) continue
      if (/[:=!<>][ \t]*$/.test(before) || (mustInfer && !isField && !INFERRED.test(before))) continue
      // A keyword argument.
      if (!isField && this.language === 'python' && /[(,]\s*$/.test(before) && !isWalrus && !this.isTuple(start))
        continue
      const from = equals + 1 + /^\s*/.exec(code.slice(equals + 1, equals + BEFORE_NAME_CHARS))![0].length
      if (code.startsWith('range ', from)) continue
      const isDeclaration =
        !isField && (isWalrus || DECLARED_BY_ASSIGNMENT.has(this.language) || KEYWORD_BEFORE.test(before))
      const names = /,\s*$/.test(before)
        ? NAMES_BEFORE.exec(code.slice(Math.max(0, start - 2 * BEFORE_NAME_CHARS), end))?.[0]
        : undefined
      this.assign(names ?? code.slice(start, end), from, { isField, isDeclaration })
    }
  }

  /** A name after a comma that begins a list of targets, rather than an argument: no bracket is open on its line. */
  private isTuple(at: number): boolean {
    const { code, around } = this.lexed
    return around(at) < code.lastIndexOf('\n', at)
  }

  private readBound(code: string): void {
    for (const { name, at } of boundNames(code, this.language)) this.bind(name, at)
  }

  /** `const { a, b: c } = value`: each name is a field of the value. */
  private destructure(list: string, from: number): void {
    const at = this.statementEnd(from)
    for (const part of splitOutside(list, ',')) {
      const [, field, name = field] = /^\s*(?:\.\.\.)?([\w$]+)(?:\s*:\s*([\w$]+))?/.exec(part) ?? []
      if (!name || !field) continue
      const source = part.includes('...') ? UNKNOWN : { from, steps: [field] }
      this.add(name, { at, source, isField: false, isDeclaration: true })
    }
  }

  private readPhpLoop(code: string, at: number): void {
    const [whole, , name] = /^([$\w>()-]+)\s+as\s+(?:\$\w+\s*=>\s*)?(\$\w+)/.exec(code.slice(at, at + 200)) ?? []
    if (whole && name) this.assign(name, at, LOCAL, ELEMENTS)
  }

  private readWith(code: string): void {
    for (const { 0: whole, index } of code.matchAll(WITH)) {
      const from = index + whole.length
      const end = this.expressions.endOf(from)
      const name = end < 0 ? undefined : /^\s+as\s+(\w+)/.exec(code.slice(end, end + 100))?.[1]
      if (name) this.add(name, { at: end, source: { end }, isField: false, isDeclaration: true })
    }
  }

  /** Binds the first of the names to the expression that begins at `from`, or to an element of it. */
  private assign(
    list: string,
    from: number,
    how: Pick<Binding, 'isField' | 'isDeclaration'>,
    steps?: readonly string[],
  ): void {
    const [name = '', ...others] = list.replace(/\s/g, '').split(',')
    const at = steps ? from : this.statementEnd(from)
    this.add(name, { ...how, at, source: steps ? { from, steps } : { from } })
    for (const other of others) this.add(other, { ...how, at, source: UNKNOWN })
  }

  /** About where the statement ends that an offset is in: what it binds is not meant within it. */
  private statementEnd(from: number): number {
    const line = this.lexed.code.indexOf('\n', from)
    const semicolon = this.lexed.code.indexOf(';', from)
    const end = semicolon >= 0 && (line < 0 || semicolon < line) ? semicolon : line
    return end < 0 ? this.lexed.code.length : end
  }
}

const isWordCharacter = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95 || code === 36
