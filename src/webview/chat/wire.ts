/** The chat's wire to the client, what it keeps while hidden, and what it says to a screen reader. */
import type { Mention } from '../../engine/types/thread.ts'
import type { ChatMessage, ToChat } from '../../protocol/messages.ts'
import { connect } from '../host.ts'

/** A question not yet sent. */
export interface Draft {
  readonly text: string
  readonly mentions: readonly Mention[]
}

export const EMPTY: Draft = { text: '', mentions: [] }

export const { send, listen, kept, keep } = connect<ChatMessage, ToChat, Draft>()

let last = 0

/** A number that no earlier request of this page had, to tell its answer by. */
export function nextSeq(): number {
  last += 1
  return last
}

export function ask({ text, mentions }: Draft, replaces: string): void {
  send({ type: 'ask', question: text.trim(), mentions: [...mentions], replaces })
}
