/** A script in the place of a model: it says the text it is given. Not a language model; it shows what one would be sent. */
import type { Conversation } from '../engine/engine.ts'
import type { CompletionResult, Model } from '../engine/ports.ts'
import type { Message } from '../engine/types/answer.ts'
import type { Run } from '../engine/types/run.ts'
import type { Exchange } from '../engine/types/thread.ts'

export const SCRIPT = 'script (not a language model)'

/** `say` is called when the prompt has been made, and before its answer is read. */
export function scriptOf(say: (messages: readonly Message[]) => string): Model {
  const script = {
    ...{ name: SCRIPT, windowTokens: 0, effectiveTokens: 0, tokenRatio: 1, recordUsage: () => {} },
    async complete(_run: Run, messages: readonly Message[], onText: (text: string) => void): Promise<CompletionResult> {
      onText(say(messages))
      return { usage: null, finished: true }
    },
  }
  return script
}

/** Answers with nothing to say: for who wants the prompt alone. */
export const silentScript: Model = scriptOf(() => 'Noted.')

/** The fence is the seed's, so that two runs send the same. */
export function conversationOf(
  model: Model,
  seed: number,
  { earlier = [], instruction }: { readonly earlier?: readonly Exchange[]; readonly instruction?: string } = {},
): Conversation {
  const fence = (Math.imul(seed, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0')
  return { model, earlier, instruction, fence, onText: () => {} }
}

/** A prompt as one text, as a cache of prefixes would compare it. */
export const promptText = (messages: readonly Message[]): string =>
  messages.map(({ role, content }) => `<|${role}|>\n${content}\n`).join('')
