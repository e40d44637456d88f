/** Entry point of a worker thread (piscina calls the exported functions by name). */
import type { Cluster } from '../engine/model/cluster.ts'
import type { SyntaxTrouble } from '../engine/model/revision.ts'
import type { ClusterInput, ParseJob } from '../engine/ports.ts'
import { type Batch, clusterChunks, parseBatch, troublesIn } from '../engine/worker.ts'
import { grammars } from './assets.ts'
import { nodeFiles } from './files.ts'

export function parse(jobs: readonly ParseJob[]): Promise<Batch> {
  return parseBatch(nodeFiles, grammars, jobs)
}

export function syntax({ path, text }: { path: string; text: string }): Promise<readonly SyntaxTrouble[] | null> {
  return troublesIn(grammars, path, text)
}

export function cluster(input: ClusterInput): readonly Cluster[] {
  return clusterChunks({ signal: new AbortController().signal, report: () => {} }, input)
}
