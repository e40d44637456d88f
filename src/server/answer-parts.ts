/** Pieces of an answer on their way to the client. */
import type { AnswerPart } from '../protocol/requests.ts'

/** Faster than this nobody reads, and a model that writes faster would fill the wire: a stop could not come through. */
const TOGETHER_MS = 20

/** What is said within a moment is sent as one piece; `flush` sends what waits. */
export function batchParts(send: (part: AnswerPart) => void): { say(part: AnswerPart): void; flush(): void } {
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
    say(part) {
      if (part.again !== undefined || part.call || part.facts || part.aspect || part.progress) {
        flush()
        send(part)
        return
      }
      text += part.text
      timer ??= setTimeout(flush, TOGETHER_MS)
    },
  }
}
