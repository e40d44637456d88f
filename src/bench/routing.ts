/**
 * `fovea bench routing`: measures whether a question is routed to the mode that suits it. The questions are templates
 * filled with the repository's own symbols, of kinds taken from LaRA (Li et al. 2025: location, reasoning, comparison)
 * and "RAG and Beyond" (Zhao et al. 2024: lists, reasons). With a model, the location questions are also asked in
 * several modes.
 */
import { modeOf } from '../engine/measure.ts'
import { MODES, type Mode } from '../engine/types/query.ts'
import { type BenchCopy, withCopy } from './copy.ts'
import { uniqueNames } from './facts.ts'
import { sample, type World } from './questions.ts'
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

const BUDGET_TOKENS = 8000
/** Kind of question → the mode that suits it. */
const KINDS: Readonly<Record<string, Mode>> = {
  location: 'retrieved',
  mechanism: 'retrieved',
  reason: 'retrieved',
  comparison: 'hybrid',
  relation: 'analysis',
  list: 'analysis',
  overview: 'map-reduce',
}
const INSTRUCTION = 'Answer in one sentence, and name the file.'
/** Modes that can answer a location question; analysis and map-reduce answer other questions. */
const LOCATION_MODES: readonly Mode[] = ['retrieved', 'full', 'hybrid']

interface Asked {
  readonly kind: string
  readonly text: string
  /** What an answer must contain; absent where that is not checked. */
  readonly gold?: string
}

export const routing: SubBench = {
  name: 'routing',
  summary: 'questions of seven kinds: is each answered in the mode that suits it',
  unit: 'questions',
  items: 70,
  measure(setting) {
    return withCopy(setting, async (copy, world) => {
      const requests = new Requests(setting)
      const questions = questionsOf(world, setting)
      const routed: { readonly asked: Asked; readonly mode: Mode | null }[] = []
      for (const asked of questions) routed.push({ asked, mode: await modeOf(copy.engine, asked.text) })
      const tables = [routesOf(routed)]
      if (setting.model) tables.push(await answersOf(copy, setting, requests, questions))
      return {
        notes: [...copy.notes, ...requests.notes, ...(setting.model ? [] : [NO_MODEL])],
        tables,
        meaning:
          'Share of questions by the mode they were routed to; suits: the mode the kind is meant for. Comparisons are of units that are there.',
        failures: routed.flatMap(({ asked, mode }) =>
          mode === KINDS[asked.kind] ? [] : [`${asked.kind}: ${asked.text} → ${mode}`],
        ),
      }
    })
  },
}

/** Makes an equal number of questions of each kind. */
export function questionsOf(world: World, { items, seed }: Pick<BenchSetting, 'items' | 'seed'>): readonly Asked[] {
  const each = Math.max(1, Math.ceil(items / Object.keys(KINDS).length))
  const names = [...uniqueNames(world)].map(([name, { file }]) => ({ name, path: world.table.files[file]!.path }))
  const pick = (n: number) => sample(names, each, seed + n)
  const others = sample(names, each, seed + 99)
  const asked = (kind: string, text: string, gold?: string): Asked => ({ kind, text, ...(gold && { gold }) })
  const file = (path: string) => path.slice(path.lastIndexOf('/') + 1)
  const vary = (texts: readonly string[], i: number) => texts[i % texts.length]!
  return [
    ...pick(0).map(({ name, path }, i) =>
      asked('location', vary([`Where is \`${name}\` defined?`, `In which file is ${name}?`], i), file(path)),
    ),
    ...pick(1).map(({ name }, i) =>
      asked(
        'mechanism',
        vary([`How does ${name} work?`, `What happens when \`${name}\` is called with an empty input?`], i),
      ),
    ),
    ...pick(2).map(({ name }, i) =>
      asked('reason', vary([`Why does ${name} exist?`, `What was the reason for ${name} being written like this?`], i)),
    ),
    ...pick(3).flatMap(({ name }, i) => {
      const other = others[i]?.name
      return other && other !== name
        ? [
            asked(
              'comparison',
              vary(
                [`What is the difference between \`${name}\` and \`${other}\`?`, `Compare ${name} with ${other}`],
                i,
              ),
            ),
          ]
        : []
    }),
    ...pick(4).map(({ name }, i) =>
      asked('relation', vary([`Who calls ${name}?`, `What are the usages of \`${name}\`?`], i)),
    ),
    ...Array.from({ length: each }, (_, i) =>
      asked(
        'list',
        vary(
          [
            'How many functions are there?',
            'List all classes',
            'Which functions are not tested?',
            'What are the 5 longest functions?',
            'Count the tests in this repository',
          ],
          i,
        ),
      ),
    ),
    ...Array.from({ length: each }, (_, i) =>
      asked(
        'overview',
        vary(
          [
            'Give me an overview of this repository',
            'What is the architecture?',
            'What does this project do?',
            'How is the codebase organised?',
          ],
          i,
        ),
      ),
    ),
  ]
}

function routesOf(routed: readonly { readonly asked: Asked; readonly mode: Mode | null }[]): Table {
  return {
    title: 'Where questions are routed to, with a model to answer',
    columns: ['kind', 'questions', ...MODES, 'suits'],
    rows: Object.entries(KINDS).map(([kind, right]): Cell[] => {
      const part = routed.filter(({ asked }) => asked.kind === kind)
      const share = (mode: Mode) => shareOf(part.map((one) => one.mode === mode))
      return [kind, String(part.length), ...MODES.map(share), share(right)]
    }),
  }
}

/**
 * Asks the locations in each mode and as routed: correct answers, tokens, and the router's regret against the best
 * mode.
 */
async function answersOf(
  copy: BenchCopy,
  setting: BenchSetting,
  requests: Requests,
  questions: readonly Asked[],
): Promise<Table> {
  const asked = questions.flatMap(({ text, gold }) => (gold ? [{ text, gold }] : []))
  const right = new Map<string, boolean[]>()
  const tokens = new Map<string, number>()
  for (const { text, gold } of asked)
    for (const mode of [...LOCATION_MODES, null]) {
      const conversation = conversationOf(setting.model!, setting.seed, { instruction: INSTRUCTION })
      const question = { text, budgets: [BUDGET_TOKENS], ...(mode && { mode }) }
      const answer = await requests.try(() => copy.engine.ask(runOf(setting), question, conversation))
      const name = mode ?? 'as routed'
      right.set(name, [...(right.get(name) ?? []), answer?.mode === 'model' && answer.text.includes(gold)])
      tokens.set(name, (tokens.get(name) ?? 0) + (answer?.context.packs[0]?.tokens ?? 0))
    }
  const best = asked.map((_, i) => LOCATION_MODES.some((mode) => right.get(mode)?.[i]))
  return {
    title: 'Locations, asked in each mode',
    columns: ['mode', 'right', 'tokens of context', 'regret against the best mode of each'],
    rows: [...right].map(([mode, flags]): Cell[] => {
      const regret = (shareOf(best) ?? 0) - (shareOf(flags) ?? 0)
      return [mode, shareOf(flags), String(Math.round((tokens.get(mode) ?? 0) / Math.max(1, asked.length))), regret]
    }),
  }
}
