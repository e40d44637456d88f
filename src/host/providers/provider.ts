/** What a provider of models must do: one file beside this one each, and one case in `providers.ts`. */
import type { CompletionResult } from '../../engine/ports.ts'
import type { ToolMessage, ToolRequest, ToolSpec } from '../../engine/types/answer.ts'
import type { ModelEndpoint } from '../../engine/types/model-endpoint.ts'
import { ModelError, type Run } from '../../engine/types/run.ts'

export interface CompletionRequest {
  readonly messages: readonly ToolMessage[]
  /** None: the model answers in text. */
  readonly tools: readonly ToolSpec[]
}

export interface CompletionListener {
  onText(text: string): void
  onCall(call: ToolRequest): void
}

export interface Provider {
  /**
   * Streams a reply; calls of tools are handed over when they are whole. Rejects with a `ModelError`, a sentence that says
   * what happened and what to do; with `ToolsRefused` when the endpoint takes no tools; with the signal's reason when stopped.
   */
  complete(
    endpoint: ModelEndpoint,
    run: Run,
    request: CompletionRequest,
    listener: CompletionListener,
  ): Promise<CompletionResult>
  /** Ids of the models the endpoint offers. */
  listModels(endpoint: Omit<ModelEndpoint, 'model' | 'window'>, signal: AbortSignal): Promise<readonly string[]>
}

/** The endpoint takes no tools. */
export class ToolsRefused extends ModelError {}

/** A list or a trial that takes longer than this is no use to somebody who waits for it. */
export const TRIAL_MS = 20_000
