/**
 * `fovea context`: prints the hits and packed context for a question as text or JSON; `--batch` answers a file of
 * questions.
 */
import { readFile } from 'node:fs/promises'
import { text as readText } from 'node:stream/consumers'
import { type Engine, present } from '../engine/engine.ts'
import type { Block, Context, Hit, Pack } from '../engine/types/pack.ts'
import { DEFAULT_BUDGET_TOKENS } from '../engine/types/query.ts'
import { EngineError } from '../engine/types/run.ts'
import {
  budgetsOf,
  COMMON,
  type Command,
  parseCommand,
  print,
  progressRun,
  questionOf,
  refresh,
  UsageError,
  withEngine,
} from './command.ts'
import { publishedJson, RESOLUTION_CODES, traceRows } from './json.ts'

export const context: Command = {
  name: 'context',
  summary: 'assemble cited, compressed context for a question',
  usage: '"<question>" [--budget N]… [--batch FILE]',
  options: [
    ['--budget N', `tokens of context; repeatable (default ${DEFAULT_BUDGET_TOKENS})`],
    [
      '--batch FILE',
      'answer a file of questions (- for standard input), one {"id","query"} per line; prints one JSON line each',
    ],
    ...COMMON,
  ],
  async run(args, signal) {
    const parsed = parseCommand(args, { budget: { type: 'string', multiple: true }, batch: { type: 'string' } })
    const budgets = budgetsOf(parsed, DEFAULT_BUDGET_TOKENS)
    const file = parsed.text('batch')
    if (file !== undefined && parsed.words.length)
      throw new UsageError('--batch reads the questions from a file: remove the question from the command line.')
    const questions = file === undefined ? null : await readBatch(file)
    const question = file === undefined ? questionOf(parsed) : ''
    await withEngine(parsed.dirs, async (engine) => {
      await refresh(engine, signal)
      if (questions) {
        for (const { id, query } of questions) {
          signal.throwIfAborted()
          print(JSON.stringify(await batchAnswer(engine, { id, query, budgets }, signal)))
        }
        return
      }
      const found = await engine.assemble(progressRun(signal), { text: question, budgets })
      if (parsed.json) for (const pack of found.packs) print(JSON.stringify(contextJson(found, pack)))
      else for (const pack of found.packs) print(contextText(found, pack))
    })
  },
}

interface BatchQuestion {
  readonly id: string
  readonly query: string
}

/** Answers one question of a batch; a question that is not valid becomes an `error` in its line. */
async function batchAnswer(
  engine: Engine,
  { id, query, budgets }: BatchQuestion & { readonly budgets: readonly number[] },
  signal: AbortSignal,
) {
  try {
    const { ms, hits, packs } = await engine.assemble(progressRun(signal), { text: query, budgets })
    return publishedJson({
      ...{ id, ms, hits: hits.map(hitOnly) },
      packs: packs.map(({ budget, tokens, chars, blocks }) => ({
        ...{ budget, tokens, chars, blocks: blocks.map(blockOnly) },
      })),
    })
  } catch (error) {
    if (error instanceof EngineError && error.code === 'input')
      return { id, ms: 0, hits: [], packs: [], error: error.message }
    throw error
  }
}

async function readBatch(file: string): Promise<BatchQuestion[]> {
  const source = file === '-' ? readText(process.stdin) : readFile(file, 'utf8')
  const text = await source.catch(() => {
    throw new EngineError('input', `Cannot read ${file}: pass an existing file to --batch.`)
  })
  // Some Windows editors write a byte order mark.
  return text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .flatMap((line, i) => {
      if (!line.trim()) return []
      try {
        const { id, query } = JSON.parse(line) as { id?: unknown; query?: unknown }
        if (typeof query === 'string') return [{ id: String(id ?? i + 1), query }]
      } catch {
        // Reported below, with the line number.
      }
      throw new EngineError('input', `Line ${i + 1} of ${file} is not {"id": …, "query": "…"}: correct or remove it.`)
    })
}

/** The published fields of a block: without its file's hash, which is internal to the index. */
const blockOnly = ({ id, path, symbols, resolution, firstLine, lastLine, shown, tokens, text, why }: Block) => ({
  ...{ id, path, symbols, resolution, firstLine, lastLine, shown, tokens, text, why },
})
const hitOnly = ({ path, firstLine, lastLine, symbol, score, why }: Hit) => ({
  ...{ path, firstLine, lastLine, symbol, score, why },
})

export function contextJson({ query, hits, notes, ms }: Context, pack: Pack): unknown {
  const { budget, tokens, chars, mode, blocks, dropped, leftOut } = pack
  return publishedJson({
    ...{ query, budget, tokens, chars, mode, hits: hits.map(hitOnly), blocks: blocks.map(blockOnly) },
    ...{ dropped, leftOut, trace: traceRows(pack), notes, ms },
  })
}

function contextText({ ms, notes, hits }: Context, pack: Pack): string {
  const cost = `${pack.tokens} of ${pack.budget} tokens in ${pack.blocks.length} blocks, ${pack.mode}, ${ms} ms`
  const small =
    hits.length > 0 && pack.blocks.length === 0 ? ['The budget is too small for any block: raise --budget.'] : []
  const rows = [...notes, ...small].map((note) => `! ${note}`)
  return [...rows, present(pack), `— ${cost}; matching chunks over budget: ${pack.leftOut}`].join('\n')
}

/** A block as one line: resolution, tokens, location and main reasons. */
export function blockLine({ id, path, symbols, resolution, firstLine, lastLine, tokens, why }: Block): string {
  const place = `${path}${lastLine ? `:${firstLine}-${lastLine}` : ''}${symbols.length ? ` ${symbols.join(', ')}` : ''}`
  // Only reasons in favour; the file length feature counts slightly against every block.
  const reasons = why
    .filter(({ value }) => value >= 0)
    .slice(0, 3)
    .map(({ part, value }) => (value ? `${part} ${value > 0 ? '+' : ''}${value}` : part))
  return `[${id}] ${RESOLUTION_CODES[resolution]} ${String(tokens).padStart(4)} tokens  ${place}${reasons.length ? `  (${reasons.join(', ')})` : ''}`
}
