/**
 * Decides whether a draft is acceptable: no new syntax errors relative to the workspace, then the command that the user
 * allowed.
 */

import { redactSecrets } from '../text/redact.ts'
import type { CheckOutcome, CheckResult, FileChange, ParseError } from '../types/generation.ts'
import type { Run } from '../types/run.ts'

export interface Checks {
  /** Parse errors of each text; null for a language without a grammar. */
  syntax(
    run: Run,
    files: readonly { readonly path: string; readonly text: string }[],
  ): Promise<readonly (readonly ParseError[] | null)[]>
  /** Runs the user's command on a copy of the workspace with the changes; null when none was allowed. */
  command: ((run: Run, changes: readonly FileChange[]) => Promise<CheckResult>) | null
}

const MAX_ERRORS_SHOWN = 8

export async function checkChanges(
  run: Run,
  { syntax, command }: Checks,
  changes: readonly FileChange[],
): Promise<readonly CheckResult[]> {
  const files = changes.flatMap(({ path, before, after }) =>
    after === null ? [] : [{ path, before: before ?? '', after }],
  )
  const errorsAfter = await syntax(
    run,
    files.map(({ path, after }) => ({ path, text: after })),
  )
  const errorsBefore = await syntax(
    run,
    files.map(({ path, before }) => ({ path, text: before })),
  )
  const messages = files.flatMap(({ path }, i) => {
    // Only new errors count: a file may have been broken before.
    const known = new Set(errorsBefore[i]?.map(({ text }) => text))
    const added = errorsAfter[i]?.filter(({ text }) => !known.has(text)) ?? []
    return added.map(({ line, text }) => `${path}:${line}: syntax error at ${text}`)
  })
  const outcome: CheckOutcome = messages.length
    ? 'fail'
    : errorsAfter.some((errors) => errors !== null)
      ? 'pass'
      : 'none'
  const results: CheckResult[] = [{ name: 'syntax', outcome, detail: messages.slice(0, MAX_ERRORS_SHOWN).join('\n') }]
  // For text that does not parse, the command would only repeat the same errors at length.
  if (command && outcome !== 'fail') {
    const result = await command(run, changes)
    // A command's output may contain secrets.
    results.push({ ...result, name: redactSecrets(result.name), detail: redactSecrets(result.detail) })
  }
  return results
}

/**
 * The outcome of all checks together. Syntax alone proves little: without a passing command, a step is complete only
 * with the user's consent.
 */
export function outcomeOf(results: readonly CheckResult[]): CheckOutcome {
  const outcomes = new Set(results.map(({ outcome }) => outcome))
  if (outcomes.has('fail')) return 'fail'
  if (outcomes.has('timeout')) return 'timeout'
  return results.some(({ name, outcome }) => name !== 'syntax' && outcome === 'pass') ? 'pass' : 'none'
}

export const checkText = (results: readonly CheckResult[]): string =>
  results.map(({ name, outcome, detail }) => `CHECK ${name}: ${outcome}${detail && `\n${detail}`}`).join('\n')
