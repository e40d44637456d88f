/** Splits a task into its requirements, verbatim, and reports which of them a run met. */
import type { GenerateResult, Requirement } from '../types/generation.ts'
import { changedLinesText } from './review.ts'

const ITEM = /^\s*(?:[-*+•]|\d{1,3}[.)]|\[[ x]\])\s+/
/** Most requirements that a plan can cover. */
export const MAX_REQUIREMENTS = 200

/** List items if the task has a list, otherwise sentences, each verbatim. Empty for a task without content. */
export function requirementsOf(task: string): readonly Requirement[] {
  const texts: string[] = []
  let prose: string[] = []
  let item: string[] = []
  const endProse = () => {
    texts.push(...sentencesOf(prose.join('\n')))
    prose = []
  }
  const endItem = () => {
    if (item.length) texts.push(item.join('\n').replace(ITEM, ''))
    item = []
  }
  let fenced = false
  for (const line of task.split('\n')) {
    const fence = /^\s*(?:```|~~~)/.test(line)
    if (fence) fenced = !fenced
    if (fence || fenced) {
      // An example belongs to the text before it.
      if (item.length) item.push(line)
      continue
    }
    if (ITEM.test(line)) {
      endProse()
      endItem()
      item = [line]
    } else if (line.trim() === '') {
      endItem()
      endProse()
    } else if (item.length && /^\s/.test(line)) item.push(line)
    else {
      endItem()
      prose.push(line)
    }
  }
  endItem()
  endProse()
  return texts
    .map((text) => text.trim())
    .filter((text) => /[\p{L}\p{N}]/u.test(text) && !isLeadIn(text))
    .map((text, i) => ({ id: `R${i + 1}`, text }))
}

/** A heading, or a line that only introduces the list after it. */
const isLeadIn = (text: string): boolean => /^#{1,6}\s/.test(text) || (text.endsWith(':') && text.length < 80)

/** Splits at sentence ends; a full stop within a name, a version or an abbreviation is none. */
function sentencesOf(text: string): string[] {
  return text.split(/(?<=[.!?])\s+(?=[\p{Lu}`"'(])(?<!\b(?:e\.g|i\.e|etc|vs|cf)\.\s+)/u)
}

/** Each requirement with the files, lines and checks of the steps that implement it; unmet ones are reported. */
export function requirementsText({ plan, results, unmet, changes }: GenerateResult): string {
  const changedLines = new Map(changes.map((change) => [change.path, changedLinesText(change)]))
  const unmetIds = new Set(unmet.map(({ id }) => id))
  const rows = plan.requirements.map(({ id, text }) => {
    const stepIds = plan.steps.filter(({ requirements }) => requirements.includes(id)).map((step) => step.id)
    const completed = results.filter((one) => stepIds.includes(one.id) && one.outcome === 'done')
    const files = [...new Set(completed.flatMap((one) => one.files.map((path) => changedLines.get(path) ?? path)))]
    const checks = [...new Set(completed.flatMap((one) => one.checks.map(({ name, outcome }) => `${name} ${outcome}`)))]
    const status = unmetIds.has(id) ? 'NOT MET' : files.length ? 'met' : 'met by the model’s word, nothing changed'
    return `${id} ${status}: ${text.split('\n')[0]}${files.length ? ` — ${files.join(', ')}` : ''}${checks.length ? ` (${checks.join(', ')})` : ''}`
  })
  return rows.join('\n')
}
