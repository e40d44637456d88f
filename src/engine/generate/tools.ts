/** The actions as tools for models with tool calls: the JSON form of what `actions.ts` parses from text. */
import type { ToolRequest, ToolSpec } from '../types/answer.ts'
import type { Action } from './actions.ts'

/** Instructions for a model that acts by tool calls. */
export const TOOL_RULES = `Act by calling the tools; several may be called in one reply, and are done in order. Text beside the calls is your notes and is not shown to anybody.`

type ActionName = Exclude<Action['name'], 'invalid'>
type FieldType = 'string' | 'integer'

interface Field {
  readonly type: FieldType
  readonly description: string
  /** Whether the field may be missing or empty; absent: neither. */
  readonly optional?: 'may be missing' | 'may be empty'
}

const PATH: Field = { type: 'string', description: 'Path of a file, as search and the outlines name it.' }
const TEXT: Field = { type: 'string', description: 'The text.', optional: 'may be empty' }
const lineField = (description: string): Field => ({ type: 'integer', description })

const ACTIONS: Readonly<Record<ActionName, readonly [description: string, fields: Readonly<Record<string, Field>>]>> = {
  view: [
    'Shows lines of a file with their numbers; without lines, the whole file.',
    {
      path: PATH,
      first: { ...lineField('First line.'), optional: 'may be missing' },
      last: { ...lineField('Last line; without it, to the end of the file.'), optional: 'may be missing' },
    },
  ],
  search: ['Shows the code that matches some words.', { query: { type: 'string', description: 'The words.' } }],
  outline: ['Lists the symbols of a file.', { path: PATH }],
  edit: [
    'Replaces text that stands in a file exactly once.',
    {
      path: PATH,
      find: { type: 'string', description: 'The current text, exactly, without line numbers.' },
      text: { ...TEXT, description: 'The replacement.' },
    },
  ],
  replace: [
    'Replaces lines of a file.',
    {
      path: PATH,
      first: lineField('First line that is replaced.'),
      last: lineField('Last line that is replaced.'),
      text: { ...TEXT, description: 'The lines instead; empty to remove them.' },
    },
  ],
  create: [
    'Makes a new file. Of a long file write the beginning, and go on with append.',
    { path: PATH, text: { ...TEXT, description: 'The file, or its beginning.' } },
  ],
  append: [
    'Writes on at the end of a file: the next section of a long one.',
    { path: PATH, text: { ...TEXT, description: 'The next section.' } },
  ],
  rename: ['Moves a file.', { path: PATH, to: { type: 'string', description: 'The new path.' } }],
  delete: ['Removes a file.', { path: PATH }],
  check: ['Runs the checks.', {}],
  done: [
    'When the step is done; the checks then decide.',
    { evidence: { type: 'string', description: 'What was done, in a sentence.' } },
  ],
}

export const ACTION_TOOLS: readonly ToolSpec[] = Object.entries(ACTIONS).map(([name, [description, fields]]) => ({
  name,
  description,
  schema: {
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(fields).map(([key, { type, description: text }]) => [key, { type, description: text }]),
    ),
    required: Object.keys(fields).filter((key) => fields[key]!.optional !== 'may be missing'),
  },
}))

/** The action of a call; `invalid`, with the reason, when its input cannot be used. */
export function actionOf({ name, input }: ToolRequest): Action {
  const invalid = (reason: string): Action => ({ name: 'invalid', reason: `${name}: ${reason}` })
  if (!isActionName(name)) return invalid(`there is no such tool; there are ${Object.keys(ACTIONS).join(', ')}.`)
  const values = parseInput(input)
  if (!values) return invalid('its input is no JSON object.')
  const [, fields] = ACTIONS[name]
  const invalidField = Object.entries(fields).find(([key, field]) => !isValid(field, values[key]))
  if (invalidField) return invalid(`${invalidField[0]} is missing, empty, or no ${invalidField[1].type}.`)
  const text = (key: string) => String(values[key] ?? '').replaceAll('\r\n', '\n')
  const integer = (key: string) => Number(values[key] ?? 0)
  const path = text('path')
  switch (name) {
    case 'view':
      return { name, path, firstLine: integer('first'), lastLine: integer('last') }
    case 'search':
      return { name, query: text('query') }
    case 'edit':
      return { name, path, find: text('find'), text: text('text') }
    case 'replace':
      // Models often repeat the final newline of a line, which is already there.
      return {
        name,
        path,
        firstLine: integer('first'),
        lastLine: integer('last'),
        text: text('text').replace(/(.)\n$/s, '$1'),
      }
    case 'rename':
      return { name, path, to: text('to') }
    case 'check':
      return { name }
    case 'done':
      return { name, evidence: text('evidence') }
    case 'create':
    case 'append':
      return { name, path, text: text('text') }
    case 'outline':
    case 'delete':
      return { name, path }
  }
}

/** The call in a form that can be sent again: endpoints refuse a conversation whose input is not a JSON object. */
export const replayableCall = (call: ToolRequest): ToolRequest =>
  parseInput(call.input) ? call : { ...call, input: '{}' }

const isActionName = (name: string): name is ActionName => Object.hasOwn(ACTIONS, name)

function isValid({ type, optional }: Field, value: unknown): boolean {
  if (value === undefined || value === null) return optional === 'may be missing'
  // Some models write numbers as strings.
  if (type === 'integer') return /^\d+$/.test(String(value))
  return typeof value === 'string' && (optional === 'may be empty' || value.trim() !== '')
}

/** The input as an object; null when it is none. Empty counts as {}: some models send it for tools without parameters. */
function parseInput(input: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(input.trim() || '{}')
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
  } catch {
    return null
  }
}
