/** The interface of a model provider. Each provider is a file next to this one, and a case in `providers.ts`. */
import type { CompletionResult } from '../../engine/ports.ts'
import type { ToolMessage, ToolRequest, ToolSpec } from '../../engine/types/answer.ts'
import type { ModelEndpoint } from '../../engine/types/model-endpoint.ts'
import { ModelError, type Run } from '../../engine/types/run.ts'

export interface CompletionRequest {
  readonly messages: readonly ToolMessage[]
  /** Empty: the model answers in text. */
  readonly tools: readonly ToolSpec[]
}

export interface CompletionListener {
  onText(text: string): void
  onCall(call: ToolRequest): void
}

export interface Provider {
  /**
   * Streams a reply; tool calls are reported once they are complete. Rejects with a `ModelError`, a sentence that says what
   * happened and what to do; with `ToolsRefused` when the endpoint does not support tools; with the signal's reason when
   * aborted.
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

/** The endpoint does not support tools. */
export class ToolsRefused extends ModelError {}

/** Timeout of listing and trying models: nobody waits longer for them. */
export const TRIAL_MS = 20_000
