/** Numbers, places and levels of detail in words. */
import { t } from '@vscode/l10n'
import type { PackTrace, Resolution, ScorePart } from '../../engine/types/pack.ts'
import type { Mode, OverrideKind } from '../../engine/types/query.ts'

const REASONS = 4

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

/** Four dots, the more filled the more detail; none for what is no code. */
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
export function modeSense(mode: Mode): string {
  return {
    analysis: t('read off the index, exactly'),
    full: t('all of them, as they stand'),
    retrieved: t('the best matches'),
    hybrid: t('named symbols in full, plus the best matches'),
    'map-reduce': t('in parts that are then combined'),
  }[mode]
}

/** Why a pack was made as it was: the reason, the question's level, its scope and diffusion; '' when nobody chose. */
export function routeReason({ route, level }: PackTrace): string {
  if (!route) return ''
  const { half, files } = route.diffusion
  const diffusion = t('half of the context comes from {0} of {1} files', half, files)
  return [route.reason, level, route.scope, diffusion].join('; ')
}

/** A class of the style sheet for each level of detail. */
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

/** l.273–377; '' for a whole file. */
export function linesWord(start: number, end: number): string {
  if (start === 0) return ''
  return start === end ? `l.${start}` : `l.${start}–${end}`
}

export function fileOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** With its slash; '' for the root. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1)
}

/** The reasons that count most, and all of them for the tooltip. */
export function reasons(why: readonly ScorePart[]): { readonly best: string; readonly all: string } {
  const sorted = [...why].sort((a, b) => b.value - a.value)
  const word = ({ part, value }: ScorePart) => (value === 0 ? part : `${part} ${value.toFixed(1)}`)
  const best = sorted.filter(({ value }) => value === 0 || value >= 0.05).slice(0, REASONS)
  const all = sorted.map(({ part, value }) => (value === 0 ? part : `${part} ${value.toFixed(2)}`))
  return { best: best.map(word).join(' · '), all: all.join('\n') }
}
