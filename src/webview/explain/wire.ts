/** The Explain view's wire to the client, and what it keeps while hidden. */
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { AspectName } from '../../engine/types/explanation.ts'
import type { ExplainMessage, ToExplain } from '../../protocol/messages.ts'
import { connect } from '../host.ts'

/** How the reader left the view. */
export interface Kept {
  readonly tab: AspectName
  /** Parts that are not as they are at first. */
  readonly flipped: readonly string[]
}

export const { send, listen, kept, keep } = connect<ExplainMessage, ToExplain, Kept>()

export const Keeping = createContext<{ readonly kept: Kept; readonly keep: (kept: Kept) => void }>({
  kept: { tab: 'flow', flipped: [] },
  keep: () => {},
})

/** Whether a part is unfolded, and what folds or unfolds it. */
export function useFold(key: string, atFirst: boolean): readonly [open: boolean, toggle: () => void] {
  const { kept, keep } = useContext(Keeping)
  const { flipped } = kept
  const isFlipped = flipped.includes(key)
  const toggle = () => keep({ ...kept, flipped: isFlipped ? flipped.filter((one) => one !== key) : [...flipped, key] })
  return [isFlipped !== atFirst, toggle]
}
