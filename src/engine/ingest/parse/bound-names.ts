/** Names that closures, patterns and handlers bind, of which the text tells nothing more. */
import { SCRIPT_LANGUAGES } from '../../text/language.ts'
import { TYPED_LANGUAGES } from './parameters.ts'
import { splitOutside } from './type-names.ts'

const ARROW = String.raw`(?<![\w$.])(?<parameter>[A-Za-z_$][\w$]*)\s*=>|\((?<parameters>[^()]*)\)\s*(?::[^={}();]{0,80})?=>`
const THIN_ARROW = String.raw`(?<![\w$.])(?<parameter>[A-Za-z_]\w*)\s*->|\((?<parameters>[^()]*)\)\s*->`
const FUNCTION = String.raw`\bfunction\b[^({]{0,60}\((?<inner>[^()]*)\)`
const BARE = String.raw`\b(?:let|const|var)\s+(?<bare>[A-Za-z_$][\w$]*)\s*(?:[;\n]|:)`
const LOOP = String.raw`\bfor\s+(?<loop>[\w\s,()]+?)\s+in\b`
const CLOSURE = String.raw`(?<=[(,={]\s*|\b(?:move|do)\s+)\|(?<closure>[\w\s,&:<>]+)\|\s*(?=[\w{(!*&\n])`
const CAUGHT = String.raw`\bcatch\s*\(\s*(?<caught>[\w$]+)\s*\)`
const ELEMENTS = String.raw`\b(?:const|let|var)\s*\[(?<elements>[^\]=]*)\]\s*=`
const LAMBDA = String.raw`\blambda\s+(?<lambda>[\w\s,*]+):`

const any = (...patterns: string[]): RegExp => new RegExp(patterns.join('|'), 'g')
const SCRIPT = any(CAUGHT, ARROW, FUNCTION, ELEMENTS, BARE)
/** By language; scripts have their own. */
const BOUND: Readonly<Record<string, RegExp>> = {
  python: any(LAMBDA, LOOP),
  rust: any(CLOSURE, BARE, LOOP),
  ruby: any(CLOSURE, LOOP),
  java: any(THIN_ARROW),
  kotlin: any(THIN_ARROW, LOOP),
  csharp: any(ARROW),
  scala: any(ARROW),
  php: any(FUNCTION, ARROW),
  lua: any(FUNCTION),
  julia: any(THIN_ARROW, LOOP),
}

/** The names with their offsets. */
export function* boundNames(code: string, language: string): Generator<{ readonly name: string; readonly at: number }> {
  const pattern = SCRIPT_LANGUAGES.has(language) ? SCRIPT : BOUND[language]
  if (!pattern) return
  const isTyped = TYPED_LANGUAGES.has(language)
  for (const { index, 0: whole, groups } of code.matchAll(pattern))
    for (const list of Object.values(groups ?? {}))
      for (const part of list === undefined ? [] : splitOutside(list, ',')) {
        const typed = isTyped ? /\s[*&]*(\$?[A-Za-z_]\w*)\s*$/.exec(part)?.[1] : undefined
        const name = typed ?? /^[\s({[*&.]*(?:mut\s+)?([A-Za-z_$][\w$]*)/.exec(part)?.[1]
        if (name) yield { name, at: index + Math.max(0, wordIn(whole, name)) }
      }
}

/** Where a text contains a name as a whole word; -1 for nowhere. */
function wordIn(text: string, name: string): number {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1))
    if (!/[\w$]/.test(text[at - 1] ?? '') && !/[\w$]/.test(text[at + name.length] ?? '')) return at
  return -1
}
