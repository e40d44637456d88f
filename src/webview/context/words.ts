/** Numbers, places and levels of detail in words. */
import { t } from '@vscode/l10n'
import type { Resolution, ScorePart, Trace } from '../../engine/types/pack.ts'
import type { Mode, OverrideKind } from '../../engine/types/query.ts'

const REASONS = 4

export const RESOLUTIONS: readonly Resolution[] = ['r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'log']

export function resolutionWord(resolution: Resolution): string {
  return {
    r0: t('full'),
    r1: t('trimmed'),
    r2: t('signature'),
    r3: t('name'),
    r4: t('file card'),
    r5: t('map'),
    log: t('commits'),
  }[resolution]
}

/** Four dots, the more filled the more detail; none for what is no code. */
export function dots(resolution: Resolution): string {
  if (resolution === 'log') return ''
  const filled = { r0: 4, r1: 3, r2: 2, r3: 1, r4: 1, r5: 1 }[resolution]
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
    retrieved: t('what ranks best for the question'),
    hybrid: t('what is named in full, and what ranks best'),
    'map-reduce': t('in parts that are put together'),
  }[mode]
}

/** Why a pack was made as it was: the reason, the question's level, its scope and diffusion; '' when nobody chose. */
export function routeReason(trace: readonly Trace[]): string {
  const noteOf = (stage: string) => trace.find((one) => one.stage === stage)?.note ?? ''
  const note = noteOf('route')
  if (!note) return ''
  const reason = note.slice(note.indexOf(':') + 1).trim()
  const level = noteOf('plan').split(',')[0]
  return [reason, level, noteOf('scope')].filter(Boolean).join('; ')
}

export function wishWord(wish: OverrideKind): string {
  if (wish === 'pin') return t('pinned')
  if (wish === 'drop') return t('dropped')
  return resolutionWord(wish)
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
