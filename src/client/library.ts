/** The language client's library, loaded when it is needed, in pieces: no piece keeps the editor's thread for long. */

export type Library = typeof import('vscode-languageclient/node')

let loading: Promise<Library> | null = null

export function loadLibrary(): Promise<Library> {
  loading ??= load()
  return loading
}

async function load(): Promise<Library> {
  await pause()
  await import('vscode-languageserver-protocol/node')
  await pause()
  // Its parts have no other public names; each takes a few milliseconds, all at once too many.
  await import('vscode-languageclient/$test/common/codeConverter')
  await pause()
  await import('vscode-languageclient/$test/common/client')
  await pause()
  const library = await import('vscode-languageclient/node')
  await pause()
  return library
}

/** The thread may do something else meanwhile. */
const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
