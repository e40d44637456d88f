/**
 * `fovea bench retrieval`: questions generated from the repository itself, asked of Fovea and of the baselines over
 * the same trees in one run. Nothing is written to the repository: past commits and a copy without documentation are
 * checked out by `host/scratch.ts` into an empty repository in the temporary folder, which borrows the objects. That
 * is separate from the engine's History port, because only this bench needs it and the port only reads.
 */

import { resolve } from 'node:path'
import { SIGNALS } from '../engine/measure.ts'
import { EngineError } from '../engine/types/run.ts'
import { stderrLog } from '../host/log.ts'
import { loadTokenizer, openWorkspace } from '../host/open.ts'
import { hasRipgrep, ripgrepSearcher, type Searcher, windowSearcher } from './baselines.ts'
import { commitQuestions } from './commits.ts'
import { documentationQuestions } from './documentation.ts'
import { type Bench, GENERATORS, type Generator, type Question, readWorld, type World } from './questions.ts'
import { type Score, type SearchAnswer, type Summary, scoreAnswer, summarise, TOKEN_BUDGETS } from './score.ts'
import { logProgress } from './setting.ts'
import { titleQuestions } from './titles.ts'

const SEED = 1
/** Token budget of the ablation. */
const ABLATION_BUDGET_TOKENS = 8000
/** Questions between two progress lines. */
const PROGRESS_EVERY = 10
const NO_RIPGREP = 'ripgrep is NOT compared: there is no rg on the PATH; install it and run again.'

export interface RetrievalOptions {
  readonly dir: string
  readonly questions: number
  readonly ablate: boolean
  /** Temporary; the caller removes it. */
  readonly folder: string
}

export interface SystemRow extends Summary {
  readonly system: string
  readonly generator: Generator | 'all'
}

/** Change of the measures (negative: a loss) without one signal. */
export interface AblationRow {
  readonly without: string
  readonly generator: Generator | 'all'
  readonly mrr: number
  readonly recall5: number
  readonly lines8k: number
}

export interface RetrievalReport {
  readonly dir: string
  readonly seed: number
  readonly budgets: readonly number[]
  /** Sentences that say what could not be asked or compared. */
  readonly notes: readonly string[]
  readonly rows: readonly SystemRow[]
  readonly ablation: readonly AblationRow[]
  /** Every question, with the rank of its first gold file by system; 0: not ranked. */
  readonly asked: readonly (Question & { readonly ranks: Readonly<Record<string, number>> })[]
}

interface Asked {
  readonly question: Question
  readonly scores: ReadonlyMap<string, Score>
  /** Ablated signal → the score without it. */
  readonly without: ReadonlyMap<string, Score>
}

const PRODUCERS = { documentation: documentationQuestions, tests: titleQuestions, commits: commitQuestions }

export async function benchRetrieval(
  { dir, questions, ablate, folder }: RetrievalOptions,
  signal: AbortSignal,
): Promise<RetrievalReport> {
  const refused: string[] = []
  const worlds = new Worlds(signal)
  try {
    const root = resolve(dir)
    logProgress(`indexing ${root}`)
    const world = await worlds.open(root)
    const bench: Bench = {
      signal,
      count: questions,
      seed: SEED,
      world,
      folder,
      open: (place) => worlds.open(place),
      refuse: (generator, sentence) => refused.push(`No questions from ${generator}: ${sentence}`),
    }
    const { count } = await loadTokenizer()
    const searchers = [foveaSearcher(), windowSearcher(count)]
    const missing = (await hasRipgrep()) ? [] : [NO_RIPGREP]
    if (missing.length === 0) searchers.push(ripgrepSearcher(count))
    const asked: Asked[] = []
    for (const generator of GENERATORS) {
      let n = 0
      for await (const posed of PRODUCERS[generator](bench)) {
        signal.throwIfAborted()
        asked.push(await ask(posed, searchers, ablate ? SIGNALS : [], signal))
        if (++n % PROGRESS_EVERY === 0) logProgress(`${generator}: ${n} questions asked`)
      }
      if (n % PROGRESS_EVERY > 0) logProgress(`${generator}: ${n} questions asked`)
    }
    if (asked.length === 0)
      throw new EngineError('input', `No questions can be made from ${root}: choose another. ${refused.join(' ')}`)
    return report(dir, [...missing, ...refused], searchers, asked)
  } finally {
    await worlds.close()
  }
}

/** The open engines by folder. They stay open until the run ends, because their tree may be asked again. */
class Worlds {
  private readonly engines = new Map<string, Awaited<ReturnType<typeof openWorkspace>>>()
  private readonly signal: AbortSignal
  constructor(signal: AbortSignal) {
    this.signal = signal
  }

  async open(root: string): Promise<World> {
    const engine = this.engines.get(root) ?? (await openWorkspace([root], stderrLog))
    this.engines.set(root, engine)
    await engine.index({ signal: this.signal, report: () => {} })
    this.signal.throwIfAborted()
    return readWorld(engine, root)
  }

  async close(): Promise<void> {
    for (const engine of this.engines.values()) await engine.close()
  }
}

function foveaSearcher(budgets = TOKEN_BUDGETS, without: readonly string[] = []): Searcher {
  return {
    name: 'Fovea',
    async ask({ engine }, text, signal): Promise<SearchAnswer> {
      const began = performance.now()
      const { hits, packs } = await engine.context(
        { signal, report: () => {} },
        { text, budgets, withoutSignals: without },
      )
      return {
        files: [...new Set(hits.map(({ path }) => path))],
        packs: packs.map(({ blocks }) =>
          blocks.map(({ path, resolution, shown }) => ({ path, resolution, lines: shown })),
        ),
        ms: performance.now() - began,
      }
    },
  }
}

/** Scores the question with every searcher, and with Fovea without each of the `signals`. */
async function ask(
  { question, world }: { readonly question: Question; readonly world: World },
  searchers: readonly Searcher[],
  signals: readonly string[],
  signal: AbortSignal,
): Promise<Asked> {
  const score = async (searcher: Searcher) =>
    scoreAnswer(question.gold, await searcher.ask(world, question.text, signal))
  const scores = new Map<string, Score>()
  for (const searcher of searchers) scores.set(searcher.name, await score(searcher))
  const without = new Map<string, Score>()
  for (const one of signals) without.set(one, await score(foveaSearcher([ABLATION_BUDGET_TOKENS], [one])))
  return { question, scores, without }
}

function report(
  dir: string,
  notes: readonly string[],
  searchers: readonly Searcher[],
  asked: readonly Asked[],
): RetrievalReport {
  const parts = ([...GENERATORS, 'all'] as const)
    .map((generator) => ({
      generator,
      part: asked.filter(({ question }) => generator === 'all' || question.generator === generator),
    }))
    .filter(({ part }) => part.length > 0)
  const summary = (part: readonly Asked[], system: string) => summarise(part.map(({ scores }) => scores.get(system)!))
  return {
    dir,
    seed: SEED,
    budgets: TOKEN_BUDGETS,
    notes,
    rows: parts.flatMap(({ generator, part }) =>
      searchers.map(({ name }) => ({ system: name, generator, ...summary(part, name) })),
    ),
    ablation: parts.flatMap(({ generator, part }) => {
      const whole = summary(part, 'Fovea')
      const at = TOKEN_BUDGETS.indexOf(ABLATION_BUDGET_TOKENS)
      return [...(asked[0]?.without.keys() ?? [])].map((without): AblationRow => {
        const { mrr, recall, lines } = summarise(part.map((one) => one.without.get(without)!))
        const loss = (now: number | undefined, before: number | undefined) =>
          Math.round(((now ?? 0) - (before ?? 0)) * 1000) / 1000
        return {
          without,
          generator,
          mrr: loss(mrr, whole.mrr),
          recall5: loss(recall[1], whole.recall[1]),
          lines8k: loss(lines[0], whole.lines[at]),
        }
      })
    }),
    asked: asked.map(({ question, scores }) => ({
      ...question,
      ranks: Object.fromEntries([...scores].map(([system, { rank }]) => [system, rank])),
    })),
  }
}
