/**
 * `fovea bench threads`: plants chains of calls f1 → f2 → … → fn across files, in path order (forward) or against it
 * (backward) (Needle Threading, Roberts et al. 2024). Without every link the end of the chain cannot be found.
 */
import { type BenchCopy, withCopy } from './copy.ts'
import { Names } from './invented-names.ts'
import { holdsLine, type Planted, type PlantSites, plantAll, plantSitesOf } from './plant.ts'
import { randomOf, sample } from './questions.ts'
import { conversationOf } from './script.ts'
import {
  type BenchSetting,
  logProgress,
  meanOf,
  NO_MODEL,
  Requests,
  runOf,
  type SubBench,
  shareOf,
  type Table,
} from './setting.ts'

const LENGTHS = [2, 3, 4, 5, 6, 7, 8, 9, 10]
const DIRECTIONS = ['forward', 'backward'] as const
/** Token budgets. */
const TOKEN_BUDGETS = [4000, 8000]
/** Token budget of the questions to the model. */
const MODEL_BUDGET_TOKENS = 8000
/** Chains planted at the same time; each is a distractor for the others. */
const AT_ONCE = 8
const INSTRUCTION = 'Follow the calls in the context one by one. Answer with the name of the last function alone.'

interface Chain {
  readonly direction: (typeof DIRECTIONS)[number]
  /** f1 first. */
  readonly functions: readonly Planted[]
  readonly question: string
}

interface Outcome {
  readonly chain: Chain
  /** Share of the links whose line is shown, one per budget. */
  readonly links: readonly number[]
  /** Whether the model named the end of the chain; null when it was not asked. */
  readonly isCorrect: boolean | null
}

export const threads: SubBench = {
  name: 'threads',
  summary: 'chains of two to ten calls across files, forward and backward',
  unit: 'chains of each length and direction',
  items: 3,
  measure(setting) {
    return withCopy(setting, async (copy, world) => {
      const sites = plantSitesOf(world)
      const chains = chainsOf(sites, setting)
      const requests = new Requests(setting)
      const outcomes: Outcome[] = []
      for (let at = 0; at < chains.length; at += AT_ONCE) {
        const batch = chains.slice(at, at + AT_ONCE)
        const restore = plantAll(
          copy,
          batch.flatMap(({ functions }) => functions),
        )
        await copy.index()
        for (const chain of batch) outcomes.push(await askChain(setting, copy, chain, requests))
        restore()
        logProgress(`threads: ${outcomes.length} of ${chains.length} chains asked about`)
      }
      const broken = outcomes.filter(({ links }) => (links.at(-1) ?? 0) < 1)
      return {
        notes: [...copy.notes, ...requests.notes, ...(setting.model ? [] : [NO_MODEL])],
        tables: tablesOf(setting, outcomes),
        meaning: `A link is a function's own line (its call, or what the last one gives) in the pack; a whole chain has all. ${AT_ONCE} chains are planted at once.${setting.model ? ' The model is right when the last function it names is the last of the chain.' : ''}`,
        failures: broken.map(
          ({ chain, links }) =>
            `${chain.functions.length} functions ${chain.direction}, ${((links.at(-1) ?? 0) * 100).toFixed(0)} % of the links at ${TOKEN_BUDGETS.at(-1)}: ${chain.functions.map(({ name, path }) => `${name} (${path})`).join(' → ')}`,
        ),
      }
    })
  },
}

async function askChain(
  setting: BenchSetting,
  { engine }: BenchCopy,
  chain: Chain,
  requests: Requests,
): Promise<Outcome> {
  const { packs } = await engine.assemble(runOf(setting), { text: chain.question, budgets: TOKEN_BUDGETS })
  const links = packs.map(
    ({ blocks }) => chain.functions.filter((one) => holdsLine(blocks, one)).length / chain.functions.length,
  )
  const { model, seed } = setting
  if (!model) return { chain, links, isCorrect: null }
  const conversation = conversationOf(model, seed, { instruction: INSTRUCTION })
  const question = { text: chain.question, budgets: [MODEL_BUDGET_TOKENS] }
  const answer = await requests.try(() => engine.ask(runOf(setting), question, conversation))
  return { chain, links, isCorrect: answer?.mode === 'model' && isEnd(answer.text, chain) }
}

/** Makes the chains of every length and direction, in a random order. */
function chainsOf(sites: PlantSites, { items, seed }: BenchSetting): readonly Chain[] {
  const random = randomOf(seed)
  const names = new Names(random)
  const chains = DIRECTIONS.flatMap((direction) =>
    LENGTHS.flatMap((n) =>
      Array.from({ length: items }, (): Chain => {
        const paths = pathsFor(sites.paths, n, Math.floor(random() * 2 ** 31))
        if (direction === 'backward') paths.reverse()
        const functionNames = paths.map(() => sites.name(names.next()))
        const functions = paths.map((path, i) => {
          const spots = sites.spots.filter((spot) => spot.path === path)
          const spot = spots[Math.floor(random() * spots.length)]!
          const next = functionNames[i + 1]
          return sites.functionOf(spot, functionNames[i]!, next ? sites.call(next) : String(names.number()))
        })
        return { direction, functions, question: questionOf(functionNames[0]!) }
      }),
    ),
  )
  return sample(chains, chains.length, seed)
}

const questionOf = (first: string): string =>
  `${first} calls a function, which may call another, and so on: in which function does the chain of calls that begins with ${first} end?`

/** Draws `n` paths in sorted order, with repetitions when there are fewer. */
function pathsFor(paths: readonly string[], n: number, seed: number): string[] {
  const chosen = sample(paths, n, seed)
  return Array.from({ length: n }, (_, i) => chosen[i % chosen.length]!).sort()
}

/** Whether the chain's end is the function that the answer names last. */
export function isEnd(answer: string, { functions }: Pick<Chain, 'functions'>): boolean {
  const places = functions.map(({ name }) => answer.lastIndexOf(name))
  const last = places.at(-1) ?? -1
  return last >= 0 && places.every((place) => place <= last)
}

function tablesOf({ model }: BenchSetting, outcomes: readonly Outcome[]): Table[] {
  const columns = [
    'functions',
    'chains',
    ...TOKEN_BUDGETS.flatMap((budget) => [`links ${budget / 1000}k`, `whole ${budget / 1000}k`]),
    ...(model ? ['model right'] : []),
  ]
  const row = (name: string, part: readonly Outcome[]) => [
    name,
    String(part.length),
    ...TOKEN_BUDGETS.flatMap((_, i) => [
      meanOf(part.map(({ links }) => links[i]!)),
      shareOf(part.map(({ links }) => links[i] === 1)),
    ]),
    ...(model ? [shareOf(part.map(({ isCorrect }) => isCorrect === true))] : []),
  ]
  const byLength = LENGTHS.map((n) =>
    row(
      String(n),
      outcomes.filter(({ chain }) => chain.functions.length === n),
    ),
  )
  const byDirection = DIRECTIONS.map((direction) =>
    row(
      direction,
      outcomes.filter(({ chain }) => chain.direction === direction),
    ),
  )
  return [{ title: 'Chains of calls in the pack', columns, rows: [...byLength, ...byDirection, row('all', outcomes)] }]
}
