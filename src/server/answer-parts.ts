/** Batches the parts of an answer on their way to the client, so that a fast model cannot flood the connection. */
import type { AnswerPart } from '../protocol/requests.ts'

/** Nobody reads faster than this. Sending more often could fill the connection and delay a cancellation. */
const BATCH_MS = 20

/**
 * Collects text for `BATCH_MS` and sends it as one part. Any other part is sent at once, after the pending text.
 * `flush` sends the pending text.
 */
export function batchParts(send: (part: AnswerPart) => void): { push(part: AnswerPart): void; flush(): void } {
  let text = ''
  let timer: NodeJS.Timeout | undefined
  const flush = () => {
    clearTimeout(timer)
    timer = undefined
    if (text) send({ text })
    text = ''
  }
  return {
    flush,
    push(part) {
      if (part.again !== undefined || part.call || part.facts || part.aspect || part.progress) {
        flush()
        send(part)
        return
      }
      text += part.text
      timer ??= setTimeout(flush, BATCH_MS)
    },
  }
}
