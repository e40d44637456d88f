/**
 * `fovea bench soak`: random edits, renames, deletes, branch switches, clock jumps and `kill -9` of processes (indexer,
 * writer, worker, server) on a copy, with questions in between. Shown lines must exist in their file, and at intervals
 * the long-lived index is compared with a fresh one of the same tree.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { decode } from '../engine/engine.ts'
import { symbolTableOf } from '../engine/measure.ts'
import type { Context } from '../engine/types/pack.ts'
import { collectGarbage } from '../host/heap.ts'
import { withCopy } from './copy.ts'
import { slopeOf } from './cost.ts'
import { randomOf } from './questions.ts'
import { type BenchReport, type BenchSetting, logProgress, runOf, type SubBench, type Table } from './setting.ts'
import { differences, filesOf, freshSnapshot, snapshotOf, TOP } from './soak-compare.ts'
import { initRepository, pick, type SoakState, soakActions, typeLine } from './soak-edits.ts'
import { hasServer } from './soak-kills.ts'

/** Actions between two comparisons. */
const ACTIONS_PER_ROUND = 10
/** In-memory edits that are compared with a fresh index before they are stored. */
const TYPED_LINES = 3
const QUESTIONS = 8
/** Tokens. */
const BUDGET_TOKENS = 8000
const HOUR_MS = 3_600_000
/**
 * Growth is reported only after this: before, caches that fill up and are freed after minutes would count as growth.
 */
const MIN_GROWTH_MS = 1_200_000
/** Intervals of the series shown: the start, the quarters, the end. */
const SHOWN_INTERVALS = 4

interface Point {
  readonly deeds: number
  readonly ms: number
  readonly files: number
  readonly differences: number
  /** Resident memory in bytes, after garbage collection. */
  readonly resident: number
  /** Size of the index in bytes. */
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
      const [random, paths] = [randomOf(setting.seed), initRepository(copy.root)]
      const state: SoakState = { setting, copy, random, paths, failures: [] }
      await copy.engine.index(runOf(setting))
      const { clusters } = await copy.engine.map()
      const questions = clusters.slice(0, QUESTIONS).map(({ label }) => `Where is ${label.join(' ')} handled?`)
      const began = performance.now()
      const measure = async (done: number, found: number): Promise<Point> => {
        const { bytes, files } = await copy.engine.status()
        collectGarbage()
        const resident = process.memoryUsage.rss()
        return { deeds: done, ms: performance.now() - began, files, differences: found, resident, disk: bytes }
      }
      const counts = new Map<string, number>()
      const failures: string[] = []
      // Asks once before the first measurement, so that everything loaded by the first question is included.
      await snapshotOf(copy.engine, questions, setting.signal)
      const points = [await measure(0, 0)]
      for (let done = 0; hasTimeLeft(setting, done, performance.now() - began); ) {
        const left = setting.minutes === undefined ? setting.items - done : ACTIONS_PER_ROUND
        const names = await act(state, Math.min(ACTIONS_PER_ROUND, left))
        done += names.length
        for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
        const found = [...state.failures.splice(0), ...(await compare(state, questions))]
        failures.push(...found.map((one) => `after ${done} deeds (${names.join(', ')}): ${one}`))
        points.push(await measure(done, found.length))
        logProgress(`soak: ${done} actions, ${failures.length} differences`)
      }
      return report(copy.notes, points, counts, failures)
    }),
}

const hasTimeLeft = ({ items, minutes }: BenchSetting, done: number, ms: number): boolean =>
  minutes === undefined ? done < items : ms < minutes * 60_000

/** Performs random actions, half of them followed by a question. Returns the actions' names. */
async function act(state: SoakState, count: number): Promise<readonly string[]> {
  const { setting, copy, random } = state
  const actions = soakActions()
  const names = Object.keys(actions)
  const done: string[] = []
  for (let n = 0; n < count; n++) {
    setting.signal.throwIfAborted()
    const name = pick(names, random)
    await actions[name]!(state)
    done.push(name)
    if (random() < 0.5) continue
    await copy.engine.index(runOf(setting))
    const context = await copy.engine.context(runOf(setting), { text: 'what was edited?', budgets: [BUDGET_TOKENS] })
    state.failures.push(...(await findWrongLines(state, context)))
  }
  return done
}

/** Finds shown lines that do not exist in their file, and packs over their budget. */
async function findWrongLines({ copy }: SoakState, { packs }: Context): Promise<readonly string[]> {
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

/** Compares the index, and the index with edits in memory, with a fresh index of the same tree. */
async function compare(state: SoakState, questions: readonly string[]): Promise<readonly string[]> {
  const { setting, copy } = state
  await copy.engine.index(runOf(setting))
  let isInMemory = true
  for (let n = 0; n < TYPED_LINES; n++) isInMemory = (await typeLine(state)) && isInMemory
  const edited = await filesOf(copy.engine)
  const fresh = await freshSnapshot(copy.root, questions, setting.signal)
  const inMemory = isInMemory ? differences({ files: edited }, fresh).map((one) => `${one}, as edited in memory`) : []
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
  const shown = Array.from({ length: SHOWN_INTERVALS + 1 }, (_, i) =>
    Math.round((i * (points.length - 1)) / SHOWN_INTERVALS),
  )
  const seriesRow = ({ deeds: done, ms, files, differences: found, resident, disk }: Point) => [
    ...[String(done), (ms / 60_000).toFixed(1), String(files), String(found)],
    ...[(resident / 1e6).toFixed(0), (disk / 1e6).toFixed(1)],
  ]
  const slope = (of: 'resident' | 'disk', by: 'ms' | 'deeds', unit: number): string => {
    const value =
      last.ms >= MIN_GROWTH_MS
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
    title: `Growth in the second half of a run of at least ${MIN_GROWTH_MS / 60_000} minutes, the slope of a line through it`,
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
