/**
 * Generates questions from git history: a commit's subject is the query, the files it changed are the gold. The query
 * runs on the parent's tree, which contains neither the change nor any later commit.
 */
import { join } from 'node:path'
import { openScratch } from '../host/scratch.ts'
import { type Bench, isAnswer, type Posed, sample, saysSomething } from './questions.ts'

const MIN_WORDS = 3
const MAX_FILES = 8
/** Commits read from the log. */
const LOOK_BACK = 3000
/** Qualifying commits per question that the sample is drawn from. */
const POOL = 5
/** Boilerplate subjects that say nothing about code: releases, maintenance, spelling, formatting. */
const BOILERPLATE =
  /^\W*(merge|revert|bump|release|releasing|prepare|version|v?\d+\.\d|upgrade dep|update (dep|[\w/.-]+\.\w+$|.*\b(readme|version)\b)|wip|apply|initial commit|(start|begin) version|(chore|ci|build|docs?|style|tests?)(\(.*?\))?!?:)|\b(typos?|grammar|spelling|codespell|lint\w*|ruff|flake8|gofmt|clang-format|reformat\w*|prettier|whitespace|changelog|copyright|licen[cs]e|pre-commit|code review)\b/i

export async function* commitQuestions(bench: Bench): AsyncGenerator<Posed> {
  const { world, folder, signal, count, seed } = bench
  const scratch = await openScratch(world.root, join(folder, 'past'), signal)
  if (!scratch) {
    bench.refuse('commits', `${world.root} is in no git repository with a commit.`)
    return
  }
  const log = await scratch.changes(LOOK_BACK)
  const times = new Map<string, number>()
  for (const { subject } of log) times.set(subject, (times.get(subject) ?? 0) + 1)
  const changes = log.flatMap((change) => {
    const paths = change.paths.filter(isAnswer)
    const text = subjectOf(change.subject)
    // A change made twice, or ported from another branch, may already be known at its parent.
    const once = times.get(change.subject) === 1
    return once && paths.length && paths.length <= MAX_FILES && text !== null ? [{ ...change, paths, text }] : []
  })
  if (changes.length === 0) {
    bench.refuse(
      'commits',
      'The history is too short, as in a shallow clone: no commit with a parent changes one to eight source files.',
    )
    return
  }
  const order = new Map(changes.map((change, i) => [change, -i]))
  const chosen = sample(changes.slice(0, POOL * count), count, seed)
  // In commit order, because neighbouring trees differ least and so the fewest files are parsed again.
  for (const change of chosen.sort((a, b) => order.get(a)! - order.get(b)!)) {
    await scratch.checkout(change.parent)
    const past = await bench.open(scratch.root)
    const known = new Set(past.table.files.map(({ path }) => path))
    const gold = []
    for (const path of change.paths)
      if (known.has(path)) gold.push({ path, lines: numbers(await scratch.changedLines(change, path)) })
    // A commit whose files do not exist at its parent has nothing to find.
    if (gold.length === 0) continue
    const source = `commit ${change.commit.slice(0, 10)}`
    yield { question: { generator: 'commits', text: change.text, source, gold }, world: past }
  }
}

const numbers = (ranges: readonly (readonly [first: number, last: number])[]): number[] =>
  ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i))

/** The subject without issue numbers; null when it is boilerplate or too short. */
export function subjectOf(subject: string): string | null {
  const text = subject
    .replace(/\s*\(?(?:fix(?:es)?|closes?|refs?|see)?\s*(?:gh-|#)\d+\)?/gi, '')
    .replace(/\s+/g, ' ')
    .replace(/[\s;.]+$/, '')
    .trim()
  return BOILERPLATE.test(text) || !saysSomething(text, MIN_WORDS) ? null : text
}
