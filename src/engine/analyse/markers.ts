/** Lists the comments that mark work to be done (`TODO`, `FIXME` …), from the lines of the files as indexed. */
import type { Findings, Statement } from '../types/answer.ts'
import type { AnalysisSources } from './analyse.ts'
import { placeTest } from './filters.ts'
import type { Markers } from './grammar.ts'
import { MAX_ROWS_LISTED, rowAt } from './rows.ts'

const MAX_TEXT_CHARS = 160

/** null when the place it is limited to does not exist. */
export async function markerFindings({ graph, read }: AnalysisSources, asked: Markers): Promise<Findings | null> {
  const { words, place, count } = asked
  const inPlace = place === undefined ? null : placeTest(graph, { by: 'place', name: place })
  if (place !== undefined && (!inPlace || inPlace.missingPath)) return null
  const pattern = new RegExp(`\\b(?:${words.join('|')})\\b`)
  const rows: Statement[] = []
  let unread = 0
  for (const [i, { terms }] of graph.table.records.entries()) {
    const file = graph.node(i, -1)
    if (!words.some((word) => terms.includes(word.toLowerCase())) || (inPlace && !inPlace.fits(file))) continue
    const source = await read(i)
    if ('reason' in source) unread++
    else
      source.lines.forEach((line, n) => {
        const at = line.search(pattern)
        if (at < 0) return
        const text = line.slice(at).trim().slice(0, MAX_TEXT_CHARS)
        rows.push({ ...rowAt(graph, file, text), firstLine: n + 1, lastLine: n + 1 })
      })
  }
  const lines = `${rows.length.toLocaleString('en')} ${rows.length === 1 ? 'line contains' : 'lines contain'}`
  const caveats = [
    ...(unread ? [`${unread} files that may contain more could not be read.`] : []),
    ...(rows.length > MAX_ROWS_LISTED ? [`The first ${MAX_ROWS_LISTED} are listed.`] : []),
  ]
  return {
    summary: ['Read off the files, not ranked:', `${lines} ${words.join(' or ')}.`, ...caveats].join(' '),
    statements: count && rows.length > MAX_ROWS_LISTED ? [] : rows.slice(0, MAX_ROWS_LISTED),
  }
}
