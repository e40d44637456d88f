/** The chat view's connection to the client, and the draft it saves while hidden. */
import type { Mention } from '../../engine/types/thread.ts'
import type { ChatMessage, ToChat } from '../../protocol/messages.ts'
import { connect } from '../host.ts'

/** A question not yet sent. */
export interface Draft {
  readonly text: string
  readonly mentions: readonly Mention[]
}

export const EMPTY: Draft = { text: '', mentions: [] }

export const { send, listen, restore, save } = connect<ChatMessage, ToChat, Draft>()

let last = 0

/** A request number that is unique on this page, to match its reply. */
export function nextSeq(): number {
  last += 1
  return last
}

export function ask({ text, mentions }: Draft, replaces: string): void {
  send({ type: 'ask', question: text.trim(), mentions: [...mentions], replaces })
}
