import { useEffect } from 'preact/hooks'

/** While active: Escape that nothing else took stops what goes on. `stop` is the one of the render that made it active. */
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
