/** A small repository for the benches that plant and ask, and settings to run them with. Contains no tests. */
import { join } from 'node:path'
import type { BenchReport, BenchSetting, Table } from '../../src/bench/setting.ts'
import type { Model } from '../../src/engine/ports.ts'
import { modelOf } from '../../src/host/providers/providers.ts'
import { temporaryFolder, temporaryHome, workspace } from '../cli/cli.ts'
import { MODEL } from '../scripted-openai.ts'

const TOPICS = 'stock prices orders refunds parcels coupons invoices sessions'.split(' ')
const VERBS = 'load check merge print close'.split(' ')

/** Eight modules of five functions; each calls the next, and `close_…` calls the first of the next module. */
export const SHOP = TOPICS.flatMap((topic, i) => [
  `//- /shop/${topic}.py`,
  `max_${topic} = ${100 + i}`,
  '',
  `class ${topic}_base:`,
  '    pass',
  '',
  `class ${topic}_book(${topic}_base):`,
  `    """All ${topic} of a day."""`,
  '',
  ...VERBS.flatMap((verb, j) => [
    `def ${verb}_${topic}(${topic}, customer):`,
    `    """Makes the ${topic} ready for who wants to ${verb} them."""`,
    ...VERBS.map((other, n) => `    ${topic}.append("${other} of ${verb} in row ${n}")`),
    `    return ${j + 1 < VERBS.length ? `${VERBS[j + 1]}_${topic}` : `load_${TOPICS[(i + 1) % TOPICS.length]}`}(${topic}, customer)`,
    '',
  ]),
]).join('\n')

/** The shop on disk and the bench settings for it; with a `url`, the model is the server at that address. */
export function shopSetting(items: number, url?: string): BenchSetting {
  process.env.FOVEA_HOME = temporaryHome()
  const { dir } = workspace(SHOP)
  const model: Model | null = url ? modelOf({ url, model: MODEL, key: '', headers: {}, window: 0 }) : null
  return {
    dir,
    items,
    seed: 1,
    folder: join(temporaryFolder(), 'run'),
    model,
    signal: new AbortController().signal,
    recordEffectiveTokens: () => {},
  }
}

/** A table's rows, each as an object keyed by column. */
export function rowsOf(found: BenchReport, title: RegExp): Record<string, Table['rows'][number][number]>[] {
  const table = found.tables.find((one) => title.test(one.title))
  if (!table) throw new Error(`No table ${title}: ${found.tables.map((one) => one.title).join(', ')}`)
  return table.rows.map((row) => Object.fromEntries(table.columns.map((column, i) => [column, row[i] ?? null])))
}
