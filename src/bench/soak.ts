/**
 * `fovea bench soak`: random edits, renames, deletes, branch switches, clocks that jump and processes that are ended with
 * `kill -9` (indexer, writer, worker, server) over a copy, with questions in between. What is shown must stand in its file;
 * now and then the index that lived through it is held against a fresh one of the same tree.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decode } from '../engine/engine.ts'
import { symbolTableOf } from '../engine/measure.ts'
import type { Context } from '../engine/types/pack.ts'
import { collectGarbage } from '../host/memory.ts'
import { withCopy } from './copy.ts'
import { slopeOf } from './cost.ts'
import { randomOf } from './questions.ts'
import { type BenchReport, type BenchSetting, logProgress, runOf, type SubBench, type Table } from './setting.ts'
import { differences, filesOf, freshSnapshot, snapshotOf, TOP } from './soak-compare.ts'
import { type Beaten, beginHistory, deeds, pick, typed } from './soak-edits.ts'
import { hasServer } from './soak-kills.ts'

/** Deeds between two comparisons. */
const TOGETHER = 10
/** Edits in memory that are held against a fresh index before they are stored. */
const TYPED = 3
const QUESTIONS = 8
const BUDGET = 8000
const HOUR_MS = 3_600_000
/** Sooner all that grows at first, and is let go after minutes, would count as growth. */
const TELLING_MS = 1_200_000
/** Rows shown of the series: the start, the quarters, the end. */
const SHOWN = 4

interface Point {
  readonly deeds: number
  readonly ms: number
  readonly files: number
  readonly differences: number
  /** After garbage was collected. */
  readonly resident: number
  readonly disk: number
}

export const soak: SubBench = {
  name: 'soak',
  summary: 'edits, renames, branch switches, clock jumps and kill -9, held against a fresh index (or --minutes N)',
  unit: 'deeds',
  items: 60,
  timed: true,
  measure: (setting) =>
    withCopy(setting, async (copy) => {
      const [random, paths] = [randomOf(setting.seed), beginHistory(copy.root)]
      const on: Beaten = { setting, copy, random, paths, wrong: [] }
      await copy.engine.index(runOf(setting))
      const { clusters } = await copy.engine.map()
      const questions = clusters.slice(0, QUESTIONS).map(({ label }) => `Where is ${label.join(' ')} handled?`)
      const began = performance.now()
      const point = async (done: number, found: number): Promise<Point> => {
        const { bytes, files } = await copy.engine.status()
        collectGarbage()
        const resident = process.memoryUsage.rss()
        return { deeds: done, ms: performance.now() - began, files, differences: found, resident, disk: bytes }
      }
      const counts = new Map<string, number>()
      const failures: string[] = []
      // Asked once, so that all that is loaded at the first question is there at the start.
      await snapshotOf(copy.engine, questions, setting.signal)
      const points = [await point(0, 0)]
      for (let done = 0; goesOn(setting, done, performance.now() - began); ) {
        const left = setting.minutes === undefined ? setting.items - done : TOGETHER
        const names = await beat(on, Math.min(TOGETHER, left))
        done += names.length
        for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
        const found = [...on.wrong.splice(0), ...(await compare(on, questions))]
        failures.push(...found.map((one) => `after ${done} deeds (${names.join(', ')}): ${one}`))
        points.push(await point(done, found.length))
        logProgress(`soak: ${done} deeds, ${failures.length} differences`)
      }
      return report(copy.notes, points, counts, failures)
    }),
}

const goesOn = ({ items, minutes }: BenchSetting, done: number, ms: number): boolean =>
  minutes === undefined ? done < items : ms < minutes * 60_000

/** Names of the deeds done; each is followed by a question or by nothing, as a person would. */
async function beat(on: Beaten, count: number): Promise<readonly string[]> {
  const all = deeds()
  const names = Object.keys(all)
  const done: string[] = []
  for (let n = 0; n < count; n++) {
    on.setting.signal.throwIfAborted()
    const name = pick(names, on.random)
    await all[name]!(on)
    done.push(name)
    if (on.random() < 0.5) continue
    await on.copy.engine.index(runOf(on.setting))
    const context = await on.copy.engine.context(runOf(on.setting), { text: 'what was edited?', budgets: [BUDGET] })
    on.wrong.push(...(await untrue(on, context)))
  }
  return done
}

/** Lines that are shown and do not stand in their file, packs over their budget. */
async function untrue({ copy }: Beaten, { packs }: Context): Promise<readonly string[]> {
  const { records, files } = await symbolTableOf(copy.engine)
  const plain = new Set(records.flatMap((record, i) => (record.plain ? [files[i]!.path] : [])))
  return packs.flatMap(({ blocks, tokens, budget }) => {
    const wrong = tokens > budget ? [`a pack of ${tokens} tokens for ${budget}`] : []
    for (const { path, shown, text } of blocks) {
      if (!shown.length || !plain.has(path)) continue
      const lines = (decode(readFileSync(join(copy.root, path))) ?? '').split(/\r\n|\r|\n/)
      for (const [first, last] of shown)
        if (last > lines.length || lines.slice(first - 1, last).some((line) => !text.includes(line.trimEnd())))
          wrong.push(`lines ${first}-${last} of ${path} are shown and do not stand there`)
    }
    return wrong
  })
}

/** The index, and edits in memory over it, against a fresh index of the same tree. */
async function compare(on: Beaten, questions: readonly string[]): Promise<readonly string[]> {
  const { setting, copy } = on
  await copy.engine.index(runOf(setting))
  let taken = true
  for (let n = 0; n < TYPED; n++) taken = (await typed(on)) && taken
  const edited = await filesOf(copy.engine)
  const fresh = await freshSnapshot(copy.root, questions, setting.signal)
  const inMemory = taken ? differences({ files: edited }, fresh).map((one) => `${one}, as edited in memory`) : []
  await copy.engine.index(runOf(setting))
  return [...inMemory, ...differences(await snapshotOf(copy.engine, questions, setting.signal), fresh)]
}

function report(
  notes: readonly string[],
  points: readonly Point[],
  counts: ReadonlyMap<string, number>,
  failures: readonly string[],
): BenchReport {
  const last = points.at(-1)!
  const shown = Array.from({ length: SHOWN + 1 }, (_, i) => Math.round((i * (points.length - 1)) / SHOWN))
  const seriesRow = ({ deeds: done, ms, files, differences: found, resident, disk }: Point) => [
    ...[String(done), (ms / 60_000).toFixed(1), String(files), String(found)],
    ...[(resident / 1e6).toFixed(0), (disk / 1e6).toFixed(1)],
  ]
  const slope = (of: 'resident' | 'disk', by: 'ms' | 'deeds', unit: number): string => {
    const value =
      last.ms >= TELLING_MS
        ? slopeOf(points.slice(points.length >> 1).map((point) => [point[by], point[of]]))
        : Number.NaN
    return Number.isNaN(value) ? '–' : ((value * unit) / 1e6).toFixed(2)
  }
  const series: Table = {
    title: 'An index that lived on, at the start, the quarters and the end',
    columns: ['deeds', 'minutes', 'files', 'differences', 'resident, MB', 'index, MB'],
    rows: [...new Set(shown)].map((at) => seriesRow(points[at]!)),
  }
  const growth: Table = {
    title: `Growth in the second half of a run of at least ${TELLING_MS / 60_000} minutes, the slope of a line through it`,
    columns: ['', 'MB an hour', 'MB for 100 deeds'],
    rows: [
      ['resident', slope('resident', 'ms', HOUR_MS), slope('resident', 'deeds', 100)],
      ['index', slope('disk', 'ms', HOUR_MS), slope('disk', 'deeds', 100)],
    ],
  }
  const done: Table = {
    title: `Deeds, ${points.length - 1} comparisons in ${(last.ms / 60_000).toFixed(1)} minutes`,
    columns: ['deed', 'times'],
    rows: [...counts].sort().map(([name, times]) => [name, String(times)]),
  }
  return {
    notes: hasServer()
      ? notes
      : [...notes, 'No language server runs here (it needs the Node of the editor, 22 or later): none was ended.'],
    tables: [series, growth, done],
    meaning: `A difference is a file whose symbols, chunks or links are not the same, one that is left out, or a question whose first ${TOP} places are not. The fresh index is made in a process of its own. Memory should not grow with the deeds; the disk keeps what branches may come back to until it outweighs what is in use.`,
    failures,
  }
}
