/**
 * Questions from history: a commit's subject asks for the files it touched, on the tree of its parent, where neither
 * the change nor any later commit is known.
 */
import { join } from 'node:path'
import { openScratch } from '../host/scratch.ts'
import { type Bench, isAnswer, type Posed, sample, saysSomething } from './questions.ts'

const WORDS = 3
const MAX_FILES = 8
/** Commits looked at, and how many that qualify a question is drawn from. */
const LOOK_BACK = 3000
const POOL = 5
/** Subjects of habit say nothing about code: releases, upkeep, spelling, layout. */
const HABIT =
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
    // What was done twice, or taken over from another branch, is known at its parent.
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
  // Oldest first: neighbours differ least, so that least is parsed anew.
  for (const change of chosen.sort((a, b) => order.get(a)! - order.get(b)!)) {
    await scratch.checkout(change.parent)
    const past = await bench.open(scratch.root)
    const known = new Set(past.table.files.map(({ path }) => path))
    const gold = []
    for (const path of change.paths)
      if (known.has(path)) gold.push({ path, lines: numbers(await scratch.changedLines(change, path)) })
    if (gold.length === 0) continue
    const source = `commit ${change.commit.slice(0, 10)}`
    yield { question: { generator: 'commits', text: change.text, source, gold }, world: past }
  }
}

const numbers = (ranges: readonly (readonly [first: number, last: number])[]): number[] =>
  ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i))

/** Without numbers of issues; null when it is one of habit or says too little. */
export function subjectOf(subject: string): string | null {
  const text = subject
    .replace(/\s*\(?(?:fix(?:es)?|closes?|refs?|see)?\s*(?:gh-|#)\d+\)?/gi, '')
    .replace(/\s+/g, ' ')
    .replace(/[\s;.]+$/, '')
    .trim()
  return HABIT.test(text) || !saysSomething(text, WORDS) ? null : text
}
