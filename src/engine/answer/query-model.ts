/**
 * Optional help of a model with the search: it suggests words and symbols to look for (CRAFT, Yuan et al., 2024, lets a
 * model guess names and a description) and reranks the best candidates in one call (Full Ranking, Liu et al., 2024). A
 * malformed reply throws a `ModelError`; the caller then falls back to the plain search.
 */

import type { Model } from '../ports.ts'
import type { Hit } from '../types/pack.ts'
import { ModelError, type Run } from '../types/run.ts'

/** The model, and which of the two it is used for. */
export interface QueryModel {
  readonly model: Model
  readonly expand: boolean
  readonly rerank: boolean
}

const MAX_NAMES = 8
const MAX_WORDS = 12
const MAX_CANDIDATES = 60
const MAX_CARD_CHARS = 160
/** Hits promoted in the model's order. */
const MAX_RERANKED = 6

/** Additional words to search for; empty if the model names none. Throws a `ModelError` if the model fails. */
export async function expandQuestion(run: Run, model: Model, question: string): Promise<string> {
  const reply = await ask(
    run,
    model,
    `A developer asks about a repository you cannot see:\n\n${question}\n\nGuess names of functions, classes or files, and technical words, that the code which answers it is likely to contain. Reply with JSON alone: {"names": [at most ${MAX_NAMES}], "words": [at most ${MAX_WORDS}]}.`,
  )
  const { names, words } = (jsonIn(reply, /\{[\s\S]*\}/) ?? {}) as {
    readonly names?: unknown
    readonly words?: unknown
  }
  const stringsOf = (value: unknown, limit: number) =>
    (Array.isArray(value) ? value : []).filter((one): one is string => typeof one === 'string').slice(0, limit)
  const found = [
    ...stringsOf(names, MAX_NAMES).map((name) => `\`${name.slice(0, 60)}\``),
    ...stringsOf(words, MAX_WORDS).map((word) => word.slice(0, 40)),
  ]
  return found.join(' ')
}

/** The hits the model ranks first, best first; may be empty. Throws a `ModelError` if the model fails. */
export async function rerankHits(
  run: Run,
  model: Model,
  question: string,
  hits: readonly Hit[],
): Promise<readonly Hit[]> {
  const candidates = hits.slice(0, MAX_CANDIDATES)
  const cards = candidates.map(({ path, symbol, firstLine, lastLine }, i) =>
    `[${i + 1}] ${path}:${firstLine}-${lastLine} ${symbol}`.slice(0, MAX_CARD_CHARS),
  )
  const reply = await ask(
    run,
    model,
    `Which of these places in a repository answer the question best?\n\n${question}\n\n${cards.join('\n')}\n\nReply with a JSON array of at most 20 numbers, the best first, and nothing else.`,
  )
  const numbers: unknown = jsonIn(reply, /\[[\s\d,]*\]/)
  const chosen = (Array.isArray(numbers) ? numbers : []).flatMap((n) => candidates[Number(n) - 1] ?? [])
  return [...new Set(chosen)].slice(0, MAX_RERANKED)
}

async function ask(run: Run, model: Model, content: string): Promise<string> {
  let text = ''
  await model.complete(run, [{ role: 'user', content }], (piece) => {
    text += piece
  })
  return text
}

/** Parses the part of a reply that matches `shape`. */
function jsonIn(text: string, shape: RegExp): unknown {
  const [found] = shape.exec(text) ?? []
  if (!found) throw new ModelError('The planner model did not reply in the requested JSON format.')
  try {
    return JSON.parse(found)
  } catch {
    throw new ModelError('The planner model did not reply in the requested JSON format.')
  }
}
