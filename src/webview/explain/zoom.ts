/** The scale of the diagram: as wide as the view while it stays readable, until the reader chooses another. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Layout } from './layout.ts'

/** Below this scale text is hard to read, so wider diagrams scroll. */
const READABLE_SCALE = 0.7
const MIN_SCALE = 0.2
const MAX_SCALE = 2
/** Around the drawing, both sides together. */
const PADDING_PX = 16

interface Zoom {
  readonly box: { readonly current: HTMLDivElement | null }
  readonly scale: number
  /** Zooms by a factor around the centre of the visible part. */
  readonly zoom: (factor: number) => void
  /** Shows the whole diagram, however small. */
  readonly fit: () => void
}

export function useZoom(layout: Layout): Zoom {
  const box = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(0)
  /** The scale the reader chose; null: as wide as the view. */
  const [chosen, setChosen] = useState<number | null>(null)
  const fitScale = (width - PADDING_PX) / layout.width
  const scale = chosen ?? Math.min(1, Math.max(READABLE_SCALE, fitScale))
  const shown = useRef(scale)
  /** The point that zooming keeps in place, in pixels from the corner of the box. */
  const anchor = useRef<readonly [x: number, y: number] | null>(null)
  useLayoutEffect(() => {
    if (!box.current) return
    const element = box.current
    const observer = new ResizeObserver(() => setWidth(element.clientWidth))
    setWidth(element.clientWidth)
    observer.observe(element)
    return () => observer.disconnect()
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
    setChosen(Math.min(MAX_SCALE, Math.max(MIN_SCALE, scale * factor)))
  }
  const latest = useRef(zoom)
  latest.current = zoom
  useEffect(() => {
    if (!box.current) return
    const element = box.current
    const onWheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return
      event.preventDefault()
      const { left, top } = element.getBoundingClientRect()
      latest.current(Math.exp(-event.deltaY / 300), [event.clientX - left, event.clientY - top])
    }
    // Preact would register a passive listener, which cannot prevent the page from zooming.
    element.addEventListener('wheel', onWheel, { passive: false })
    return () => element.removeEventListener('wheel', onWheel)
  }, [])
  const fit = () => {
    if (!box.current) return
    const maxHeight = Number.parseFloat(getComputedStyle(box.current).maxHeight) || Number.POSITIVE_INFINITY
    setChosen(Math.min(1, Math.max(MIN_SCALE, Math.min(fitScale, (maxHeight - PADDING_PX) / layout.height))))
  }
  return { box, scale, zoom: (factor) => zoom(factor), fit }
}

function keepPoint(box: HTMLElement, [x, y]: readonly [number, number], factor: number): void {
  box.scrollLeft = (box.scrollLeft + x) * factor - x
  box.scrollTop = (box.scrollTop + y) * factor - y
}

/** Scrolls the explained symbol into view. */
function centre(box: HTMLElement, { boxes }: Layout, scale: number): void {
  const focus = boxes.find(({ node }) => node.role === 'focus')
  if (!focus) return
  box.scrollLeft = (focus.x + focus.width / 2) * scale - box.clientWidth / 2
  box.scrollTop = (focus.y + focus.height / 2) * scale - box.clientHeight / 2
}
