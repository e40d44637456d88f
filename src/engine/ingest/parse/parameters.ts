/** The names in a list of parameters, read from its text. */
import { splitOutside } from './type-names.ts'

/** Languages that write the type before the name. */
export const TYPED_LANGUAGES: ReadonlySet<string> = new Set(['java', 'c', 'cpp', 'csharp', 'php', 'objc', 'solidity'])

/** Names of a list of parameters with their offsets; types, defaults and modifiers are left out. */
export function parameterNames(
  text: string,
  from: number,
  to: number,
  language: string,
): { name: string; at: number }[] {
  const isTyped = TYPED_LANGUAGES.has(language)
  let at = from
  return splitOutside(text.slice(from, to), ',').flatMap((part) => {
    const start = at
    at += part.length + 1
    const declared = part.replace(/=(?![>=]).*$/s, '')
    const match = isTyped
      ? /(\$?[A-Za-z_]\w*)\s*(?:\[\]\s*)*$/.exec(declared)
      : /^(?:\s|@\w+(?:\([^()]*\))?|\*|&|\.\.\.|(?:public|private|protected|readonly|override|mut|val|var|final|vararg|noinline|crossinline|implicit|inout|ref)\s)*(\$?[A-Za-z_][\w$]*)/.exec(
          declared,
        )
    return match ? [{ name: match[1]!, at: start + match.index + match[0].lastIndexOf(match[1]!) }] : []
  })
}
