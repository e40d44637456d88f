/**
 * `fovea bench shared`: a thread of one question and six follow-ups on other parts of the repository, then an edit
 * (SCBench, Li et al. 2024, on code): how much of a prompt the next one repeats, and whether an answer could be stale.
 */
import type { ModelAnswer, Usage } from '../engine/types/answer.ts'
import type { Exchange } from '../engine/types/thread.ts'
import { type BenchCopy, withCopy } from './copy.ts'
import { Names, numbersIn } from './names.ts'
import { groundOf, holdsLine, type Planted, plantAll } from './plant.ts'
import { randomOf, sample } from './questions.ts'
import { conversationOf, promptText, scriptOf } from './script.ts'
import { type BenchSetting, meanOf, NO_MODEL, Requests, runOf, type SubBench, shareOf, type Table } from './setting.ts'

const TURNS = 7
const BUDGET = 8000

interface Part {
  readonly planted: Planted
  readonly value: number
  readonly question: string
}

interface Turn {
  readonly turn: number
  /** Of the previous prompt's characters the share that this one begins with, and of its own; null at the first. */
  readonly kept: number | null
  readonly reused: number | null
  readonly held: boolean
  readonly right: boolean | null
  /** Share of the prompt's tokens that the endpoint says it had cached; null when it does not say. */
  readonly cached: number | null
}

interface Edit {
  /** Before the index is brought up to date. */
  readonly oldAtOnce: boolean
  readonly oldLater: boolean
  readonly newLater: boolean
  readonly answered: 'new' | 'old' | 'neither' | null
}

export const cacheReuse: SubBench = {
  name: 'shared',
  summary: 'threads of seven questions and an edit: what prompts share, and whether old text is shown',
  unit: 'threads',
  items: 5,
  measure(setting) {
    return withCopy(setting, async (copy, world) => {
      const ground = groundOf(world)
      const random = randomOf(setting.seed)
      const names = new Names(random)
      const all = Array.from({ length: setting.items }, (_, i) =>
        sample(ground.spots, TURNS, setting.seed + i).map((spot): Part => {
          const value = names.number()
          const name = ground.name(names.next())
          return {
            value,
            question: `What number does ${name} return?`,
            planted: ground.functionOf(spot, name, String(value)),
          }
        }),
      )
      plantAll(
        copy,
        all.flatMap((parts) => parts.map(({ planted }) => planted)),
      )
      await copy.index()
      const requests = new Requests(setting)
      const turns: Turn[] = []
      const edits: Edit[] = []
      for (const parts of all) {
        const thread = await askThread(setting, copy, parts, requests)
        turns.push(...thread.turns)
        edits.push(await editAndAsk(setting, copy, parts[0]!, thread.earlier, { requests, value: names.number() }))
      }
      return {
        notes: [...copy.notes, ...requests.notes, ...(setting.model ? [] : [NO_MODEL])],
        tables: tablesOf(setting, turns, edits),
        meaning:
          'A thread that only adds to its prompt keeps 1.00 of the one before, which an endpoint can then have cached; after an edit old text must be shown in 0.00, new text in 1.00.',
        failures: turns
          .filter(({ kept }) => kept !== null && kept < 1)
          .map(({ turn, kept }) => `turn ${turn} repeats ${((kept ?? 0) * 100).toFixed(1)} % of the prompt before it`),
      }
    })
  },
}

const answerText = ({ planted, value }: Part): string => `\`${planted.name}\` returns ${value}.`

async function askThread(setting: BenchSetting, copy: BenchCopy, parts: readonly Part[], requests: Requests) {
  const earlier: Exchange[] = []
  const turns: Turn[] = []
  let before: string | null = null
  for (const [i, part] of parts.entries()) {
    const model = setting.model ?? scriptOf(() => answerText(part))
    const answer = await ask(setting, copy, part.question, conversationOf(model, setting.seed, { earlier }), requests)
    if (!answer) continue
    const prompt = promptText(answer.prompt)
    const common = before === null ? null : commonPrefix(before, prompt)
    turns.push({
      turn: i + 1,
      kept: common === null ? null : common / before!.length,
      reused: common === null ? null : common / prompt.length,
      held: holdsLine(answer.context.packs[0]?.blocks ?? [], part.planted),
      right: setting.model ? numbersIn(answer.text).includes(part.value) : null,
      cached: cachedShare(answer.usage),
    })
    before = prompt
    earlier.push({ question: part.question, answer })
  }
  return { turns, earlier }
}

async function ask(
  setting: BenchSetting,
  { engine }: BenchCopy,
  text: string,
  conversation: ReturnType<typeof conversationOf>,
  requests: Requests,
): Promise<ModelAnswer | null> {
  const question = { text, budgets: [BUDGET] }
  const answer = await requests.try(() => engine.ask(runOf(setting), question, conversation))
  return answer?.mode === 'model' ? answer : null
}

/** Changes the constant of a part that was asked about, and asks about it once more. */
async function editAndAsk(
  setting: BenchSetting,
  copy: BenchCopy,
  part: Part,
  earlier: readonly Exchange[],
  { requests, value }: { readonly requests: Requests; readonly value: number },
): Promise<Edit> {
  const { planted, question } = part
  const fresh = { path: planted.path, line: planted.line.replace(String(part.value), String(value)) }
  const text = copy.read(planted.path)
  copy.write(planted.path, text.replace(planted.line, fresh.line))
  const again = `${question} Look once more.`
  const packed = async () => {
    const { packs } = await copy.engine.context(runOf(setting), { text: again, budgets: [BUDGET] })
    return packs[0]?.blocks ?? []
  }
  const atOnce = await packed()
  await copy.index()
  const later = await packed()
  let answered: Edit['answered'] = null
  if (setting.model) {
    const answer = await ask(setting, copy, again, conversationOf(setting.model, setting.seed, { earlier }), requests)
    const said = numbersIn(answer?.text ?? '')
    answered = said.includes(part.value) ? 'old' : said.includes(value) ? 'new' : 'neither'
  }
  return {
    oldAtOnce: holdsLine(atOnce, planted),
    oldLater: holdsLine(later, planted),
    newLater: holdsLine(later, fresh),
    answered,
  }
}

/** Characters two texts begin with alike. */
export function commonPrefix(one: string, other: string): number {
  const most = Math.min(one.length, other.length)
  let at = 0
  while (at < most && one[at] === other[at]) at++
  return at
}

const cachedShare = (usage: Usage | null): number | null =>
  usage === null || usage.cached === null || usage.input === 0 ? null : usage.cached / usage.input

function tablesOf({ model }: BenchSetting, turns: readonly Turn[], edits: readonly Edit[]): Table[] {
  const mean = (part: readonly Turn[], of: (turn: Turn) => number | null) =>
    meanOf(part.map(of).filter((value) => value !== null))
  const row = (name: string, part: readonly Turn[]) => [
    name,
    mean(part, ({ kept }) => kept),
    mean(part, ({ reused }) => reused),
    shareOf(part.map(({ held }) => held)),
    ...(model ? [shareOf(part.map(({ right }) => right === true)), mean(part, ({ cached }) => cached)] : []),
  ]
  const numbers = [...new Set(turns.map(({ turn }) => turn))]
  const thread: Table = {
    title: 'Prompts of a thread, by turn',
    columns: [
      'turn',
      'kept of the one before',
      'of its own',
      'line in the pack',
      ...(model ? ['right', 'cached tokens'] : []),
    ],
    rows: [
      ...numbers.map((n) =>
        row(
          String(n),
          turns.filter(({ turn }) => turn === n),
        ),
      ),
      row(
        'follow-ups',
        turns.filter(({ turn }) => turn > 1),
      ),
    ],
  }
  const answers = edits.map(({ answered }) => answered)
  const edited: Table = {
    title: 'After an edit of what the first turn asked about',
    columns: ['what', 'share'],
    rows: [
      ['old text shown before the index is brought up to date', shareOf(edits.map(({ oldAtOnce }) => oldAtOnce))],
      ['old text shown after', shareOf(edits.map(({ oldLater }) => oldLater))],
      ['new text shown after', shareOf(edits.map(({ newLater }) => newLater))],
      ...(model
        ? [
            ['stale answers', shareOf(answers.map((answer) => answer === 'old'))] as const,
            ['answers with the new text', shareOf(answers.map((answer) => answer === 'new'))] as const,
          ]
        : []),
    ],
  }
  return [thread, edited]
}
