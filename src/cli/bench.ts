/** `fovea bench`: measures this build on a folder; prints ratios taken in one run. */
import { COMMON, type Command, UsageError } from './command.ts'

export const bench: Command = {
  name: 'bench',
  summary: 'measure indexing and questions on a folder, as ratios to plain tools',
  usage: 'ingest|query',
  options: COMMON,
  async run() {
    throw new UsageError('Say what to measure: ingest or query.')
  },
}
