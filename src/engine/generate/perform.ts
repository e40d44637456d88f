/**
 * Performs actions on the draft and returns feedback for the model on each. An impossible action changes nothing.
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
  /** Why a path must not be changed, in a sentence; null when it may. `exists`: in the workspace, without the draft. */
  guard(path: string, exists: boolean): Promise<string | null>
  /** The text with secrets redacted; null for a file that must not be shown. */
  redacted(path: string, text: string): string | null
  /** Existing paths similar to a missing one. */
  similarPaths(path: string): readonly string[]
}

/** Characters of a file shown at once (L2MAC, Holt et al., 2024). */
const VIEW_CHARS = 14_000
const SEARCH_TOKENS = 3000

type PerformableAction = Exclude<Action, { readonly name: 'check' | 'done' }>

/** Performs one action; `feedback` tells the model what was done, or why not. */
export async function perform(
  context: ActionContext,
  action: PerformableAction,
): Promise<{ readonly ok: boolean; readonly feedback: string }> {
  try {
    if (action.name !== 'invalid') return { ok: true, feedback: await performAction(context, action) }
    return { ok: false, feedback: `Not done: ${action.reason}` }
  } catch (error) {
    if (error instanceof DraftError) return { ok: false, feedback: `Not done: ${error.message}` }
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
      return viewLines(requireRedacted(context, action.path, await requireText(context, action.path)), action)
    case 'outline': {
      const rows = await context.outline(
        workspacePath(action.path),
        requireRedacted(context, action.path, await requireText(context, action.path)),
      )
      return `OUTLINE ${action.path}\n${rows.join('\n') || 'It defines no symbols.'}`
    }
    case 'edit': {
      await requireChangeable(context, action.path)
      const text = await requireText(context, action.path)
      await draft.write(action.path, withSecretsKept(context, action.path, text, applyEdit(text, action)))
      return `Edited ${action.path}.`
    }
    case 'replace': {
      await requireChangeable(context, action.path)
      const text = await requireText(context, action.path)
      await draft.write(action.path, withSecretsKept(context, action.path, text, replaceLines(text, action)))
      return `Replaced lines ${action.firstLine}-${action.lastLine} of ${action.path}.`
    }
    case 'create':
      await requireChangeable(context, action.path)
      if ((await draft.read(action.path)) !== null)
        throw new DraftError(`${action.path} is there already: EDIT it, or DELETE it first.`)
      await draft.write(
        action.path,
        withSecretsKept(
          context,
          action.path,
          (await draft.readOriginal(action.path)) ?? '',
          withFinalNewline(action.text),
        ),
      )
      return `Created ${action.path}.`
    case 'append': {
      await requireChangeable(context, action.path)
      const text = await requireText(context, action.path)
      await draft.write(action.path, `${withFinalNewline(text)}${withFinalNewline(action.text)}`)
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
  if (reason !== null) throw new DraftError(reason)
}

async function requireText({ draft, similarPaths }: ActionContext, path: string): Promise<string> {
  const text = await draft.read(path)
  if (text !== null) return text
  const suggestions = similarPaths(workspacePath(path))
  throw new DraftError(`${path} is not there${suggestions.length ? `; nearest: ${suggestions.join(', ')}` : ''}.`)
}

/** What the model may see of a text. */
function requireRedacted({ redacted }: ActionContext, path: string, text: string): string {
  const visible = redacted(workspacePath(path), text)
  if (visible === null) throw new DraftError(`${path} holds a secret: it is neither shown nor changed.`)
  return visible
}

/**
 * Returns the new text, provided that every line with a redacted secret is still in it and still redacted: a model that
 * saw asterisks would write asterisks, and a secret may be recognised by the line before it. Throws otherwise.
 */
function withSecretsKept({ redacted }: ActionContext, path: string, before: string, after: string): string {
  const name = workspacePath(path)
  const [linesBefore, linesAfter] = [before.split('\n'), after.split('\n')]
  const visibleBefore = redacted(name, before)?.split('\n') ?? []
  const visibleAfter = redacted(name, after)?.split('\n') ?? []
  const unredacted = new Set(linesAfter.filter((line, i) => visibleAfter[i] === line))
  const remaining = new Set(linesAfter)
  const lost = linesBefore.findIndex(
    (line, i) => visibleBefore[i] !== line && (!remaining.has(line) || unredacted.has(line)),
  )
  if (lost < 0) return after
  throw new DraftError(
    `line ${lost + 1} of ${path} holds a secret that is redacted here: do not edit it or the lines around it.`,
  )
}

const withFinalNewline = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`)

/** Replaces the only occurrence of the text. If there is none, differences in trailing whitespace are ignored. */
function applyEdit(
  text: string,
  { path, find, text: replacement }: Extract<Action, { readonly name: 'edit' }>,
): string {
  const exact = occurrencesOf(text, find)
  if (exact.length === 1) return text.slice(0, exact[0]) + replacement + text.slice(exact[0]! + find.length)
  if (exact.length > 1) {
    const lines = exact.map((at) => text.slice(0, at).split('\n').length)
    throw new DraftError(
      `the search text occurs ${exact.length} times in ${path} (lines ${lines.slice(0, 8).join(', ')}): include more of the surrounding lines.`,
    )
  }
  const lines = text.split('\n')
  const findLines = find.split('\n').map((line) => line.trimEnd())
  const at = lines.flatMap((_, i) => (findLines.every((line, j) => lines[i + j]?.trimEnd() === line) ? [i] : []))
  if (at.length === 1)
    return [...lines.slice(0, at[0]), ...replacement.split('\n'), ...lines.slice(at[0]! + findLines.length)].join('\n')
  throw new DraftError(
    `the search text was not found in ${path}${firstLineHint(lines, findLines)}: VIEW it, and copy the text exactly.`,
  )
}

/** Offsets of all occurrences. */
function occurrencesOf(text: string, find: string): number[] {
  const offsets: number[] = []
  for (let at = text.indexOf(find); at >= 0; at = text.indexOf(find, at + 1)) offsets.push(at)
  return offsets
}

/** Tells the model where the first line it looked for is; '' when it is nowhere. */
function firstLineHint(lines: readonly string[], findLines: readonly string[]): string {
  const first = findLines.find((line) => line.trim())?.trim() ?? ''
  const at = lines.findIndex((line) => line.trim() === first)
  return at < 0 ? '' : ` (its first line does, at line ${at + 1})`
}

function replaceLines(
  text: string,
  { path, firstLine, lastLine, text: replacement }: Extract<Action, { readonly name: 'replace' }>,
): string {
  const lines = text.split('\n')
  const count = text.endsWith('\n') ? lines.length - 1 : lines.length
  if (firstLine < 1 || lastLine < firstLine || lastLine > count)
    throw new DraftError(`${path} has lines 1-${count}: ${firstLine}-${lastLine} are not among them.`)
  return [
    ...lines.slice(0, firstLine - 1),
    ...(replacement === '' ? [] : replacement.split('\n')),
    ...lines.slice(lastLine),
  ].join('\n')
}

function viewLines(text: string, { path, firstLine, lastLine }: Extract<Action, { readonly name: 'view' }>): string {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  const first = Math.max(1, firstLine || 1)
  const last = Math.min(lines.length, lastLine || lines.length)
  if (first > lines.length) throw new DraftError(`${path} has lines 1-${lines.length}.`)
  const rows: string[] = []
  let chars = 0
  for (let n = first; n <= last; n++) {
    const row = `${n} ${lines[n - 1]}`
    chars += row.length + 1
    if (chars > VIEW_CHARS) {
      rows.push(`⋯ lines ${n}-${last} are not shown: VIEW ${path}:${n}-${last}`)
      break
    }
    rows.push(row)
  }
  return `VIEW ${path}:${first}-${last} of ${lines.length}\n${rows.join('\n')}`
}
