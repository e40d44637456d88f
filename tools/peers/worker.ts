/** One peer on one tree, in a process of its own: what crashes or hangs takes nobody else along. */
import { readFileSync, writeFileSync } from 'node:fs'
import { loadTokenizer } from '../../src/host/open.ts'
import { packPlaces } from './pack.ts'
import { PEERS } from './peers.ts'
import type { Answer } from './score.ts'
import { Tree } from './tree.ts'

/** Asked before the others, and not scored. */
const FIRST = 'Where is the configuration read, and which values are the defaults?'

export interface Job {
  readonly peer: string
  readonly root: string
  readonly cache: string
  readonly budgets: readonly number[]
  /** The questions without their gold. */
  readonly queries: readonly { readonly id: string; readonly text: string }[]
  readonly out: string
}

export interface Outcome {
  /** From nothing to the first answer, so that later ones find everyone warm. */
  readonly startMs: number
  readonly diskBytes: number
  /** Of this process; programs that it starts are not in it. */
  readonly peakBytes: number
  readonly answers: Readonly<Record<string, Answer>>
}

async function work({ peer: id, root, cache, budgets, queries, out }: Job): Promise<void> {
  const peer = PEERS.find((one) => one.id === id)
  if (!peer) throw new Error(`There is no peer ${id}.`)
  const tree = new Tree(root)
  const { count } = await loadTokenizer()
  // The tokenizer's tables are made at its first use.
  count('warm')
  const began = performance.now()
  const opened = await peer.open(tree, { cache, count, budgets })
  packPlaces(tree, (await opened.ask(FIRST)).places, budgets, count)
  const startMs = performance.now() - began
  const answers: Record<string, Answer> = {}
  for (const { id: query, text } of queries) {
    const asked = performance.now()
    const { places, packs = packPlaces(tree, places, budgets, count) } = await opened.ask(text)
    const ms = performance.now() - asked
    answers[query] = {
      files: [...new Set(places.map(({ path }) => path))],
      packs: packs.map(({ text: packed, shown, named }) => ({ tokens: count(packed), shown, named })),
      ms,
    }
  }
  await opened.close?.()
  const peakBytes = process.resourceUsage().maxRSS * 1024
  const outcome: Outcome = { startMs, diskBytes: opened.diskBytes, peakBytes, answers }
  writeFileSync(out, JSON.stringify(outcome))
}

await work(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Job)
// Some libraries leave timers or sockets behind.
process.exit(0)
