/**
 * Drives a real VS Code in tests: its server (code-server, installed by tools/vscode-host.mjs) with a headless Chromium
 * as its window. Linux x64 only, because elsewhere code-server must be compiled. Contains no tests.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Browser, errors, type FrameLocator, type Locator, type Page } from 'playwright-core'
import { openBrowser } from '../browser.ts'
import { endTree, untilExit } from '../children.ts'

export const root = join(import.meta.dirname, '..', '..')

/** The 1-based line of a source file that first contains `text`. Throws if none does. */
export function lineOf(path: string, text: string): number {
  const line = readFileSync(join(root, path), 'utf8')
    .split('\n')
    .findIndex((one) => one.includes(text))
  if (line < 0) throw new Error(`${path} does not contain ${text}.`)
  return line + 1
}

/** Screenshots taken by tests; ignored by git. */
const PICTURES = join(root, '.vscode-test', 'pictures')
const START_MS = 60_000
/** What the palette shows when nothing matches. */
const NO_COMMAND = /No matching commands|similar commands/
/** User settings that keep the editor quiet. */
const QUIET = {
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'git.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'window.dialogStyle': 'custom',
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
}

type Settings = Readonly<Record<string, unknown>>

/** What a window shows: a folder or a `.code-workspace` file; '' for nothing. */
interface Workspace {
  readonly folder: string
  readonly workspace?: string
}

export interface HostOptions extends Workspace {
  /** User settings, such as the colour theme. */
  readonly settings?: Settings
  /** Environment of the extension host and the language server; FOVEA_HOME is a folder of this host unless given. */
  readonly env?: Readonly<Record<string, string>>
  /** The folder of the extension under test; the repository unless given. */
  readonly developmentPath?: string
  /** A packaged extension to install instead of the folder. Not with `smoke`. */
  readonly vsix?: string
  /** A module whose `run` the extension host calls: the suite of tests inside it. Only with `smoke`. */
  readonly testsPath?: string
  /**
   * The editor's own test mode: an extension under development, no notifications. Without it everything is as for
   * users.
   */
  readonly smoke?: boolean
  /** false: the window opens in Restricted Mode. */
  readonly trust?: boolean
  readonly size?: { readonly width: number; readonly height: number }
}

export interface Host {
  readonly page: Page
  readonly browser: Browser
  /** The exit code of the suite in `testsPath`. */
  readonly finished: Promise<number>
  /** The output of the server and, with `smoke`, the window. */
  log(): string
  /** Opens another window of the same editor, with its own extension host. */
  open(workspace: Workspace): Promise<Page>
  /** Changes settings and reloads the window. */
  configure(settings: Settings): Promise<void>
  /** Writes .vscode-test/pictures/<name>.png and returns its path. */
  screenshot(name: string): Promise<string>
  stop(): Promise<void>
}

export async function startHost(options: HostOptions): Promise<Host> {
  const browser = await openBrowser()
  const dir = mkdtempSync(join(tmpdir(), 'fovea-vscode-'))
  const log = join(dir, 'server.log')
  let server: ChildProcess | undefined
  const stop = async () => {
    await browser.close()
    if (server?.exitCode === null && server.signalCode === null) {
      endTree(server.pid)
      await once(server, 'exit')
    }
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
  }
  try {
    prepare(dir, options)
    server = untilExit(startServer(dir, options))
    const base = await hearAddress(server, log)
    const page = await browser.newPage({ viewport: options.size ?? { width: 1400, height: 900 } })
    const finished = new Promise<number>((done) => page.exposeFunction('codeAutomationExit', done))
    await page.exposeFunction('codeAutomationLog', (type: string, args: unknown[]) =>
      appendFileSync(log, `[${type}] ${args.join(' ')}\n`),
    )
    const ready = (window = page) => window.locator('.monaco-workbench .statusbar').waitFor({ timeout: START_MS })
    await page.goto(addressOf(base, options))
    await ready()
    const open = async (workspace: Workspace) => {
      const window = await browser.newPage({ viewport: page.viewportSize() })
      await window.goto(addressOf(base, { ...options, ...workspace }))
      await ready(window)
      return window
    }
    let settings = options.settings ?? {}
    const configure = async (changes: Settings) => {
      settings = { ...settings, ...changes }
      writeSettings(dir, settings)
      await page.reload()
      await ready()
    }
    const screenshot = async (name: string) => {
      const path = join(PICTURES, `${name}.png`)
      await page.screenshot({ path })
      return path
    }
    return { page, browser, finished, log: () => readFileSync(log, 'utf8'), open, configure, screenshot, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function prepare(dir: string, { settings = {}, developmentPath = root, smoke, vsix }: HostOptions): void {
  for (const name of ['user/User', 'extensions']) mkdirSync(join(dir, name), { recursive: true })
  if (!smoke && !vsix) symlinkSync(developmentPath, join(dir, 'extensions', 'under-test'))
  writeFileSync(join(dir, 'config.yaml'), 'auth: none\n')
  writeSettings(dir, settings)
}

function writeSettings(dir: string, settings: Settings): void {
  writeFileSync(join(dir, 'user', 'User', 'settings.json'), JSON.stringify({ ...QUIET, ...settings }))
}

function startServer(dir: string, { folder, env, smoke, vsix, trust = true }: HostOptions): ChildProcess {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error('The tests that look at the editor run on Linux x64 only: run them there, or in a container.')
  const entry = execFileSync(process.execPath, [join(root, 'tools', 'vscode-host.mjs')], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim()
  const places = ['--user-data-dir', join(dir, 'user'), '--extensions-dir', join(dir, 'extensions')]
  if (vsix) execFileSync(process.execPath, [entry, ...places, '--install-extension', vsix], { stdio: 'pipe' })
  const args = [
    ...['--config', join(dir, 'config.yaml'), '--bind-addr', '127.0.0.1:0', ...places],
    ...['--disable-telemetry', '--disable-update-check'],
    // A server that a killed test left behind ends by itself.
    ...['--disable-getting-started-override', '--idle-timeout-seconds', '120'],
    ...(trust ? ['--disable-workspace-trust'] : []),
    ...(smoke ? ['--vscode-option', 'enable-smoke-test-driver'] : []),
    ...(folder ? [folder] : []),
  ]
  return spawn(process.execPath, [entry, ...args], {
    env: {
      ...process.env,
      // No gallery: nothing is requested from other machines.
      EXTENSIONS_GALLERY: '{"serviceUrl":"","itemUrl":"","resourceUrlTemplate":""}',
      FOVEA_HOME: join(dir, 'fovea'),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** Collects the server's output and returns the address it listens on. */
function hearAddress(server: ChildProcess, log: string): Promise<string> {
  return new Promise((done, fail) => {
    const hear = (data: Buffer) => {
      appendFileSync(log, data)
      const found = /listening on (http:\S+?)\/?\s/.exec(readFileSync(log, 'utf8'))?.[1]
      if (found) done(found)
    }
    server.stdout?.on('data', hear)
    server.stderr?.on('data', hear)
    server.once('exit', () => fail(new Error(`VS Code's server did not start:\n${readFileSync(log, 'utf8')}`)))
  })
}

function addressOf(base: string, { folder, workspace, developmentPath = root, testsPath, smoke }: HostOptions): string {
  const address = new URL(base)
  if (workspace) address.searchParams.set('workspace', workspace)
  else if (folder) address.searchParams.set('folder', folder)
  // Otherwise the server would open what it opened last.
  else address.searchParams.set('ew', 'true')
  if (!smoke) return address.href
  const remote = (path: string) => `vscode-remote://${address.host}${path}`
  const payload = [
    ['extensionDevelopmentPath', remote(developmentPath)],
    ...(testsPath ? [['extensionTestsPath', remote(testsPath)]] : []),
    ['skipWelcome', 'true'],
  ]
  address.searchParams.set('payload', JSON.stringify(payload))
  return address.href
}

/** Runs a command through the palette, by the beginning of its title or by its exact id. */
export async function runCommand(page: Page, command: string): Promise<void> {
  const until = performance.now() + START_MS
  while (!(await choseCommand(page, command)))
    if (performance.now() > until) throw new Error(`The palette does not run ${command}.`)
}

/**
 * False if the palette did not open, or closed before the command was chosen: a window that has just opened may miss
 * the key, and anything that takes the focus closes the palette.
 */
async function choseCommand(page: Page, command: string): Promise<boolean> {
  const input = page.locator('.quick-input-widget input[type=text]')
  const first = page.locator('.quick-input-list .monaco-list-row.focused:visible')
  const soon = { timeout: START_MS / 20 }
  await page.keyboard.press('F1')
  try {
    await input.waitFor(soon)
    // The list shows earlier commands until it has searched, so a nonsense query is entered first.
    await input.fill('>\u2205', soon)
    await first.filter({ hasText: NO_COMMAND }).waitFor(soon)
    await input.fill(`>${command}`, soon)
    // Rows are recycled and may still contain hidden text, so only visible text counts.
    const until = performance.now() + soon.timeout
    // biome-ignore lint/performance/useDomNodeTextContent: it holds what is not seen, too
    while (NO_COMMAND.test(await first.innerText(soon))) {
      if (performance.now() > until) throw new errors.TimeoutError(`No command ${command} is listed yet.`)
      await page.waitForTimeout(50)
    }
    await first.click(soon)
    return true
  } catch (error) {
    if (!(error instanceof errors.TimeoutError)) throw error
    await page.keyboard.press('Escape')
    return false
  }
}

/** Picks a row of the open quick pick by keyboard: on a busy machine rows move under the mouse. */
export async function pick(page: Page, text: string): Promise<void> {
  const rows = page.locator('.quick-input-list .monaco-list-row:visible')
  await rows.filter({ hasText: text }).first().waitFor()
  const focusedRow = page.locator('.quick-input-list .monaco-list-row.focused:visible', { hasText: text })
  const until = performance.now() + START_MS / 3
  while ((await focusedRow.count()) === 0) {
    if (performance.now() > until) throw new Error(`The row ${text} of the quick pick cannot be reached.`)
    await page.keyboard.press('ArrowDown')
    await page.waitForTimeout(50)
  }
  await page.keyboard.press('Enter')
}

/** Fills in the boxes that set up an endpoint as the model; the caller has opened the first. */
export async function chooseEndpoint(page: Page, url: string, model: string): Promise<void> {
  await pick(page, 'OpenAI-compatible')
  for (const [step, text] of [
    ['1 of 3', url],
    ['2 of 3', ''],
  ] as const) {
    await page.locator('.quick-input-title', { hasText: step }).waitFor()
    await page.locator('.quick-input-widget input').fill(text)
    await page.keyboard.press('Enter')
  }
  await pick(page, model)
}

/** Types a message into the focused input of the editor's chat and sends it. */
export async function sendNative(page: Page, text: string): Promise<void> {
  await page.keyboard.type(text, { delay: 5 })
  const input = page.locator('.interactive-input-part .view-lines').first()
  await input.filter({ hasText: text.split(' ').at(-1)! }).waitFor()
  // Otherwise Enter would accept a suggestion.
  await page.keyboard.press('Escape')
  await page.keyboard.press('Enter')
}

/** A step of a scenario; takes a screenshot when it fails. */
export function walk(name: string, host: () => Host): (step: string, work: () => Promise<void>) => void {
  return (step, work) => {
    test(step, async () => {
      try {
        await work()
      } catch (error) {
        await host().screenshot(`failed-${name}-${step.replaceAll(/\W+/g, '-').slice(0, 40)}`)
        throw error
      }
    })
  }
}

/** Brings a view to the front by its id. */
export function openView(page: Page, id: string): Promise<void> {
  return runCommand(page, `${id}.focus`)
}

/** The frame of a webview, by the title of its view or panel, or any of several titles, once it exists. */
export async function webview(page: Page, ...titles: readonly string[]): Promise<FrameLocator> {
  const named = titles.map((title) => `iframe#active-frame[title="${title}"]`).join(',')
  const until = performance.now() + START_MS
  while (performance.now() < until) {
    for (const name of await page.locator('iframe.webview').evaluateAll((all) => all.map((one) => one.name))) {
      const outer = page.frameLocator(`iframe.webview[name="${name}"]`)
      if (await outer.locator(named).count()) return outer.frameLocator('#active-frame')
    }
    await page.waitForTimeout(100)
  }
  throw new Error(`No webview with the title ${titles.join(' or ')} was shown.`)
}

/** The status bar item with this text, once it exists. */
export async function statusItem(page: Page, text: string | RegExp): Promise<Locator> {
  const item = page.locator('.statusbar-item', { hasText: text }).first()
  await item.waitFor({ timeout: START_MS })
  return item
}

const THEMES = {
  'Dark Modern': 'vs-dark',
  'Light Modern': 'vs',
  'Default High Contrast': 'hc-black',
  'Default High Contrast Light': 'hc-light',
}

/** Reloads the window in a colour theme. */
export async function useTheme({ page, configure }: Host, theme: keyof typeof THEMES): Promise<void> {
  await configure({ 'workbench.colorTheme': theme })
  await page.locator(`.monaco-workbench.${THEMES[theme]}`).waitFor()
}
