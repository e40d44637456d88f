/**
 * `fovea bench needles`: needle in a haystack (Kamradt 2023) with the lengths and depths of NeedleBench (Li et al.
 * 2024). The needles are constants planted in functions, among near-copies, in haystacks made of the repository's own
 * files.
 */
import { join } from 'node:path'
import type { Message } from '../engine/types/answer.ts'
import { loadTokenizer } from '../host/open.ts'
import { type BenchCopy, withCopy, withFolder } from './copy.ts'
import { Names, numbersIn, synonymOf } from './invented-names.ts'
import { holdsLine, type Planted, type PlantSites, plantSitesOf, type Spot, withPlanted } from './plant.ts'
import { randomOf, sample, type World } from './questions.ts'
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

/** Haystack lengths in tokens. */
const LENGTHS = [4000, 8000, 16_000, 32_000, 64_000, 128_000]
/** Positions in the haystack, in percent of its tokens. */
const DEPTHS = [0, 10, 21, 31, 42, 52, 63, 73, 84, 94, 100]
/** Token budgets. */
const TOKEN_BUDGETS = [1000, 4000, 8000]
/** The question uses the function's name, the words of the name, or synonyms of its verb and measure. */
const WORDINGS = ['by name', 'in words', 'in other words'] as const
/** Near-copies planted beside each needle. */
const CONFUSERS = 5
/** Planted callers for `which functions call …`, beside as many near-copies that do not call it. */
const CALLERS = 5
/** Tokens of a length that are reserved for planted code and the question. */
const RESERVED_TOKENS = 600
/** Fewer free tokens than this are not worth another file. */
const MIN_FREE_TOKENS = 100
/** A length is measured when the files fill at least this share of it. */
const MIN_FILLED = 0.8
/** A length is effective while accuracy stays above this share of the accuracy at the shortest length. */
const EFFECTIVE_SHARE = 0.9

/** Files of the repository in haystack order, cut to a length in tokens. */
interface Haystack {
  readonly length: number
  readonly tokens: number
  readonly files: readonly { readonly path: string; readonly lines: readonly string[] }[]
  /** Spots to plant at, each with the number of tokens before it in the haystack. */
  readonly spots: readonly (Spot & { readonly before: number })[]
}

/** One planted needle: the questions, the function that answers them, and the near-copies that must not. */
interface Needle {
  readonly length: number
  readonly depth: number
  readonly gold: Planted
  readonly value: number
  readonly planted: readonly Planted[]
  /** Constants of the near-copies. */
  readonly others: readonly number[]
  /** One per wording. */
  readonly questions: readonly string[]
}

interface Outcome {
  readonly needle: Needle
  /** Whether the pack shows the line, by wording and budget. */
  readonly shown: readonly (readonly boolean[])[]
  /** Whether the model answered exactly; null when it was not asked. */
  readonly exact: boolean | null
}

export const needles: SubBench = {
  name: 'needles',
  summary: 'constants planted in functions, by length of the haystack and depth',
  unit: 'needles a length and depth',
  items: 1,
  async measure(setting) {
    const { haystacks, sites, notes } = await withCopy(setting, async (copy, world) => {
      const found = plantSitesOf(world)
      const { count } = await loadTokenizer()
      const made = haystacksOf(world, found, count, setting.seed)
      return { haystacks: made.haystacks, sites: found, notes: [...copy.notes, ...made.notes] }
    })
    const requests = new Requests(setting)
    const outcomes: Outcome[] = []
    const callers: { readonly length: number; readonly shares: readonly number[] }[] = []
    for (const haystack of haystacks) {
      logProgress(`needles: ${haystack.length} tokens`)
      await withFolder(setting, join(setting.folder, `hay-${haystack.length}`), [], async (copy) => {
        for (let item = 0; item < setting.items; item++) {
          const random = randomOf(setting.seed * 1009 + haystack.length + item)
          for (const depth of DEPTHS) {
            const needle = makeNeedle(haystack, sites, { random, depth })
            outcomes.push(await askNeedle({ setting, copy, haystack, sites }, needle, requests))
          }
          const shares = await askCallers({ setting, copy, haystack, sites }, random)
          callers.push({ length: haystack.length, shares })
        }
      })
    }
    const failures = outcomes.flatMap(({ needle, shown }) =>
      needle.questions.flatMap((question, i) =>
        shown[i]!.at(-1) ? [] : [`not in the pack at ${TOKEN_BUDGETS.at(-1)}: ${question} (${placeOf(needle)})`],
      ),
    )
    return {
      notes: [...notes, ...requests.notes, ...(setting.model ? [] : [NO_MODEL])],
      tables: tablesOf(setting, outcomes, callers),
      meaning: meaningOf(setting, outcomes),
      failures,
    }
  },
}

const placeOf = ({ gold, length, depth }: Needle): string => `${gold.path}, ${length} tokens, depth ${depth} %`

/** A file of a haystack; tokens are counted when first needed. */
interface Straw {
  readonly path: string
  readonly lines: readonly string[]
  readonly gaps: readonly Spot[]
  tokens(): number
}

/** Builds a haystack of each length the repository can fill, alternating files with and without spots to plant at. */
function haystacksOf(world: World, { spots, paths }: PlantSites, count: (text: string) => number, seed: number) {
  const rest = world.table.files.map(({ path }) => path).filter((path) => !paths.includes(path))
  const [plantable, others] = [sample(paths, paths.length, seed), sample(rest, rest.length, seed)]
  const straws = plantable
    .flatMap((path, i) => [path, ...others.slice(i, i + 1)])
    .concat(others.slice(plantable.length))
    .map((path): Straw => {
      const lines = world.lines(world.table.files.findIndex((entry) => entry.path === path))
      let tokens: number | undefined
      return {
        ...{ path, lines, gaps: spots.filter((spot) => spot.path === path) },
        tokens: () => {
          tokens ??= count(lines.join('\n'))
          return tokens
        },
      }
    })
  const haystacks = LENGTHS.flatMap((length) => stack(straws, length, count) ?? [])
  const missing = LENGTHS.length - haystacks.length
  const note = `Of the lengths ${haystacks.length} of ${LENGTHS.length} are measured: the repository does not fill the others.`
  return { haystacks, notes: missing ? [note] : [] }
}

/** Stacks files up to the length; null when they do not fill it. */
function stack(straws: readonly Straw[], length: number, count: (text: string) => number): Haystack | null {
  let free = length - RESERVED_TOKENS
  const files = straws.flatMap(({ path, lines, gaps, tokens }) => {
    if (free < MIN_FREE_TOKENS) return []
    const fits = tokens() <= free ? { lines, tokens: tokens() } : cutToFit({ lines, gaps, tokens }, free, count)
    if (!fits) return []
    free -= fits.tokens
    return [{ path, ...fits, gaps: gaps.filter(({ after }) => after <= fits.lines.length) }]
  })
  // Files with spots go to both ends, so that needles can be planted at depth 0 and 100.
  const ends = files.filter(({ gaps }) => gaps.length > 0)
  const [first, last] = [ends[0], ends.at(-1)]
  if (!first || !last || free > (length - RESERVED_TOKENS) * (1 - MIN_FILLED)) return null
  const order = [first, ...files.filter((file) => file !== first && file !== last), ...(last === first ? [] : [last])]
  let before = 0
  const placed = order.flatMap(({ lines, tokens, gaps }) => {
    const start = before
    before += tokens
    return gaps.map((spot) => ({ ...spot, before: start + (tokens * spot.after) / lines.length }))
  })
  return { length, tokens: before, files: order, spots: placed }
}

/** Cuts the file after the last gap (without gaps: after the last line) at which it fits into the free tokens. */
function cutToFit(
  { lines, gaps, tokens }: Pick<Straw, 'lines' | 'gaps' | 'tokens'>,
  free: number,
  count: (text: string) => number,
) {
  const most = Math.floor((lines.length * free) / tokens())
  const ends = gaps.length ? gaps.map(({ after }) => after).filter((after) => after <= most) : [most]
  for (const end of ends.toReversed()) {
    const head = lines.slice(0, end)
    const headTokens = count(head.join('\n'))
    if (end > 0 && headTokens <= free) return { lines: head, tokens: headTokens }
  }
  return null
}

/** Makes a needle at the spot nearest to the depth (percent), and its near-copies at random spots. */
function makeNeedle(
  { spots, tokens, length }: Haystack,
  sites: PlantSites,
  { random, depth }: { readonly random: () => number; readonly depth: number },
): Needle {
  const names = new Names(random)
  const target = (tokens * depth) / 100
  const spot = spots.reduce((best, one) =>
    Math.abs(one.before - target) < Math.abs(best.before - target) ? one : best,
  )
  const words = names.next()
  const value = names.number()
  const gold = sites.functionOf(spot, sites.name(words), String(value))
  const confusers = names.near(words, CONFUSERS).map((near) => {
    const place = spots[Math.floor(random() * spots.length)]!
    return { value: names.number(), place, name: sites.name(near) }
  })
  const planted = confusers.map((one) => sites.functionOf(one.place, one.name, String(one.value)))
  const [verb, thing, other, measure] = words
  return {
    ...{ length, depth, gold, value, planted: [gold, ...planted], others: confusers.map((one) => one.value) },
    questions: [
      `What number does ${gold.name} return?`,
      `Which number is used to ${verb} the ${measure} of a ${thing} ${other}?`,
      `How large is the ${synonymOf(measure!)} when we ${synonymOf(verb!)} the ${thing} ${other}?`,
    ],
  }
}

interface HaystackCopy {
  readonly setting: BenchSetting
  readonly copy: BenchCopy
  readonly haystack: Haystack
  readonly sites: PlantSites
}

async function askNeedle(
  { setting, copy, haystack }: HaystackCopy,
  needle: Needle,
  requests: Requests,
): Promise<Outcome> {
  const texts = write(copy, haystack, needle.planted)
  await copy.index()
  const shownAt = async (text: string) => {
    const { packs } = await copy.engine.assemble(runOf(setting), { text, budgets: TOKEN_BUDGETS })
    return packs.map(({ blocks }) => holdsLine(blocks, needle.gold))
  }
  const shown: (readonly boolean[])[] = []
  for (const question of needle.questions) shown.push(await shownAt(question))
  const { model } = setting
  const fits = model && (model.windowTokens === 0 || haystack.length <= model.windowTokens)
  if (!model || !fits) return { needle, shown, exact: null }
  const answer = await requests.write(model, wholePrompt(texts, needle.questions[0]!))
  return { needle, shown, exact: isExact(answer?.text ?? '', needle) }
}

/** Whether the answer contains the needle's value and the constant of no near-copy. */
export function isExact(answer: string, { value, others }: Pick<Needle, 'value' | 'others'>): boolean {
  const found = numbersIn(answer)
  return found.includes(value) && !others.some((other) => other !== value && found.includes(other))
}

/** Writes the haystack with what is planted in it; returns its files. */
function write(copy: BenchCopy, { files }: Haystack, planted: readonly Planted[]) {
  return files.map(({ path, lines }) => {
    const inFile = planted.filter((one) => one.path === path)
    const text = `${(inFile.length ? withPlanted(lines, inFile) : lines).join('\n')}\n`
    if (copy.read(path) !== text) copy.write(path, text)
    return { path, text }
  })
}

function wholePrompt(texts: readonly { readonly path: string; readonly text: string }[], question: string): Message[] {
  const context = texts.map(({ path, text }) => `## ${path}\n${text}`).join('\n')
  return [
    { role: 'system', content: 'You answer questions about the code you are given. Answer with the number alone.' },
    { role: 'user', content: `<code>\n${context}</code>\n\n${question}` },
  ]
}

/**
 * Conditional needles: five of ten similarly named functions call a target. Returns the share of callers shown, by
 * budget.
 */
async function askCallers(
  { setting, copy, haystack, sites }: HaystackCopy,
  random: () => number,
): Promise<readonly number[]> {
  const names = new Names(random)
  const spot = (): Spot => haystack.spots[Math.floor(random() * haystack.spots.length)]!
  const words = names.next()
  const target = sites.functionOf(spot(), sites.name(words), String(names.number()))
  const others = names.near(names.next(), 2 * CALLERS).map((near, i) => {
    const isCaller = i % 2 === 0
    const expression = isCaller ? sites.call(target.name) : String(names.number())
    return { isCaller, ...sites.functionOf(spot(), sites.name(near), expression) }
  })
  write(copy, haystack, [target, ...others])
  await copy.index()
  const text = `Which functions return what ${target.name} returns?`
  const { packs } = await copy.engine.assemble(runOf(setting), { text, budgets: TOKEN_BUDGETS })
  // Another function of the file may contain the same line, so the function's first line must be shown as well.
  const isShown = (blocks: (typeof packs)[number]['blocks'], caller: Planted) =>
    holdsLine(blocks, caller) && holdsLine(blocks, { path: caller.path, line: caller.lines.at(0) ?? '' })
  const callers = others.filter(({ isCaller }) => isCaller)
  return packs.map(({ blocks }) => callers.filter((caller) => isShown(blocks, caller)).length / callers.length)
}

function tablesOf(
  { model }: BenchSetting,
  outcomes: readonly Outcome[],
  callers: readonly { readonly length: number; readonly shares: readonly number[] }[],
): Table[] {
  const lengths = [...new Set(outcomes.map(({ needle }) => needle.length))]
  const grid = (title: string, right: (outcome: Outcome) => boolean | null): Table => ({
    title,
    columns: ['tokens', ...DEPTHS.map((depth) => `${depth} %`), 'all'],
    rows: lengths.map((length) => {
      const ofLength = outcomes.filter(({ needle }) => needle.length === length)
      const share = (part: readonly Outcome[]) => shareOf(part.map(right).filter((flag) => flag !== null))
      return [
        `${length / 1000}k`,
        ...DEPTHS.map((depth) => share(ofLength.filter(({ needle }) => needle.depth === depth))),
        share(ofLength),
      ]
    }),
  })
  const packed = TOKEN_BUDGETS.slice(1).map((budget) => {
    const at = TOKEN_BUDGETS.indexOf(budget)
    const all = ({ shown }: Outcome) => shown.every((row) => row[at])
    return grid(`Needle's line in the pack of ${budget} tokens, asked in all ${WORDINGS.length} wordings`, all)
  })
  const short = (budget: number) => `${budget / 1000}k`
  const worded: Table = {
    title: `The same by wording and budget; last, the share of ${CALLERS} callers of one function, among as many near-copies`,
    columns: [
      'tokens',
      ...WORDINGS.flatMap((wording) => TOKEN_BUDGETS.map((budget) => `${wording} ${short(budget)}`)),
      ...TOKEN_BUDGETS.map((budget) => `callers ${short(budget)}`),
    ],
    rows: lengths.map((length) => {
      const ofLength = outcomes.filter(({ needle }) => needle.length === length)
      const calling = callers.filter((one) => one.length === length)
      return [
        short(length),
        ...WORDINGS.flatMap((_, i) =>
          TOKEN_BUDGETS.map((_, at) => shareOf(ofLength.map(({ shown }) => shown[i]![at]!))),
        ),
        ...TOKEN_BUDGETS.map((_, at) => meanOf(calling.map(({ shares }) => shares[at]!))),
      ]
    }),
  }
  const answered = grid('Exact constant from the whole haystack, by the model', ({ exact }) => exact)
  return [...packed, worded, ...(model ? [answered] : [])]
}

/** How to read the tables; also records the model's effective context, when there is one. */
function meaningOf({ model, recordEffectiveTokens }: BenchSetting, outcomes: readonly Outcome[]): string {
  const packed = 'A share is of needles whose line stands in the pack word for word; 1.00 everywhere is perfect.'
  if (!model) return packed
  const effective = effectiveContext(outcomes.map(({ needle, exact }) => ({ length: needle.length, right: exact })))
  if (effective !== null) recordEffectiveTokens(model.name, effective)
  return `${packed} Effective context of ${model.name}: ${effective === null ? 'none' : `${effective} tokens`} (accuracy stays at ${EFFECTIVE_SHARE * 100} % of that at the shortest length); it is kept and used from now on.`
}

/**
 * The largest length, in tokens, up to which accuracy stays above `EFFECTIVE_SHARE` of the accuracy at the shortest
 * length; null when no answer is correct at the shortest.
 */
export function effectiveContext(
  answers: readonly { readonly length: number; readonly right: boolean | null }[],
): number | null {
  const asked = answers.filter(({ right }) => right !== null)
  const lengths = [...new Set(asked.map(({ length }) => length))].sort((a, b) => a - b)
  const accuracy = (at: number | undefined) =>
    shareOf(asked.filter(({ length }) => length === at).map(({ right }) => right === true)) ?? 0
  const first = accuracy(lengths[0])
  if (first === 0) return null
  const fails = lengths.findIndex((length) => accuracy(length) < first * EFFECTIVE_SHARE)
  return lengths.at(fails < 0 ? -1 : fails - 1) ?? null
}
