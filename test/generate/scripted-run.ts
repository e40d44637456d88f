/**
 * A run over real HTTP: a scripted server plays the model turn by turn, and its requests are recorded. Contains no
 * tests.
 */
import { type GenerateOptions, TokenBudget } from '../../src/engine/engine.ts'
import { type CheckResult, DEFAULT_LIMITS, type FileChange, type Plan } from '../../src/engine/types/generation.ts'
import { modelOf } from '../../src/host/providers/providers.ts'
import { openWorld } from '../engine.ts'
import { testRun } from '../fixture.ts'
import {
  MODEL,
  type RecordedRequest,
  type ScriptedReply,
  type SentMessage,
  scriptedOpenAI,
} from '../scripted-openai.ts'

export const TREE = `
  //- /src/total.ts
  export function total(items: number[]) {
    return items.reduce((a, b) => a + b, 0)
  }
  //- /src/shop.ts
  import { total } from './total'
  export function shop(items: number[]) {
    return total(items)
  }
  //- /test/total.test.ts
  import { total } from '../src/total'
  export function checkTotal() {
    return total([1, 2]) === 3
  }
  //- /config.env
  API_TOKEN=ghp_0123456789abcdefghijklmnopqrstuvwxyzABCD
`
export const TASK = '- Totals are rounded.\n- The shop says so.'

export const openai = await scriptedOpenAI()

/** A reply, or a function from the last message to a reply. */
type Turn = string | ScriptedReply | ((sent: string) => string | ScriptedReply)

interface Play {
  readonly task?: string
  /** Replies by the id of the step that asks. */
  readonly turns: Readonly<Record<string, readonly Turn[]>>
  readonly plan?: object | string
  readonly options?: Partial<GenerateOptions>
  readonly window?: number
  readonly check?: (changes: readonly FileChange[]) => CheckResult
  readonly tree?: string
}

export const step = (id: string, requirements: string[], files: [string, string][], deps: string[] = []) => ({
  ...{ id, goal: `reach ${id}`, requirements, deps },
  files: files.map(([action, path]) => ({ action, path })),
})
export const PLAN = {
  steps: [
    step('s1', ['R1'], [['edit', 'src/total.ts']]),
    step(
      's2',
      ['R2'],
      [
        ['edit', 'src/shop.ts'],
        ['create', 'src/note.ts'],
      ],
      ['s1'],
    ),
  ],
}
export const block = (verb: string, text: string, instead?: string) =>
  instead === undefined
    ? `${verb}\n<<<<<<< TEXT\n${text}\n>>>>>>> END`
    : `${verb}\n<<<<<<< FIND\n${text}\n=======\n${instead}\n>>>>>>> END`
export const ROUND = block(
  'EDIT src/total.ts',
  'items.reduce((a, b) => a + b, 0)',
  'Math.round(items.reduce((a, b) => a + b, 0))',
)
export const NOTE = block('CREATE src/note.ts', "export const ROUNDED = 'rounded'")
const PASSES = (): CheckResult => ({ name: 'test', outcome: 'pass', detail: '' })

/** Opens the tree, makes or takes a plan, and returns what a test needs to carry it out. */
export async function play({
  task = TASK,
  turns,
  plan = PLAN,
  options = {},
  window = 0,
  check = PASSES,
  tree = TREE,
}: Play) {
  const world = await openWorld(tree)
  await world.index()
  const left = new Map(Object.entries(turns).map(([id, all]) => [id, [...all]]))
  const sent: { step: string; messages: readonly SentMessage[]; tools: readonly string[] }[] = []
  const reply = ({ body: { messages = [], tools = [] } }: RecordedRequest): string | ScriptedReply => {
    const [system, first] = messages
    const isPlanning = system?.content.startsWith('You plan')
    const id = isPlanning ? 'plan' : (/This step, (\S+):/.exec(first?.content ?? '')?.[1] ?? '?')
    sent.push({ step: id, messages, tools: tools.map((one) => one.function.name) })
    if (isPlanning && !left.has('plan')) return typeof plan === 'string' ? plan : JSON.stringify(plan)
    const queue = left.get(id) ?? []
    const turn = (queue.length > 1 ? queue.shift() : queue[0]) ?? 'DONE nothing is left'
    return typeof turn === 'function' ? turn(messages.at(-1)?.content ?? '') : turn
  }
  openai.script({ reply })
  const model = modelOf({ url: openai.url, model: MODEL, key: '', headers: {}, window })
  const events: string[] = []
  const allOptions: GenerateOptions = {
    ...{
      model,
      limits: DEFAULT_LIMITS,
      budget: new TokenBudget((options.limits ?? DEFAULT_LIMITS).tokens),
      unchecked: false,
      tests: false,
      fence: 'f00d',
    },
    command: async (_run, changes) => check(changes),
    onEvent: (event) => events.push(event.kind === 'ended' ? `${event.result.id} ${event.result.outcome}` : event.kind),
    ...options,
  }
  const { engine } = world
  const initialPlan = await engine.planGenerate(testRun(), task, allOptions)
  const runPlan = (
    more: Partial<GenerateOptions> = {},
    done?: Parameters<typeof engine.generate>[3],
    plan: Plan = initialPlan,
  ) => engine.generate(testRun(), plan, { ...allOptions, ...more }, done)
  return { ...world, initialPlan, sent, events, allOptions, runPlan }
}

export const pathsOf = (changes: readonly FileChange[]) => changes.map(({ path }) => path)
