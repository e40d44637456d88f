/** `fovea explain`: explains a symbol, location, stack trace or question across files, as Markdown or JSON. */
import { randomBytes } from 'node:crypto'
import { text as readText } from 'node:stream/consumers'
import { explanationMarkdown } from '../engine/engine.ts'
import { EXPLAIN_BUDGET_TOKENS } from '../engine/types/query.ts'
import { configuredModel } from '../host/open.ts'
import {
  budgetsOf,
  COMMON,
  type Command,
  MODEL_OPTIONS,
  parseCommand,
  print,
  progressRun,
  refresh,
  UsageError,
  withEngine,
} from './command.ts'
import { publishedJson } from './json.ts'

export const explain: Command = {
  name: 'explain',
  summary: 'explain a mechanism across files: flow, state, errors, configuration, tests (Markdown with a diagram)',
  usage: '<symbol|path[:line[-line]]|"question"|-> [--offline]',
  options: [
    ['-', 'read a stack trace or an error from standard input'],
    ['--budget N', `with a model: tokens of context (default ${EXPLAIN_BUDGET_TOKENS})`],
    ...MODEL_OPTIONS,
    ...COMMON,
  ],
  async run(args, signal) {
    const parsed = parseCommand(args, { budget: { type: 'string' }, offline: { type: 'boolean' } })
    const words = parsed.words.join(' ')
    if (!words) throw new UsageError('Name what to explain: a symbol, a path, path:line, a question, or - for a trace.')
    const text = words === '-' ? await readText(process.stdin) : words
    const [budget = EXPLAIN_BUDGET_TOKENS] = budgetsOf(parsed, EXPLAIN_BUDGET_TOKENS)
    const model = parsed.flag('offline') ? null : await configuredModel()
    await withEngine(parsed.dirs, async (engine) => {
      await refresh(engine, signal)
      const fence = randomBytes(4).toString('hex')
      const onAspect = ({ name }: { readonly name: string }, state: 'running' | 'done') =>
        void process.stderr.write(state === 'running' ? `${name} …\n` : `${name} done\n`)
      const writers = model ? { model, fence, budget, onAspect, onFacts: () => {} } : undefined
      const explanation = await engine.explain(progressRun(signal), { text, place: null }, writers)
      print(
        parsed.json
          ? JSON.stringify(publishedJson({ ...explanation, model: explanation.model ?? '' }))
          : explanationMarkdown(explanation),
      )
    })
  },
}
