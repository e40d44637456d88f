/**
 * The receiver of a member, as far as the file's text shows: `this`, a name, the declared type of that name, or the
 * function whose result it is. Read from the text, the same for all languages; not a type checker.
 */

import { SCRIPT_LANGUAGES } from '../../text/language.ts'
import type { Field } from '../../types/symbol.ts'

/**
 * '' for a plain name · `this` and `super` · `=Type` for an explicit type, `=` alone for a type that no repository
 * defines (lists, strings, numbers) · `=Type.field` and `this.field` for a field declared elsewhere · `>make` for the
 * result of a call · a name as written · `?` for anything else · `@module` for a plain name imported from it, or a
 * member of that module · `.` (`OWN_FILE`) for a plain name that means a symbol of its file.
 */
type Receiver = string

const UNKNOWN = '?'
const BEFORE = /(?:([A-Za-z_$@][\w$]*)[!?]?|([)\]}'"`]))\s*(?:\?\.|!?\.|->|::)\s*$/
const CALL_BEFORE = /([A-Za-z_$][\w$]*)[!?]?\([^()]*\)[!?]?\s*(?:\?\.|!?\.|->|::)\s*$/
const SELF = new Set(['this', 'self', 'cls', 'Self', '@'])
/** Keywords for the supertype and the own type that are ordinary names in other languages. */
const SPECIAL: Readonly<Record<string, Readonly<Record<string, 'this' | 'super'>>>> = {
  php: { parent: 'super', static: 'this' },
  csharp: { base: 'super' },
}
/** `Type{…}` and `(&Type{…})` before a member, as in Go. */
const GO_LITERAL = /([A-Za-z_]\w*)\{[^{}]*\}\)?\s*\.\s*$/
/** Comments and long strings, whose words declare nothing. */
const PROSE = /("""|''')[\s\S]*?\1|\/\*[\s\S]*?\*\/|(?<![:'"`\\])\/\/.*|^[ \t]*#.*$/gm
/** Characters read before a name. */
const WINDOW_CHARS = 120

/** `name: Type`, as in TypeScript, Python, Rust, Kotlin, Scala. */
const ANNOTATED =
  /(?<![\w$'"`.])@?\$?([A-Za-z_$][\w$]*)[?!]?\s*:\s*((?:&|\*|mut |readonly |const |typing\.|'\w+ )*[A-Za-z_][\w.$]*(?:::\w+)*(?:<(?:[^<>=;{}()\n]|<[^<>=;{}()\n]*>){0,80}>|\[(?:[^[\]=;{}()\n]|\[[^[\]=;{}()\n]*\]){0,80}\])*)(?=\s*(?:[=,;)\]}|&{>?]|->|#|\/\/|$))/gm
/** `name = new Type(`, `name := &Type{`, `name = module.Type(`. */
const CONSTRUCTED =
  /(?<![\w$])([A-Za-z_$][\w$]*)\s*:?=\s*(?:await\s+)?(?:new\s+)?&?(?:[A-Za-z_]\w*(?:\.|::))*([A-Z]\w*)(?:<[^()\n]{0,80}>)?\s*(?:::new)?[({]/g
/** The same in Go, where a function's name may begin with a capital: `name := &pkg.Type{`. */
const GO_CONSTRUCTED = /(?<![\w$])([A-Za-z_]\w*)\s*:?=\s*&?(?:[a-z]\w*\.)?([A-Za-z_]\w*)\{/g
/** `with Type(…) as name`. */
const WITH = /\bwith\s+(?:\w+\.)*([A-Z]\w*)\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)\s+as\s+(\w+)/g
/** `name = []`, `name = {}`, `name = ''`, `name = 0`. */
const LITERAL = /(?<![\w$])([A-Za-z_$][\w$]*)\s*:?=\s*(?:\[|\{\s*\}|['"`\d]|f['"]|map\[|make\()/g
/** `name = make(…`: the type is what the function returns. */
const RESULT =
  /(?<![\w$])([A-Za-z_$][\w$]*)(?:\s*,\s*\w+)?\s*:?=\s*(?:await\s+)?(?:[A-Za-z_$][\w$]*(?:\.|::|->))*([A-Za-z_$][\w$]*)\(/g
/** `Type name`, as in Java, C#, C, C++ and PHP. */
const TYPED =
  /(?<![\w$.])(?:[A-Za-z_]\w*(?:\.|::|\\))*([A-Z]\w*)(?:<[^()\n;]{0,80}>)?(\[\])?\s*[*&]*\s+[*&]*\$?([A-Za-z_]\w*)\s*(?=[=;,):])/g
const TYPED_LANGUAGES = new Set(['java', 'c', 'cpp', 'csharp', 'php', 'objc', 'solidity', 'kotlin'])
/** `name Type`, as in Go's parameters and fields. */
const GO =
  /(?<![\w.])([A-Za-z_]\w*)(?:\s*,\s*[A-Za-z_]\w*)*\s+(\*?(?:\[\]|map\[\w+\])?\*?(?:[a-z]\w*\.)?[A-Za-z_]\w*)\s*(?=[,)\n`=]|\/\/)/g

/** Wrapper types that stand for their content. */
const TRANSPARENT =
  /^(?:Optional|Type|ClassVar|Final|Annotated|Box|Rc|Arc|RefCell|Mutex|RwLock|unique_ptr|shared_ptr|Readonly|Partial|Required|NonNullable|Awaited|Promise|Result|Option|Future|Lazy|Ref|Mono|Task)$/
const PLAIN =
  /^(?:string|number|boolean|bool|str|int|float|bytes|dict|list|set|tuple|u?int\d*|[iuf]\d+|usize|isize|char|byte|double|long|short|void|error|rune|u?ssize_t|size_t|symbol|bigint|Array|ReadonlyArray|Map|ReadonlyMap|Set|ReadonlySet|WeakMap|WeakSet|String|Number|Boolean|Date|RegExp|Uint8Array|Float32Array|Uint32Array|Int32Array|Buffer|Vec|HashMap|HashSet|BTreeMap|List|Dict|Tuple|Iterable|Iterator|Sequence|Mapping|Integer|Long|Double|StringBuilder|ArrayList|Record|Callable|Any)$/
const VAGUE = /^(?:any|unknown|object|Object|T|K|V|interface|func|typeof|keyof|infer)$/

/** The name before a member access. */
const HOLDER = /([A-Za-z_$@][\w$]*)[!?]?\s*(?:\?\.|!?\.|->)\s*$/

interface Declared {
  readonly at: number
  readonly receiver: Receiver
}

/** Finds the receivers of a file's references by their offsets. */
export class ReceiverResolver {
  private readonly text: string
  private readonly language: string
  private readonly declared = new Map<string, Declared[]>()

  constructor(text: string, language: string) {
    this.text = text
    this.language = language
    this.readDeclarations(text.replace(PROSE, (part) => part.replace(/[^\n]/g, ' ')))
    for (const all of this.declared.values()) all.sort((a, b) => a.at - b.at)
  }

  private readDeclarations(text: string): void {
    const { language } = this
    const declare = (name: string | undefined, at: number, receiver: Receiver | null) => {
      if (!name || receiver === null) return
      const known = this.declared.get(name)
      if (known) known.push({ at, receiver })
      else this.declared.set(name, [{ at, receiver }])
    }
    for (const { 1: name, 2: type, index } of text.matchAll(ANNOTATED)) declare(name, index, typeReceiver(type ?? ''))
    const constructed = language === 'go' ? GO_CONSTRUCTED : CONSTRUCTED
    for (const { 1: name, 2: type, index } of text.matchAll(constructed))
      declare(name, index, language === 'go' ? goReceiver(type ?? '') : typeReceiver(type ?? ''))
    if (language === 'python')
      for (const { 1: type, 2: name, index } of text.matchAll(WITH)) declare(name, index, typeReceiver(type ?? ''))
    for (const { 1: name, index } of text.matchAll(LITERAL)) declare(name, index, '=')
    // Skips a call within the name's own declaration: `path = path.as_ref()`.
    for (const { 0: whole, 1: name, 2: called, index } of text.matchAll(RESULT))
      declare(name, index + whole.length, `>${called}`)
    if (TYPED_LANGUAGES.has(language))
      for (const { 1: type, 2: list, 3: name, index } of text.matchAll(TYPED))
        declare(name, index, list ? '=' : typeReceiver(type ?? ''))
    if (language === 'go')
      for (const { 1: name, 2: type, index } of text.matchAll(GO)) declare(name, index, goReceiver(type ?? ''))
  }

  /** The receiver of the name at the offset; `from` is where the enclosing symbol begins. */
  of(at: number, from: number): Receiver {
    const before = this.text.slice(Math.max(0, at - WINDOW_CHARS), at)
    const [, name, bracket] = BEFORE.exec(before) ?? []
    if (name === undefined && bracket === undefined) return ''
    const literal = this.language === 'go' && bracket !== undefined && GO_LITERAL.exec(before)?.[1]
    if (literal) return `=${literal}`
    if (bracket === ')') {
      const called = CALL_BEFORE.exec(before)?.[1]
      if (called === 'super') return 'super'
      return called ? (/^[A-Z]/.test(called) ? `=${called}` : `>${called}`) : UNKNOWN
    }
    // Methods of string and list literals belong to no repository.
    if (bracket !== undefined) return bracket === '}' || bracket === ']' ? UNKNOWN : '='
    return this.receiverOf(name!, before.slice(0, before.length - BEFORE.exec(before)![0].length), at, from)
  }

  /** `before` is the text before the name: in `a.b.c()` the type of `a` determines that of `b`. */
  private receiverOf(name: string, before: string, at: number, from: number): Receiver {
    const bare = name.replace(/^@/, '') || '@'
    if (SELF.has(bare) && this.language !== 'go') return 'this'
    if (bare === 'super') return 'super'
    const special = SPECIAL[this.language]?.[bare]
    if (special) return special
    const [, holder] = HOLDER.exec(before) ?? []
    if (!holder) return this.declaredBefore(bare, at, from) ?? bare
    if (SELF.has(holder)) return this.declaredBefore(bare, at, from) ?? `this.${bare}`
    const type = this.declaredBefore(holder, at, from)
    return type?.startsWith('=') && type.length > 1 ? `${type}.${bare}` : UNKNOWN
  }

  /**
   * Fields with their types: declarations in a type, its methods included. `ownerAt` returns the type around an offset,
   * '' for none.
   */
  fields(ownerAt: (at: number) => string): Field[] {
    const found = new Map<string, Field>()
    for (const [name, all] of this.declared)
      for (const { at, receiver } of all) {
        const owner = receiver.startsWith('=') && receiver.length > 1 ? ownerAt(at) : ''
        if (owner && !found.has(`${owner}.${name}`))
          found.set(`${owner}.${name}`, { owner, name, type: receiver.slice(1) })
      }
    return [...found.values()]
  }

  /**
   * The nearest declaration above in the symbol, otherwise the last in the file: fields are often declared elsewhere.
   */
  private declaredBefore(name: string, at: number, from: number): Receiver | null {
    const all = this.declared.get(name)
    if (!all) return null
    const closest = all.findLast((one) => one.at < at && one.at >= from)
    return (closest ?? all.findLast((one) => one.at < from) ?? all[0])?.receiver ?? null
  }
}

/** null when the type carries no information. */
function typeReceiver(annotation: string): Receiver | null {
  const type = annotation
    .trim()
    .replace(/^(?:[&*\s]|mut |readonly |const |typing\.|'\w+ )+/, '')
    .trim()
  if (/^[\w.$:]+\s*\[\s*\]/.test(type)) return '='
  const [, name = '', inner] = /^([\w.$:]+)(?:\s*[<[](.*))?$/s.exec(type) ?? []
  const last = name.split(/\.|::/).at(-1) ?? ''
  if (TRANSPARENT.test(last) && inner) return typeReceiver(inner.replace(/[>\]]+.*$/s, '')) ?? null
  if (PLAIN.test(last)) return '='
  if (VAGUE.test(last) || !/^[A-Z]/.test(last)) return null
  return /\[\]$/.test(type) ? '=' : `=${last}`
}

function goReceiver(annotation: string): Receiver | null {
  if (/\[\]|map\[/.test(annotation)) return '='
  const last = annotation.replace(/^\*+/, '').split('.').at(-1) ?? ''
  if (PLAIN.test(last)) return '='
  return /^(?:range|return|func|interface|struct|case|go|defer|if|else|for|chan|var|const|type|package|import)$/.test(
    last,
  )
    ? null
    : `=${last}`
}

const SCRIPT_IMPORT = /^import\s+(?:type\s+)?(?:[\w$]+\s*,\s*)?\{([^}]*)\}\s*from\s*['"]([^'"]+)/gm
const PYTHON_IMPORT = /^[ \t]*from\s+([.\w]+)\s+import\s+(?:\(([^)]*)\)|([^\n(]*))/gm

const SCRIPT_NAMESPACE = /^import\s+\*\s+as\s+([\w$]+)\s+from\s*['"]([^'"]+)/gm
const PYTHON_NAMESPACE = /^[ \t]*import\s+([\w.]+)\s+as\s+(\w+)/gm

/** Imports under another name: the module, the name there and the local name. */
const RENAMING_IMPORTS: Readonly<Record<string, RegExp>> = {
  rust: /^[ \t]*(?:pub\s+)?use\s+([\w:]+)::(\w+)\s+as\s+(\w+)\s*;/gm,
  kotlin: /^[ \t]*import\s+([\w.]+)\.(\w+)\s+as\s+(\w+)/gm,
  php: /^[ \t]*use\s+(?:function\s+|const\s+)?([\w\\]+)\\(\w+)\s+as\s+(\w+)\s*;/gm,
}

/** What a file imports by name, for a reference's `on`. */
export interface Imported {
  /** Local name → the module as written, and its name there. */
  readonly names: ReadonlyMap<string, { readonly module: string; readonly name: string }>
  /** Local name of a whole module → the module as written. */
  readonly modules: ReadonlyMap<string, string>
}

export function importedNames(text: string, language: string): Imported {
  const names = new Map<string, { readonly module: string; readonly name: string }>()
  const modules = new Map<string, string>()
  const add = (list: string, module: string) => {
    for (const part of list.replace(/\/\/.*|#.*/g, '').split(',')) {
      const [, name, alias = name] = /^\s*(?:type\s+)?([\w$]+)(?:\s+as\s+([\w$]+))?\s*$/.exec(part) ?? []
      if (name && alias) names.set(alias, { module, name })
    }
  }
  if (SCRIPT_LANGUAGES.has(language)) {
    for (const [, list = '', module = ''] of text.matchAll(SCRIPT_IMPORT)) add(list, module)
    for (const [, name = '', module = ''] of text.matchAll(SCRIPT_NAMESPACE)) modules.set(name, module)
  }
  if (language === 'python') {
    for (const [, module = '', list, plain] of text.matchAll(PYTHON_IMPORT)) add(list ?? plain ?? '', module)
    for (const [, module = '', name = ''] of text.matchAll(PYTHON_NAMESPACE)) modules.set(name, module)
  }
  const renaming = RENAMING_IMPORTS[language]
  if (renaming)
    for (const [, module = '', name = '', alias = ''] of text.matchAll(renaming)) names.set(alias, { module, name })
  return { names, modules }
}
