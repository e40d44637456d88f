/**
 * What an index holds, file by file, and what it finds: to hold one index against another. `fovea bench snapshot` gives
 * that of an index made anew, from a process of its own, whose memory is not counted.
 */

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import type { Engine } from '../engine/engine.ts'
import { symbolTableOf } from '../engine/measure.ts'
import { EDGE_KINDS } from '../engine/types/symbol.ts'
import { stderrLog } from '../host/log.ts'
import { openWorkspace } from '../host/open.ts'

/** Places of a ranking that must be the same. */
export const TOP = 5
const BUDGET = 8000

export interface Snapshot {
  /** Path → hash of its symbols, references and chunks. */
  readonly files: Readonly<Record<string, string>>
  /** Path → hash of what its symbols refer to. */
  readonly edges: Readonly<Record<string, string>>
  /** Path → why it is not indexed. */
  readonly skipped: Readonly<Record<string, string>>
  /** Question → the first places that are found. */
  readonly tops: Readonly<Record<string, string>>
}

const hashOf = (value: unknown): string => createHash('sha1').update(JSON.stringify(value)).digest('hex')

/** The files alone: what edits in memory have in common with a fresh index. */
export async function filesOf(engine: Engine): Promise<Snapshot['files']> {
  const { records, files } = await symbolTableOf(engine)
  return Object.fromEntries(
    records.map(({ symbols, references, terms, chunks }, i) => [
      files[i]?.path ?? '',
      hashOf([symbols, [...references], terms, chunks]),
    ]),
  )
}

async function edgesOf(engine: Engine): Promise<Snapshot['edges']> {
  const { files, edges } = await symbolTableOf(engine)
  const byFile = new Map<string, string[]>()
  edges.kind.forEach((kind, i) => {
    const [from = '', to = ''] = [files[edges.fromFile[i]!]?.path, files[edges.toFile[i]!]?.path]
    const row = [EDGE_KINDS[kind], edges.fromSymbol[i], to, edges.toSymbol[i], edges.weight[i], edges.line[i]]
    byFile.set(from, [...(byFile.get(from) ?? []), row.join(' ')])
  })
  return Object.fromEntries([...byFile].map(([path, rows]) => [path, hashOf(rows.sort())]))
}

export async function snapshotOf(engine: Engine, questions: readonly string[], signal: AbortSignal): Promise<Snapshot> {
  const tops: Record<string, string> = {}
  for (const text of questions) {
    const { hits } = await engine.context({ signal, report: () => {} }, { text, budgets: [BUDGET] })
    const places = hits.slice(0, TOP).map(({ path, firstLine }) => `${path}:${firstLine}`)
    tops[text] = places.join(' ')
  }
  const { skipped } = await engine.status()
  return {
    files: await filesOf(engine),
    edges: await edgesOf(engine),
    skipped: Object.fromEntries(skipped.map(({ path, reason }) => [path, reason])),
    tops,
  }
}

/** Of an index made here and now; the caller says where indexes lie. */
export async function benchSnapshot(
  dirs: readonly string[],
  questions: readonly string[],
  signal: AbortSignal,
): Promise<Snapshot> {
  const engine = await openWorkspace(dirs, stderrLog)
  try {
    await engine.index({ signal, report: () => {} })
    return await snapshotOf(engine, questions, signal)
  } finally {
    await engine.close()
  }
}

/** The same from a process that has just begun. */
export function freshSnapshot(root: string, questions: readonly string[], signal: AbortSignal): Promise<Snapshot> {
  const args = [process.argv[1] ?? '', 'bench', 'snapshot', '--dir', root, '--', ...questions]
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], signal })
    const parts: Buffer[] = []
    child.stdout.on('data', (part: Buffer) => parts.push(part))
    child.once('error', failed)
    child.once('close', (code) => {
      if (code === 0) done(JSON.parse(Buffer.concat(parts).toString()) as Snapshot)
      else failed(new Error(`The fresh index could not be made: its process ended with ${code}.`))
    })
  })
}

/** A sentence for each file or question that is not the same. */
export function differences(ours: Partial<Snapshot>, fresh: Snapshot): readonly string[] {
  const differing = (a: Readonly<Record<string, string>> = {}, b: Readonly<Record<string, string>> = {}) =>
    [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => a[key] !== b[key])
  const parts: [keyof Snapshot, (key: string) => string][] = [
    ['files', (path) => `${path} is indexed differently`],
    ['edges', (path) => `${path} is linked differently`],
    [
      'skipped',
      (path) => `${path} is ${ours.skipped?.[path] ?? 'indexed'} instead of ${fresh.skipped[path] ?? 'indexed'}`,
    ],
    ['tops', (text) => `${text} → ${ours.tops?.[text]} | ${fresh.tops[text]}`],
  ]
  return parts.flatMap(([part, sentence]) => (ours[part] ? differing(ours[part], fresh[part]).map(sentence) : []))
}
