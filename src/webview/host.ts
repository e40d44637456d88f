/** A webview's side of the wire to the client: typed messages out, whole states in. */
import { config } from '@vscode/l10n'
import { useLayoutEffect, useState } from 'preact/hooks'

interface Api {
  postMessage(message: unknown): void
  getState(): unknown
  setState(state: unknown): void
}
declare function acquireVsCodeApi(): Api

const api = acquireVsCodeApi()

// The client puts the translated strings into the page, where there are any.
const words = document.getElementById('l10n')?.textContent
if (words) config({ contents: JSON.parse(words) })

/** `send` posts to the client; `listen` is called with each message from it; `kept` survives the view being hidden. */
export function connect<Out, In, Kept>(): {
  readonly send: (message: Out) => void
  readonly listen: (hear: (message: In) => void) => () => void
  readonly kept: () => Kept | undefined
  readonly keep: (state: Kept) => void
} {
  return {
    send: (message) => api.postMessage(message),
    listen(hear) {
      const onMessage = (event: MessageEvent<In>) => hear(event.data)
      addEventListener('message', onMessage)
      return () => removeEventListener('message', onMessage)
    },
    kept: () => api.getState() as Kept | undefined,
    keep: (state) => api.setState(state),
  }
}

interface Wire<State> {
  readonly send: (message: { readonly type: 'ready' }) => void
  readonly listen: (hear: (message: { readonly type: 'state'; readonly state: State }) => void) => () => void
}

/** The last state that the client showed; null before the first. */
export function useShown<State>({ send, listen }: Wire<State>): State | null {
  const [state, setState] = useState<State | null>(null)
  useLayoutEffect(() => {
    const stop = listen((message) => setState(message.state))
    send({ type: 'ready' })
    return stop
  }, [send, listen])
  return state
}

/** Said by screen readers; seen nowhere. The page has a `status` for it. */
export function announce(said: string): void {
  const status = document.getElementById('status')
  if (status) status.textContent = said
}
