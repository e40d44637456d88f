/** `fovea ask`: a question → an answer. Without a model that is the offline brief, and it says so. */
import type { OfflineAnswer } from '../engine/model/answer.ts'
import {
  budgetsOf,
  COMMON,
  type Command,
  parseCommand,
  print,
  progressRun,
  questionOf,
  refresh,
  withEngine,
} from './command.ts'
import { blockLine, contextJson } from './context.ts'

const BUDGET = 8000

export const ask: Command = {
  name: 'ask',
  summary: 'answer a question with citations (offline: a cited brief, no model)',
  usage: '"<question>" [--budget N]',
  options: [['--budget N', `tokens of context (default ${BUDGET})`], ...COMMON],
  async run(args, signal) {
    const parsed = parseCommand(args, { budget: { type: 'string' } })
    const text = questionOf(parsed)
    const budgets = budgetsOf(parsed, BUDGET)
    await withEngine(parsed.dirs, async (engine) => {
      await refresh(engine, signal)
      const answer = await engine.ask(progressRun(signal), { text, budgets })
      if (parsed.json) {
        const { mode, summary, statements, context } = answer
        print(JSON.stringify({ mode, summary, statements, context: contextJson(context, context.packs[0]!) }))
      } else print(answerText(answer))
    })
  },
}

export function answerText({ summary, statements, context }: OfflineAnswer): string {
  const [pack] = context.packs
  const blocks = pack?.blocks ?? []
  const rows = statements.map(({ text, path, start, end, quote }, i) => {
    const block = blocks.find((b) => b.path === path && b.shown.some(([first, last]) => first <= end && last >= start))
    const quoted = quote.map((line) => `     │ ${line}`)
    return [`${i + 1}. ${text}`, `     ${path}:${start}-${end}${block ? ` [${block.id}]` : ''}`, ...quoted].join('\n')
  })
  const cost = pack
    ? `${pack.tokens} of ${pack.budget} tokens in ${blocks.length} blocks (${pack.mode}), ${context.ms} ms`
    : ''
  return [
    `Offline answer (no model was asked). ${summary}`,
    ...rows,
    '',
    'Context',
    ...blocks.map(blockLine),
    ...(pack?.dropped.length
      ? [
          `left out: ${pack.dropped
            .slice(0, 3)
            .map(({ path, start, end, reason }) => `${path}:${start}-${end} (${reason})`)
            .join(', ')}${pack.dropped.length > 3 ? ', …' : ''}`,
        ]
      : []),
    '',
    `Cost: ${cost}`,
  ].join('\n')
}
