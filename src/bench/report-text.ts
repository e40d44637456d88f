/** Prints a bench report as text: a header line, notes, tables, sample failures, and one line on how to read it. */
import type { BenchReport, BenchSetting, Cell, Table } from './setting.ts'

const FAILURES_SHOWN = 5

export function benchText(
  bench: string,
  { dir, seed, items, minutes, model }: Pick<BenchSetting, 'dir' | 'seed' | 'items' | 'minutes' | 'model'>,
  { notes, tables, meaning, failures }: BenchReport,
  verbose: boolean,
): string {
  const listed = verbose ? failures : failures.slice(0, FAILURES_SHOWN)
  const more = failures.length - listed.length
  return [
    `bench ${bench}: ${dir}, seed ${seed}, ${minutes === undefined ? `${items} items` : `${minutes} minutes`}${model ? `, model ${model.name}` : ''}`,
    ...notes.map((note) => `! ${note}`),
    ...tables.flatMap((table) => ['', tableText(table)]),
    '',
    ...(listed.length ? ['For example:', ...listed.map((line) => `  ${line}`)] : []),
    ...(more > 0 ? [`  … ${more} more (--verbose lists them)`] : []),
    meaning,
  ].join('\n')
}

const cellText = (cell: Cell): string => (cell === null ? '–' : typeof cell === 'number' ? cell.toFixed(2) : cell)

/** A table with its first column left-aligned, the others right-aligned. */
function tableText({ title, columns, rows }: Table): string {
  const all = [columns, ...rows.map((row) => row.map(cellText))]
  const widths = columns.map((_, i) => Math.max(...all.map((row) => row[i]?.length ?? 0)))
  const lines = all.map((row) =>
    row
      .map((text, i) => (i === 0 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!)))
      .join('  ')
      .trimEnd(),
  )
  return [title, ...lines].join('\n')
}
