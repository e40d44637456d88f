/**
 * Writes the benchmark page: the table, where Fovea loses and leads, what could not be measured, and how each peer was
 * asked. Every figure and sentence is generated from the run.
 */
import type { Peer } from './peer.ts'
import { isWithinChance, type Measure, meanOf, percentile, type Score } from './score.ts'

export interface Row {
  readonly peer: Pick<Peer, 'id' | 'name' | 'kind' | 'how' | 'sharesIndex'>
  readonly version?: string
  /** Why nothing was measured; absent when something was. */
  readonly missing?: string
  readonly scores: Score[]
  /** Trees without an answer, one sentence each. */
  readonly failures: string[]
  /** Sums over all trees, and the maximum of the peak memory. */
  startMs: number
  diskBytes: number
  peakBytes: number
}

export interface Report {
  readonly rows: readonly Row[]
  readonly date: string
  readonly machine: string
  readonly trees: {
    readonly count: number
    readonly repositories: number
    readonly files: number
    readonly lines: number
    readonly bytes: number
  }
  readonly queries: number
  /** Queries in the sample, which are more than those asked when the time was limited. */
  readonly drawn: number
  /** Queries whose gold has lines. */
  readonly lined: number
  readonly kinds: readonly string[]
  readonly sampling: string
  readonly withoutMirror: number
  readonly command: string
}

interface Column {
  readonly title: string
  readonly measure: Measure | null
  /** null when there is nothing to compare. */
  readonly value: (row: Row) => number | null
  readonly text: (value: number) => string
  readonly lowerIsBetter?: boolean
}

const share = (value: number): string => value.toFixed(3).replace(/^0/, '')
const MB = 2 ** 20

const quality = (title: string, measure: Measure): Column => ({
  title,
  measure,
  value: ({ scores }) => meanOf(scores, measure),
  text: share,
})
const cost = (title: string, value: Column['value'], digits: number): Column => ({
  title,
  measure: null,
  value,
  text: (number) => number.toFixed(digits),
  lowerIsBetter: true,
})

export const COLUMNS: readonly Column[] = [
  quality('file R@5', 'recall5'),
  quality('file R@10', 'recall10'),
  quality('MRR', 'mrr'),
  quality('lines 2k', 'lines2k'),
  quality('lines 8k', 'lines8k'),
  quality('lines 32k', 'lines32k'),
  cost('query p50 ms', ({ scores }) => percentile(scores, 0.5), 0),
  cost('query p95 ms', ({ scores }) => percentile(scores, 0.95), 0),
  cost('cold start s', ({ peer, startMs }) => (peer.sharesIndex ? null : startMs / 1000), 1),
  cost('disk MB', ({ peer, diskBytes }) => (peer.sharesIndex ? null : diskBytes / MB), 1),
  cost('peak MB', ({ peer, peakBytes }) => (peer.kind === 'tool' || !peakBytes ? null : peakBytes / MB), 0),
]

const FIRST_COLUMN = 'peer'
const FITTED =
  'Interpret this with care: the weights of Fovea’s ranking were fitted on the development queries that this sample is drawn from, the peers’ ' +
  'constants were not. The figures with weights fitted on other repositories only are in [training/README.md](../training/README.md).'

export function reportText(report: Report): string {
  const { rows } = report
  const measured = rows.filter(({ missing }) => !missing)
  const others = measured.filter(({ peer }) => peer.kind !== 'Fovea')
  const fovea = measured.find(({ peer }) => peer.kind === 'Fovea')
  return [
    '# Benchmarks: Fovea and its peers',
    'Made by `tools/peers/compare.ts`; every figure and sentence is generated from the run.',
    header(report),
    table(rows),
    `![Share of gold lines shown by budget, one line per peer](peers-lines.svg)`,
    `![Query time of each peer, median and 95th percentile](peers-latency.svg)`,
    ...(fovea
      ? ['## Where Fovea loses', losses(fovea, others), '## Where Fovea leads', FITTED, leads(fovea, others)]
      : []),
    '## By kind of question',
    byKind(measured),
    '## What could not be measured',
    unmeasured(report),
    '## How each was asked',
    rows
      .map(
        ({ peer, version }) => `- **${peer.name}**${version ? ` ${version}` : ''} (${label(peer.kind)}). ${peer.how}`,
      )
      .join('\n'),
    '',
  ]
    .join('\n\n')
    .trimEnd()
    .concat('\n')
}

const label = (kind: Peer['kind']): string =>
  kind === 're-implementation' ? 're-implementation of the published recipe' : kind

function header(report: Report): string {
  const { date, machine, trees, queries, drawn, lined, kinds, sampling, withoutMirror, command } = report
  const { count, repositories, files, lines, bytes } = trees
  const big = (value: number) => value.toLocaleString('en')
  return [
    `- Date: ${date}`,
    `- Machine: ${machine}`,
    `- Trees: ${count} of ${repositories} public repositories at pinned commits, without history; ${big(files)} text files, ${big(lines)} lines, ${big(Math.round(bytes / MB))} MB`,
    `- Queries: ${queries} ${drawn > queries ? `(of ${drawn} drawn, the time being limited) ` : ''}development queries (${kinds.join(', ')}); ${lined} have gold lines. Sample: ${sampling}${withoutMirror ? `; ${withoutMirror} more have no mirror here` : ''}`,
    `- Budgets: 2,000, 8,000 and 32,000 tokens (o200k_base for all; the paths above the lines count, too)`,
    `- Command: \`npm run build && ${command}\``,
    '',
    'R@k: mean share of the gold files among the first k files. MRR: mean reciprocal rank of the first gold file. Lines: mean share of the gold',
    'lines shown verbatim in the pack. A pack over its budget counts as empty, a crash as a miss. Query time covers search and packing at all',
    'three budgets, after a warm-up question and with files cached; it includes process start for peers that run a program per question. Cold',
    'start is the time from no index to the answer of the warm-up question. Cold start and disk are sums over all trees; 0 MB means in memory or no',
    'index. Peak memory is that of the process on its most demanding tree, including about 180 MB of the comparison itself; for external programs it is unknown. Gold is what a fix changed or an answer cites; other lines may be as useful.',
    '“Within chance”: the paired difference is below two standard errors.',
  ].join('\n')
}

function table(rows: readonly Row[]): string {
  const head = [FIRST_COLUMN, ...COLUMNS.map(({ title }) => title)]
  const body = rows.map((row) => {
    const name = `${row.peer.name}${row.version ? ` ${row.version}` : ''}${row.peer.kind === 're-implementation' ? ' †' : ''}`
    if (row.missing) return [`${name}: **${row.missing}**`, ...COLUMNS.map(() => '')]
    return [row.peer.kind === 'Fovea' ? `**${name}**` : name, ...COLUMNS.map((column) => textIn(column, row))]
  })
  return `${markdown(head, body)}\n\n† Re-implementation of the published recipe, not the program itself; its constants and omissions are listed below.`
}

function markdown(head: readonly string[], body: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [row(head), row(head.map((_, i) => (i ? '---:' : '---'))), ...body.map(row)].join('\n')
}

/** The columns in which a peer is better than Fovea, each with those peers, best first. */
export function losses(fovea: Row, others: readonly Row[]): string {
  const lost = COLUMNS.flatMap((column) => {
    const better = betterThan(column, fovea, others)
    if (better.length === 0) return []
    return [
      `- **${column.title}** (Fovea ${textIn(column, fovea)}): ${better.map((row) => comparison(column, fovea, row)).join(', ')}`,
    ]
  })
  return lost.length ? lost.join('\n') : 'In no column is a peer better than Fovea in this run.'
}

/** The columns in which no peer is better than Fovea, each with the runner-up. */
export function leads(fovea: Row, others: readonly Row[]): string {
  const led = COLUMNS.flatMap((column) => {
    const next = sorted(column, others)[0]
    if (!next || betterThan(column, fovea, others).length > 0) return []
    return [`- **${column.title}** (Fovea ${textIn(column, fovea)}): next is ${comparison(column, fovea, next)}`]
  })
  return led.length ? led.join('\n') : 'In no column.'
}

function textIn(column: Column, row: Row): string {
  const value = column.value(row)
  return value === null ? '–' : column.text(value)
}

/** A peer's value, marked when its difference from Fovea's is within chance. */
function comparison(column: Column, fovea: Row, row: Row): string {
  const chance = column.measure && isWithinChance(fovea.scores, row.scores, column.measure)
  return `${row.peer.name} ${textIn(column, row)}${chance ? ' (within chance)' : ''}`
}

const hasValue =
  ({ value }: Column) =>
  (row: Row) =>
    value(row) !== null
/** The rows that have a value in the column, best first. */
const sorted = (column: Column, rows: readonly Row[]): Row[] =>
  rows
    .filter(hasValue(column))
    .sort((a, b) => ((column.value(a) ?? 0) - (column.value(b) ?? 0)) * (column.lowerIsBetter ? 1 : -1))

function betterThan(column: Column, fovea: Row, others: readonly Row[]): Row[] {
  const foveaValue = column.value(fovea) ?? 0
  return sorted(column, others).filter((row) => {
    const value = column.value(row) ?? 0
    return column.lowerIsBetter ? value < foveaValue : value > foveaValue
  })
}

function byKind(rows: readonly Row[]): string {
  const kinds = [...new Set(rows.flatMap(({ scores }) => scores.map(({ kind }) => kind)))].sort()
  const cell = (row: Row, kind: string, measure: Measure) =>
    share(
      meanOf(
        row.scores.filter((score) => score.kind === kind),
        measure,
      ),
    )
  const head = [FIRST_COLUMN, ...kinds.flatMap((kind) => [`${kind}: R@10`, `${kind}: lines 8k`])]
  const body = rows.map((row) => [
    row.peer.name,
    ...kinds.flatMap((kind) => [cell(row, kind, 'recall10'), cell(row, kind, 'lines8k')]),
  ])
  return markdown(head, body)
}

/** Known limitations; a run adds its own failures. */
const NEVER = [
  'Copilot today, Cursor, Windsurf and Augment are services that cannot be run locally. Cody’s searcher is closed source.',
  'semble, Aider, Serena and kit need packages outside npm; two of them are re-implemented from their recipe, semble’s without its embedding model.',
  'claude-context’s own search needs an embedding service and a Milvus server; Continue’s and Roo’s need the editor or a vector server.',
  'No language model that searches with tools was measured: the scripted agent is the reproducible substitute.',
  'Ranking by past commits: the trees have no history, because some queries are commits of it.',
]

function unmeasured({ rows }: Report): string {
  const missing = rows.filter((row) => row.missing).map((row) => `**${row.peer.name}**: ${row.missing}.`)
  const failed = rows.flatMap((row) =>
    row.failures.map((failure) => `**${row.peer.name}** gave no answer on ${failure}; its questions count as misses.`),
  )
  const over = rows.flatMap(({ peer, scores }) => {
    const packs = scores.reduce((sum, score) => sum + score.over, 0)
    return packs ? [`**${peer.name}**: ${packs} packs were over their budget and count as empty.`] : []
  })
  return [...missing, ...failed, ...over, ...NEVER].map((line) => `- ${line}`).join('\n')
}
