/** A webview's connection to the client: typed messages go out, whole states come in. */
import { config } from '@vscode/l10n'
import { useLayoutEffect, useState } from 'preact/hooks'

interface Api {
  postMessage(message: unknown): void
  getState(): unknown
  setState(state: unknown): void
}
declare function acquireVsCodeApi(): Api

const api = acquireVsCodeApi()

// The client puts the translations into the page, if there are any.
const translations = document.getElementById('l10n')?.textContent
if (translations) config({ contents: JSON.parse(translations) })

/** `send` posts to the client, `listen` subscribes to it; `restore` returns what `save` stored for a hidden view. */
export function connect<Out, In, Saved>(): {
  readonly send: (message: Out) => void
  readonly listen: (listener: (message: In) => void) => () => void
  readonly restore: () => Saved | undefined
  readonly save: (state: Saved) => void
} {
  return {
    send: (message) => api.postMessage(message),
    listen(listener) {
      const onMessage = (event: MessageEvent<In>) => listener(event.data)
      addEventListener('message', onMessage)
      return () => removeEventListener('message', onMessage)
    },
    restore: () => api.getState() as Saved | undefined,
    save: (state) => api.setState(state),
  }
}

interface Wire<State> {
  readonly send: (message: { readonly type: 'ready' }) => void
  readonly listen: (listener: (message: { readonly type: 'state'; readonly state: State }) => void) => () => void
}

/** The latest state from the client; null before the first. */
export function useShown<State>({ send, listen }: Wire<State>): State | null {
  const [state, setState] = useState<State | null>(null)
  useLayoutEffect(() => {
    const stop = listen((message) => setState(message.state))
    send({ type: 'ready' })
    return stop
  }, [send, listen])
  return state
}

/** Has screen readers read a text, by way of the page's visually hidden `status` element. */
export function announce(text: string): void {
  const status = document.getElementById('status')
  if (status) status.textContent = text
}
