/** The Generate view's wire to the client, and what it keeps while hidden. */
import type { GenerateMessage, ToGenerate } from '../../protocol/messages.ts'
import { connect } from '../host.ts'

/** A task that is not sent yet. */
export interface Kept {
  readonly task: string
}

export const { send, listen, kept, keep } = connect<GenerateMessage, ToGenerate, Kept>()
