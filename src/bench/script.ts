/**
 * A script in place of a language model. It answers with a given text, and its `ModelAnswer.prompt` is what a real
 * model would have been sent.
 */
import type { Conversation } from '../engine/engine.ts'
import type { CompletionResult, Model } from '../engine/ports.ts'
import type { Message } from '../engine/types/answer.ts'
import type { Run } from '../engine/types/run.ts'
import type { Exchange } from '../engine/types/thread.ts'

export const SCRIPT = 'script (not a language model)'

/**
 * A model that answers with what `respond` returns; `respond` runs after the prompt is made and before the answer is
 * read.
 */
export function scriptOf(respond: (messages: readonly Message[]) => string): Model {
  const script = {
    ...{ name: SCRIPT, windowTokens: 0, effectiveTokens: 0, tokenRatio: 1, recordUsage: () => {} },
    async complete(_run: Run, messages: readonly Message[], onText: (text: string) => void): Promise<CompletionResult> {
      onText(respond(messages))
      return { usage: null, finished: true }
    },
  }
  return script
}

/** A script for callers that only need the prompt. */
export const silentScript: Model = scriptOf(() => 'Noted.')

/** A conversation whose fence is derived from the seed, so that two runs send identical prompts. */
export function conversationOf(
  model: Model,
  seed: number,
  { earlier = [], instruction }: { readonly earlier?: readonly Exchange[]; readonly instruction?: string } = {},
): Conversation {
  const fence = (Math.imul(seed, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0')
  return { model, earlier, instruction, fence, onText: () => {} }
}

/** A prompt as one text, as a prefix cache would compare it. */
export const promptText = (messages: readonly Message[]): string =>
  messages.map(({ role, content }) => `<|${role}|>\n${content}\n`).join('')
