/**
 * Entry point of the benches behind `fovea bench`, one file per bench. They mostly report ratios measured within
 * one run, because absolute times do not compare across machines.
 */
import { cacheReuse } from './cache-reuse.ts'
import { citations } from './citations.ts'
import { generateBench } from './generate.ts'
import { holistic } from './holistic.ts'
import { needles } from './needles.ts'
import { pairs } from './pairs.ts'
import { routing } from './routing.ts'
import { safety } from './safety.ts'
import type { SubBench } from './setting.ts'
import { soak } from './soak.ts'
import { threads } from './threads.ts'
import { unanswerable } from './unanswerable.ts'

export { benchCentroids, centroidsText } from './centroids.ts'
export type { Rows } from './cost.ts'
export { benchIngest } from './ingest.ts'
export { benchQuery } from './query.ts'
export { benchText } from './report-text.ts'
export { benchRetrieval } from './retrieval.ts'
export { reportText } from './retrieval-text.ts'
export { type BenchSetting, NO_MODEL, NOT_ASKED, type SubBench } from './setting.ts'
export { benchSnapshot } from './soak-compare.ts'

/** Benches that plant code into a copy or ask about facts read from its index. With a model they also measure that. */
export const PLANTING: readonly SubBench[] = [
  ...[needles, threads, holistic, routing, pairs, unanswerable, citations, cacheReuse, safety, generateBench, soak],
]
