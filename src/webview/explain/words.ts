/** Texts for aspects, roles and boxes, and their approximate widths. */
import { t } from '@vscode/l10n'
import type { AspectName, DiagramNode, NodeRole } from '../../engine/types/explanation.ts'

export function aspectTitle(name: AspectName): string {
  return {
    purpose: t('What it is for'),
    flow: t('Step by step'),
    state: t('Data and state'),
    errors: t('Errors'),
    configuration: t('Configuration'),
    tests: t('Tests'),
    change: t('Changing it safely'),
  }[name]
}

/** Shown in place of an aspect's facts when there are none. */
export function noFactsText(name: AspectName): string {
  return {
    purpose: t('Nothing in the index says what it is for.'),
    flow: t('No step could be followed from here.'),
    state: t('No type or field of this repository is used along the flow.'),
    errors: t('No line along the flow raises, catches or checks an error.'),
    configuration: t('No line along the flow reads a setting or the environment.'),
    tests: t('No test in the index refers to it.'),
    change: t('Nothing in the index has to change with it.'),
  }[name]
}

export function roleWord(role: NodeRole): string {
  return {
    entry: t('entry'),
    caller: t('caller'),
    focus: t('explained'),
    step: t('step'),
    kin: t('related'),
  }[role]
}

/** What a role means, for the legend. */
export function roleDescription(role: NodeRole): string {
  return {
    entry: t('where the program starts'),
    caller: t('leads to it'),
    focus: t('what this is about'),
    step: t('called along the way'),
    kin: t('implements or extends it'),
  }[role]
}

export function fileOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** Approximate width of a text in Latin letters; East Asian characters count twice. */
export function lettersOf(text: string): number {
  let letters = 0
  for (const char of text) letters += (char.codePointAt(0) ?? 0) >= 0x1100 ? 2 : 1
  return letters
}

/** Cuts a text to a width in letters. */
export function shortened(text: string, letters: number): string {
  if (text.length <= letters && lettersOf(text) <= letters) return text
  let short = ''
  let used = 0
  for (const char of text) {
    used += lettersOf(char)
    if (used >= letters) break
    short += char
  }
  return `${short}…`
}

/** The two lines of a box: the name; then its role, file and line. */
export function boxTexts({ label, role, path, firstLine }: DiagramNode): readonly [name: string, place: string] {
  return [label, `${roleWord(role)} · ${fileOf(path)}:${firstLine}`]
}
