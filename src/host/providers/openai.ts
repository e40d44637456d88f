/** An OpenAI-compatible endpoint (`/chat/completions`, streamed): OpenAI, Ollama, vLLM, llama.cpp, LM Studio. */
import { APIConnectionError, APIError, APIUserAbortError, OpenAI } from 'openai'
import type { CompletionResult } from '../../engine/ports.ts'
import type { ToolMessage, ToolSpec, Usage } from '../../engine/types/answer.ts'
import type { ModelEndpoint } from '../../engine/types/model-endpoint.ts'
import { EngineError, ModelError, type Run } from '../../engine/types/run.ts'
import { type CompletionListener, type CompletionRequest, type Provider, ToolsRefused, TRIAL_MS } from './provider.ts'

/** One more attempt on 408, 409, 429 and 5xx; then the user decides. */
const RETRIES = 1
/** No answer is longer: an endpoint that never ends is ended. */
const MAX_CHARS = 1_000_000
/** What a piece without text counts as. */
const CHARS_PER_EMPTY_PIECE = 8
const TOO_LONG =
  /context.{0,10}(length|window|size)|maximum context|too (long|large|many tokens)|exceeds?.{0,30}(context|tokens)/i

/** Of a request that offered tools: bad, unknown, or (llama.cpp) a failure. */
const REFUSALS: readonly unknown[] = [400, 404, 422, 500, 501]

/** Ids of the models the endpoint offers. */
async function listModels(
  endpoint: Omit<ModelEndpoint, 'model' | 'window'>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  try {
    const page = await clientOf(endpoint).models.list({ timeout: TRIAL_MS, maxRetries: 0, signal })
    return page.data.map(({ id }) => id).sort()
  } catch (error) {
    throw errorSentence({ ...endpoint, model: '' }, error)
  }
}

/** Streams an answer; calls of tools are handed over when they are whole. */
async function complete(
  endpoint: ModelEndpoint,
  run: Run,
  { messages, tools }: CompletionRequest,
  { onText, onCall }: CompletionListener,
): Promise<CompletionResult> {
  const calls: { index: number; id: string; name: string; input: string }[] = []
  let usage: Usage | null = null
  let finish: string | null = null
  let length = 0
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
    for await (const { choices, usage: counted } of stream) {
      // Servers differ: some send no choice at all in their last piece.
      const [choice] = choices ?? []
      const content: unknown = choice?.delta?.content
      if (typeof content === 'string' && content) onText(content)
      // Thoughts and empty pieces count, too: a stream of them would never end.
      length += typeof content === 'string' && content ? content.length : CHARS_PER_EMPTY_PIECE
      for (const { index, id, function: part } of choice?.delta?.tool_calls ?? []) {
        let held = calls.findLast((one) => one.index === index)
        // Servers differ: some number every call 0, some name none.
        if (!held || (id && held.id && id !== held.id)) {
          held = { index, id: '', name: '', input: '' }
          calls.push(held)
        }
        held.id ||= id ?? ''
        held.name ||= part?.name ?? ''
        held.input += part?.arguments ?? ''
        length += part?.arguments?.length ?? 0
      }
      finish = choice?.finish_reason ?? finish
      if (length > MAX_CHARS) {
        finish = 'length'
        break
      }
      if (counted && isCount(counted.prompt_tokens) && isCount(counted.completion_tokens))
        usage = {
          input: counted.prompt_tokens,
          output: counted.completion_tokens,
          cached: counted.prompt_tokens_details?.cached_tokens ?? null,
        }
    }
  } catch (error) {
    run.signal.throwIfAborted()
    // Of whoever hears the text, and no matter of the endpoint.
    if (error instanceof EngineError) throw error
    const failure = errorSentence(endpoint, error)
    if (tools.length && !failure.tooLong && isRefusal(error)) throw new ToolsRefused(failure.message)
    throw failure
  }
  run.signal.throwIfAborted()
  for (const [n, { id, name, input }] of calls.entries()) onCall({ id: id || `call-${n}`, name, input })
  // A stream that just ends was cut: an endpoint says why it stops.
  return { usage, finished: finish === 'stop' || finish === 'tool_calls' }
}

function wireMessage(message: ToolMessage): OpenAI.ChatCompletionMessageParam {
  if (message.role === 'tool') return { role: 'tool', tool_call_id: message.call, content: message.content }
  if (!('calls' in message)) return message
  const calls = message.calls.map(({ id, name, input }) => ({
    ...{ id, type: 'function' as const, function: { name, arguments: input } },
  }))
  return { role: 'assistant', content: message.content, tool_calls: calls }
}

/** Whoever takes it for one by mistake asks without tools, and hears what is wrong then. */
function isRefusal(error: unknown): boolean {
  return error instanceof APIError && REFUSALS.includes(error.status) && /tool|function/i.test(error.message)
}

function wireTool({ name, description, schema }: ToolSpec): OpenAI.ChatCompletionTool {
  return { type: 'function', function: { name, description, parameters: { ...schema } } }
}

function clientOf({ url, key, headers }: Pick<ModelEndpoint, 'url' | 'key' | 'headers'>): OpenAI {
  return new OpenAI({ baseURL: url, apiKey: key || 'none', defaultHeaders: headers, maxRetries: RETRIES })
}

/** What happened and what to do, in one sentence. */
function errorSentence({ url, model }: Pick<ModelEndpoint, 'url' | 'model'>, error: unknown): ModelError {
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
      `The key or a header for ${host} holds a character that cannot be sent: set it again with Set Up Model.`,
    )
  if (!(error instanceof APIError))
    return new ModelError(
      `${host} sent what cannot be read: check with Set Up Model that it is an OpenAI-compatible endpoint.`,
    )
  const { status, code } = error
  if (code === 'context_length_exceeded' || (status && status < 500 && status !== 429 && TOO_LONG.test(error.message)))
    return new ModelError(
      `The request is longer than ${model} takes, even when packed again: choose a smaller budget.`,
      true,
    )
  if (status === 401 || status === 403)
    return new ModelError(`${host} refuses the key (${status}): set another with Set Up Model.`)
  if (status === 404)
    return new ModelError(
      `${host} knows no ${model ? `model ${model}` : 'list of models'} (404): correct it with Set Up Model.`,
    )
  if (status === 429)
    return new ModelError(`${host} takes no more requests for now (429): wait a moment and try again.`)
  if (status === undefined) return new ModelError(`${host} broke off its answer: try again.`)
  return new ModelError(`${host} failed (${status}): try again, or look into the log of the model's server.`)
}

/** Servers differ in what they count. */
const isCount = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value >= 0

export const openai: Provider = { complete, listModels }
