/** Runs one peer on one tree in a separate process, so that a crash or hang does not affect the other peers. */
import { readFileSync, writeFileSync } from 'node:fs'
import { loadTokenizer } from '../../src/host/open.ts'
import { packPlaces } from './pack.ts'
import { PEERS } from './peers.ts'
import type { Answer } from './score.ts'
import { Tree } from './tree.ts'

/** Asked first to warm up the peer, and not scored. */
const WARM_UP_QUESTION = 'Where is the configuration read, and which values are the defaults?'

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
  /** Cold start: from no index to the first answer, so that every peer is warm for the later questions. */
  readonly startMs: number
  readonly diskBytes: number
  /** Peak memory of this process, without the programs it starts. */
  readonly peakBytes: number
  readonly answers: Readonly<Record<string, Answer>>
}

async function work({ peer: id, root, cache, budgets, queries, out }: Job): Promise<void> {
  const peer = PEERS.find((one) => one.id === id)
  if (!peer) throw new Error(`There is no peer ${id}.`)
  const tree = new Tree(root)
  const { count } = await loadTokenizer()
  // The tokenizer builds its tables on first use.
  count('warm')
  const began = performance.now()
  const opened = await peer.open(tree, { cache, count, budgets })
  packPlaces(tree, (await opened.ask(WARM_UP_QUESTION)).places, budgets, count)
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
// Exit explicitly, because some libraries leave timers or sockets open.
process.exit(0)
