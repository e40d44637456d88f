/**
 * The JSON output of the CLI. Other programs depend on it, so its keys and codes stay as first published, even when the
 * engine renames its fields; this file maps between the two.
 */
import { type Pack, type PackTrace, RESOLUTIONS, type Resolution } from '../engine/types/pack.ts'

/** Published codes of the resolutions (levels of detail) of a block. */
export const RESOLUTION_CODES: Readonly<Record<Resolution, string>> = {
  ...{ full: 'r0', trimmed: 'r1', signature: 'r2', name: 'r3', 'file card': 'r4', 'folder card': 'r5', log: 'log' },
}

/** Engine field → published key, where they differ. */
const PUBLISHED_KEYS: Readonly<Record<string, string>> = {
  ...{ firstLine: 'start', lastLine: 'end', certain: 'sure', symbols: 'symbol' },
}

/** Engine field → its published value, where it differs; `undefined` leaves the key out. */
const PUBLISHED_VALUES: Readonly<Record<string, (value: never) => unknown>> = {
  symbols: (titles: readonly string[]) => titles.join(', '),
  resolution: (resolution: Resolution) => RESOLUTION_CODES[resolution],
  commits: () => undefined,
  ...{ error: textOrEmpty, from: textOrEmpty, hash: textOrEmpty, name: textOrEmpty, note: textOrEmpty },
}

/** Translates a value to the published keys and values, recursively. */
export function publishedJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(publishedJson)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const publish = PUBLISHED_VALUES[key]
      return [PUBLISHED_KEYS[key] ?? key, publish ? publish(inner as never) : publishedJson(inner)]
    }),
  )
}

/** The published form of an absent text is ''. */
function textOrEmpty(text: string | null): string {
  return text ?? ''
}

/** How a pack was made, as rows of stage and note. */
export function traceRows({ trace, blocks, budget }: Pack): readonly { stage: string; note: string }[] {
  const { route, level, terms, files, chunks } = trace
  const counts = RESOLUTIONS.flatMap((resolution) => {
    const count = blocks.filter((block) => block.resolution === resolution).length
    return count > 0 ? [`${count} × ${RESOLUTION_CODES[resolution]}`] : []
  })
  return [
    ...(route ? [{ stage: 'route', note: `${route.mode}: ${route.reason}` }] : []),
    ...(route ? [{ stage: 'scope', note: `${route.scope}; ${diffusionText(route.diffusion)}` }] : []),
    { stage: 'plan', note: `${level}, ${terms} terms` },
    { stage: 'rank', note: `${files} files and ${chunks} chunks match` },
    { stage: 'pack', note: `${counts.join(', ') || 'nothing'} in ${budget} tokens` },
  ]
}

const diffusionText = ({ half, files }: NonNullable<PackTrace['route']>['diffusion']): string =>
  `half of what is shown stands in ${half} of ${files} ${files === 1 ? 'file' : 'files'}`
