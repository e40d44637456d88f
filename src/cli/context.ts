/** `fovea context`: a question → hits and packed context, as text or JSON; `--batch` answers a file of questions. */
import { readFile } from 'node:fs/promises'
import { text as readText } from 'node:stream/consumers'
import { type Engine, present } from '../engine/engine.ts'
import type { Block, Context, Hit, Pack } from '../engine/types/pack.ts'
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
import { publishedJson, RESOLUTION_CODES } from './json.ts'

const BUDGET = 8000

export const context: Command = {
  name: 'context',
  summary: 'assemble cited, compressed context for a question',
  usage: '"<question>" [--budget N]… [--batch FILE]',
  options: [
    ['--budget N', `tokens the context may have, repeatable (default ${BUDGET})`],
    [
      '--batch FILE',
      'answer the questions of a file (- reads standard input), one {"id","query"} a line; prints one JSON line each',
    ],
    ...COMMON,
  ],
  async run(args, signal) {
    const parsed = parseCommand(args, { budget: { type: 'string', multiple: true }, batch: { type: 'string' } })
    const budgets = budgetsOf(parsed, BUDGET)
    const file = parsed.text('batch')
    if (file !== undefined && parsed.words.length)
      throw new UsageError('--batch takes its questions from the file: leave out the one on the command line.')
    const questions = file === undefined ? null : await readBatch(file)
    const question = file === undefined ? questionOf(parsed) : ''
    await withEngine(parsed.dirs, async (engine) => {
      await refresh(engine, signal)
      if (questions) {
        for (const { id, query } of questions) {
          signal.throwIfAborted()
          print(JSON.stringify(await batchAnswer(engine, signal, id, query, budgets)))
        }
        return
      }
      const found = await engine.assemble(progressRun(signal), { text: question, budgets })
      if (parsed.json) for (const pack of found.packs) print(JSON.stringify(contextJson(found, pack)))
      else for (const pack of found.packs) print(contextText(found, pack))
    })
  },
}

async function batchAnswer(engine: Engine, signal: AbortSignal, id: string, query: string, budgets: readonly number[]) {
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

async function readBatch(file: string): Promise<{ id: string; query: string }[]> {
  const source = file === '-' ? readText(process.stdin) : readFile(file, 'utf8')
  const text = await source.catch(() => {
    throw new EngineError('input', `The file ${file} cannot be read: name an existing one with --batch.`)
  })
  // Editors on Windows begin a file with a byte order mark.
  return text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .flatMap((line, i) => {
      if (!line.trim()) return []
      try {
        const { id, query } = JSON.parse(line) as { id?: unknown; query?: unknown }
        if (typeof query === 'string') return [{ id: String(id ?? i + 1), query }]
      } catch {
        // Said below, with the line's number.
      }
      throw new EngineError('input', `Line ${i + 1} of ${file} is not {"id": …, "query": "…"}: mend or remove it.`)
    })
}

/** The block without its file's hash, which is of this build's index alone. */
const blockOnly = ({ id, path, symbols, resolution, firstLine, lastLine, shown, tokens, text, why }: Block) => ({
  ...{ id, path, symbols, resolution, firstLine, lastLine, shown, tokens, text, why },
})
const hitOnly = ({ path, firstLine, lastLine, symbol, score, why }: Hit) => ({
  ...{ path, firstLine, lastLine, symbol, score, why },
})

export function contextJson({ query, hits, notes, ms }: Context, pack: Pack): unknown {
  const { budget, tokens, chars, mode, blocks, dropped, leftOut, trace } = pack
  return publishedJson({
    ...{ query, budget, tokens, chars, mode, hits: hits.map(hitOnly), blocks: blocks.map(blockOnly) },
    ...{ dropped, leftOut, trace, notes, ms },
  })
}

function contextText({ ms, notes, hits }: Context, pack: Pack): string {
  const cost = `${pack.tokens} of ${pack.budget} tokens in ${pack.blocks.length} blocks, ${pack.mode}, ${ms} ms`
  const small =
    hits.length > 0 && pack.blocks.length === 0 ? ['The budget is too small for any block: raise --budget.'] : []
  const rows = [...notes, ...small].map((note) => `! ${note}`)
  return [...rows, present(pack), `— ${cost}; chunks left out for want of room: ${pack.leftOut}`].join('\n')
}

/** One line a block: resolution, tokens, the main reasons. */
export function blockLine({ id, path, symbols, resolution, firstLine, lastLine, tokens, why }: Block): string {
  const place = `${path}${lastLine ? `:${firstLine}-${lastLine}` : ''}${symbols.length ? ` ${symbols.join(', ')}` : ''}`
  // What speaks for a block; the length of its file speaks a little against all.
  const reasons = why
    .filter(({ value }) => value >= 0)
    .slice(0, 3)
    .map(({ part, value }) => (value ? `${part} ${value > 0 ? '+' : ''}${value}` : part))
  return `[${id}] ${RESOLUTION_CODES[resolution]} ${String(tokens).padStart(4)} tokens  ${place}${reasons.length ? `  (${reasons.join(', ')})` : ''}`
}
