/** The language client's library, loaded when it is needed, in pieces: no piece keeps the editor's thread for long. */

export type Library = typeof import('vscode-languageclient/node')

let loading: Promise<Library> | null = null

export function loadLibrary(): Promise<Library> {
  loading ??= load()
  return loading
}

/** What the client consists of, from the inside out; the rest of it is small. */
const PARTS: readonly (() => Promise<unknown>)[] = [
  () => import('vscode-languageclient/$test/common/protocolCompletionItem'),
  () => import('vscode-languageclient/$test/common/protocolDiagnostic'),
  () => import('vscode-languageclient/$test/common/codeConverter'),
  () => import('vscode-languageclient/$test/common/protocolConverter'),
  () => import('vscode-languageclient/$test/common/features'),
  () => import('vscode-languageclient/$test/common/diagnostic'),
  () => import('vscode-languageclient/$test/common/notebook'),
  () => import('vscode-languageclient/$test/common/textSynchronization'),
  () => import('vscode-languageclient/$test/common/codeAction'),
  () => import('vscode-languageclient/$test/common/semanticTokens'),
  () => import('vscode-languageclient/$test/common/fileOperations'),
  () => import('vscode-languageclient/$test/common/inlayHint'),
]

async function load(): Promise<Library> {
  await pause()
  await import('vscode-languageserver-protocol/node')
  await pause()
  // Its parts have no other public names; each takes a few milliseconds, all at once too many.
  for (const part of PARTS) {
    await part()
    await pause()
  }
  await import('vscode-languageclient/$test/common/client')
  await pause()
  const library = await import('vscode-languageclient/node')
  await pause()
  return library
}

/** The thread may do something else meanwhile: what waits only for its turn (`setImmediate`) leaves it none. */
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1))
