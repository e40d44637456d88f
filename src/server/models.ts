/**
 * Adapts the chosen model to the engine's `Model` port: an endpoint is called from the server, a model of the editor
 * through the client.
 */
import type { Model } from '../engine/ports.ts'
import type { Message } from '../engine/types/answer.ts'
import { ModelError } from '../engine/types/run.ts'
import { modelOf } from '../host/providers/providers.ts'
import type { ModelChoice } from '../protocol/requests.ts'

/** Runs models of the editor, on the client's side of the connection. */
export interface EditorModels {
  /** Resolves when the model is done; rejects with its error. */
  complete(id: string, messages: readonly Message[], signal: AbortSignal, onText: (text: string) => void): Promise<void>
}

/** The engine's port for a model choice; null for "no model". */
export function chosenModel(choice: ModelChoice, editor: EditorModels): Model | null {
  if (choice.kind === 'none') return null
  if (choice.kind === 'endpoint') return modelOf(choice)
  const { id, name, window } = choice
  return {
    // The editor reports no token usage and no bench runs on its models, so nothing can be learnt about them.
    ...{ name, windowTokens: window, effectiveTokens: 0, tokenRatio: 1, recordUsage: () => {} },
    async complete({ signal }, messages, onText) {
      try {
        await editor.complete(id, messages, signal, onText)
      } catch (error) {
        signal.throwIfAborted()
        const message = error instanceof Error ? error.message : String(error)
        throw new ModelError(`${name}: ${message}`, /context|token limit|too (long|large)/i.test(message))
      }
      signal.throwIfAborted()
      return { usage: null, finished: true }
    },
  }
}

/** Models of the editor, run by the client; their text comes back by request number. */
export class ClientModels implements EditorModels {
  private readonly run: (
    request: number,
    id: string,
    messages: readonly Message[],
    signal: AbortSignal,
  ) => Promise<void>
  private readonly listeners = new Map<number, (text: string) => void>()
  private requests = 0

  constructor(run: ClientModels['run']) {
    this.run = run
  }

  async complete(
    id: string,
    messages: readonly Message[],
    signal: AbortSignal,
    onText: (text: string) => void,
  ): Promise<void> {
    const request = ++this.requests
    this.listeners.set(request, onText)
    await this.run(request, id, messages, signal).finally(() => this.listeners.delete(request))
  }

  /** A piece of text from a model of the editor. */
  onText(request: number, text: string): void {
    this.listeners.get(request)?.(text)
  }
}
