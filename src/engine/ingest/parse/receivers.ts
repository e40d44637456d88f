/** Finds the receivers of a file's member accesses, in the notation of `types/receiver.ts`. */
import { ELEMENT, STEP, UNKNOWN } from '../../types/receiver.ts'
import type { Field } from '../../types/symbol.ts'
import { type Binding, Bindings, type Block } from './bindings.ts'
import type { Chain } from './chains.ts'
import { Expressions, type Value } from './expressions.ts'
import type { Imported } from './imported.ts'
import type { Lexed } from './lex.ts'
import { parameterNames } from './parameters.ts'
import { typeReceiver } from './type-names.ts'

const SELF = new Set(['this', 'self', 'cls', 'Self', '$this', 'static', '@'])
/** Keywords for the supertype and the own type that are ordinary names in other languages. */
const SUPER: Readonly<Record<string, string>> = { php: 'parent', csharp: 'base' }
/** Languages in which `self` and `static` are ordinary names. */
const NO_SELF = new Set(['go', 'c'])
/** Bindings followed from one to the next. */
const MAX_BINDINGS = 6
const MAX_RECEIVER_CHARS = 120
/** A call whose result is a module. */
const MODULE_CALL = /^(?:require|import)\s*\(\s*['"]([^'"\n]+)['"]\s*\)/

export class Receivers {
  private readonly lexed: Lexed
  private readonly language: string
  private readonly expressions: Expressions
  private readonly bindings: Bindings
  private readonly imported: Imported

  constructor(lexed: Lexed, language: string, imported: Imported, functionAt: (at: number) => Block) {
    this.lexed = lexed
    this.language = language
    this.imported = imported
    this.expressions = new Expressions(lexed, language)
    this.bindings = new Bindings(lexed, language, this.expressions, functionAt)
  }

  /** Parameters without a known type, between two offsets, hide what their names mean outside the function. */
  hideParameters(from: number, to: number): void {
    for (const { name, at } of parameterNames(this.lexed.code, from, to, this.language)) this.bindings.hide(name, at)
  }

  /** The receiver of the name at the offset. */
  of(at: number): string {
    const chain = this.expressions.before(at)
    return chain === null ? '' : this.receiverOf(chain, at, 0)
  }

  /** The receiver that a variable of the name has at an offset; '' when nothing is known of it. */
  bound(name: string, at: number): string {
    const binding = this.bindings.of(name, at)
    const receiver = binding ? this.ofBinding(binding, 1) : ''
    return receiver === UNKNOWN ? '' : receiver
  }

  /** What the expression that begins at an offset is as a receiver; `?` when it is more than a chain of members. */
  value(at: number): string {
    return this.ofValue(this.expressions.valueAt(at), at, 1)
  }

  /** Whether the name at an offset is declared there, with a type. */
  isDeclaredAt(name: string, at: number): boolean {
    return this.bindings.isDeclaredAt(name, at)
  }

  /** Where the innermost block of a function begins that binds the name anew around the offset; -1 for none. */
  localBlock(name: string, at: number): number {
    return this.bindings.localBlock(name, at)
  }

  private receiverOf({ root, steps }: Chain, at: number, depth: number): string {
    const [base, ...inner] = this.rootOf(root, at, depth)
    return join(base!, [...inner, ...steps])
  }

  /** The receiver of a root, and steps that its name includes: Ruby's `@field`. */
  private rootOf(root: Chain['root'], at: number, depth: number): string[] {
    switch (root.kind) {
      case 'call':
        return [this.callRoot(root.at)]
      case 'type':
        return [typeReceiver(root.type) ?? UNKNOWN]
      case 'literal':
        return ['=']
      case 'unknown':
        return [UNKNOWN]
    }
    const { name } = root
    if (this.language === 'rust' && /^(?:crate|super)$/.test(name)) return [`@${name}`]
    if (SELF.has(name) && !NO_SELF.has(this.language)) return ['this']
    if (name === 'super' || name === SUPER[this.language]) return ['super']
    if (name.startsWith('@')) return ['this', name.replace(/^@+/, '')]
    if (depth < MAX_BINDINGS) {
      const binding = this.bindings.of(name, at)
      if (binding) return this.ofBinding(binding, depth + 1).split(STEP)
    }
    const module = this.imported.modules.get(name)
    if (module) return [`@${module}`]
    return [name.replace(/^\$/, '')]
  }

  private callRoot(at: number): string {
    const text = this.lexed.text.slice(at, at + MAX_RECEIVER_CHARS)
    if (/^super\b/.test(text)) return 'super'
    const module = MODULE_CALL.exec(text)?.[1]
    return module === undefined ? `>@${at}` : `@${module}`
  }

  private ofBinding(binding: Binding, depth: number): string {
    return this.ofValue(this.bindings.valueOf(binding), binding.at, depth)
  }

  /** The expression is read as of just before the binding holds: `path = path.parent`. */
  private ofValue({ type, chain }: Value, at: number, depth: number): string {
    if (type !== null) return type
    return chain ? this.receiverOf(chain, Math.min(at, chain.start) - 1, depth) : UNKNOWN
  }

  /**
   * Fields with their types: declared directly in a type (`ownerAt` says in which), or assigned to `this` in one of its
   * methods (`enclosingAt`). Both return '' for no type.
   */
  fields(ownerAt: (at: number) => string, enclosingAt: (at: number) => string): Field[] {
    const found = new Map<string, Field>()
    const add = (owner: string, name: string, type: string) => {
      const bare = name.replace(/^\$/, '')
      if (owner && type !== UNKNOWN && type !== '=' && !found.has(`${owner}.${bare}`))
        found.set(`${owner}.${bare}`, { owner, name: bare, type })
    }
    for (const [name, all] of this.bindings)
      for (const binding of all) {
        const owner = enclosingAt(binding.at)
        if (owner && (binding.isField || ownerAt(binding.at) === owner)) add(owner, name, this.ofBinding(binding, 1))
      }
    return [...found.values()]
  }
}

/** `=Type[]` and a first step `[]` is `=Type`. */
function join(base: string, steps: readonly string[]): string {
  let root = base
  const rest = [...steps]
  while (rest[0] === ELEMENT && root.startsWith('=') && root.endsWith(ELEMENT) && !root.includes(STEP)) {
    root = root.slice(0, -ELEMENT.length)
    rest.shift()
  }
  // A collection of which nothing more is known has elements of which nothing is known.
  if (root === '=' && rest[0] === ELEMENT) return UNKNOWN
  if (root === UNKNOWN || root === '=') return root
  const receiver = [root, ...rest].join(STEP)
  return receiver.length > MAX_RECEIVER_CHARS ? UNKNOWN : receiver
}
