/** Determines the type a symbol is a member of. Shared because linking and symbol lookup must agree on it. */
import type { SourceSymbol } from '../types/symbol.ts'

/** Kinds of symbols that have members. */
export const KINDS_WITH_MEMBERS: ReadonlySet<string> = new Set([
  'class',
  'interface',
  'struct',
  'enum',
  'trait',
  'type',
])
/** Matches the receiver in `func (s *Store[T]) Get`. */
const GO_RECEIVER = /^func \(\s*(?:\w+\s+)?\*?(\w+)/

/** The last segment of a qualified name: `Store::find` → find. */
export function lastName(name: string): string {
  return name.slice(Math.max(name.lastIndexOf('.'), name.lastIndexOf(':'), name.lastIndexOf('\\')) + 1)
}

/** The receiver type of a Go method, which is defined outside its type; '' for any other symbol. */
export function receiverType({ kind, signature }: SourceSymbol): string {
  return kind === 'method' ? (GO_RECEIVER.exec(signature)?.[1] ?? '') : ''
}

/** Name of the type a symbol is a member of, or of the constant for a function in an object literal; '' for none. */
export function ownerOf(symbols: readonly SourceSymbol[], symbol: SourceSymbol): string {
  const qualified = /^(.+?)(?:\.|::|:)[^.:]+$/.exec(symbol.name)
  // What CommonJS exports is a member of nothing.
  if (qualified && /^(?:module\.)?exports$/.test(qualified[1]!)) return ''
  if (qualified) return lastName(qualified[1]!.replace(/\.prototype$/, ''))
  const parent = symbols[symbol.parent]
  if (parent && KINDS_WITH_MEMBERS.has(parent.kind)) return lastName(parent.name)
  if (parent && (parent.kind === 'constant' || parent.kind === 'variable')) return lastName(parent.name)
  return receiverType(symbol)
}
