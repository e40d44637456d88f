/** The chat view's connection to the client, and the unsent question it saves while hidden. */
import type { Mention } from '../../engine/types/thread.ts'
import type { ChatMessage, ToChat } from '../../protocol/messages.ts'
import { connect } from '../connection.ts'

/** A question not yet sent. */
export interface UnsentQuestion {
  readonly text: string
  readonly mentions: readonly Mention[]
}

export const EMPTY: UnsentQuestion = { text: '', mentions: [] }

export const { send, listen, restore, save } = connect<ChatMessage, ToChat, UnsentQuestion>()

let last = 0

/** A request number that is unique on this page, to match its reply. */
export function nextSeq(): number {
  last += 1
  return last
}

export function ask({ text, mentions }: UnsentQuestion, replaces: string | null): void {
  send({ type: 'ask', question: text.trim(), mentions: [...mentions], replaces })
}
