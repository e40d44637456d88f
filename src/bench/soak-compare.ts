/**
 * Snapshots of an index, file by file, and of what it finds, for comparing two indexes in `fovea bench soak`. The
 * internal `fovea bench snapshot` prints the snapshot of a fresh index from a separate process, so that its memory is
 * not counted.
 */

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import type { Engine } from '../engine/engine.ts'
import { symbolTableOf } from '../engine/measure.ts'
import { EDGE_KINDS } from '../engine/types/symbol.ts'
import { stderrLog } from '../host/log.ts'
import { openWorkspace } from '../host/open.ts'

/** Number of top-ranked hits that must be identical. */
export const TOP = 5
const BUDGET_TOKENS = 8000

export interface Snapshot {
  /** Path → hash of its symbols, references and chunks. */
  readonly files: Readonly<Record<string, string>>
  /** Path → hash of its outgoing edges. */
  readonly edges: Readonly<Record<string, string>>
  /** Path → why it is not indexed. */
  readonly skipped: Readonly<Record<string, string>>
  /** Question → its top hits. */
  readonly tops: Readonly<Record<string, string>>
}

const hashOf = (value: unknown): string => createHash('sha1').update(JSON.stringify(value)).digest('hex')

/** The `files` part only, which is all that an index edited in memory shares with a fresh one. */
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
    const { hits } = await engine.context({ signal, report: () => {} }, { text, budgets: [BUDGET_TOKENS] })
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

/** Makes a fresh index and returns its snapshot; the caller sets where indexes are stored (FOVEA_HOME). */
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

/** Makes the snapshot of a fresh index in a new process. */
export function freshSnapshot(root: string, questions: readonly string[], signal: AbortSignal): Promise<Snapshot> {
  const args = [process.argv[1] ?? '', 'bench', 'snapshot', '--dir', root, '--', ...questions]
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], signal })
    const parts: Buffer[] = []
    child.stdout.on('data', (part: Buffer) => parts.push(part))
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(Buffer.concat(parts).toString()) as Snapshot)
      else reject(new Error(`The fresh index for the comparison failed: its process exited with code ${code}.`))
    })
  })
}

/** One sentence per file or question that differs. Compares only the parts that `ours` has. */
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
