/** `fovea index`: brings the index up to date, once or for as long as it watches. */
import type { Report } from '../engine/engine.ts'
import { giveBackMemory } from '../host/memory.ts'
import { watchFolders } from '../host/watch.ts'
import { COMMON, type Command, parseCommand, print, progressRun, withEngine } from './command.ts'

export const index: Command = {
  name: 'index',
  summary: 'index the folder; only what changed is parsed',
  usage: '[--watch]',
  options: [['--watch', 'stay and keep the index current until stopped'], ...COMMON],
  async run(args, signal) {
    const parsed = parseCommand(args, { watch: { type: 'boolean' } })
    await withEngine(parsed.dirs, async (engine) => {
      const update = async (): Promise<void> => {
        const run = progressRun(signal)
        const report = await engine.index(run)
        run.clear()
        const { skipped, ...counts } = report
        if (parsed.json) print(JSON.stringify({ ...counts, skipped }))
        else print(reportText(report))
        if (parsed.flag('watch') && report.parsed > 0) giveBackMemory()
        signal.throwIfAborted()
      }
      if (!parsed.flag('watch')) return update()
      await watchFolders(parsed.dirs, signal, update)
    })
  },
}

export function reportText({ files, chunks, parsed, reused, removed, skipped, complete, ms }: Report): string {
  const reasons = new Map<string, number>()
  for (const { reason } of skipped) reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  const why = [...reasons].map(([reason, n]) => `${n} ${reason}`).join(', ')
  const counts = `${parsed} parsed, ${reused} unchanged, ${removed} removed`
  const state = complete
    ? `${files} files, ${chunks} chunks`
    : `Stopped with ${files} files; the rest follows with the next run`
  return `${state} (${counts}) in ${(ms / 1000).toFixed(1)} s${why ? `; skipped: ${why}` : ''}`
}
