/** An endpoint where a language model is reached. */
export interface ModelEndpoint {
  /** Including `/v1`. */
  readonly url: string
  readonly model: string
  readonly key: string
  readonly headers: Readonly<Record<string, string>>
  /** Context window in tokens; 0 when unknown. */
  readonly window: number
}
