/**
 * Loads the language client's library on first use, module by module with pauses between, so that it never blocks the
 * editor's thread for long.
 */

export type Library = typeof import('vscode-languageclient/node')

let loading: Promise<Library> | null = null

export function loadLibrary(): Promise<Library> {
  loading ??= load()
  return loading
}

/** The larger modules of the library, dependencies first; the rest is small. */
const MODULES: readonly (() => Promise<unknown>)[] = [
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
  // These modules have no other public names. Each takes a few milliseconds; all at once would block for too long.
  for (const loadModule of MODULES) {
    await loadModule()
    await pause()
  }
  await import('vscode-languageclient/$test/common/client')
  await pause()
  const library = await import('vscode-languageclient/node')
  await pause()
  return library
}

/** Yields to other work on the thread; `setImmediate` would not leave it enough time. */
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1))
