/** The charts of docs/benchmarks.md: SVG for light and dark backgrounds, with a title and a description. */
import { BUDGETS, meanOf, percentile } from './score.ts'
import type { Row } from './table.ts'

const WIDTH = 860
const STYLE = `<style>
text { font: 13px system-ui, sans-serif; fill: #24292f } .soft { fill: #57606a } .axis { stroke: #d0d7de }
.line { fill: none; stroke-width: 1.5 } .Fovea { stroke: #0550ae; fill: #0550ae } .tool { stroke: #a04100; fill: #a04100 }
.part { stroke: #8250df; fill: #8250df } .re { stroke: #57606a; fill: #57606a } .line.Fovea { stroke-width: 4 } polyline.line { fill: none }
text.Fovea { font-weight: 700 } text[class] { stroke: none } .far { opacity: .45 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .soft { fill: #9198a1 } .axis { stroke: #3d444d }
.Fovea { stroke: #79c0ff; fill: #79c0ff } .tool { stroke: #ffa657; fill: #ffa657 } .part { stroke: #d2a8ff; fill: #d2a8ff } .re { stroke: #9198a1; fill: #9198a1 } }
</style>`
const KINDS = { Fovea: 'Fovea', tool: 'tool', 'part of a tool': 'part', 're-implementation': 're' } as const
const LEGEND = 'Orange: programs as published. Violet: a part of one. Grey: re-implementations of published recipes.'
const DASHES = ['', '6 3', '2 3', '10 3 2 3', '1 4']

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
const text = (x: number, y: number, words: string, attributes = ''): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${escaped(words)}</text>`
const line = (x1: number, y1: number, x2: number, y2: number, kind = 'axis'): string =>
  `<line x1="${x1.toFixed(1)}" y1="${y1.toFixed(1)}" x2="${x2.toFixed(1)}" y2="${y2.toFixed(1)}" class="${kind}"/>`
const percent = (value: number): string => `${Math.round(value * 100)} %`
const short = (name: string): string => name.replace(/ \(.*| —.*/, '')

function frame(height: number, title: string, description: string, body: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title desc">
<title id="title">${escaped(title)}</title>
<desc id="desc">${escaped(description)}</desc>
${STYLE}
${text(16, 24, title, 'style="font-size: 16px"')}
${text(16, 44, LEGEND, 'class="soft"')}
${body.join('\n')}
</svg>
`
}

const measuredOf = (rows: readonly Row[]): Row[] => rows.filter(({ missing }) => !missing)
const linesOf = ({ scores }: Row): number[] => [
  meanOf(scores, 'lines2k'),
  meanOf(scores, 'lines8k'),
  meanOf(scores, 'lines32k'),
]

/** Line recall by token budget, one line per peer, labelled at its end. */
export function linesChart(rows: readonly Row[]): string {
  const [left, right, top, bottom] = [56, 560, 70, 420]
  const peers = measuredOf(rows)
    .map((row) => ({ row, values: linesOf(row) }))
    .sort((a, b) => b.values[2]! - a.values[2]!)
  const most = Math.min(1, Math.ceil(10 * Math.max(0.1, ...peers.flatMap(({ values }) => values))) / 10)
  const x = (i: number) => left + ((right - left) * i) / (BUDGETS.length - 1)
  const y = (value: number) => bottom - ((bottom - top) * value) / most
  const ticks = Array.from({ length: Math.round(most * 10) / 2 + 1 }, (_, i) => i / 5).filter((tick) => tick <= most)
  let labelY = top - 20
  const drawn = peers.map(({ row, values }, i) => {
    const kind = KINDS[row.peer.kind]
    const points = values.map((value, at) => `${x(at).toFixed(1)},${y(value).toFixed(1)}`).join(' ')
    const end = y(values[2]!)
    // Labels keep a minimum distance; a thin leader line connects each to its curve.
    labelY = Math.max(end + 4, labelY + 18)
    return [
      `<polyline points="${points}" class="line ${kind}" stroke-dasharray="${kind === 'Fovea' ? '' : DASHES[i % DASHES.length]}"/>`,
      line(right + 2, end, right + 22, labelY - 4),
      text(right + 26, labelY, `${short(row.peer.name)} ${percent(values[2]!)}`, `class="${kind}"`),
    ].join('\n')
  })
  const grid = ticks.map(
    (tick) =>
      line(left, y(tick), right, y(tick)) +
      text(left - 8, y(tick) + 4, percent(tick), 'text-anchor="end" class="soft"'),
  )
  const names = BUDGETS.map((budget, i) =>
    text(x(i), bottom + 22, `${budget / 1000}k tokens`, 'text-anchor="middle" class="soft"'),
  )
  const height = Math.max(bottom + 40, labelY + 20)
  const description = peers.map(({ row, values }) => `${row.peer.name}: ${values.map(percent).join(', ')}`).join('; ')
  return frame(height, 'Gold lines shown, by token budget', `At 2k, 8k and 32k tokens. ${description}.`, [
    ...grid,
    ...names,
    ...drawn,
  ])
}

/** Query time on a logarithmic scale: the solid bar ends at the median, the faint one at the 95th percentile. */
export function latencyChart(rows: readonly Row[]): string {
  const [left, right, top, step] = [270, 780, 72, 28]
  const peers = measuredOf(rows)
    .map((row) => ({ row, p50: percentile(row.scores, 0.5), p95: percentile(row.scores, 0.95) }))
    .sort((a, b) => a.p50 - b.p50)
  const most = Math.ceil(Math.log10(Math.max(10, ...peers.map(({ p95 }) => p95))))
  const x = (ms: number) => left + ((right - left) * Math.log10(Math.max(1, ms))) / most
  const bottom = top + peers.length * step
  const ticks = Array.from({ length: most + 1 }, (_, power) => 10 ** power)
  const grid = ticks.map(
    (ms) =>
      line(x(ms), top - 8, x(ms), bottom) +
      text(x(ms), bottom + 18, `${ms.toLocaleString('en')} ms`, 'text-anchor="middle" class="soft"'),
  )
  const bars = peers.map(({ row, p50, p95 }, i) => {
    const kind = KINDS[row.peer.kind]
    const y = top + i * step
    const bar = (ms: number, height: number, more = '') =>
      `<rect x="${left}" y="${(y + (18 - height) / 2).toFixed(1)}" width="${Math.max(1, x(ms) - left).toFixed(1)}" height="${height}" class="${kind} ${more}" stroke="none" style="stroke: none"/>`
    return [
      text(left - 10, y + 14, short(row.peer.name), `text-anchor="end" class="${kind}"`),
      bar(p95, 8, 'far'),
      bar(p50, 18),
      text(x(p95) + 8, y + 14, `${Math.round(p50)} / ${Math.round(p95)}`, 'class="soft"'),
    ].join('\n')
  })
  const description = peers
    .map(({ row, p50, p95 }) => `${row.peer.name}: ${Math.round(p50)} and ${Math.round(p95)}`)
    .join('; ')
  return frame(
    bottom + 36,
    'Query time, median and 95th percentile',
    `Milliseconds, logarithmic, shorter is faster. ${description}.`,
    [...grid, ...bars],
  )
}
