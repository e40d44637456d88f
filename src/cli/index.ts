/** `fovea index`: brings the index up to date, once or for as long as it watches. */
import { resolve } from 'node:path'
import { type Engine, type IndexReport, type IndexShard, sharedUri } from '../engine/engine.ts'
import type { Run } from '../engine/types/run.ts'
import { stderrLog } from '../host/log.ts'
import { collectGarbage } from '../host/memory.ts'
import { watchFolders } from '../host/watch.ts'
import { COMMON, type Command, parseBare, print, progressRun, UsageError, withEngine } from './command.ts'

/** Files from which progress is shown again while it watches. */
const LITTLE = 20

export const index: Command = {
  name: 'index',
  summary: 'index the folder; only what changed is parsed',
  usage: '[--watch] [--uri URI [--shard I/N]]',
  options: [
    ['--watch', 'stay and keep the index current until stopped'],
    ['--uri URI', 'publish it, too: s3://, gs://, az:// or a folder; credentials come from the environment'],
    ['--shard I/N', 'parse and publish part I of N of the files alone; one run without it must follow'],
    ...COMMON,
  ],
  async run(args, signal) {
    const parsed = parseBare(args, {
      watch: { type: 'boolean' },
      uri: { type: 'string' },
      shard: { type: 'string' },
    })
    const given = parsed.text('uri')
    const uri = given === undefined ? undefined : sharedUri(/^[\w+.-]+:\/\//.test(given) ? given : resolve(given))
    const shard = shardOf(parsed.text('shard'))
    if (shard && uri === undefined)
      throw new UsageError('--shard publishes a part of the files: name the place with --uri.')
    const sharing = uri === undefined ? undefined : { publish: true, ...(shard && { shard }) }
    const work = async (engine: Engine) => {
      let last: IndexReport | null = null
      const update = async (): Promise<boolean> => {
        const run = progressRun(signal)
        const report = await engine.index(last ? modest(run) : run, sharing)
        run.clear()
        const { skipped, ...counts } = report
        const moved = !last || hasMoved(last, report)
        last = report
        if (moved && parsed.json) print(JSON.stringify({ ...counts, skipped }))
        else if (moved) print(reportText(report))
        if (parsed.flag('watch') && report.parsed > 0) collectGarbage()
        signal.throwIfAborted()
        return moved
      }
      if (!parsed.flag('watch')) return void (await update())
      await watchFolders(parsed.dirs, signal, update, { warn: (sentence) => stderrLog.warn('watch', sentence) })
    }
    await withEngine(parsed.dirs, work, uri === undefined ? {} : { uri })
  },
}

/** A look that finds little to do is not worth a word. */
function modest({ signal, report }: Run): Run {
  return {
    signal,
    report(now) {
      if (now.stage !== 'walk' && now.total >= LITTLE) report(now)
    },
  }
}

/** Whether a report says something that the last one did not. */
function hasMoved(
  last: IndexReport,
  { parsed, fetched, removed, published, files, skipped, complete }: IndexReport,
): boolean {
  return (
    parsed + fetched + removed + published > 0 ||
    [files, skipped.length, complete].join() !== [last.files, last.skipped.length, last.complete].join()
  )
}

function shardOf(text: string | undefined): IndexShard | undefined {
  if (text === undefined) return undefined
  const [index = 0, count = 0] = (/^(\d{1,4})\/(\d{1,4})$/.exec(text)?.slice(1) ?? []).map(Number)
  if (index >= 1 && index <= count) return { index, count }
  throw new UsageError(`--shard ${text} is no part of a whole: write 1/3, 2/3 and 3/3 for three machines.`)
}

export function reportText(report: IndexReport): string {
  const { files, chunks, parsed, fetched, published, reused, removed, skipped, complete, ms } = report
  const reasons = new Map<string, number>()
  for (const { reason } of skipped) reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  const why = [...reasons].map(([reason, n]) => `${n} ${reason}`).join(', ')
  const shared = fetched ? `, ${fetched.toLocaleString('en')} known already` : ''
  const counts = `${parsed} parsed${shared}, ${reused} unchanged, ${removed} removed`
  const state = complete
    ? `${files} files, ${chunks} chunks`
    : `Stopped with ${files} files; the rest follows with the next run`
  return `${state} (${counts}) in ${(ms / 1000).toFixed(1)} s${why ? `; skipped: ${why}` : ''}${published ? `; ${published.toLocaleString('en')} published` : ''}`
}
