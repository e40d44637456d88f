/**
 * The HTML page of a webview: its script, its stylesheet, its translations and a content security policy that allows
 * nothing else. Also validates the messages it sends.
 */
import { randomBytes } from 'node:crypto'
import { type ExtensionContext, env, l10n, Uri, type ViewColumn, type Webview, type WebviewPanel, window } from 'vscode'
import type { ChatMessage, ContextMessage, ExplainMessage, GenerateMessage } from '../protocol/messages.ts'

/** Sets the options and the HTML of a webview. */
export function preparePage(
  context: ExtensionContext,
  webview: Webview,
  view: 'chat' | 'context' | 'explain' | 'generate',
  title: string,
): void {
  const folder = Uri.joinPath(context.extensionUri, 'dist', 'webview')
  webview.options = { enableScripts: true, localResourceRoots: [folder] }
  const nonce = randomBytes(16).toString('base64')
  const script = webview.asWebviewUri(Uri.joinPath(folder, `${view}.js`))
  const style = webview.asWebviewUri(Uri.joinPath(folder, `${view}.css`))
  const source = webview.cspSource
  const policy = `default-src 'none'; style-src ${source}; font-src ${source}; script-src 'nonce-${nonce}'`
  // A closing tag in a translation must not end the element.
  const translations = JSON.stringify(l10n.bundle ?? {}).replaceAll('<', '\\u003c')
  webview.html = `<!DOCTYPE html>
<html lang="${env.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="stylesheet" href="${style}">
</head>
<body>
<div id="root"></div>
<script type="application/json" id="l10n" nonce="${nonce}">${translations}</script>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>`
}

/** Opens an editor tab with such a page. Its view type is `fovea.<view>`. */
export function openTab(
  context: ExtensionContext,
  view: 'explain' | 'generate',
  { label, title, at }: { readonly label: string; readonly title: string; readonly at: ViewColumn },
  { receive, close }: { receive(message: unknown): void; close(): void },
): WebviewPanel {
  const panel = window.createWebviewPanel(`fovea.${view}`, label, at, { retainContextWhenHidden: true })
  const icon = (theme: string) => Uri.joinPath(context.extensionUri, 'media', `explain-${theme}.svg`)
  panel.iconPath = { light: icon('light'), dark: icon('dark') }
  panel.webview.onDidReceiveMessage(receive)
  panel.onDidDispose(close)
  preparePage(context, panel.webview, view, title)
  return panel
}

interface Messages {
  readonly chat: ChatMessage
  readonly context: ContextMessage
  readonly explain: ExplainMessage
  readonly generate: GenerateMessage
}

/** A webview's message, validated; null when it is malformed. */
export async function readMessage<V extends keyof Messages>(view: V, message: unknown): Promise<Messages[V] | null> {
  // Loaded only now: the validation library would take most of the activation time.
  const { ChatMessage, ContextMessage, ExplainMessage, GenerateMessage } = await import('../protocol/messages.ts')
  const schemas = { chat: ChatMessage, context: ContextMessage, explain: ExplainMessage, generate: GenerateMessage }
  const read = schemas[view].safeParse(message)
  return read.success ? (read.data as Messages[V]) : null
}
