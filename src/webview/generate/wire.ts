/** The Generate view's connection to the client, and the draft it saves while hidden. */
import { useEffect, useState } from 'preact/hooks'
import type { GenerateMessage, ToGenerate } from '../../protocol/messages.ts'
import { connect } from '../connection.ts'

/** A task that has not been sent yet. */
export interface Saved {
  readonly task: string
}

export const { send, listen, restore, save } = connect<GenerateMessage, ToGenerate, Saved>()

/** A text that is being typed; it is only overwritten when `value` changes. */
export function useDraft(value: string): readonly [text: string, set: (text: string) => void] {
  const [text, setText] = useState(value)
  useEffect(() => setText(value), [value])
  return [text, setText]
}
