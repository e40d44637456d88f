/**
 * Performs actions on the draft and reports each to the model. An impossible action is reported and changes nothing.
 */
import type { Action } from './actions.ts'
import { type Draft, DraftError, workspacePath } from './draft.ts'

/** What performing actions needs. */
export interface ActionContext {
  readonly draft: Draft
  /** Code relevant to a question, within a number of tokens. */
  search(query: string, tokens: number): Promise<string>
  /** One line per symbol of a text. */
  outline(path: string, text: string): Promise<readonly string[]>
  /** Why a path must not be changed, in a sentence; '' when it may. */
  guard(path: string, old: boolean): Promise<string>
  /** The text with secrets redacted; null for a file that must not be shown. */
  redacted(path: string, text: string): string | null
  /** Existing paths similar to a missing one. */
  similarPaths(path: string): readonly string[]
}

/** Characters of a file shown at once (L2MAC, Holt et al., 2024). */
const VIEW_CHARS = 14_000
const SEARCH_TOKENS = 3000

type PerformableAction = Exclude<Action, { readonly name: 'check' | 'done' }>

/** What was done, or why not. */
export async function perform(
  context: ActionContext,
  action: PerformableAction,
): Promise<{ readonly ok: boolean; readonly said: string }> {
  try {
    if (action.name !== 'invalid') return { ok: true, said: await performAction(context, action) }
    return { ok: false, said: `Not done: ${action.reason}` }
  } catch (error) {
    if (error instanceof DraftError) return { ok: false, said: `Not done: ${error.message}` }
    throw error
  }
}

async function performAction(
  context: ActionContext,
  action: Exclude<PerformableAction, { readonly name: 'invalid' }>,
): Promise<string> {
  const { draft } = context
  switch (action.name) {
    case 'search':
      return `SEARCH ${action.query}\n${await context.search(action.query, SEARCH_TOKENS)}`
    case 'view':
      return view(shownOf(context, action.path, await textOf(context, action.path)), action)
    case 'outline': {
      const rows = await context.outline(
        workspacePath(action.path),
        shownOf(context, action.path, await textOf(context, action.path)),
      )
      return `OUTLINE ${action.path}\n${rows.join('\n') || 'It defines no symbols.'}`
    }
    case 'edit': {
      await requireChangeable(context, action.path)
      const text = await textOf(context, action.path)
      await draft.write(action.path, keepingSecrets(context, action.path, text, edited(text, action)))
      return `Edited ${action.path}.`
    }
    case 'replace': {
      await requireChangeable(context, action.path)
      const text = await textOf(context, action.path)
      await draft.write(action.path, keepingSecrets(context, action.path, text, replaced(text, action)))
      return `Replaced lines ${action.firstLine}-${action.lastLine} of ${action.path}.`
    }
    case 'create':
      await requireChangeable(context, action.path)
      if ((await draft.read(action.path)) !== null)
        throw new DraftError(`${action.path} is there already: EDIT it, or DELETE it first.`)
      await draft.write(
        action.path,
        keepingSecrets(context, action.path, (await draft.readOriginal(action.path)) ?? '', withEnd(action.text)),
      )
      return `Created ${action.path}.`
    case 'append': {
      await requireChangeable(context, action.path)
      const text = await textOf(context, action.path)
      await draft.write(action.path, `${withEnd(text)}${withEnd(action.text)}`)
      return `Appended to ${action.path}.`
    }
    case 'rename':
      await requireChangeable(context, action.path)
      await requireChangeable(context, action.to)
      await draft.rename(action.path, action.to)
      return `Renamed ${action.path} to ${action.to}.`
    case 'delete':
      await requireChangeable(context, action.path)
      await draft.remove(action.path)
      return `Deleted ${action.path}.`
  }
}

async function requireChangeable({ draft, guard }: ActionContext, path: string): Promise<void> {
  const name = workspacePath(path)
  const reason = await guard(name, (await draft.readOriginal(name)) !== null)
  if (reason) throw new DraftError(reason)
}

async function textOf({ draft, similarPaths: near }: ActionContext, path: string): Promise<string> {
  const text = await draft.read(path)
  if (text !== null) return text
  const likely = near(workspacePath(path))
  throw new DraftError(`${path} is not there${likely.length ? `; nearest: ${likely.join(', ')}` : ''}.`)
}

function shownOf({ redacted: shown }: ActionContext, path: string, text: string): string {
  const shownText = shown(workspacePath(path), text)
  if (shownText === null) throw new DraftError(`${path} holds a secret: it is neither shown nor changed.`)
  return shownText
}

/**
 * The text, provided that every line with a redacted secret is still in it and still redacted: a model that saw
 * asterisks would write asterisks, and a secret may be recognised by the line before.
 */
function keepingSecrets({ redacted: shown }: ActionContext, path: string, before: string, after: string): string {
  const name = workspacePath(path)
  const [old, now] = [before.split('\n'), after.split('\n')]
  const [oldShown, nowShown] = [shown(name, before)?.split('\n') ?? [], shown(name, after)?.split('\n') ?? []]
  const open = new Set(now.filter((line, i) => nowShown[i] === line))
  const kept = new Set(now)
  const at = old.findIndex((line, i) => oldShown[i] !== line && (!kept.has(line) || open.has(line)))
  if (at < 0) return after
  throw new DraftError(`line ${at + 1} of ${path} holds a secret that is blanked here: leave it and what is around it.`)
}

const withEnd = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`)

/** The only occurrence of the text; differences in trailing spaces are ignored. */
function edited(text: string, { path, find, text: instead }: Extract<Action, { readonly name: 'edit' }>): string {
  const exact = occurrences(text, find)
  if (exact.length === 1) return text.slice(0, exact[0]) + instead + text.slice(exact[0]! + find.length)
  if (exact.length > 1) {
    const lines = exact.map((at) => text.slice(0, at).split('\n').length)
    throw new DraftError(
      `the text to be found stands ${exact.length} times in ${path} (lines ${lines.slice(0, 8).join(', ')}): write more of what is around it.`,
    )
  }
  const lines = text.split('\n')
  const wanted = find.split('\n').map((line) => line.trimEnd())
  const at = lines.flatMap((_, i) => (wanted.every((line, j) => lines[i + j]?.trimEnd() === line) ? [i] : []))
  if (at.length === 1)
    return [...lines.slice(0, at[0]), ...instead.split('\n'), ...lines.slice(at[0]! + wanted.length)].join('\n')
  throw new DraftError(
    `the text to be found does not stand in ${path}${nearest(lines, wanted)}: VIEW it, and write it as it stands.`,
  )
}

function occurrences(text: string, find: string): number[] {
  const found: number[] = []
  for (let at = text.indexOf(find); at >= 0; at = text.indexOf(find, at + 1)) found.push(at)
  return found
}

function nearest(lines: readonly string[], wanted: readonly string[]): string {
  const first = wanted.find((line) => line.trim())?.trim() ?? ''
  const at = lines.findIndex((line) => line.trim() === first)
  return at < 0 ? '' : ` (its first line does, at line ${at + 1})`
}

function replaced(
  text: string,
  { path, firstLine, lastLine, text: instead }: Extract<Action, { readonly name: 'replace' }>,
): string {
  const lines = text.split('\n')
  const count = text.endsWith('\n') ? lines.length - 1 : lines.length
  if (firstLine < 1 || lastLine < firstLine || lastLine > count)
    throw new DraftError(`${path} has lines 1-${count}: ${firstLine}-${lastLine} are not among them.`)
  return [
    ...lines.slice(0, firstLine - 1),
    ...(instead === '' ? [] : instead.split('\n')),
    ...lines.slice(lastLine),
  ].join('\n')
}

function view(text: string, { path, firstLine, lastLine }: Extract<Action, { readonly name: 'view' }>): string {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  const from = Math.max(1, firstLine || 1)
  const to = Math.min(lines.length, lastLine || lines.length)
  if (from > lines.length) throw new DraftError(`${path} has lines 1-${lines.length}.`)
  const rows: string[] = []
  let chars = 0
  for (let n = from; n <= to; n++) {
    const row = `${n} ${lines[n - 1]}`
    chars += row.length + 1
    if (chars > VIEW_CHARS) {
      rows.push(`⋯ lines ${n}-${to} are not shown: VIEW ${path}:${n}-${to}`)
      break
    }
    rows.push(row)
  }
  return `VIEW ${path}:${from}-${to} of ${lines.length}\n${rows.join('\n')}`
}
