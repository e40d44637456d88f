/** An OpenAI-compatible endpoint (`/chat/completions`, streamed): OpenAI, Ollama, vLLM, llama.cpp, LM Studio. */
import { APIConnectionError, APIError, APIUserAbortError, OpenAI } from 'openai'
import type { CompletionResult } from '../../engine/ports.ts'
import type { ToolMessage, ToolSpec, Usage } from '../../engine/types/answer.ts'
import type { ModelEndpoint } from '../../engine/types/model-endpoint.ts'
import { EngineError, ModelError, type Run } from '../../engine/types/run.ts'
import { type CompletionListener, type CompletionRequest, type Provider, ToolsRefused, TRIAL_MS } from './provider.ts'

/** One more attempt on 408, 409, 429 and 5xx; then the user decides. */
const RETRIES = 1
/** No answer is longer: an endpoint that never stops is cut off. */
const MAX_CHARS = 1_000_000
/** How many characters a stream piece without text counts as. */
const CHARS_PER_EMPTY_PIECE = 8
const CONTEXT_EXCEEDED =
  /context.{0,10}(length|window|size)|maximum context|too (long|large|many tokens)|exceeds?.{0,30}(context|tokens)/i

/** Status codes with which an endpoint refuses tools: bad request, unknown, or (llama.cpp) a server error. */
const REFUSAL_STATUSES: readonly unknown[] = [400, 404, 422, 500, 501]

/** Ids of the models the endpoint offers. */
async function listModels(
  endpoint: Omit<ModelEndpoint, 'model' | 'window'>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  try {
    const page = await clientOf(endpoint).models.list({ timeout: TRIAL_MS, maxRetries: 0, signal })
    return page.data.map(({ id }) => id).sort()
  } catch (error) {
    throw modelErrorFor({ ...endpoint, model: '' }, error)
  }
}

/** Streams an answer; tool calls are reported once they are complete. */
async function complete(
  endpoint: ModelEndpoint,
  run: Run,
  { messages, tools }: CompletionRequest,
  { onText, onCall }: CompletionListener,
): Promise<CompletionResult> {
  const calls: { index: number; id: string; name: string; input: string }[] = []
  let usage: Usage | null = null
  let finishReason: string | null = null
  let charCount = 0
  try {
    const stream = await clientOf(endpoint).chat.completions.create(
      {
        model: endpoint.model,
        messages: messages.map(wireMessage),
        stream: true,
        stream_options: { include_usage: true },
        ...(tools.length ? { tools: tools.map(wireTool) } : {}),
      },
      { signal: run.signal },
    )
    for await (const { choices, usage: reported } of stream) {
      // Some servers send no choice in the last piece.
      const [choice] = choices ?? []
      const content: unknown = choice?.delta?.content
      if (typeof content === 'string' && content) onText(content)
      // Reasoning and empty pieces count, too: a stream of them might never end.
      charCount += typeof content === 'string' && content ? content.length : CHARS_PER_EMPTY_PIECE
      for (const { index, id, function: part } of choice?.delta?.tool_calls ?? []) {
        let call = calls.findLast((one) => one.index === index)
        // Some servers number every call 0, and some send no ids.
        if (!call || (id && call.id && id !== call.id)) {
          call = { index, id: '', name: '', input: '' }
          calls.push(call)
        }
        call.id ||= id ?? ''
        call.name ||= part?.name ?? ''
        call.input += part?.arguments ?? ''
        charCount += part?.arguments?.length ?? 0
      }
      finishReason = choice?.finish_reason ?? finishReason
      if (charCount > MAX_CHARS) {
        finishReason = 'length'
        break
      }
      if (reported && isCount(reported.prompt_tokens) && isCount(reported.completion_tokens))
        usage = {
          input: reported.prompt_tokens,
          output: reported.completion_tokens,
          cached: reported.prompt_tokens_details?.cached_tokens ?? null,
        }
    }
  } catch (error) {
    run.signal.throwIfAborted()
    // Thrown by a listener, not by the endpoint.
    if (error instanceof EngineError) throw error
    const failure = modelErrorFor(endpoint, error)
    if (tools.length && !failure.tooLong && isRefusal(error)) throw new ToolsRefused(failure.message)
    throw failure
  }
  run.signal.throwIfAborted()
  for (const [n, { id, name, input }] of calls.entries()) onCall({ id: id || `call-${n}`, name, input })
  // A stream that ends without a finish reason was cut off.
  return { usage, finished: finishReason === 'stop' || finishReason === 'tool_calls' }
}

function wireMessage(message: ToolMessage): OpenAI.ChatCompletionMessageParam {
  if (message.role === 'tool') return { role: 'tool', tool_call_id: message.call, content: message.content }
  if (!('calls' in message)) return message
  const calls = message.calls.map(({ id, name, input }) => ({
    ...{ id, type: 'function' as const, function: { name, arguments: input } },
  }))
  return { role: 'assistant', content: message.content, tool_calls: calls }
}

/** A false positive is harmless: the request is repeated without tools, and then fails with the actual error. */
function isRefusal(error: unknown): boolean {
  return error instanceof APIError && REFUSAL_STATUSES.includes(error.status) && /tool|function/i.test(error.message)
}

function wireTool({ name, description, schema }: ToolSpec): OpenAI.ChatCompletionTool {
  return { type: 'function', function: { name, description, parameters: { ...schema } } }
}

function clientOf({ url, key, headers }: Pick<ModelEndpoint, 'url' | 'key' | 'headers'>): OpenAI {
  return new OpenAI({ baseURL: url, apiKey: key || 'none', defaultHeaders: headers, maxRetries: RETRIES })
}

/** What happened and what to do, in one sentence. */
function modelErrorFor({ url, model }: Pick<ModelEndpoint, 'url' | 'model'>, error: unknown): ModelError {
  if (error instanceof ModelError) return error
  if (!URL.canParse(url) || !/^https?:/i.test(url))
    return new ModelError(`The address ${url} does not begin with http:// or https://: correct it with Set Up Model.`)
  const { host } = new URL(url)
  if (error instanceof APIUserAbortError) return new ModelError(`The request to ${host} was stopped.`)
  if (error instanceof APIConnectionError)
    return new ModelError(
      `Nothing answers at ${host}: start the model's server, or correct its address with Set Up Model.`,
    )
  if (error instanceof TypeError && /header|ByteString/i.test(error.message))
    return new ModelError(
      `The key or a header for ${host} contains a character that cannot be sent: set it again with Set Up Model.`,
    )
  if (!(error instanceof APIError))
    return new ModelError(
      `The reply of ${host} cannot be read: check with Set Up Model that it is an OpenAI-compatible endpoint.`,
    )
  const { status, code } = error
  if (
    code === 'context_length_exceeded' ||
    (status && status < 500 && status !== 429 && CONTEXT_EXCEEDED.test(error.message))
  )
    return new ModelError(
      `The request exceeds the context window of ${model}, even after it was packed again: choose a smaller budget.`,
      true,
    )
  if (status === 401 || status === 403)
    return new ModelError(`${host} refuses the key (${status}): set another with Set Up Model.`)
  if (status === 404)
    return new ModelError(
      `${host} has no ${model ? `model ${model}` : 'list of models'} (404): correct it with Set Up Model.`,
    )
  if (status === 429)
    return new ModelError(`${host} accepts no more requests for now (429): wait a moment and try again.`)
  if (status === undefined) return new ModelError(`${host} interrupted its answer: try again.`)
  return new ModelError(`${host} failed (${status}): try again, or check the log of the model's server.`)
}

/** Some servers report no count, or no number. */
const isCount = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value >= 0

export const openai: Provider = { complete, listModels }
