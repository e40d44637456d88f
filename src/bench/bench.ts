/** The door of the benches: one file each, run by `fovea bench`; what they print is ratios taken in one run. */
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
export { foundText } from './report-text.ts'
export { benchRetrieval } from './retrieval.ts'
export { reportText } from './retrieval-text.ts'
export { type BenchSetting, NO_MODEL, NOT_ASKED, type SubBench } from './setting.ts'
export { benchSnapshot } from './soak-compare.ts'

/** Those that plant something in a copy, or ask about facts read off its index; with a model they measure it, too. */
export const PLANTING: readonly SubBench[] = [
  ...[needles, threads, holistic, routing, pairs, unanswerable, citations, cacheReuse, safety, generateBench, soak],
]
