/** The Escape key, which stops a request in progress. */
import { useEffect } from 'preact/hooks'

/** While `active`, calls `stop` for an Escape that nothing else handled: the `stop` of the render that set `active`. */
export function useEscape(active: boolean, stop: () => void): void {
  useEffect(() => {
    if (!active) return
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) stop()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [active])
}
