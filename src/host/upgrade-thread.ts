/** Converts threads stored by earlier versions, whose files have no `format`. */

/** The format written now. */
export const THREAD_FORMAT = 2

const NEW_KEYS: Readonly<Record<string, string>> = { adjust: 'overrides', next: 'nextQuestions', wish: 'kind' }
const RESOLUTIONS: Readonly<Record<string, string>> = {
  ...{ r0: 'full', r1: 'trimmed', r2: 'signature', r3: 'name', r4: 'file card', r5: 'folder card' },
}
/** Earlier traces were prose, which is not parsed. */
const NO_TRACE = { route: null, level: 'implicit fact', terms: 0, files: 0, chunks: 0 }

/** Returns the value with current field names, at any depth; texts are unchanged. */
export function upgradeThread(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(upgradeThread)
  if (typeof value !== 'object' || value === null) return value
  const fields: Readonly<Record<string, unknown>> = { ...value }
  const isRange = typeof fields.start === 'number' && typeof fields.end === 'number'
  // A hit and a dropped chunk have one symbol; a block and a citation have several.
  const hasSymbols = typeof fields.symbol === 'string' && ('resolution' in fields || 'mark' in fields)
  return Object.fromEntries(
    Object.entries(fields).map(([key, inner]) => {
      if (isRange && (key === 'start' || key === 'end')) return [key === 'start' ? 'firstLine' : 'lastLine', inner]
      if (hasSymbols && key === 'symbol') return ['symbols', String(inner).split(', ').filter(Boolean)]
      if (key === 'why' && 'wish' in fields) return ['reason', inner]
      if (key === 'trace') return [key, NO_TRACE]
      if (key === 'error') return [key, inner || null]
      const resolution = key === 'resolution' || key === 'wish' ? RESOLUTIONS[String(inner)] : undefined
      return [NEW_KEYS[key] ?? key, resolution ?? upgradeThread(inner)]
    }),
  )
}
