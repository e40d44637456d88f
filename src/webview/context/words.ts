/** Texts for numbers, places, modes and levels of detail. */
import { t } from '@vscode/l10n'
import type { PackTrace, Resolution, ScorePart } from '../../engine/types/pack.ts'
import type { Mode, OverrideKind } from '../../engine/types/query.ts'

const MAX_REASONS = 4

export function resolutionWord(resolution: Resolution): string {
  return {
    full: t('full'),
    trimmed: t('trimmed'),
    signature: t('signature'),
    name: t('name'),
    'file card': t('file card'),
    'folder card': t('map'),
    log: t('commits'),
  }[resolution]
}

/** Four dots, filled by level of detail; empty for commits. */
export function dots(resolution: Resolution): string {
  if (resolution === 'log') return ''
  const filled = { full: 4, trimmed: 3, signature: 2, name: 1, 'file card': 1, 'folder card': 1 }[resolution]
  return '●'.repeat(filled) + '○'.repeat(4 - filled)
}

export function modeWord(mode: Mode | 'auto'): string {
  return {
    auto: t('automatic'),
    analysis: t('analysis'),
    full: t('whole files'),
    retrieved: t('retrieved'),
    hybrid: t('hybrid'),
    'map-reduce': t('map-reduce'),
  }[mode]
}

/** What a mode does. */
export function modeDescription(mode: Mode): string {
  return {
    analysis: t('exact answer from the index'),
    full: t('all files in full'),
    retrieved: t('the best matches'),
    hybrid: t('named symbols in full, plus the best matches'),
    'map-reduce': t('in parts that are then combined'),
  }[mode]
}

/** Why a mode was chosen: reason, level and scope of the question, diffusion; null when it was not routed. */
export function routeReason({ route, level }: PackTrace): string | null {
  if (!route) return null
  const { half, files } = route.diffusion
  const diffusion = t('half of the context comes from {0} of {1} files', half, files)
  return [route.reason, level, route.scope, diffusion].join('; ')
}

/** The CSS classes of a level of detail. */
export const segmentClass = (resolution: Resolution): string => `segment ${resolution.replace(' ', '-')}`

export function overrideWord(kind: OverrideKind): string {
  if (kind === 'pin') return t('pinned')
  if (kind === 'drop') return t('dropped')
  return resolutionWord(kind)
}

/** 310 · 7.4k · 64k */
export function short(n: number): string {
  return n < 1000 ? String(n) : `${(n / 1000).toFixed(1).replace(/\.0$/, '')}k`
}

/** `l.273–377`; empty for a whole file. */
export function linesWord(start: number, end: number): string {
  if (start === 0) return ''
  return start === end ? `l.${start}` : `l.${start}–${end}`
}

export function fileOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** The folder with its trailing slash; empty for the root. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1)
}

/** The strongest reasons, and all of them for the tooltip. */
export function reasons(why: readonly ScorePart[]): { readonly best: string; readonly all: string } {
  const sorted = [...why].sort((a, b) => b.value - a.value)
  const word = ({ part, value }: ScorePart) => (value === 0 ? part : `${part} ${value.toFixed(1)}`)
  const best = sorted.filter(({ value }) => value === 0 || value >= 0.05).slice(0, MAX_REASONS)
  const all = sorted.map(({ part, value }) => (value === 0 ? part : `${part} ${value.toFixed(2)}`))
  return { best: best.map(word).join(' · '), all: all.join('\n') }
}
