/** `fovea ask`: answers a question with citations. Without a model it prints the offline brief, and says so. */
import { randomBytes } from 'node:crypto'
import type { Conversation } from '../engine/engine.ts'
import type { Model } from '../engine/ports.ts'
import type { Answer, ModelAnswer, OfflineAnswer, Statement } from '../engine/types/answer.ts'
import type { Context } from '../engine/types/pack.ts'
import { DEFAULT_BUDGET_TOKENS, MODES, type Mode } from '../engine/types/query.ts'
import { ModelError } from '../engine/types/run.ts'
import { configuredModel } from '../host/open.ts'
import {
  budgetsOf,
  COMMON,
  type Command,
  MODEL_OPTIONS,
  parseCommand,
  print,
  progressRun,
  questionOf,
  refresh,
  UsageError,
  withEngine,
} from './command.ts'
import { blockLine, contextJson } from './context.ts'
import { publishedJson } from './json.ts'

export const ask: Command = {
  name: 'ask',
  summary: 'answer a question with citations (without a model: a cited brief)',
  usage: '"<question>" [--budget N] [--mode MODE] [--offline]',
  options: [
    ['--budget N', `tokens of context (default ${DEFAULT_BUDGET_TOKENS})`],
    ['--mode MODE', `${MODES.join(', ')} (default: chosen by the question)`],
    ...MODEL_OPTIONS,
    ...COMMON,
  ],
  async run(args, signal) {
    const parsed = parseCommand(args, {
      ...{ budget: { type: 'string' }, mode: { type: 'string' }, offline: { type: 'boolean' } },
    })
    const mode = modeOf(parsed.text('mode'))
    const text = questionOf(parsed)
    const budgets = budgetsOf(parsed, DEFAULT_BUDGET_TOKENS)
    const model = parsed.flag('offline') ? null : await configuredModel()
    await withEngine(parsed.dirs, async (engine) => {
      await refresh(engine, signal)
      const conversation = model ? conversationWith(model, parsed.json ? () => {} : write) : undefined
      const question = { text, budgets, ...(mode && { mode }) }
      const answer = await engine.ask(progressRun(signal), question, conversation).catch((error: unknown) => {
        if (!(error instanceof ModelError)) throw error
        process.stderr.write(`${error.message} The following answer was made without a model.\n`)
        return engine.ask(progressRun(signal), question, undefined)
      })
      if (parsed.json) print(JSON.stringify(answerJson(answer)))
      else if (answer.mode === 'model') print(modelText(answer))
      else print(answerText(answer))
    })
  },
}

function modeOf(text: string | undefined): Mode | undefined {
  const mode = MODES.find((one) => one === text)
  if (text !== undefined && !mode) throw new UsageError(`--mode ${text} is unknown: use one of ${MODES.join(', ')}.`)
  return mode
}

const write = (text: string): void => {
  process.stdout.write(text)
}

/** A conversation that consists of one question. */
export function conversationWith(model: Model, onText: (text: string) => void): Conversation {
  const print = (text: string, again?: string) => onText(again === undefined ? text : `\n\n${again}\n\n${text}`)
  return { model, earlier: [], fence: randomBytes(4).toString('hex'), onText: print }
}

function answerJson(answer: Answer): object {
  const context = contextJson(answer.context, answer.context.packs[0]!)
  if (answer.mode === 'offline') {
    const { mode, summary, statements } = answer
    return { mode, summary, statements: publishedJson(statements), context }
  }
  const { mode, model, text, citations, usage, end, findings } = answer
  return {
    ...{ mode, model, text, findings: publishedJson(findings), citations: publishedJson(citations) },
    ...{ usage, end, context },
  }
}

/** What is printed below a model's answer; the answer itself was printed while it streamed. */
function modelText({ text, citations, model, usage, end, context, findings }: ModelAnswer): string {
  const rows = citations.map(({ mark, path, firstLine, lastLine, symbols, verdict, missing, quote }) => {
    const missingText = missing.length ? ` (not there: ${missing.join(', ')})` : ''
    return [
      `[${mark}] ${path}:${firstLine}-${lastLine} ${symbols.join(', ')} ${verdict}${missingText}`,
      ...quote.map((line) => `     │ ${line}`),
    ].join('\n')
  })
  const verified = citations.filter(({ verdict }) => verdict === 'verified').length
  return [
    text.endsWith('\n') ? '' : '\n',
    ...(end === 'finished' ? [] : [end === 'stopped' ? 'The answer was stopped here.' : 'The answer breaks off here.']),
    ...(findings ? [`Read off the index: ${findings.summary}`, ...findings.statements.map(rowText)] : []),
    ...context.notes,
    ...rows,
    `${verified} of ${citations.length} citations verified. ${model}${usage ? `, ${usage.input} tokens in${usage.cached ? ` (${usage.cached} cached)` : ''}, ${usage.output} out` : ''}`,
    `Cost: ${costOf(context)}`,
  ].join('\n')
}

const rowText = ({ text, path, firstLine, lastLine }: Statement, i: number): string =>
  `${i + 1}. ${text}\n     ${path}:${firstLine}-${lastLine}`

/** An offline answer as text: summary, cited statements, the blocks of its context, and the cost. */
export function answerText({ summary, statements, context }: OfflineAnswer): string {
  const [pack] = context.packs
  const blocks = pack?.blocks ?? []
  const rows = statements.map(({ text, path, firstLine, lastLine, quote }, i) => {
    const block = blocks.find(
      (b) => b.path === path && b.shown.some(([first, last]) => first <= lastLine && last >= firstLine),
    )
    const quoted = quote.map((line) => `     │ ${line}`)
    return [
      `${i + 1}. ${text}`,
      `     ${path}:${firstLine}-${lastLine}${block ? ` [${block.id}]` : ''}`,
      ...quoted,
    ].join('\n')
  })
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
            .map(({ path, firstLine, lastLine, reason }) => `${path}:${firstLine}-${lastLine} (${reason})`)
            .join(', ')}${pack.dropped.length > 3 ? ', …' : ''}`,
        ]
      : []),
    '',
    `Cost: ${costOf(context)}`,
  ].join('\n')
}

function costOf({ packs: [pack], ms }: Context): string {
  return pack ? `${pack.tokens} of ${pack.budget} tokens in ${pack.blocks.length} blocks (${pack.mode}), ${ms} ms` : ''
}
