/** The Generate view's wire to the client, and what it keeps while hidden. */
import { useEffect, useState } from 'preact/hooks'
import type { GenerateMessage, ToGenerate } from '../../protocol/messages.ts'
import { connect } from '../host.ts'

/** A task that is not sent yet. */
export interface Kept {
  readonly task: string
}

export const { send, listen, kept, keep } = connect<GenerateMessage, ToGenerate, Kept>()

/** A text that is being typed: a state that says what the last one said leaves it alone. */
export function useDraft(value: string): readonly [text: string, set: (text: string) => void] {
  const [text, setText] = useState(value)
  useEffect(() => setText(value), [value])
  return [text, setText]
}
