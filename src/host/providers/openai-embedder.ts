/** The Embedder port over an OpenAI-compatible endpoint (`/embeddings`): OpenAI, Ollama, vLLM, llama.cpp, LM Studio. */
import { APIError, APIUserAbortError, OpenAI } from 'openai'
import type { Embedder } from '../../engine/ports.ts'
import type { ModelEndpoint } from '../../engine/types/model-endpoint.ts'
import { EngineError } from '../../engine/types/run.ts'

/** The library retries on 408, 409, 429 and 5xx, with exponential backoff and `retry-after`. */
const RETRIES = 5
/** Most models read 8k tokens; a chunk is far shorter, but a long line may not be. */
const MAX_CHARS = 16_000

/** Requests one vector first, to learn the dimension. */
export async function openaiEmbedder({
  url,
  model,
  key,
}: Pick<ModelEndpoint, 'url' | 'model' | 'key'>): Promise<Embedder> {
  const client = new OpenAI({ baseURL: url, apiKey: key || 'none', maxRetries: RETRIES })
  const request = async (texts: readonly string[], signal?: AbortSignal): Promise<Float32Array[]> => {
    const input = texts.map((text) => text.slice(0, MAX_CHARS))
    try {
      const { data } = await client.embeddings.create({ model, input, encoding_format: 'float' }, { signal })
      const sorted = [...data].sort((a, b) => a.index - b.index)
      if (sorted.length !== texts.length)
        throw embedderError(url, `it returned ${sorted.length} vectors for ${texts.length} texts`)
      return sorted.map(({ embedding }) => normalised(Float32Array.from(embedding)))
    } catch (error) {
      if (error instanceof APIUserAbortError) signal?.throwIfAborted()
      if (error instanceof EngineError) throw error
      const cause = error instanceof APIError && error.status ? `HTTP ${error.status}` : 'no answer'
      throw embedderError(url, cause)
    }
  }
  const [probe] = await request(['dimension'])
  const dimensions = probe?.length ?? 0
  return {
    id: `openai:${model}:${dimensions}`,
    dimensions,
    async embed(run, texts) {
      const vectors = await request(texts, run.signal)
      const mismatch = vectors.find((vector) => vector.length !== dimensions)
      if (mismatch) throw embedderError(url, `it returned vectors of ${mismatch.length} numbers after ${dimensions}`)
      return vectors
    },
  }
}

function embedderError(url: string, cause: string): EngineError {
  const host = URL.canParse(url) ? new URL(url).host : url
  return new EngineError(
    'embedder',
    `The embedding endpoint ${host} failed (${cause}): check FOVEA_EMBED_URL, FOVEA_EMBED_MODEL and FOVEA_EMBED_KEY, or unset them to use the built-in embedder.`,
  )
}

function normalised(vector: Float32Array): Float32Array {
  const length = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0)) || 1
  return vector.map((x) => x / length)
}
