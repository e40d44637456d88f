/**
 * `fovea bench pairs`: minimal pairs of a true claim about the repository and a false mutation of it (NoCha, Karpinska
 * et al. 2024, applied to code). A pair counts only when both are judged correctly, so chance is 25 %. Without a model
 * the bench measures whether the lines that decide each claim are in the pack.
 */
import type { Pack } from '../engine/types/pack.ts'
import { withCopy } from './copy.ts'
import { claimOf, FACT_KINDS, type Fact, type FactKind, falseObject, plantableFacts } from './facts.ts'
import { randomOf, sample, type World } from './questions.ts'
import { conversationOf } from './script.ts'
import {
  type BenchSetting,
  type Cell,
  NO_MODEL,
  Requests,
  runOf,
  type SubBench,
  shareOf,
  type Table,
} from './setting.ts'

/** Token budgets. */
const TOKEN_BUDGETS = [4000, 8000]
/** Token budget of the questions to the model. */
const MODEL_BUDGET_TOKENS = 8000
const INSTRUCTION =
  'Is the following claim true of the repository? Judge it by the context alone and begin with the word yes or no.'

interface Pair {
  readonly fact: Fact
  readonly trueClaim: string
  readonly falseClaim: string
}

interface Outcome {
  readonly pair: Pair
  /** Whether the pack for each claim shows the lines that decide it, one per budget. */
  readonly trueShown: readonly boolean[]
  readonly falseShown: readonly boolean[]
  /** The model's verdict; null when it was not asked or its answer begins with neither yes nor no. */
  readonly trueVerdict: boolean | null
  readonly falseVerdict: boolean | null
}

export const pairs: SubBench = {
  name: 'pairs',
  summary: 'true claims and false twins: are the lines that decide them in the context',
  unit: 'pairs of each kind',
  items: 25,
  measure(setting) {
    return withCopy(setting, async (copy, world) => {
      const requests = new Requests(setting)
      const outcomes: Outcome[] = []
      for (const pair of pairsOf(world, setting)) {
        const areShown = async (claim: string, lines: readonly number[]) => {
          const { packs } = await copy.engine.assemble(runOf(setting), { text: claim, budgets: TOKEN_BUDGETS })
          return packs.map((pack) => shows(pack, pair.fact.path, lines))
        }
        const judge = async (claim: string) => {
          const { model } = setting
          if (!model) return null
          const conversation = conversationOf(model, setting.seed, { instruction: INSTRUCTION })
          const question = { text: claim, budgets: [MODEL_BUDGET_TOKENS] }
          const answer = await requests.try(() => copy.engine.ask(runOf(setting), question, conversation))
          return answer?.mode === 'model' ? verdictOf(answer.text) : null
        }
        outcomes.push({
          pair,
          trueShown: await areShown(pair.trueClaim, pair.fact.lines),
          falseShown: await areShown(pair.falseClaim, pair.fact.refuting),
          trueVerdict: await judge(pair.trueClaim),
          falseVerdict: await judge(pair.falseClaim),
        })
      }
      const missing = FACT_KINDS.filter((kind) => !outcomes.some(({ pair }) => pair.fact.kind === kind))
      return {
        notes: [
          ...copy.notes,
          ...missing.map(
            (kind) => `No pairs of the kind ${kind}: the index holds no such fact about a name of its own.`,
          ),
          ...requests.notes,
          ...(setting.model ? [] : [NO_MODEL]),
        ],
        tables: tablesOf(setting, outcomes),
        meaning: `"True" and "false" are claims whose pack holds the lines that decide them (for a false call the whole body).${setting.model ? ' A pair is right when the true claim got a yes and its twin a no; chance is 0.25.' : ''}`,
        failures: outcomes.flatMap(({ pair, trueShown, falseShown }) => [
          ...(trueShown.at(-1) ? [] : [`${pair.fact.path}:${pair.fact.lines[0]} not shown for: ${pair.trueClaim}`]),
          ...(falseShown.at(-1)
            ? []
            : [`${pair.fact.path}:${pair.fact.lines[0]} not shown for (false): ${pair.falseClaim}`]),
        ]),
      }
    })
  },
}

/** Up to `items` facts of each kind about different names, each with its false twin. */
export function pairsOf(world: World, { items, seed }: Pick<BenchSetting, 'items' | 'seed'>): readonly Pair[] {
  const facts = plantableFacts(world)
  const random = randomOf(seed)
  return FACT_KINDS.flatMap((kind) => {
    const ofKind = facts.filter((fact) => fact.kind === kind)
    const subjects = new Set<string>()
    const made: Pair[] = []
    for (const fact of sample(ofKind, ofKind.length, seed)) {
      if (made.length >= items) break
      const object = subjects.has(fact.subject) ? null : falseObject(world, fact, facts, random)
      subjects.add(fact.subject)
      if (object) made.push({ fact, trueClaim: claimOf(fact, fact.object), falseClaim: claimOf(fact, object) })
    }
    return made
  })
}

/** Whether the pack's blocks of the file show all the lines. */
export const shows = ({ blocks }: Pick<Pack, 'blocks'>, path: string, lines: readonly number[]): boolean => {
  const ranges = blocks.filter((block) => block.path === path).flatMap(({ shown }) => shown)
  return lines.every((n) => ranges.some(([first, last]) => first <= n && n <= last))
}

/** The yes or no at the beginning of an answer, ignoring punctuation around it; null for neither. */
export function verdictOf(answer: string): boolean | null {
  const [, word] = /^\W*(?:(?:answer|verdict)\W+)?(yes|no|true|false)\b/i.exec(answer) ?? []
  return word ? /^(yes|true)$/i.test(word) : null
}

function tablesOf({ model }: BenchSetting, outcomes: readonly Outcome[]): Table[] {
  const kinds: readonly (FactKind | 'all')[] = [...FACT_KINDS, 'all']
  const rows = (cells: (part: readonly Outcome[]) => readonly Cell[]) =>
    kinds.flatMap((kind) => {
      const part = outcomes.filter(({ pair }) => kind === 'all' || pair.fact.kind === kind)
      return part.length ? [[kind, String(part.length), ...cells(part)]] : []
    })
  const shown: Table = {
    title: 'The pack for a claim holds the lines that decide it',
    columns: [
      'kind',
      'pairs',
      ...TOKEN_BUDGETS.flatMap((budget) => ['true', 'false', 'both'].map((one) => `${one} ${budget / 1000}k`)),
    ],
    rows: rows((part) =>
      TOKEN_BUDGETS.flatMap((_, i) => [
        shareOf(part.map(({ trueShown }) => trueShown[i]!)),
        shareOf(part.map(({ falseShown }) => falseShown[i]!)),
        shareOf(part.map(({ trueShown, falseShown }) => trueShown[i]! && falseShown[i]!)),
      ]),
    ),
  }
  const judged: Table = {
    title: `Judged by the model with ${MODEL_BUDGET_TOKENS} tokens of context`,
    columns: ['kind', 'pairs', 'true', 'false', 'both'],
    rows: rows((part) => [
      shareOf(part.map(({ trueVerdict }) => trueVerdict === true)),
      shareOf(part.map(({ falseVerdict }) => falseVerdict === false)),
      shareOf(part.map(({ trueVerdict, falseVerdict }) => trueVerdict === true && falseVerdict === false)),
    ]),
  }
  return [shown, ...(model ? [judged] : [])]
}
