/** Runs a tool call and formats its result as text for a model; shared by every front end that offers the tools. */
import { factsText } from './analyse/analyse.ts'
import { explanationMarkdown } from './explain/explain.ts'
import type { Findings } from './types/answer.ts'
import type { Explanation } from './types/explanation.ts'
import type { RepositoryMap, SymbolCard } from './types/map.ts'
import type { Context, Pack } from './types/pack.ts'
import { EngineError } from './types/run.ts'

/** What the tools read from the engine. */
export interface ToolSource {
  context(question: string, budget: number): Promise<Context>
  /** Tokens of a text. */
  count(text: string): number
  /** The exact findings for a question, or null when it has no exact answer. */
  exact(question: string): Promise<Findings | null>
  lookUp(name: string, path: string | undefined): Promise<readonly SymbolCard[]>
  explain(target: string): Promise<Explanation>
  map(): Promise<RepositoryMap>
  readonly present: {
    readonly pack: (pack: Pack) => string
    readonly symbols: (cards: readonly SymbolCard[]) => string
    readonly map: (map: RepositoryMap) => string
  }
}

export type ToolCall =
  | { readonly name: 'fovea_context'; readonly input: { readonly question: string; readonly budget: number } }
  | { readonly name: 'fovea_symbol'; readonly input: { readonly name: string; readonly path?: string | undefined } }
  | { readonly name: 'fovea_explain'; readonly input: { readonly target: string } }
  | { readonly name: 'fovea_map'; readonly input: object }

/** Throws an `EngineError` meant for the model when a symbol is unknown. */
export async function toolText(source: ToolSource, call: ToolCall): Promise<string> {
  if (call.name === 'fovea_map') return source.present.map(await source.map())
  if (call.name === 'fovea_explain') return explanationMarkdown(await source.explain(call.input.target))
  if (call.name === 'fovea_symbol') {
    const cards = await source.lookUp(call.input.name, call.input.path)
    if (cards.length) return source.present.symbols(cards)
    throw new EngineError(
      'input',
      `No symbol ${call.input.name} is defined here: check the spelling, or ask fovea_context.`,
    )
  }
  const { question, budget } = call.input
  const facts = factsText(await source.exact(question))
  const textWithin = async (tokens: number) => {
    const { packs, notes } = await source.context(question, tokens)
    return [...facts, ...notes, ...packs.map(source.present.pack)].join('\n')
  }
  const text = await textWithin(budget)
  const excess = source.count(text) - budget
  return (
    (excess > 0 && (await textWithin(Math.max(1, budget - excess)))) ||
    text ||
    'Nothing in the index matches this: use other words.'
  )
}
