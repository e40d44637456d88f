/** `fovea index`: updates the index once, or continuously with `--watch`. */
import { resolve } from 'node:path'
import { type Engine, type IndexReport, type IndexShard, sharedUri } from '../engine/engine.ts'
import type { Run } from '../engine/types/run.ts'
import { collectGarbage } from '../host/heap.ts'
import { stderrLog } from '../host/log.ts'
import { watchFolders } from '../host/watch.ts'
import { COMMON, type Command, parseBare, print, progressRun, UsageError, withEngine } from './command.ts'

/** While watching, progress is shown only for updates of at least this many files. */
const MIN_WATCH_FILES = 20

export const index: Command = {
  name: 'index',
  summary: 'index the folder; only changed files are parsed',
  usage: '[--watch] [--uri URI [--shard I/N]]',
  options: [
    ['--watch', 'keep running and update the index on changes'],
    ['--uri URI', 'also publish the index to s3://, gs://, az:// or a folder; credentials come from the environment'],
    ['--shard I/N', 'parse and publish only part I of N of the files; finish with a run without --shard'],
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
    if (shard && uri === undefined) throw new UsageError('--shard needs a place to publish to: add --uri.')
    const sharing = uri === undefined ? undefined : { publish: true, ...(shard && { shard }) }
    const work = async (engine: Engine) => {
      let last: IndexReport | null = null
      const update = async (): Promise<boolean> => {
        const run = progressRun(signal)
        const report = await engine.index(last ? quietWhenSmall(run) : run, sharing)
        run.clear()
        const { skipped, ...counts } = report
        const isNews = !last || hasChanged(last, report)
        last = report
        if (isNews && parsed.json) print(JSON.stringify({ ...counts, skipped }))
        else if (isNews) print(reportText(report))
        if (parsed.flag('watch') && report.parsed > 0) collectGarbage()
        signal.throwIfAborted()
        return isNews
      }
      if (!parsed.flag('watch')) return void (await update())
      await watchFolders(parsed.dirs, signal, update, { warn: (sentence) => stderrLog.warn('watch', sentence) })
    }
    await withEngine(parsed.dirs, work, uri === undefined ? {} : { uri })
  },
}

/** A run that reports progress only for larger updates. */
function quietWhenSmall({ signal, report }: Run): Run {
  return {
    signal,
    report(progress) {
      if (progress.stage !== 'walk' && progress.total >= MIN_WATCH_FILES) report(progress)
    },
  }
}

/** Whether a report differs from the last one in a way worth printing. */
function hasChanged(
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
  throw new UsageError(`--shard must be I/N with I from 1 to N, not ${text}: for three machines use 1/3, 2/3 and 3/3.`)
}

/** An index report as one line. */
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
