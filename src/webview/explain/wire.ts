/** The Explain view's connection to the client, and the state it saves while hidden. */
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { AspectName } from '../../engine/types/explanation.ts'
import type { ExplainMessage, ToExplain } from '../../protocol/messages.ts'
import { connect } from '../connection.ts'

/** The chosen tab and the folded sections. */
export interface SavedView {
  readonly tab: AspectName
  /** Keys of the sections that are not in their initial state. */
  readonly flipped: readonly string[]
}

export const { send, listen, restore, save } = connect<ExplainMessage, ToExplain, SavedView>()

export const ViewContext = createContext<{ readonly view: SavedView; readonly save: (view: SavedView) => void }>({
  view: { tab: 'flow', flipped: [] },
  save: () => {},
})

/** Whether a section is open, and a function that toggles it. */
export function useFold(key: string, initiallyOpen: boolean): readonly [open: boolean, toggle: () => void] {
  const { view, save } = useContext(ViewContext)
  const { flipped } = view
  const isFlipped = flipped.includes(key)
  const toggle = () => save({ ...view, flipped: isFlipped ? flipped.filter((one) => one !== key) : [...flipped, key] })
  return [isFlipped !== initiallyOpen, toggle]
}
