/** Prints a retrieval report as text: one row per generator and system. */
import type { RetrievalReport } from './retrieval.ts'
import { TOKEN_BUDGETS } from './score.ts'

const share = (value: number): string => value.toFixed(2).replace(/^0/, '').padStart(4)
const change = (value: number): string => `${value > 0 ? '+' : ''}${value.toFixed(3)}`.padStart(8)
const budgets = TOKEN_BUDGETS.map((budget) => `${budget / 1000}k`.padStart(4)).join(' ')
const shares = (values: readonly number[]): string =>
  values.length ? values.map(share).join(' ') : ' '.repeat(budgets.length)

export function reportText({ dir, seed, notes, rows, ablation, asked }: RetrievalReport, verbose: boolean): string {
  const head = `${'generator'.padEnd(14)}${'system'.padEnd(13)}`
  const name = ({ generator, system }: { generator: string; system: string }) =>
    `${generator.padEnd(14)}${system.padEnd(13)}`
  const main = [
    `${' '.repeat(head.length)}${' '.repeat(30)}  ${'gold files in the pack at'.padEnd(budgets.length)}  ${'gold lines in the pack at'.padEnd(budgets.length)}`,
    `${head}   n   MRR  R@1  R@5 R@10    ${budgets}  ${budgets}  p50 ms  p95 ms`,
    ...rows.map(
      (row) =>
        `${name(row)}${String(row.questions).padStart(4)}  ${share(row.mrr)} ${shares(row.recall)}    ${shares(row.files)}  ${shares(row.lines)}  ${String(row.p50).padStart(6)}  ${String(row.p95).padStart(6)}`,
    ),
  ]
  const byResolution = [
    `${head}  ${'gold lines in full at'.padEnd(budgets.length)}  ${'in trimmed bodies at'.padEnd(budgets.length)}`,
    `${' '.repeat(head.length)}  ${budgets}  ${budgets}`,
    ...rows
      .filter(({ system }) => system === 'Fovea')
      .map((row) => `${name(row)}  ${shares(row.full)}  ${shares(row.trimmed)}`),
  ]
  const overall = ablation.filter(({ generator }) => generator === 'all')
  const losses = overall.length
    ? [
        '',
        `${'change without'.padEnd(24)}     MRR     R@5 line@8k`,
        ...overall.map(
          ({ without, mrr, recall5, lines8k }) =>
            `${without.padEnd(24)}${change(mrr)}${change(recall5)}${change(lines8k)}`,
        ),
      ]
    : []
  const questions = verbose
    ? [
        '',
        ...asked.map(
          ({ generator, text, source, gold, ranks }) =>
            `${generator}  ${text}\n    of ${source}; gold ${gold.map(({ path, lines }) => `${path} (${lines.length} lines)`).join(', ')}; ranks ${Object.entries(
              ranks,
            )
              .map(([system, rank]) => `${system} ${rank || '-'}`)
              .join(', ')}`,
        ),
      ]
    : []
  return [
    `${dir}, seed ${seed}. Recall is the mean share of the gold; times are per question, over all budgets. Tests are`,
    'indexed but never count as gold, so ranking them first costs recall.',
    ...notes.map((note) => `! ${note}`),
    '',
    ...main,
    '',
    ...byResolution,
    ...losses,
    ...questions,
  ].join('\n')
}
