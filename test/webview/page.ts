/**
 * A webview's page in Chromium as VS Code would show it: built here, strict CSP, theme variables, a recording message
 * channel. Contains no tests.
 */
import { join } from 'node:path'
import { build } from 'esbuild'
import type { BrowserContext, Page } from 'playwright-core'
import { openBrowser } from '../browser.ts'
import { BENEATH, THEMES, type Theme } from './themes.ts'

export type { Theme } from './themes.ts'

const ORIGIN = 'https://webview.test'
const NONCE = 'bm9uY2U'
const ROOT = join(import.meta.dirname, '..', '..')

export interface View<Out, In> {
  readonly page: Page
  /** Messages posted since the last call, oldest first. */
  posted(): Promise<Out[]>
  send(message: In): Promise<void>
  theme(theme: Theme): Promise<void>
  /** Requested URLs that are not the page's own: each one is a leak. */
  readonly leaks: string[]
  /** Uncaught errors, console errors and CSP violations. */
  readonly errors: string[]
  close(): Promise<void>
}

export interface Opened<Kept> {
  readonly theme?: Theme
  readonly width?: number
  readonly height?: number
  /** The state the view saved before it was hidden. */
  readonly kept?: Kept
}

export interface Views {
  open<Out, In, Kept = unknown>(how?: Opened<Kept>): Promise<View<Out, In>>
  close(): Promise<void>
}

/** One build and one browser for all pages of a test file. */
export async function openViews(name: 'chat' | 'context' | 'explain'): Promise<Views> {
  const [files, browser] = await Promise.all([built(name), openBrowser()])
  // Keeps one context and one page open: the packaged Chromium is a single process and ends when its first context
  // closes.
  const context = await browser.newContext({ reducedMotion: 'reduce' })
  await context.newPage()
  return { open: (how = {}) => openView(context, name, files, how), close: () => browser.close() }
}

async function built(name: string): Promise<ReadonlyMap<string, Buffer>> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: { [name]: `src/webview/${name}/${name}.tsx` },
    outdir: '/',
    write: false,
    bundle: true,
    format: 'iife',
    target: 'chrome132',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    loader: { '.ttf': 'file' },
    logLevel: 'warning',
  })
  return new Map(outputFiles.map(({ path, contents }) => [path.replace(/^.*[\\/]/, ''), Buffer.from(contents)]))
}

async function openView<Out, In, Kept>(
  context: BrowserContext,
  name: string,
  files: ReadonlyMap<string, Buffer>,
  { theme = 'vscode-dark', width = 420, height = 760, kept }: Opened<Kept>,
): Promise<View<Out, In>> {
  const page = await context.newPage()
  await page.setViewportSize({ width, height })
  const leaks: string[] = []
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
  page.on('popup', (popup) => leaks.push(popup.url()))
  await page.route('**/*', (route) => {
    const url = route.request().url()
    const file = url.startsWith(`${ORIGIN}/`) ? new URL(url).pathname.slice(1) : undefined
    if (file === '') return route.fulfill({ contentType: 'text/html', body: html(name, theme) })
    if (file === 'beneath.css') return route.fulfill({ contentType: 'text/css', body: BENEATH })
    const body = file === undefined ? undefined : files.get(file)
    if (body) return route.fulfill({ contentType: typeOf(file ?? ''), body })
    leaks.push(url)
    return route.abort()
  })
  await page.addInitScript(`
    window.posted = []
    window.acquireVsCodeApi = () => ({
      postMessage: (message) => window.posted.push(structuredClone(message)),
      getState: () => window.kept,
      setState: (state) => { window.kept = structuredClone(state) },
    })
    window.kept = ${JSON.stringify(kept)}
    addEventListener('securitypolicyviolation', (event) => console.error('CSP', event.violatedDirective, event.blockedURI))
  `)
  await page.goto(`${ORIGIN}/`)
  const view: View<Out, In> = {
    page,
    leaks,
    errors,
    posted: () => page.evaluate<Out[]>('window.posted.splice(0)'),
    // Delivered like the client's, as a message event; the animation frames let the view render before the test looks.
    send: (message) =>
      page.evaluate<void>(
        `postMessage(${JSON.stringify(message)}, '*'); new Promise((done) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done))))`,
      ),
    theme: (to) => page.evaluate<void>(themed(to)),
    close: () => page.close(),
  }
  await view.theme(theme)
  // The view listens from the moment it reports that it is ready.
  await until(page, "window.posted.some(({ type }) => type === 'ready')")
  return view
}

/** Waits for a script to become true; Playwright's own wait needs the eval that the CSP forbids. */
export async function until(page: Page, script: string): Promise<void> {
  while (!(await page.evaluate(script))) await page.waitForTimeout(10)
}

/** Script that does what VS Code's frame does when the theme changes. */
function themed(theme: Theme): string {
  return `{
    const { style } = document.documentElement
    while (style.length) style.removeProperty(style[0])
    for (const [name, value] of Object.entries(${JSON.stringify(THEMES[theme])})) style.setProperty('--vscode-' + name, value)
    document.body.className = '${theme}'
  }`
}

function html(name: string, theme: Theme): string {
  const csp = `default-src 'none'; style-src ${ORIGIN}; font-src ${ORIGIN}; script-src 'nonce-${NONCE}'`
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Fovea</title>
<meta http-equiv="Content-Security-Policy" content="${csp}"><link rel="stylesheet" href="beneath.css">
<link rel="stylesheet" href="${name}.css"></head>
<body class="${theme}"><div id="root"></div><script nonce="${NONCE}" src="${name}.js"></script></body></html>`
}

function typeOf(file: string): string {
  return file.endsWith('.css') ? 'text/css' : file.endsWith('.js') ? 'text/javascript' : 'font/ttf'
}
