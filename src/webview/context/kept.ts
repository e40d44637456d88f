/** What the reader has folded and unfolded; survives the view being hidden. */
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'

interface Folds {
  /** Keys of what is not as it is at first. */
  readonly flipped: ReadonlySet<string>
  readonly flip: (key: string) => void
}

export const Folds = createContext<Folds>({ flipped: new Set(), flip: () => {} })

/** Whether the part is unfolded, and what folds or unfolds it. */
export function useFold(key: string, atFirst: boolean): readonly [open: boolean, toggle: () => void] {
  const { flipped, flip } = useContext(Folds)
  return [flipped.has(key) !== atFirst, () => flip(key)]
}
