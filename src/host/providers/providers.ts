/** Chooses the provider for an endpoint, and adapts it to the engine's `Model` port. */
import type { Model } from '../../engine/ports.ts'
import type { ToolRequest } from '../../engine/types/answer.ts'
import type { ModelEndpoint } from '../../engine/types/model-endpoint.ts'
import { ModelError, type Run } from '../../engine/types/run.ts'
import { withCalibration } from '../calibrate.ts'
import { openai } from './openai.ts'
import { type Provider, ToolsRefused, TRIAL_MS } from './provider.ts'

/** Today every endpoint speaks the OpenAI protocol; a provider with another protocol is a case here. */
export const providerOf = (_endpoint: Pick<ModelEndpoint, 'url'>): Provider => openai

/** The engine's port to a model. */
export function modelOf(endpoint: ModelEndpoint): Model {
  const { complete } = providerOf(endpoint)
  const model = withCalibration({
    name: endpoint.model,
    windowTokens: endpoint.window,
    complete: (run, messages, onText) => complete(endpoint, run, { messages, tools: [] }, { onText, onCall: () => {} }),
    async completeWithTools(run, messages, tools, onText) {
      const calls: ToolRequest[] = []
      try {
        const onCall = (call: ToolRequest) => calls.push(call)
        return { ...(await complete(endpoint, run, { messages, tools }, { onText, onCall })), calls }
      } catch (error) {
        if (!(error instanceof ToolsRefused)) throw error
        model.completeWithTools = undefined
        return null
      }
    },
  })
  return model
}

/** Asks for one word, to see that the endpoint answers. Throws a `ModelError` when it does not. */
export async function tryModel(endpoint: ModelEndpoint, signal: AbortSignal): Promise<void> {
  let answer = ''
  const run: Run = { signal: AbortSignal.any([signal, AbortSignal.timeout(TRIAL_MS)]), report: () => {} }
  try {
    const messages = [{ role: 'user' as const, content: 'Answer with the word yes.' }]
    const onText = (text: string) => {
      answer += text
    }
    await providerOf(endpoint).complete(endpoint, run, { messages, tools: [] }, { onText, onCall: () => {} })
  } catch (error) {
    if (signal.aborted) throw new ModelError(`The test of ${endpoint.model} was stopped.`)
    if (run.signal.aborted)
      throw new ModelError(`${endpoint.model} did not answer within ${TRIAL_MS / 1000} s: try again when it is loaded.`)
    throw error
  }
  if (!answer.trim()) throw new ModelError(`${endpoint.model} answered with nothing: choose another model.`)
}
