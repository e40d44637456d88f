/**
 * Measures what the extension costs the extension host, whose single thread all extensions share: in a real VS Code
 * every user action runs under the host's CPU profiler, in several rounds. Prints for each action the longest stretch
 * for which the extension held the thread, and for the median round the sum of all stretches (`total`). The figures
 * include the profiler's own cost and waits for a core, so run it on an idle machine.
 * Usage: npm run bench:host [-- --rounds 3 --stacks]; `--stacks` uses a readable bundle and names what is expensive.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { Profiler } from 'node:inspector'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import type { Page } from 'playwright-core'
import { openView, root, runCommand, startHost, statusItem, webview } from '../drive.ts'
import { copySources } from '../workspace.ts'
import type { ProbeRequest } from './probe.ts'
import { type HostTime, hostTimeOf } from './stretches.ts'

const LIMIT_MS = 20
const MODEL = 'bench-1'
const READY = /^\s*Fovea\s*$/
/** Time for the effects of an action to finish: messages to the views and, after file changes, indexing. */
const SETTLE_MS = 500
const INDEXED_MS = 4000
const FUNCTIONS_SHOWN = 30
const TIME_LIMIT_MS = 30_000
const PACK = 'src/engine/retrieve/pack.ts'
const TYPED = '// Fifty characters, each of which is an event...\n'
const QUESTION = 'how does packing keep the context within its budget?'

const { stacks, rounds } = parseArgs({
  options: { stacks: { type: 'boolean', default: false }, rounds: { type: 'string', default: '3' } },
}).values
const dir = mkdtempSync(join(tmpdir(), 'fovea-bench-'))
const extension = join(dir, 'extension')
/** The result of each round, by action. */
const rows = new Map<string, HostTime[]>()

/** The extension as shipped, except that VS Code loads the probe, which loads the bundle. */
async function prepareExtension(): Promise<void> {
  execFileSync(process.execPath, [join(root, 'esbuild.mjs'), ...(stacks ? [] : ['--production'])], { stdio: 'inherit' })
  const dist = join(extension, 'dist')
  mkdirSync(dist, { recursive: true })
  const manifest: object = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  writeFileSync(join(extension, 'package.json'), JSON.stringify({ ...manifest, main: './main.cjs' }))
  for (const name of ['package.nls.json', 'l10n', 'media', 'syntaxes'])
    symlinkSync(join(root, name), join(extension, name))
  // VS Code assigns a script to an extension by its real path, so scripts are copied. Large folders only the server
  // reads are linked.
  for (const name of readdirSync(join(root, 'dist')).filter((name) => !name.endsWith('.map')))
    if (['grammars', 'native', 'syntaxes'].includes(name)) symlinkSync(join(root, 'dist', name), join(dist, name))
    else cpSync(join(root, 'dist', name), join(dist, name), { recursive: true })
  await build({
    absWorkingDir: root,
    entryPoints: ['test/vscode/bench/probe.ts'],
    outfile: join(extension, 'main.cjs'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['vscode', './dist/extension.js'],
    logLevel: 'warning',
  })
}

/** An endpoint whose model replies with 200 words at once. */
async function openEndpoint(): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((request, response) => {
    if (request.url?.endsWith('/models')) {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ object: 'list', data: [{ id: MODEL, object: 'model', created: 0, owned_by: '' }] }))
      return
    }
    response.setHeader('content-type', 'text/event-stream')
    const piece = (delta: object, finish: string | null) =>
      response.write(
        `data: ${JSON.stringify({ id: '1', object: 'chat.completion.chunk', created: 0, model: MODEL, choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`,
      )
    for (let i = 0; i < 200; i++) piece({ content: `word${i} [b${(i % 5) + 1}] ` }, null)
    piece({ content: 'End.' }, 'stop')
    response.end('data: [DONE]\n\n')
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, close: () => server.close() }
}

async function callProbe(body: ProbeRequest): Promise<string> {
  const port = readFileSync(join(dir, 'port'), 'utf8')
  const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: JSON.stringify(body) })
  const text = await response.text()
  if (!response.ok) throw new Error(text)
  return text
}

const command = (name: string, ...args: readonly unknown[]) => callProbe({ what: 'command', name, args })

async function record(action: string, what: 'begun' | 'stop'): Promise<void> {
  const profile = JSON.parse(await callProbe({ what })) as Profiler.Profile
  // While loading, the probe itself counts because it requires the bundle.
  const extensionFolder = what === 'begun' ? extension : join(extension, 'dist')
  const hostTime = hostTimeOf(profile, (url) => url.includes(extensionFolder))
  rows.set(action, [...(rows.get(action) ?? []), hostTime])
  process.stderr.write(`${action}: ${hostTime.longest.toFixed(1)} ms\n`)
}

async function measure(page: Page, action: string, work: () => Promise<unknown>, settle = SETTLE_MS): Promise<void> {
  await callProbe({ what: 'start' })
  await work()
  await page.waitForTimeout(settle)
  await record(action, 'stop')
}

async function drive(page: Page, folder: string, url: string): Promise<void> {
  const does = (action: string, work: () => Promise<unknown>, settle?: number) => measure(page, action, work, settle)
  await statusItem(page, READY)
  await page.waitForTimeout(SETTLE_MS)
  await record('load the bundle and activate', 'begun')
  await record('start the server, first indexing', 'stop')
  await views(page, does)
  await questions(page, does, url)
  await palette(page, does)
  await files(page, does, folder)
}

type Does = (action: string, work: () => Promise<unknown>, settle?: number) => Promise<void>

async function views(page: Page, does: Does): Promise<void> {
  await does('open the chat view', async () => {
    await page.locator('.activitybar a[aria-label^="Fovea"]').first().click()
    await (await webview(page, 'Chat')).getByText(/How does .+ work, step by step\?/).waitFor()
  })
  await does('open the Context view', async () => {
    await openView(page, 'fovea.context')
    await (await webview(page, 'Context')).getByText('Nothing has been asked yet.').waitFor()
  })
  const row = (text: RegExp) => page.locator('.part.sidebar .monaco-list-row', { hasText: text }).first()
  await does('open the Repo Map, expand folders and topics', async () => {
    await openView(page, 'fovea.map')
    for (const name of [/^src/, /^engine/]) await row(name).click()
    await row(/^answer/).waitFor()
    await row(/^Topics/).click()
  })
}

async function questions(page: Page, does: Does, url: string): Promise<void> {
  const chat = await webview(page, 'Chat')
  const ask = async (question: string) => {
    await chat.locator('textarea').last().fill(question)
    await chat.locator('textarea').last().press('Enter')
  }
  await openView(page, 'fovea.chat')
  await does('chat question, offline brief', async () => {
    await ask(QUESTION)
    await chat.getByText('Offline brief').waitFor()
  })
  await does('open a cited place', () =>
    chat
      .locator('button', { hasText: /\S+\.tsx?:\d+/ })
      .first()
      .click(),
  )
  const context = await webview(page, 'Context')
  await does('pin a block, re-pack', async () => {
    await context.getByRole('button', { name: /^Pin/ }).first().click()
    await context.locator('button[aria-pressed="true"]').first().waitFor()
  })
  await does('show the context as sent', async () => {
    await context
      .getByTitle(/as sent/i)
      .first()
      .click()
    await page.locator('.view-line', { hasText: '=== system' }).waitFor()
  })
  await does('Set Up Model, an endpoint', async () => {
    const done = command('fovea.setUpModel')
    const input = page.locator('.quick-input-widget input')
    const row = (text: string) => page.locator('.quick-input-list .monaco-list-row', { hasText: text })
    await row('OpenAI-compatible endpoint').click()
    await page.locator('.quick-input-title', { hasText: '1 of 3' }).waitFor()
    await input.fill(url)
    await page.keyboard.press('Enter')
    await page.locator('.quick-input-title', { hasText: '2 of 3' }).waitFor()
    await page.keyboard.press('Enter')
    await row(MODEL).click()
    await done
  })
  await does('chat question, a streamed answer of 200 pieces', async () => {
    await ask('how are bodies packed?')
    await chat.getByText('End.').waitFor()
  })
  // Outside of a chat VS Code asks whether the tool may run.
  const callTool = async (name: string, input: object) => {
    const done = callProbe({ what: 'tool', name, input })
    await page.locator('.monaco-dialog-box').waitFor()
    await page.keyboard.press('Enter')
    await done
  }
  await does('tool fovea_context', () => callTool('fovea_context', { question: QUESTION, budget: 8000 }))
  await does('tool fovea_symbol', () => callTool('fovea_symbol', { name: 'packContext' }))
  await does('tool fovea_map', () => callTool('fovea_map', {}))
  const native = { query: `@fovea /where ${QUESTION}`, blockOnResponse: true }
  await does('native chat, @fovea /where', () => command('workbench.action.chat.open', native))
}

/** All commands except Clear Index (opens a dialog), and Show Context and Open Repo Map (the views again). */
async function palette(page: Page, does: Does): Promise<void> {
  const symbol = { kind: 'symbol', label: 'packContext', path: PACK, firstLine: 40, lastLine: 60, leaf: true, card: [] }
  const picks = async (name: string) => {
    const done = command(name)
    await page.locator('.quick-input-list .monaco-list-row').first().waitFor()
    await page.keyboard.press('Escape')
    await done
  }
  await does('Reveal in Editor', () => command('fovea.revealNode', symbol))
  await does('Ask About This', () => command('fovea.askNode', symbol))
  await does('Ask', () => command('fovea.ask'))
  await does('Ask About Selection', () => command('fovea.askSelection'))
  await does('Re-pack Context', () => command('fovea.repack'))
  await does('Pick Model', () => picks('fovea.pickModel'))
  await does('status menu', () => picks('fovea.statusMenu'))
  await does('Index Details', async () => {
    await command('fovea.details')
    await (await webview(page, 'Preview Index Details.md')).getByText('LanceDB').waitFor()
  })
  await does('New Thread', () => command('fovea.newThread'))
  await does('Pause Indexing', () => command('fovea.pause'))
  await does('Resume Indexing', () => command('fovea.resume'), INDEXED_MS)
  await does('Rebuild Index', () => command('fovea.rebuild'), INDEXED_MS)
  await does('Open Log', () => command('fovea.openLog'))
  await does('Restart Server', () => command('fovea.restartServer'), INDEXED_MS)
  await statusItem(page, READY)
}

async function files(page: Page, does: Does, folder: string): Promise<void> {
  await command('fovea.revealNode', { path: PACK, firstLine: 1, lastLine: 1 })
  await page.locator('.tab.active', { hasText: 'pack.ts' }).waitFor()
  await page.locator('.editor-instance .view-line').first().click()
  await page.keyboard.press('Control+Home')
  await does('type 50 characters', () => page.keyboard.type(TYPED), INDEXED_MS)
  await does('save a file', () => runCommand(page, 'workbench.action.files.save'), INDEXED_MS)
  if (!readFileSync(join(folder, PACK), 'utf8').startsWith(TYPED)) throw new Error('Nothing was typed, or not saved.')
  await does(
    '200 files appear',
    async () => {
      mkdirSync(join(folder, 'src', 'burst'))
      for (let i = 0; i < 200; i++)
        writeFileSync(join(folder, 'src', 'burst', `file${i}.ts`), `export const value${i} = ${i}\n`)
    },
    INDEXED_MS,
  )
}

const sorted = (found: readonly HostTime[]) => found.toSorted((a, b) => a.longest - b.longest)
const median = (found: readonly HostTime[]) => sorted(found)[Math.floor((found.length - 1) / 2)]!

function print(): void {
  const width = Math.max(...[...rows.keys()].map((action) => action.length))
  const line = (...[action, ...figures]: readonly string[]) =>
    console.log(`${action?.padEnd(width)}${figures.map((figure) => figure.padStart(10)).join('')}`)
  const count = Math.max(...[...rows.values()].map((found) => found.length))
  console.log(
    `Milliseconds the extension (${stacks ? 'development' : 'production'} bundle) held the host's thread, ${count} rounds:`,
  )
  line('longest stretch', 'least', 'median', 'worst', 'total')
  for (const [action, found] of rows) {
    const { longest, total } = median(found)
    const figures = [sorted(found)[0]!.longest, longest, sorted(found).at(-1)!.longest, total]
    line(action, ...figures.map((ms) => ms.toFixed(1)))
  }
  const hostTime = [...rows].map(([action, found]) => [action, median(found)] as const)
  const [action, { longest }] = hostTime.reduce((a, b) => (b[1].longest > a[1].longest ? b : a))
  const verdict = longest <= LIMIT_MS ? 'not above' : 'above'
  console.log(`\nWorst of the medians: ${longest.toFixed(1)} ms, ${action}: ${verdict} ${LIMIT_MS} ms.`)
  if (!stacks) return
  for (const [action, { longest, functions }] of hostTime.filter(([, { longest }]) => longest > LIMIT_MS / 2)) {
    console.log(`\n${action}: ${longest.toFixed(1)} ms`)
    for (const [name, ms] of functions.slice(0, FUNCTIONS_SHOWN)) console.log(`${ms.toFixed(1).padStart(8)}  ${name}`)
  }
}

async function round(number: number): Promise<void> {
  const place = join(dir, String(number))
  mkdirSync(place)
  const endpoint = await openEndpoint()
  const folder = copySources(place)
  const env = { FOVEA_HOME: join(place, 'home'), FOVEA_BENCH_PORT: join(dir, 'port') }
  const host = await startHost({ folder, developmentPath: extension, env, size: { width: 1600, height: 1000 } })
  host.page.setDefaultTimeout(TIME_LIMIT_MS)
  try {
    await drive(host.page, folder, endpoint.url)
  } catch (error) {
    console.error(error, await host.screenshot('failed-bench'))
  } finally {
    await host.stop()
    endpoint.close()
  }
}

try {
  await prepareExtension()
  for (let number = 1; number <= Number(rounds); number++) await round(number)
  if (rows.size) print()
} finally {
  rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
}
