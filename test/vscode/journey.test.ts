/**
 * A user's journey through the editor, with the extension packaged as shipped, on this very repository: ask, read, pin,
 * edit, choose a model, break things.
 */
import assert from 'node:assert/strict'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import type { FrameLocator, Page } from 'playwright-core'
import { MODEL, scriptedOpenAI } from '../scripted-openai.ts'
import { type Host, lineOf, pick, runCommand, sendNative, startHost, statusItem, walk, webview } from './drive.ts'
import { copyOfThisRepository, serversOf } from './workspace.ts'

const PACK_CONTEXT_LINE = lineOf('src/engine/retrieve/pack.ts', 'function packContext')

const openai = await scriptedOpenAI()
const folder = copyOfThisRepository()
const home = mkdtempSync(join(tmpdir(), 'fovea-home-'))
after(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }))
let host: Host
let page: Page

before(async () => {
  const vsix = process.env.FOVEA_TEST_VSIX ?? ''
  assert.ok(existsSync(vsix), 'Nothing was packed: run tools/test.mjs, which packs first.')
  host = await startHost({
    folder,
    vsix,
    env: { FOVEA_HOME: home },
    settings: { 'workbench.colorTheme': 'Dark Modern' },
    size: { width: 1600, height: 1000 },
  })
  page = host.page
  page.setDefaultTimeout(20_000)
})
after(() => host?.stop())

const step = walk('journey', () => host)

const QUESTION = 'how does packing keep the context within its budget?'
const chat = () => webview(page, 'Chat')
const context = () => webview(page, 'Context')

/** Waits until the previous answer is saved; until then Enter sends nothing. */
async function ask(view: FrameLocator, question: string): Promise<void> {
  await view.getByRole('button', { name: /^Stop/ }).waitFor({ state: 'detached' })
  await view.locator('textarea').last().fill(question)
  await view.locator('textarea').last().press('Enter')
}

/** Waits until the status bar shows the cursor on this line. */
async function cursorAt(line: number): Promise<void> {
  await page
    .locator('.statusbar-item', { hasText: new RegExp(`^Ln ${line}, Col`) })
    .first()
    .waitFor()
}

step('indexes the folder without being asked, and the status bar says when it is done', async () => {
  await statusItem(page, /^\s*Fovea\s*$/)
})

step('without a model a question gets the offline brief, and a location in it opens at its line', async () => {
  await page.locator('.activitybar a[aria-label^="Fovea"]').first().click()
  const view = await chat()
  await view.getByText(/How does .+ work, step by step\?/).waitFor()
  await ask(view, QUESTION)
  await view.getByText('Offline brief').waitFor()
  const place = view.locator('button', { hasText: /\S+\.tsx?:\d+-\d+/ }).first()
  const [, name, line] = /([\w.-]+\.tsx?):(\d+)/.exec((await place.textContent()) ?? '') ?? []
  await place.click()
  await page.locator('.tab.active', { hasText: name }).waitFor()
  await cursorAt(Number(line))
})

step('the context view shows blocks with their cost, and repacks after a pin, a coarser block and a drop', async () => {
  await runCommand(page, 'Fovea: Show Context')
  const view = await context()
  await view.getByRole('meter').waitFor()
  assert.match((await view.getByRole('meter').getAttribute('aria-valuetext')) ?? '', /of 8k tokens/)
  const pin = view.getByRole('button', { name: /^Pin/ }).first()
  const began = performance.now()
  await pin.click()
  await view.locator('button[aria-pressed="true"]').first().waitFor()
  // A figure for the log; tests assert no durations.
  console.log(`re-pack after a pin, seen in the view: ${Math.round(performance.now() - began)} ms`)
  const before = await view.getByRole('button', { name: /^Drop/ }).count()
  await view.getByRole('button', { name: /^Drop/ }).last().click()
  await view
    .getByText(/left out by you|dropped/i)
    .first()
    .waitFor()
  assert.ok(before > 1)
  await view.getByRole('button', { name: /reset/i }).first().click()
  await view.locator('button[aria-pressed="true"]').first().waitFor({ state: 'detached' })
})

step('shows what is sent in an editor', async () => {
  const view = await context()
  await view
    .getByTitle(/as sent/i)
    .first()
    .click()
  await page.locator('.tab.active', { hasText: 'as-sent.fovea' }).waitFor()
  await page.locator('.statusbar-item', { hasText: 'Fovea Context' }).waitFor()
  await page.locator('.view-line', { hasText: '=== system' }).waitFor()
})

step('explains a function across files: a diagram, steps, and a node that opens its location', async () => {
  await page.keyboard.press('Control+p')
  await page.locator('.quick-input-widget input').fill(`retrieve/pack.ts:${PACK_CONTEXT_LINE}`)
  await page.locator('.quick-input-list .monaco-list-row', { hasText: 'retrieve' }).first().waitFor()
  await page.keyboard.press('Enter')
  await cursorAt(PACK_CONTEXT_LINE)
  await runCommand(page, 'Fovea: Explain Across Files')
  // A frame keeps its initial title; the tab's title follows what is explained, which may be set before.
  const view = await webview(page, 'Explain: src/engine/retrieve/pack.ts', 'Explain: packContext')
  await page.locator('.tab.active', { hasText: 'Explain: packContext' }).waitFor()
  await view.getByText('no model was asked', { exact: false }).first().waitFor()
  await view.getByRole('tab', { name: /Step by step/ }).click()
  await view.getByRole('tabpanel').getByText('addBodies').first().waitFor()
  await view
    .getByRole('button', { name: /addBodies/ })
    .first()
    .click()
  await page.locator('.tab.active', { hasText: 'pack.ts' }).waitFor()
})

step('a changed file makes its blocks stale, and a repack fixes it', async () => {
  const view = await context()
  const path = 'src/engine/retrieve/pack.ts'
  appendFileSync(join(folder, path), '\n// Somebody was here.\n')
  await view.getByText(/pack\.ts changed since/).waitFor()
  await view.getByRole('button', { name: 'Refresh' }).click()
  await view.getByText(/pack\.ts changed since/).waitFor({ state: 'detached' })
})

const answerBox = async (title: string | RegExp, text: string) => {
  await page.locator('.quick-input-title', { hasText: title }).waitFor()
  await page.locator('.quick-input-widget input').fill(text)
  await page.keyboard.press('Enter')
}

step('setting up a model: a refusing endpoint gives one sentence, an answering one is saved', async () => {
  const view = await chat()
  openai.script({ status: 401, error: { message: 'no' } }, { pieces: ['yes'] })
  await view.getByRole('button', { name: 'Set up a model' }).first().click()
  await pick(page, 'OpenAI-compatible endpoint')
  await answerBox(/1 of 3/, openai.url)
  await answerBox(/2 of 3/, 'secret-key')
  await pick(page, MODEL)
  // Notifications move when another disappears, so the keyboard is used.
  await page
    .locator('.notification-toast', { hasText: /refuses the key \(401\)/ })
    .getByRole('button', { name: 'Try Again' })
    .press('Enter')
  await view.getByRole('button', { name: new RegExp(MODEL) }).waitFor()
  assert.equal(openai.requests.at(-1)?.authorization, 'Bearer secret-key')
})

step('the answer streams, and a citation leads to its line', async () => {
  const view = await chat()
  await view.getByRole('button', { name: new RegExp(MODEL) }).waitFor()
  const words = ['Packing adds bodies by score [b2]', ' and trims [b3].', '\n\n```ts\nconst room = 1\n```\n', 'Done.']
  openai.script({ pieces: words, delay: 150 })
  await ask(view, 'how are bodies packed?')
  await view.getByText('Packing adds bodies by score').waitFor()
  await view.getByRole('button', { name: /^Stop/ }).waitFor()
  const chip = view.getByRole('button', { name: /^Citation 2: / }).first()
  await chip.waitFor()
  const [, name, line] = /([\w.-]+\.\w+), lines? (\d+)/.exec((await chip.getAttribute('aria-label')) ?? '') ?? []
  await chip.click()
  await page.locator('.tab.active', { hasText: name }).waitFor()
  await cursorAt(Number(line))
  const sent = openai.requests.findLast(({ path }) => path.endsWith('/chat/completions'))
  assert.match(sent?.body.messages?.at(-1)?.content ?? '', /how are bodies packed\?$/)
})

step('a stopped answer keeps what arrived, and a failure is one sentence with a way to retry', async () => {
  const view = await chat()
  openai.script({ pieces: Array.from({ length: 300 }, (_, i) => `word${i} `), delay: 40 })
  await ask(view, 'tell me everything about ranking')
  await view.getByText('word5').waitFor()
  await view.getByRole('button', { name: /^Stop/ }).click()
  await view
    .getByText(/stopped/i)
    .last()
    .waitFor()
  openai.script({ status: 500, error: { message: 'broken' } })
  await ask(view, 'and clusters?')
  await view
    .getByRole('log')
    .getByText(/failed \(500\): try again/)
    .waitFor()
  openai.script({ pieces: ['Clusters are groups [b1].'] })
  await view
    .getByRole('button', { name: /retry|try again/i })
    .last()
    .click()
  await view.getByText('Clusters are groups').waitFor()
  await view
    .getByRole('log')
    .getByText(/failed \(500\)/)
    .waitFor({ state: 'detached' })
})

step('hostile Markdown in an answer is shown as text', async () => {
  const view = await chat()
  const hostile =
    'BEGIN <script>window.bad = 1</script><img src="http://127.0.0.1:9/x.png"> [run](command:fovea.clear) ![p](http://127.0.0.1:9/y.png)'
  openai.script({ pieces: [hostile] })
  await ask(view, 'what is a beacon?')
  await view.getByText(/^BEGIN/).waitFor()
  assert.equal(await view.locator('img').count(), 0)
  assert.equal(await view.locator('a[href^="command:"]').count(), 0)
})

step('@fovea answers in the native chat, with the endpoint and without a model', async () => {
  openai.script({ pieces: ['Native answer from the repository [b2].'] })
  await page.keyboard.press('Control+Alt+i')
  await page.locator('.interactive-input-part .monaco-editor').first().waitFor()
  await sendNative(page, '@fovea /where is the budget kept?')
  await page.locator('.interactive-list', { hasText: 'Offline brief' }).waitFor()
  await page.locator('.interactive-list', { hasText: 'Show Context' }).waitFor()
  await page.locator('.interactive-input-part .monaco-editor').first().click()
  // The input box keeps the participant of the last message.
  await page.keyboard.press('Control+a')
  await sendNative(page, '@fovea /generate Round all totals.')
  const task = (await webview(page, 'Generate Across Files')).getByRole('textbox', { name: 'Task' })
  await task.waitFor()
  assert.equal(await task.inputValue(), 'Round all totals.')
})

step('a killed server process restarts by itself, and questions are answered again', async () => {
  const [pid] = serversOf(home)
  assert.ok(pid, 'no server runs')
  process.kill(pid, 'SIGKILL')
  await statusItem(page, /restarting/)
  await statusItem(page, /^\s*Fovea\s*$/)
  assert.notEqual(serversOf(home)[0], pid)
  const view = await chat()
  openai.script({ pieces: ['Back again [b1].'] })
  await ask(view, 'are you there?')
  await view.getByText('Back again').waitFor()
  // The next step kills the server again and looks for this answer later; it is saved once complete.
  await view.getByRole('button', { name: /^Stop/ }).waitFor({ state: 'detached' })
})

step('after three crashes it stays down, and the status bar offers to start it', async () => {
  for (let crash = 2; crash <= 3; crash++) {
    const [pid] = serversOf(home)
    process.kill(pid!, 'SIGKILL')
    await statusItem(page, crash < 3 ? /restarting/ : /stopped/)
    if (crash < 3) await statusItem(page, /^\s*Fovea\s*$/)
  }
  await (await statusItem(page, /stopped/)).click()
  await pick(page, 'Restart Server')
  await statusItem(page, /^\s*Fovea\s*$/)
})

step('the thread is still there after a reload', async () => {
  await host.configure({})
  const view = await chat()
  await view.getByText('Back again').waitFor()
  await statusItem(page, /^\s*Fovea\s*$/)
})

step('index details list the contents of the index', async () => {
  await runCommand(page, 'Fovea: Index Details')
  const view = await webview(page, 'Preview Index Details.md')
  await view.getByText('LanceDB').waitFor()
  await view.getByRole('heading', { name: 'Skipped' }).waitFor()
  assert.match(readFileSync(join(folder, 'package.json'), 'utf8'), /"fovea"/)
})
