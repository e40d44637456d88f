/** How large the diagram is drawn: as wide as the view while it can be read, then as the reader says. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Layout } from './layout.ts'

/** Smaller than this is not read with ease: wider diagrams scroll. */
const READABLE = 0.7
const SMALLEST = 0.2
const LARGEST = 2
/** Around the drawing, on both sides. */
const PADDING = 16

interface Zoom {
  readonly box: { readonly current: HTMLDivElement | null }
  readonly scale: number
  /** By a factor, about the middle of what is seen. */
  readonly zoom: (factor: number) => void
  /** All of it at once, however small. */
  readonly fit: () => void
}

export function useZoom(layout: Layout): Zoom {
  const box = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(0)
  /** null: as wide as the view. */
  const [chosen, setChosen] = useState<number | null>(null)
  const wide = (width - PADDING) / layout.width
  const scale = chosen ?? Math.min(1, Math.max(READABLE, wide))
  const shown = useRef(scale)
  /** A point that stays where it is: on the screen from the box's corner. */
  const anchor = useRef<readonly [x: number, y: number] | null>(null)
  useLayoutEffect(() => {
    if (!box.current) return
    const watched = box.current
    const watch = new ResizeObserver(() => setWidth(watched.clientWidth))
    setWidth(watched.clientWidth)
    watch.observe(watched)
    return () => watch.disconnect()
  }, [])
  useLayoutEffect(() => {
    if (!box.current) return
    if (anchor.current) keepPoint(box.current, anchor.current, scale / shown.current)
    else if (chosen === null) centre(box.current, layout, scale)
    anchor.current = null
    shown.current = scale
  }, [scale, layout, width > 0])
  const zoom = (factor: number, at?: readonly [number, number]) => {
    if (!box.current) return
    anchor.current = at ?? [box.current.clientWidth / 2, box.current.clientHeight / 2]
    setChosen(Math.min(LARGEST, Math.max(SMALLEST, scale * factor)))
  }
  const latest = useRef(zoom)
  latest.current = zoom
  useEffect(() => {
    if (!box.current) return
    const watched = box.current
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return
      event.preventDefault()
      const { left, top } = watched.getBoundingClientRect()
      latest.current(Math.exp(-event.deltaY / 300), [event.clientX - left, event.clientY - top])
    }
    // Preact's own would be passive, and the page would be zoomed besides.
    watched.addEventListener('wheel', onWheel, { passive: false })
    return () => watched.removeEventListener('wheel', onWheel)
  }, [])
  const fit = () => {
    if (!box.current) return
    const high = Number.parseFloat(getComputedStyle(box.current).maxHeight) || Number.POSITIVE_INFINITY
    setChosen(Math.min(1, Math.max(SMALLEST, Math.min(wide, (high - PADDING) / layout.height))))
  }
  return { box, scale, zoom: (factor) => zoom(factor), fit }
}

function keepPoint(box: HTMLElement, [x, y]: readonly [number, number], factor: number): void {
  box.scrollLeft = (box.scrollLeft + x) * factor - x
  box.scrollTop = (box.scrollTop + y) * factor - y
}

/** What is explained comes into view. */
function centre(box: HTMLElement, { boxes }: Layout, scale: number): void {
  const focus = boxes.find(({ node }) => node.role === 'focus')
  if (!focus) return
  box.scrollLeft = (focus.x + focus.width / 2) * scale - box.clientWidth / 2
  box.scrollTop = (focus.y + focus.height / 2) * scale - box.clientHeight / 2
}
