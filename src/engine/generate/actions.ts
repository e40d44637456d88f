/**
 * The actions of a model on a draft, in plain text, so that any model can use them: a keyword and its arguments on a
 * line, text in blocks. Edits have the form of merge conflicts, which models know.
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
  /** An unreadable action, with the reason for the model. */
  | { readonly name: 'unread'; readonly reason: string }

/** Feedback for the model. */
export const PROTOCOL = `Act by writing these, each word at the beginning of a line of its own:
VIEW path or VIEW path:10-40 — shows lines with their numbers
SEARCH words — shows the code that speaks of them
OUTLINE path — lists the symbols of a file
EDIT path — replaces text that stands in the file exactly once, followed by
<<<<<<< FIND
text as it stands
=======
text instead
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
const OPEN = /^(<{5,9}) ?(FIND|TEXT|SEARCH)?\s*$/
const MIDDLE = /^={5,9}\s*$/
const CLOSE = /^>{5,9} ?(?:END|REPLACE)\s*$/
const PLACE = /^(.+?)(?::(\d+)(?:-(\d+))?)?$/

/** In source order; an unclosed block is unreadable, together with all that follows. */
export function parseActions(reply: string): readonly Action[] {
  const lines = reply.replaceAll('\r\n', '\n').split('\n')
  const actions: Action[] = []
  for (let at = 0; at < lines.length; at++) {
    const [, verb, rest = ''] = VERB.exec(lines[at]!) ?? []
    if (!verb) continue
    if (!BLOCKS.has(verb)) {
      actions.push(plainAction(verb, rest.trim()))
      continue
    }
    const block = parseBlock(lines, at + 1)
    if (typeof block === 'string') {
      actions.push({ name: 'unread', reason: `${verb} ${rest}: ${block}` })
      // What follows may be the text of a block, not an action.
      break
    }
    actions.push(blockAction(verb, rest.trim(), block))
    at = block.end
  }
  return actions
}

const BLOCKS = new Set(['EDIT', 'REPLACE', 'CREATE', 'APPEND'])

interface TextBlock {
  readonly first: string
  /** The text after the middle line; null when there is no such line. */
  readonly second: string | null
  /** The line that closes the block. */
  readonly end: number
}

function parseBlock(lines: readonly string[], from: number): TextBlock | string {
  let at = from
  // A fence around it, or an empty line before it, is accepted.
  while (at < lines.length && (lines[at]!.trim() === '' || /^\s*```/.test(lines[at]!))) at++
  const open = OPEN.exec(lines[at] ?? '')
  if (!open) return 'no block follows that begins with <<<<<<<.'
  const parts: string[][] = [[]]
  for (at++; at < lines.length; at++) {
    const line = lines[at]!
    if (CLOSE.test(line)) {
      const [first = [], second] = parts
      return { first: first.join('\n'), second: second ? second.join('\n') : null, end: at }
    }
    if (open[2] !== 'TEXT' && MIDDLE.test(line) && line.trim().length === open[1]!.length) {
      if (parts.length > 1)
        return 'a line of ======= stands in it twice, so where the text instead begins is not clear: use REPLACE with lines.'
      parts.push([])
    } else parts.at(-1)!.push(line)
  }
  return 'its block is not closed by >>>>>>> END.'
}

function plainAction(verb: string, rest: string): Action {
  const bare = rest.replace(/^`|`$/g, '')
  const unread = (reason: string): Action => ({ name: 'unread', reason: `${verb}: ${reason}` })
  if (verb === 'CHECK') return { name: 'check' }
  if (verb === 'DONE') return { name: 'done', evidence: rest }
  if (!bare) return unread(verb === 'SEARCH' ? 'say what to look for.' : 'name a path.')
  if (verb === 'SEARCH') return { name: 'search', query: rest }
  if (verb === 'OUTLINE') return { name: 'outline', path: bare }
  if (verb === 'DELETE') return { name: 'delete', path: bare }
  if (verb === 'RENAME') {
    const [path, to, ...more] = bare.split(/\s+(?:->\s+|to\s+)?/)
    return path && to && more.length === 0 ? { name: 'rename', path, to } : unread('name the path and the new path.')
  }
  const { path, firstLine, lastLine } = placeOf(bare)
  return { name: 'view', path, firstLine, lastLine }
}

function blockAction(verb: string, rest: string, { first, second }: TextBlock): Action {
  const bare = rest.replace(/^`|`$/g, '')
  const unread = (reason: string): Action => ({ name: 'unread', reason: `${verb} ${bare}: ${reason}` })
  if (!bare) return unread('name a path.')
  if (verb === 'EDIT') {
    if (second === null)
      return unread('its block needs a line of ======= between the text as it stands and the text instead.')
    return first.trim()
      ? { name: 'edit', path: bare, find: first, text: second }
      : unread('the text to be found is empty.')
  }
  if (verb === 'REPLACE') {
    const place = placeOf(bare)
    return place.firstLine ? { name: 'replace', ...place, text: first } : unread('name the lines, like path:10-12.')
  }
  return { name: verb === 'CREATE' ? 'create' : 'append', path: bare, text: first }
}

/** `path:10-40`; 0–0 is the whole file. */
function placeOf(text: string): { readonly path: string; readonly firstLine: number; readonly lastLine: number } {
  const [, path = text, first, last] = PLACE.exec(text) ?? []
  return { path, firstLine: Number(first ?? 0), lastLine: Number(last ?? first ?? 0) }
}
