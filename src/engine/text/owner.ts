/** Whose member a symbol is. Linking and looking up must agree on it. */
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
/** `func (s *Store[T]) Get`. */
const GO_RECEIVER = /^func \(\s*(?:\w+\s+)?\*?(\w+)/

/** The last part of a name: `Store::find` → find. */
export function lastName(name: string): string {
  return name.slice(Math.max(name.lastIndexOf('.'), name.lastIndexOf(':'), name.lastIndexOf('\\')) + 1)
}

/** Name of the type that a Go method names as its receiver, as it stands outside of the type; '' for any other symbol. */
export function receiverType({ kind, signature }: SourceSymbol): string {
  return kind === 'method' ? (GO_RECEIVER.exec(signature)?.[1] ?? '') : ''
}

/** Name of the type a symbol is a member of; of an object's function that of the constant; '' for none. */
export function ownerOf(symbols: readonly SourceSymbol[], symbol: SourceSymbol): string {
  const qualified = /^(.+?)(?:\.|::|:)[^.:]+$/.exec(symbol.name)
  if (qualified) return lastName(qualified[1]!.replace(/\.prototype$/, ''))
  const above = symbols[symbol.parent]
  if (above && KINDS_WITH_MEMBERS.has(above.kind)) return lastName(above.name)
  if (above && (above.kind === 'constant' || above.kind === 'variable')) return lastName(above.name)
  return receiverType(symbol)
}
