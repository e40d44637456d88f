/**
 * `fovea bench shared`: asks a thread of one question and six follow-ups about other parts of the repository, then
 * edits a file (SCBench, Li et al. 2024, applied to code). Measures how much of a prompt the next one repeats as a
 * prefix, which is what an endpoint can cache, and whether stale text is shown after the edit.
 */
import type { ModelAnswer, Usage } from '../engine/types/answer.ts'
import type { Exchange } from '../engine/types/thread.ts'
import { type BenchCopy, withCopy } from './copy.ts'
import { Names, numbersIn } from './invented-names.ts'
import { holdsLine, type Planted, plantAll, plantSitesOf } from './plant.ts'
import { randomOf, sample } from './questions.ts'
import { conversationOf, promptText, scriptOf } from './script.ts'
import { type BenchSetting, meanOf, NO_MODEL, Requests, runOf, type SubBench, shareOf, type Table } from './setting.ts'

const TURNS = 7
const BUDGET_TOKENS = 8000

interface Part {
  readonly planted: Planted
  readonly value: number
  readonly question: string
}

interface Turn {
  readonly turn: number
  /** Common prefix as a share of the previous prompt's characters; null in the first turn. */
  readonly previousShare: number | null
  /** Common prefix as a share of this prompt's characters; null in the first turn. */
  readonly ownShare: number | null
  readonly isLineShown: boolean
  /** null: no model was asked. */
  readonly isCorrect: boolean | null
  /** Share of the prompt's tokens that the endpoint reports as cached; null when it reports none. */
  readonly cached: number | null
}

interface Edit {
  /** Whether the old line is shown before the index is updated. */
  readonly isOldShownBefore: boolean
  readonly isOldShownAfter: boolean
  readonly isNewShownAfter: boolean
  /** Which value the model answered with; null when no model was asked. */
  readonly answered: 'new' | 'old' | 'neither' | null
}

export const cacheReuse: SubBench = {
  name: 'shared',
  summary: 'threads of seven questions and an edit: what prompts share, and whether old text is shown',
  unit: 'threads',
  items: 5,
  measure(setting) {
    return withCopy(setting, async (copy, world) => {
      const sites = plantSitesOf(world)
      const random = randomOf(setting.seed)
      const names = new Names(random)
      const all = Array.from({ length: setting.items }, (_, i) =>
        sample(sites.spots, TURNS, setting.seed + i).map((spot): Part => {
          const value = names.number()
          const name = sites.name(names.next())
          return {
            value,
            question: `What number does ${name} return?`,
            planted: sites.functionOf(spot, name, String(value)),
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
        const edit = { part: parts[0]!, value: names.number(), earlier: thread.earlier }
        edits.push(await editAndAsk(setting, copy, edit, requests))
      }
      return {
        notes: [...copy.notes, ...requests.notes, ...(setting.model ? [] : [NO_MODEL])],
        tables: tablesOf(setting, turns, edits),
        meaning:
          'A thread that only adds to its prompt keeps 1.00 of the one before, which an endpoint can then have cached; after an edit old text must be shown in 0.00, new text in 1.00.',
        failures: turns
          .filter(({ previousShare }) => previousShare !== null && previousShare < 1)
          .map(
            ({ turn, previousShare }) =>
              `turn ${turn} repeats ${((previousShare ?? 0) * 100).toFixed(1)} % of the prompt before it`,
          ),
      }
    })
  },
}

const answerText = ({ planted, value }: Part): string => `\`${planted.name}\` returns ${value}.`

async function askThread(setting: BenchSetting, copy: BenchCopy, parts: readonly Part[], requests: Requests) {
  const earlier: Exchange[] = []
  const turns: Turn[] = []
  let previous: string | null = null
  for (const [i, part] of parts.entries()) {
    const model = setting.model ?? scriptOf(() => answerText(part))
    const conversation = conversationOf(model, setting.seed, { earlier })
    const answer = await ask(setting, copy, { text: part.question, conversation }, requests)
    if (!answer) continue
    const prompt = promptText(answer.prompt)
    const common = previous === null ? null : commonPrefix(previous, prompt)
    turns.push({
      turn: i + 1,
      previousShare: common === null ? null : common / previous!.length,
      ownShare: common === null ? null : common / prompt.length,
      isLineShown: holdsLine(answer.context.packs[0]?.blocks ?? [], part.planted),
      isCorrect: setting.model ? numbersIn(answer.text).includes(part.value) : null,
      cached: cachedShare(answer.usage),
    })
    previous = prompt
    earlier.push({ question: part.question, answer })
  }
  return { turns, earlier }
}

async function ask(
  setting: BenchSetting,
  { engine }: BenchCopy,
  { text, conversation }: { readonly text: string; readonly conversation: ReturnType<typeof conversationOf> },
  requests: Requests,
): Promise<ModelAnswer | null> {
  const question = { text, budgets: [BUDGET_TOKENS] }
  const answer = await requests.try(() => engine.ask(runOf(setting), question, conversation))
  return answer?.mode === 'model' ? answer : null
}

/** Changes the constant of a part that was asked about to `value`, and asks about it once more. */
async function editAndAsk(
  setting: BenchSetting,
  copy: BenchCopy,
  { part, value, earlier }: { readonly part: Part; readonly value: number; readonly earlier: readonly Exchange[] },
  requests: Requests,
): Promise<Edit> {
  const { planted, question } = part
  const fresh = { path: planted.path, line: planted.line.replace(String(part.value), String(value)) }
  const text = copy.read(planted.path)
  copy.write(planted.path, text.replace(planted.line, fresh.line))
  const again = `${question} Look once more.`
  const readBlocks = async () => {
    const { packs } = await copy.engine.context(runOf(setting), { text: again, budgets: [BUDGET_TOKENS] })
    return packs[0]?.blocks ?? []
  }
  const before = await readBlocks()
  await copy.index()
  const after = await readBlocks()
  let answered: Edit['answered'] = null
  if (setting.model) {
    const conversation = conversationOf(setting.model, setting.seed, { earlier })
    const answer = await ask(setting, copy, { text: again, conversation }, requests)
    const numbers = numbersIn(answer?.text ?? '')
    answered = numbers.includes(part.value) ? 'old' : numbers.includes(value) ? 'new' : 'neither'
  }
  return {
    isOldShownBefore: holdsLine(before, planted),
    isOldShownAfter: holdsLine(after, planted),
    isNewShownAfter: holdsLine(after, fresh),
    answered,
  }
}

/** Length of the common prefix of two texts, in characters. */
export function commonPrefix(one: string, other: string): number {
  const max = Math.min(one.length, other.length)
  let length = 0
  while (length < max && one[length] === other[length]) length++
  return length
}

const cachedShare = (usage: Usage | null): number | null =>
  usage === null || usage.cached === null || usage.input === 0 ? null : usage.cached / usage.input

function tablesOf({ model }: BenchSetting, turns: readonly Turn[], edits: readonly Edit[]): Table[] {
  const mean = (part: readonly Turn[], of: (turn: Turn) => number | null) =>
    meanOf(part.map(of).filter((value) => value !== null))
  const row = (name: string, part: readonly Turn[]) => [
    name,
    mean(part, ({ previousShare }) => previousShare),
    mean(part, ({ ownShare }) => ownShare),
    shareOf(part.map(({ isLineShown }) => isLineShown)),
    ...(model ? [shareOf(part.map(({ isCorrect }) => isCorrect === true)), mean(part, ({ cached }) => cached)] : []),
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
      [
        'old text shown before the index is brought up to date',
        shareOf(edits.map(({ isOldShownBefore }) => isOldShownBefore)),
      ],
      ['old text shown after', shareOf(edits.map(({ isOldShownAfter }) => isOldShownAfter))],
      ['new text shown after', shareOf(edits.map(({ isNewShownAfter }) => isNewShownAfter))],
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
