/**
 * Names used as values: handed over, stored, returned, compared. Read by a lexer over the whole file rather than by a
 * query, because the positions are too many to name and a capture of every identifier would double the cost of a parse.
 * Only names that the file imports or defines are looked for, so that a name found is known to mean that symbol, unless
 * something in the enclosing function binds it anew.
 */
import { SCRIPT_LANGUAGES } from '../../text/language.ts'
import type { SourceSymbol } from '../../types/symbol.ts'

/** A name used as a value, and its offset. */
export interface ValueUse {
  readonly name: string
  readonly at: number
}

/** Comments and strings, then words; template literals are read by `codeWords`. */
const SCRIPT_TOKEN = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`|\$\{|[{}]|[A-Za-z_$][\w$]*/g
const PYTHON_TOKEN =
  /#[^\n]*|[rbuRBU]{0,2}"""[\s\S]*?"""|[rbuRBU]{0,2}'''[\s\S]*?'''|[rbuRBU]{0,2}"(?:\\.|[^"\\\n])*"|[rbuRBU]{0,2}'(?:\\.|[^'\\\n])*'|[A-Za-z_]\w*/g
const SCRIPT_IMPORT_STATEMENT = /^[ \t]*(?:import|export)\b[^'"`;()=]*?\bfrom\s*['"][^'"\n]*['"]/gm
const PYTHON_IMPORT_STATEMENT = /^[ \t]*(?:from\s+[.\w]+\s+import\s+(?:\([^)]*\)|[^\n]*)|import\s[^\n]*)/gm
/** The name is declared, not used. */
const DECLARING =
  /(?:\b(?:function|class|const|let|var|interface|type|enum|def|namespace|module|import|as|for|del|global|nonlocal)\s+|\bfunction\s*\*\s*|\.\s*|@\s*)$/
const LOOK_BEHIND_CHARS = 24

/** Languages whose uses of values are read. */
export const readsValues = (language: string): boolean => SCRIPT_LANGUAGES.has(language) || language === 'python'

/** Uses of `names`, each name once per innermost symbol; `isKnown`: the offset is a reference of another kind. */
export function valueUses(
  text: string,
  language: string,
  names: ReadonlySet<string>,
  isKnown: (at: number) => boolean,
): ValueUse[] {
  if (names.size === 0) return []
  const isScript = SCRIPT_LANGUAGES.has(language)
  const imports = [...text.matchAll(isScript ? SCRIPT_IMPORT_STATEMENT : PYTHON_IMPORT_STATEMENT)].map(
    ({ 0: statement, index }) => [index, index + statement.length] as const,
  )
  const found: ValueUse[] = []
  for (const { name, at } of codeWords(text, isScript)) {
    if (!names.has(name) || isKnown(at) || imports.some(([from, to]) => at >= from && at < to)) continue
    if (DECLARING.test(text.slice(Math.max(0, at - LOOK_BEHIND_CHARS), at))) continue
    if (isKeyOrTarget(text, at, at + name.length, isScript)) continue
    found.push({ name, at })
  }
  return found
}

/** The words of the code, without comments and strings. */
function* codeWords(text: string, isScript: boolean): Generator<ValueUse> {
  const token = new RegExp(isScript ? SCRIPT_TOKEN : PYTHON_TOKEN)
  /** For each open `${`, the number of braces open in it. */
  const substitutions: number[] = []
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const [word] = match
    const first = word.charCodeAt(0)
    if (word === '`') token.lastIndex = endOfTemplatePart(text, token.lastIndex, substitutions)
    else if (word === '{' && substitutions.length) substitutions[substitutions.length - 1]!++
    else if (word === '}' && substitutions.length) {
      if (substitutions.at(-1) === 0) {
        substitutions.pop()
        token.lastIndex = endOfTemplatePart(text, token.lastIndex, substitutions)
      } else substitutions[substitutions.length - 1]!--
    } else if (isWordStart(first) && !/["']$/.test(word)) yield { name: word, at: match.index }
  }
}

const isWordStart = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || code === 36

/** The offset after the text of a template literal: behind its closing backtick, or behind the next `${`. */
function endOfTemplatePart(text: string, from: number, substitutions: number[]): number {
  for (let i = from; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === '`') return i + 1
    else if (text[i] === '$' && text[i + 1] === '{') {
      substitutions.push(0)
      return i + 2
    }
  }
  return text.length
}

/** A key of an object or a keyword argument (`name:`, `name=`), or what is assigned to. */
function isKeyOrTarget(text: string, start: number, end: number, isScript: boolean): boolean {
  const after = /^\s*(=>|={1,3}|::?|\?:)?/.exec(text.slice(end, end + LOOK_BEHIND_CHARS))?.[1]
  if (after === '=' || after === '=>' || after === '?:') return true
  // `a ? name : b` uses it.
  return after === ':' && isScript && !/\?\s*$/.test(text.slice(Math.max(0, start - LOOK_BEHIND_CHARS), start))
}

const BINDINGS = new RegExp(
  [
    String.raw`\b(?:const|let|var)\s+(?:(?<variable>[\w$]+)|[{[](?<pattern>[^=;]*?)[}\]]\s*=)`,
    String.raw`\b(?:for|as|lambda)\s+(?<names>[\w$]+(?:\s*,\s*[\w$]+)*)`,
    String.raw`\bcatch\s*\(\s*(?<caught>[\w$]+)`,
    String.raw`(?:^|[\n;])[ \t]*(?<targets>[\w$]+(?:\s*,\s*[\w$]+)*)\s*(?::[^=\n(]*)?=(?![=>])`,
    String.raw`(?<![\w$.])(?<parameter>[\w$]+)\s*=>`,
    String.raw`\((?<parameters>[^()]*)\)\s*(?:(?::|->)[^={\n]*)?(?:=>|\{|:)`,
    String.raw`\b(?:function|def)\s+(?<inner>[\w$]+)`,
  ].join('|'),
  'g',
)
/** Identifiers that a list of parameters or a pattern binds, once types and defaults are removed. */
const BOUND = /(?:^|[,{[(*]|\.{3})\s*(?:[\w$]+\s*:\s*(?=[\w$]+\s*[,}]))?([A-Za-z_$][\w$]*)/g

/** The names that a function binds: parameters, variables, loop variables, exceptions, inner functions. */
function boundNames(text: string): ReadonlySet<string> {
  const names = new Set<string>()
  for (const { groups = {} } of text.matchAll(BINDINGS)) {
    const { variable, caught, parameter, inner, names: loop, targets, pattern, parameters } = groups
    for (const name of [variable, caught, parameter, inner]) if (name) names.add(name)
    for (const list of [loop, targets]) for (const name of list?.split(/\s*,\s*/) ?? []) names.add(name)
    const bound = (pattern ?? parameters)
      ?.replace(/<[^<>]*>/g, '')
      .replace(/<[^<>]*>/g, '')
      .replace(/=[^,]*/g, '')
    for (const [, name] of bound?.matchAll(BOUND) ?? []) names.add(name!)
  }
  return names
}

/** Tells whether a function around an offset binds a name anew; reads each function once. */
export function shadowing(text: string, symbols: readonly SourceSymbol[]): (within: number, name: string) => boolean {
  const known = new Map<number, ReadonlySet<string>>()
  return (within, name) => {
    for (let i = within; i >= 0; i = symbols[i]!.parent) {
      const { kind, startOffset, endOffset } = symbols[i]!
      if (kind !== 'function' && kind !== 'method') continue
      const bound = known.get(i) ?? boundNames(text.slice(startOffset, endOffset))
      known.set(i, bound)
      if (bound.has(name)) return true
    }
    return false
  }
}
