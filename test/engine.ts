/** An engine over a tree written as text: files in memory, work in this thread, the index in a temporary folder. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { type Engine, openEngine } from '../src/engine/engine.ts'
import type { Embedder, Ports } from '../src/engine/ports.ts'
import { assignVectors, clusterChunks, parseBatch, syntaxErrorsIn } from '../src/engine/worker.ts'
import { grammars } from '../src/host/assets.ts'
import { memoryFiles, noHistory, parseFixture, testRun } from './fixture.ts'

export interface TestWorld {
  readonly engine: Engine
  /** Paths below the root `/repo`; the next `index` sees changes. */
  readonly tree: Map<string, string | Uint8Array>
  readonly ports: Ports
  readonly folder: string
  readonly warnings: string[]
  index(): ReturnType<Engine['index']>
}

export interface WorldOptions {
  readonly lance?: boolean
  readonly embedder?: Embedder
  /** Address of a shared index. */
  readonly shared?: string
  readonly ports?: Partial<Ports>
}

/** About four characters per token, like current tokenizers; exact counts are the host's job. */
export const roughTokenizer = { id: 'rough', count: (text: string) => Math.ceil(text.length / 4) }

export async function openWorld(
  text: string,
  { lance = false, embedder, shared, ports: more }: WorldOptions = {},
): Promise<TestWorld> {
  const tree = new Map<string, string | Uint8Array>(parseFixture(text))
  const folder = mkdtempSync(join(tmpdir(), 'fovea-engine-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  const warnings: string[] = []
  const now = () =>
    memoryFiles(new Map([['/repo/', ''], ...[...tree].map(([path, content]) => [`/repo${path}`, content] as const)]))
  const files = {
    list: (path: string) => now().list(path),
    stat: (path: string) => now().stat(path),
    read: (path: string) => now().read(path),
  }
  let time = Date.now()
  const ports: Ports = {
    files,
    history: noHistory,
    embedder: embedder ?? null,
    embedding: null,
    tokenizer: roughTokenizer,
    clock: { now: () => ++time, yieldTurn: async () => {} },
    log: { warn: (_topic, message) => warnings.push(message) },
    workers: {
      async parse(run, jobs, each) {
        for (const [i, job] of jobs.entries()) {
          run.signal.throwIfAborted()
          for (const result of (await parseBatch(files, grammars, [job])).results) await each(result)
          run.report({ stage: 'parse', done: i + 1, total: jobs.length })
        }
      },
      cluster: async (run, input) => clusterChunks(run, input),
      assign: async (run, input) => assignVectors(run, input),
      syntax: (_run, all) => Promise.all(all.map(({ path, text }) => syntaxErrorsIn(grammars, path, text))),
    },
    memory: { usedShare: () => 0, collectGarbage: () => {} },
    ...more,
  }
  const engine = await openEngine(ports, {
    ...{ roots: ['/repo'], folder, lanceSupport: { usable: lance, reason: 'test' } },
    shared: shared ?? null,
  })
  after(() => engine.close())
  return { engine, tree, ports, folder, warnings, index: () => engine.index(testRun()) }
}
