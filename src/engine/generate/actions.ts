/**
 * Parses the actions that a model takes on a draft. They are plain text, so that any model can use them: a keyword and
 * its arguments on one line, text in blocks. Edits look like merge conflicts, a format that models know.
 */

export type Action =
  | { readonly name: 'view'; readonly path: string; readonly firstLine: number; readonly lastLine: number }
  | { readonly name: 'search'; readonly query: string }
  | { readonly name: 'outline'; readonly path: string }
  | { readonly name: 'edit'; readonly path: string; readonly find: string; readonly text: string }
  | {
      readonly name: 'replace'
      readonly path: string
      readonly firstLine: number
      readonly lastLine: number
      readonly text: string
    }
  | { readonly name: 'create'; readonly path: string; readonly text: string }
  | { readonly name: 'append'; readonly path: string; readonly text: string }
  | { readonly name: 'rename'; readonly path: string; readonly to: string }
  | { readonly name: 'delete'; readonly path: string }
  | { readonly name: 'check' }
  | { readonly name: 'done'; readonly evidence: string }
  /** An action that cannot be parsed, with the reason for the model. */
  | { readonly name: 'invalid'; readonly reason: string }

/** Instructions for a model that acts in plain text. */
export const PROTOCOL = `Act by writing these, each word at the beginning of a line of its own:
VIEW path or VIEW path:10-40 — shows lines with their numbers
SEARCH words — shows the code that matches them
OUTLINE path — lists the symbols of a file
EDIT path — replaces text that stands in the file exactly once, followed by
<<<<<<< FIND
current text
=======
replacement
>>>>>>> END
REPLACE path:10-12 — replaces these lines, followed by
<<<<<<< TEXT
text
>>>>>>> END
CREATE path — a new file, followed by a TEXT block; of a long file write the beginning and go on with APPEND path and a TEXT block
RENAME path new/path
DELETE path
CHECK — runs the checks
DONE sentence — when the step is done: says what was done; the checks then decide
Several may stand in one reply; they are done in order. Lines before the first are your notes and are not shown to anybody.`

const VERB = /^(VIEW|SEARCH|OUTLINE|EDIT|REPLACE|CREATE|APPEND|RENAME|DELETE|CHECK|DONE)\b[ \t]*(.*)$/
/** Actions followed by a block of text. */
const BLOCK_VERBS = new Set(['EDIT', 'REPLACE', 'CREATE', 'APPEND'])
const OPEN = /^(<{5,9}) ?(FIND|TEXT|SEARCH)?\s*$/
const MIDDLE = /^={5,9}\s*$/
const CLOSE = /^>{5,9} ?(?:END|REPLACE)\s*$/
const LINE_RANGE = /^(.+?)(?::(\d+)(?:-(\d+))?)?$/

/** In source order. After a block that cannot be parsed, the rest of the reply is ignored. */
export function parseActions(reply: string): readonly Action[] {
  const lines = reply.replaceAll('\r\n', '\n').split('\n')
  const actions: Action[] = []
  for (let at = 0; at < lines.length; at++) {
    const [, verb, rest = ''] = VERB.exec(lines[at]!) ?? []
    if (!verb) continue
    if (!BLOCK_VERBS.has(verb)) {
      actions.push(parseLineAction(verb, rest.trim()))
      continue
    }
    const block = parseBlock(lines, at + 1)
    if (typeof block === 'string') {
      actions.push({ name: 'invalid', reason: `${verb} ${rest}: ${block}` })
      // What follows may be text of the block rather than an action.
      break
    }
    actions.push(parseBlockAction(verb, rest.trim(), block))
    at = block.end
  }
  return actions
}

interface TextBlock {
  readonly text: string
  /** The text after the ======= line; null when there is no such line. */
  readonly replacement: string | null
  /** Index of the line that closes the block. */
  readonly end: number
}

/** The block, or what is wrong with it, in a sentence. */
function parseBlock(lines: readonly string[], from: number): TextBlock | string {
  let at = from
  // Models may put a code fence or an empty line before the block.
  while (at < lines.length && (lines[at]!.trim() === '' || /^\s*```/.test(lines[at]!))) at++
  const open = OPEN.exec(lines[at] ?? '')
  if (!open) return 'no block follows that begins with <<<<<<<.'
  const parts: string[][] = [[]]
  for (at++; at < lines.length; at++) {
    const line = lines[at]!
    if (CLOSE.test(line)) {
      const [text = [], replacement] = parts
      return { text: text.join('\n'), replacement: replacement?.join('\n') ?? null, end: at }
    }
    if (open[2] !== 'TEXT' && MIDDLE.test(line) && line.trim().length === open[1]!.length) {
      if (parts.length > 1)
        return 'it contains ======= twice, so the start of the replacement is ambiguous: use REPLACE with lines.'
      parts.push([])
    } else parts.at(-1)!.push(line)
  }
  return 'its block is not closed by >>>>>>> END.'
}

function parseLineAction(verb: string, rest: string): Action {
  const argument = rest.replace(/^`|`$/g, '')
  const invalid = (reason: string): Action => ({ name: 'invalid', reason: `${verb}: ${reason}` })
  if (verb === 'CHECK') return { name: 'check' }
  if (verb === 'DONE') return { name: 'done', evidence: rest }
  if (!argument) return invalid(verb === 'SEARCH' ? 'say what to look for.' : 'name a path.')
  if (verb === 'SEARCH') return { name: 'search', query: rest }
  if (verb === 'OUTLINE') return { name: 'outline', path: argument }
  if (verb === 'DELETE') return { name: 'delete', path: argument }
  if (verb === 'RENAME') {
    const [path, to, ...extra] = argument.split(/\s+(?:->\s+|to\s+)?/)
    return path && to && extra.length === 0 ? { name: 'rename', path, to } : invalid('name the path and the new path.')
  }
  const { path, firstLine, lastLine } = parseLineRange(argument)
  return { name: 'view', path, firstLine, lastLine }
}

function parseBlockAction(verb: string, rest: string, { text, replacement }: TextBlock): Action {
  const argument = rest.replace(/^`|`$/g, '')
  const invalid = (reason: string): Action => ({ name: 'invalid', reason: `${verb} ${argument}: ${reason}` })
  if (!argument) return invalid('name a path.')
  if (verb === 'EDIT') {
    if (replacement === null)
      return invalid('its block needs a line of ======= between the current text and its replacement.')
    return text.trim()
      ? { name: 'edit', path: argument, find: text, text: replacement }
      : invalid('the text to be found is empty.')
  }
  if (verb === 'REPLACE') {
    const range = parseLineRange(argument)
    return range.firstLine ? { name: 'replace', ...range, text } : invalid('name the lines, like path:10-12.')
  }
  return { name: verb === 'CREATE' ? 'create' : 'append', path: argument, text }
}

/** `path:10-40` → path and lines; 0–0 without lines, which stands for the whole file. */
function parseLineRange(text: string): {
  readonly path: string
  readonly firstLine: number
  readonly lastLine: number
} {
  const [, path = text, first, last] = LINE_RANGE.exec(text) ?? []
  return { path, firstLine: Number(first ?? 0), lastLine: Number(last ?? first ?? 0) }
}
