/** Which sections the reader has folded; survives the view being hidden. */
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'

interface Folds {
  /** Keys of the sections that are not in their initial state. */
  readonly flipped: ReadonlySet<string>
  readonly flip: (key: string) => void
}

export const Folds = createContext<Folds>({ flipped: new Set(), flip: () => {} })

/** Whether a section is open, and a function that toggles it. */
export function useFold(key: string, initiallyOpen: boolean): readonly [open: boolean, toggle: () => void] {
  const { flipped, flip } = useContext(Folds)
  return [flipped.has(key) !== initiallyOpen, () => flip(key)]
}
