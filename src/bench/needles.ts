/**
 * `fovea bench needles`: constants planted in functions, among near-copies, in haystacks of the repository's own files:
 * needle in a haystack (Kamradt 2023) with the lengths and depths of NeedleBench (Li et al. 2024).
 */
import { join } from 'node:path'
import type { Message } from '../engine/types/answer.ts'
import { loadTokenizer } from '../host/open.ts'
import { type BenchCopy, withCopy, withFolder } from './copy.ts'
import { Names, numbersIn, synonymOf } from './names.ts'
import { type Ground, groundOf, holdsLine, type Planted, type Spot, withPlanted } from './plant.ts'
import { randomOf, sample, type World } from './questions.ts'
import {
  type BenchSetting,
  meanOf,
  NO_MODEL,
  Requests,
  runOf,
  type SubBench,
  say,
  shareOf,
  type Table,
} from './setting.ts'

const LENGTHS = [4000, 8000, 16_000, 32_000, 64_000, 128_000]
const DEPTHS = [0, 10, 21, 31, 42, 52, 63, 73, 84, 94, 100]
const BUDGETS = [1000, 4000, 8000]
/** By its name, by the words of its name, by other words for the verb and the measure. */
const WORDINGS = ['by name', 'in words', 'in other words'] as const
const CONFUSERS = 5
/** Of `which functions call …`: so many do, and as many near-copies do not. */
const CALLERS = 5
/** Tokens of a length that are left for what is planted and for the question. */
const BUFFER = 600
/** Room that is not worth a file. */
const SCRAP = 100
/** A length counts as made when the files fill this share of it. */
const FILLED = 0.8
/** A length is effective while accuracy stays at this share of that at the shortest. */
const KEPT = 0.9

/** Files of the repository in their order, cut to a length. */
interface Haystack {
  readonly length: number
  readonly tokens: number
  readonly files: readonly { readonly path: string; readonly lines: readonly string[] }[]
  /** With the tokens of all that stands before, in the order of the haystack. */
  readonly spots: readonly (Spot & { readonly before: number })[]
}

/** One planting: what is asked, what answers it, what must not be taken for it. */
interface Needle {
  readonly length: number
  readonly depth: number
  readonly gold: Planted
  readonly value: number
  readonly planted: readonly Planted[]
  readonly others: readonly number[]
  /** One a wording. */
  readonly questions: readonly string[]
}

interface Outcome {
  readonly needle: Needle
  /** Whether the pack holds the line, by wording and budget. */
  readonly held: readonly (readonly boolean[])[]
  /** null: not asked. */
  readonly exact: boolean | null
}

export const needles: SubBench = {
  name: 'needles',
  summary: 'constants planted in functions, by length of the haystack and depth',
  unit: 'needles a length and depth',
  items: 1,
  async measure(setting) {
    const { haystacks, ground, notes } = await withCopy(setting, async (copy, world) => {
      const found = groundOf(world)
      const { count } = await loadTokenizer()
      const made = haystacksOf(world, found, count, setting.seed)
      return { haystacks: made.haystacks, ground: found, notes: [...copy.notes, ...made.notes] }
    })
    const requests = new Requests(setting)
    const outcomes: Outcome[] = []
    const callers: { readonly length: number; readonly shares: readonly number[] }[] = []
    for (const haystack of haystacks) {
      say(`needles: ${haystack.length} tokens`)
      await withFolder(setting, join(setting.folder, `hay-${haystack.length}`), [], async (copy) => {
        for (let item = 0; item < setting.items; item++) {
          const random = randomOf(setting.seed * 1009 + haystack.length + item)
          for (const depth of DEPTHS) {
            const needle = makeNeedle(haystack, ground, new Names(random), random, depth)
            outcomes.push(await askNeedle(setting, copy, haystack, needle, requests))
          }
          callers.push({ length: haystack.length, shares: await askCallers(setting, copy, haystack, ground, random) })
        }
      })
    }
    const failures = outcomes.flatMap(({ needle, held }) =>
      needle.questions.flatMap((question, i) =>
        held[i]!.at(-1) ? [] : [`not in the pack at ${BUDGETS.at(-1)}: ${question} (${placeOf(needle)})`],
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

interface Straw {
  readonly path: string
  readonly lines: readonly string[]
  readonly gaps: readonly Spot[]
  tokens(): number
}

/** One of each length the repository fills: files that can be planted in and others by turns, in a random order. */
function haystacksOf(world: World, { spots, paths }: Ground, count: (text: string) => number, seed: number) {
  const rest = world.table.files.map(({ path }) => path).filter((path) => !paths.includes(path))
  const [own, others] = [sample(paths, paths.length, seed), sample(rest, rest.length, seed)]
  const straws = own
    .flatMap((path, i) => [path, ...others.slice(i, i + 1)])
    .concat(others.slice(own.length))
    .map((path): Straw => {
      const lines = world.lines(world.table.files.findIndex((entry) => entry.path === path))
      let tokens = -1
      return {
        ...{ path, lines, gaps: spots.filter((spot) => spot.path === path) },
        tokens: () => {
          if (tokens < 0) tokens = count(lines.join('\n'))
          return tokens
        },
      }
    })
  const haystacks = LENGTHS.flatMap((length) => stack(straws, length, count) ?? [])
  const missing = LENGTHS.length - haystacks.length
  const note = `Of the lengths ${haystacks.length} of ${LENGTHS.length} are measured: the repository does not fill the others.`
  return { haystacks, notes: missing ? [note] : [] }
}

/** null when the files do not fill the length. */
function stack(straws: readonly Straw[], length: number, count: (text: string) => number): Haystack | null {
  let free = length - BUFFER
  const files = straws.flatMap(({ path, lines, gaps, tokens }) => {
    if (free < SCRAP) return []
    const fits = tokens() <= free ? { lines, tokens: tokens() } : cutToFit({ lines, gaps, tokens }, free, count)
    if (!fits) return []
    free -= fits.tokens
    return [{ path, ...fits, gaps: gaps.filter(({ after }) => after <= fits.lines.length) }]
  })
  // Needles must be able to stand at both ends.
  const ends = files.filter(({ gaps }) => gaps.length > 0)
  const [first, last] = [ends[0], ends.at(-1)]
  if (!first || !last || free > (length - BUFFER) * (1 - FILLED)) return null
  const order = [first, ...files.filter((file) => file !== first && file !== last), ...(last === first ? [] : [last])]
  let before = 0
  const placed = order.flatMap(({ lines, tokens, gaps }) => {
    const start = before
    before += tokens
    return gaps.map((spot) => ({ ...spot, before: start + (tokens * spot.after) / lines.length }))
  })
  return { length, tokens: before, files: order, spots: placed }
}

/** The file up to the last gap (without gaps: up to the line) that leaves it no longer than what is free. */
function cutToFit(
  { lines, gaps, tokens }: Pick<Straw, 'lines' | 'gaps' | 'tokens'>,
  free: number,
  count: (text: string) => number,
) {
  const most = Math.floor((lines.length * free) / tokens())
  const ends = gaps.length ? gaps.map(({ after }) => after).filter((after) => after <= most) : [most]
  for (const end of ends.toReversed()) {
    const kept = lines.slice(0, end)
    const own = count(kept.join('\n'))
    if (end > 0 && own <= free) return { lines: kept, tokens: own }
  }
  return null
}

function makeNeedle(haystack: Haystack, ground: Ground, names: Names, random: () => number, depth: number): Needle {
  const { spots, tokens, length } = haystack
  const wanted = (tokens * depth) / 100
  const spot = spots.reduce((best, one) =>
    Math.abs(one.before - wanted) < Math.abs(best.before - wanted) ? one : best,
  )
  const words = names.next()
  const value = names.number()
  const gold = ground.functionOf(spot, ground.name(words), String(value))
  const confusers = names.near(words, CONFUSERS).map((near) => {
    const place = spots[Math.floor(random() * spots.length)]!
    return { value: names.number(), place, name: ground.name(near) }
  })
  const planted = confusers.map((one) => ground.functionOf(one.place, one.name, String(one.value)))
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

async function askNeedle(
  setting: BenchSetting,
  copy: BenchCopy,
  haystack: Haystack,
  needle: Needle,
  requests: Requests,
): Promise<Outcome> {
  const texts = write(copy, haystack, needle.planted)
  await copy.index()
  const shown = async (text: string) => {
    const { packs } = await copy.engine.assemble(runOf(setting), { text, budgets: BUDGETS })
    return packs.map(({ blocks }) => holdsLine(blocks, needle.gold))
  }
  const held: (readonly boolean[])[] = []
  for (const question of needle.questions) held.push(await shown(question))
  const { model } = setting
  const fits = model && (model.windowTokens === 0 || haystack.length <= model.windowTokens)
  if (!model || !fits) return { needle, held, exact: null }
  const answer = await requests.write(model, wholePrompt(texts, needle.questions[0]!))
  return { needle, held, exact: isExact(answer?.text ?? '', needle) }
}

/** The value, and the constant of no near-copy. */
export function isExact(answer: string, { value, others }: Pick<Needle, 'value' | 'others'>): boolean {
  const found = numbersIn(answer)
  return found.includes(value) && !others.some((other) => other !== value && found.includes(other))
}

function write(copy: BenchCopy, { files }: Haystack, planted: readonly Planted[]) {
  return files.map(({ path, lines }) => {
    const own = planted.filter((one) => one.path === path)
    const text = `${(own.length ? withPlanted(lines, own) : lines).join('\n')}\n`
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

/** Conditional needles: of ten functions of like names five call one more; the share of their calls in the pack. */
async function askCallers(
  setting: BenchSetting,
  copy: BenchCopy,
  haystack: Haystack,
  ground: Ground,
  random: () => number,
): Promise<readonly number[]> {
  const names = new Names(random)
  const spot = (): Spot => haystack.spots[Math.floor(random() * haystack.spots.length)]!
  const words = names.next()
  const target = ground.functionOf(spot(), ground.name(words), String(names.number()))
  const others = names.near(names.next(), 2 * CALLERS).map((near, i) => {
    const isCaller = i % 2 === 0
    const expression = isCaller ? ground.call(target.name) : String(names.number())
    return { isCaller, ...ground.functionOf(spot(), ground.name(near), expression) }
  })
  write(copy, haystack, [target, ...others])
  await copy.index()
  const text = `Which functions return what ${target.name} returns?`
  const { packs } = await copy.engine.assemble(runOf(setting), { text, budgets: BUDGETS })
  // The line alone would be held by the wrong function of the file: its head must be shown, too.
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
      const own = outcomes.filter(({ needle }) => needle.length === length)
      const share = (part: readonly Outcome[]) => shareOf(part.map(right).filter((flag) => flag !== null))
      return [
        `${length / 1000}k`,
        ...DEPTHS.map((depth) => share(own.filter(({ needle }) => needle.depth === depth))),
        share(own),
      ]
    }),
  })
  const packed = BUDGETS.slice(1).map((budget) => {
    const at = BUDGETS.indexOf(budget)
    const all = ({ held }: Outcome) => held.every((row) => row[at])
    return grid(`Needle's line in the pack of ${budget} tokens, asked in all ${WORDINGS.length} wordings`, all)
  })
  const short = (budget: number) => `${budget / 1000}k`
  const worded: Table = {
    title: `The same by wording and budget; last, the share of ${CALLERS} callers of one function, among as many near-copies`,
    columns: [
      'tokens',
      ...WORDINGS.flatMap((wording) => BUDGETS.map((budget) => `${wording} ${short(budget)}`)),
      ...BUDGETS.map((budget) => `callers ${short(budget)}`),
    ],
    rows: lengths.map((length) => {
      const own = outcomes.filter(({ needle }) => needle.length === length)
      const calling = callers.filter((one) => one.length === length)
      return [
        short(length),
        ...WORDINGS.flatMap((_, i) => BUDGETS.map((_, at) => shareOf(own.map(({ held }) => held[i]![at]!)))),
        ...BUDGETS.map((_, at) => meanOf(calling.map(({ shares }) => shares[at]!))),
      ]
    }),
  }
  const answered = grid('Exact constant from the whole haystack, by the model', ({ exact }) => exact)
  return [...packed, worded, ...(model ? [answered] : [])]
}

function meaningOf({ model, keepEffective }: BenchSetting, outcomes: readonly Outcome[]): string {
  const packed = 'A share is of needles whose line stands in the pack word for word; 1.00 everywhere is perfect.'
  if (!model) return packed
  const effective = effectiveContext(outcomes.map(({ needle, exact }) => ({ length: needle.length, right: exact })))
  if (effective !== null) keepEffective(model.name, effective)
  return `${packed} Effective context of ${model.name}: ${effective === null ? 'none' : `${effective} tokens`} (accuracy stays at ${KEPT * 100} % of that at the shortest length); it is kept and used from now on.`
}

/** The largest length up to which accuracy stays near that at the shortest one; null when nothing is right there. */
export function effectiveContext(
  answers: readonly { readonly length: number; readonly right: boolean | null }[],
): number | null {
  const asked = answers.filter(({ right }) => right !== null)
  const lengths = [...new Set(asked.map(({ length }) => length))].sort((a, b) => a - b)
  const accuracy = (at: number | undefined) =>
    shareOf(asked.filter(({ length }) => length === at).map(({ right }) => right === true)) ?? 0
  const first = accuracy(lengths[0])
  if (first === 0) return null
  const fails = lengths.findIndex((length) => accuracy(length) < first * KEPT)
  return lengths.at(fails < 0 ? -1 : fails - 1) ?? null
}
