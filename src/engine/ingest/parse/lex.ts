/**
 * A file's words and brackets outside comments and strings, read once and shared by everything that looks at the text
 * around a reference. Cheaper than walking the syntax tree, and good enough where a file has syntax errors.
 */

/** Offsets into the text; words in order. */
export interface Lexed {
  readonly text: string
  /** Offsets of the words of the code, those in interpolated expressions of strings included. */
  readonly words: readonly number[]
  /** Offset of each closing bracket → offset of its opening one. */
  readonly openings: ReadonlyMap<number, number>
  readonly closings: ReadonlyMap<number, number>
  /** The innermost bracket around an offset, as the offset of its opening; -1 for none. */
  around(at: number): number
  /** Offset behind each comment → offset of its beginning. */
  readonly comments: ReadonlyMap<number, number>
  /** The text with comments and strings blanked, line endings kept. */
  readonly code: string
}

const BLOCK = String.raw`\/\*[\s\S]*?\*\/`
const SLASHES = String.raw`\/\/[^\n]*`
const HASH = String.raw`#[^\n]*`
const DASHES = String.raw`--[^\n]*`
const DOUBLE = String.raw`"(?:\\.|[^"\\\n])*"`
const SINGLE = String.raw`'(?:\\.|[^'\\\n])*'`
/** One character, so that Rust's lifetimes and OCaml's type variables are no strings. */
const CHARACTER = String.raw`'(?:\\[^\n]{1,9}?|[^'\\\n])'`
const TRIPLE = String.raw`"""[\s\S]*?"""`
const TRIPLE_SINGLE = String.raw`'''[\s\S]*?'''`
/** A regular expression where a value may begin. */
const REGEX = String.raw`\/(?<=(?:[(,=:[!&|?{};\n>]|\breturn)[ \t]*\/)(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*`
const WORD = String.raw`[A-Za-z_$\u0080-\uffff][\w$\u0080-\uffff]*`
const BRACKET = '[()[\\]{}]'

interface Lexis {
  readonly comment: string
  readonly string: string
  /** Matches in a string the opening of an expression whose words count, up to a `{`. */
  readonly interpolation?: RegExp
  /** Only strings with such a prefix are interpolated. */
  readonly prefix?: RegExp
}

const C_LIKE: Lexis = { comment: `${BLOCK}|${SLASHES}`, string: `${DOUBLE}|${CHARACTER}` }
const SCRIPT: Lexis = { comment: `${BLOCK}|${SLASHES}`, string: `${DOUBLE}|${SINGLE}|${REGEX}` }
const HASH_LIKE: Lexis = { comment: HASH, string: `${TRIPLE}|${DOUBLE}|${SINGLE}` }

const LEXIS: Readonly<Record<string, Lexis>> = {
  typescript: SCRIPT,
  tsx: SCRIPT,
  javascript: SCRIPT,
  vue: SCRIPT,
  svelte: SCRIPT,
  python: {
    comment: HASH,
    string: `[rbufRBUF]{0,2}(?:${TRIPLE}|${TRIPLE_SINGLE}|${DOUBLE}|${SINGLE})`,
    interpolation: /(?<!\{)\{(?!\{)/g,
    prefix: /^[rR]?[fF]/,
  },
  go: { comment: `${BLOCK}|${SLASHES}`, string: `${DOUBLE}|${CHARACTER}|\`[^\`]*\`` },
  rust: {
    comment: `${BLOCK}|${SLASHES}`,
    string: String.raw`b?r(#*)"[\s\S]*?"\k<1>|b?"(?:\\[\s\S]|[^"\\])*"|${CHARACTER}`,
  },
  java: { comment: `${BLOCK}|${SLASHES}`, string: `${TRIPLE}|${DOUBLE}|${CHARACTER}` },
  c: C_LIKE,
  cpp: { comment: `${BLOCK}|${SLASHES}`, string: String.raw`R"\w*\([\s\S]*?\)\w*"|${DOUBLE}|${CHARACTER}` },
  objc: C_LIKE,
  csharp: {
    comment: `${BLOCK}|${SLASHES}|^[ \\t]*#(?:region|endregion|pragma)[^\\n]*`,
    string: String.raw`\$?@\$?"(?:""|[^"])*"|\$?${TRIPLE}|\$?${DOUBLE}|${CHARACTER}`,
    interpolation: /(?<!\{)\{(?!\{)/g,
    prefix: /^@?\$/,
  },
  php: { comment: `${BLOCK}|${SLASHES}|#(?!\\[)[^\\n]*`, string: `${DOUBLE}|${SINGLE}` },
  ruby: {
    comment: String.raw`^=begin[\s\S]*?^=end|#(?!\{)[^\n]*`,
    string: `${DOUBLE}|${SINGLE}`,
    interpolation: /#\{/g,
  },
  kotlin: { comment: `${BLOCK}|${SLASHES}`, string: `${TRIPLE}|${DOUBLE}|${CHARACTER}`, interpolation: /\$\{/g },
  scala: {
    comment: `${BLOCK}|${SLASHES}`,
    string: `${TRIPLE}|${DOUBLE}|${CHARACTER}`,
    interpolation: /\$\{/g,
    prefix: /^/,
  },
  solidity: { comment: `${BLOCK}|${SLASHES}`, string: `${DOUBLE}|${SINGLE}` },
  zig: { comment: SLASHES, string: `${DOUBLE}|${CHARACTER}` },
  lua: {
    comment: String.raw`--\[(=*)\[[\s\S]*?\]\k<1>\]|${DASHES}`,
    string: String.raw`\[\[[\s\S]*?\]\]|${DOUBLE}|${SINGLE}`,
  },
  elixir: { ...HASH_LIKE, interpolation: /#\{/g },
  julia: {
    comment: String.raw`#=[\s\S]*?=#|${HASH}`,
    string: `${TRIPLE}|${DOUBLE}|${CHARACTER}`,
    interpolation: /\$\(/g,
  },
  r: { comment: HASH, string: `${DOUBLE}|${SINGLE}` },
  haskell: { comment: String.raw`\{-[\s\S]*?-\}|${DASHES}`, string: `${DOUBLE}|${CHARACTER}` },
  ocaml: { comment: String.raw`\(\*[\s\S]*?\*\)`, string: `${DOUBLE}|${CHARACTER}` },
  'ocaml-interface': { comment: String.raw`\(\*[\s\S]*?\*\)`, string: `${DOUBLE}|${CHARACTER}` },
}

/** Languages that are read by words. */
export const isLexed = (language: string): boolean => language in LEXIS

const SPACES = ' '.repeat(400)
const tokens = new Map<string, RegExp>()

function tokenOf(language: string): RegExp {
  const { comment, string } = LEXIS[language] ?? C_LIKE
  // Numbered groups would be shifted by the named ones around them.
  const named = (pattern: string, name: string) =>
    pattern.replace('(#*)', `(?<${name}>#*)`).replace('(=*)', `(?<${name}>=*)`).replace('\\k<1>', `\\k<${name}>`)
  const token =
    tokens.get(language) ??
    new RegExp(
      `(?<comment>${named(comment, 'fence')})|(?<string>${named(string, 'hashes')})|\`|(?<word>${WORD})|${BRACKET}`,
      'gm',
    )
  tokens.set(language, token)
  return new RegExp(token)
}

const OPENING: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{' }

export function lex(text: string, language: string): Lexed {
  const words: number[] = []
  const openings = new Map<number, number>()
  const closings = new Map<number, number>()
  const opened: number[] = []
  /** Index of the bracket around each one in `opened`. */
  const parents: number[] = []
  const comments = new Map<number, number>()
  const parts: string[] = []
  let copied = 0
  const blank = (from: number, to: number) => {
    if (to === from) return
    const line = text.indexOf('\n', from)
    const blanked = line < 0 || line >= to ? SPACES.slice(0, to - from) : null
    parts.push(
      text.slice(copied, from),
      blanked?.length === to - from ? blanked : text.slice(from, to).replace(/[^\n]/g, ' '),
    )
    copied = to
  }
  const token = tokenOf(language)
  const isScript = LEXIS[language] === SCRIPT
  const { interpolation, prefix = /^/ } = LEXIS[language] ?? C_LIKE
  const stack: {
    readonly bracket: string
    readonly at: number
    readonly isSubstitution: boolean
    readonly number: number
  }[] = []
  const readTemplate = (from: number) => {
    const { end, isSubstitution } = endOfTemplatePart(text, from)
    blank(from, isSubstitution ? end - 2 : end)
    if (isSubstitution) stack.push({ bracket: '{', at: end - 1, isSubstitution, number: stack.at(-1)?.number ?? -1 })
    token.lastIndex = end
  }
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const { index, groups = {} } = match
    const [found] = match
    const end = index + found.length
    if (groups.word !== undefined) words.push(index)
    else if (groups.comment !== undefined) {
      comments.set(end, index)
      blank(index, end)
    } else if (groups.string !== undefined) {
      if (interpolation && prefix.test(found))
        for (const at of wordsWithin(found, interpolation)) words.push(index + at)
      blank(index + 1, Math.max(index + 1, end - 1))
    } else if (found === '`') {
      if (isScript) readTemplate(end)
    } else if (found in OPENING) {
      const open = stack.findLastIndex(({ bracket }) => bracket === OPENING[found])
      if (open < 0) continue
      const { at, isSubstitution } = stack[open]!
      stack.length = open
      if (isSubstitution) readTemplate(end)
      else {
        openings.set(index, at)
        closings.set(at, index)
      }
    } else {
      parents.push(stack.at(-1)?.number ?? -1)
      stack.push({ bracket: found, at: index, isSubstitution: false, number: opened.length })
      opened.push(index)
    }
  }
  parts.push(text.slice(copied))
  return {
    text,
    words,
    openings,
    closings,
    comments,
    code: parts.join(''),
    around: enclosing(opened, parents, closings),
  }
}

/** Finds the innermost bracket around an offset: `opened` in order, `parents` as indices into it. */
function enclosing(
  opened: readonly number[],
  parents: readonly number[],
  closings: ReadonlyMap<number, number>,
): (at: number) => number {
  return (at) => {
    let low = 0
    let high = opened.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (opened[middle]! < at) low = middle + 1
      else high = middle
    }
    let i = low - 1
    while (i >= 0 && (closings.get(opened[i]!) ?? -1) < at) i = parents[i]!
    return i < 0 ? -1 : opened[i]!
  }
}

/** The end of the text of a template literal: behind its closing backtick, or behind the next `${`. */
function endOfTemplatePart(text: string, from: number): { readonly end: number; readonly isSubstitution: boolean } {
  for (let i = from; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === '`') return { end: i + 1, isSubstitution: false }
    else if (text[i] === '$' && text[i + 1] === '{') return { end: i + 2, isSubstitution: true }
  }
  return { end: text.length, isSubstitution: false }
}

/** The offsets in a string of the words of its interpolated expressions. */
function* wordsWithin(string: string, interpolation: RegExp): Generator<number> {
  for (const { 0: opening, index } of string.matchAll(interpolation)) {
    const from = index + opening.length
    const to = string.slice(from).search(/[})]/)
    const expression = to < 0 ? string.slice(from) : string.slice(from, from + to)
    for (const word of expression.matchAll(/(?<![\w$'"])[A-Za-z_$][\w$]*/g)) yield from + word.index
  }
}
