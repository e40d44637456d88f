/** Screenshots of every view in three themes, for inspection; `npm run pictures` copies those of the README. */
import assert from 'node:assert/strict'
import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { MODEL, type RecordedRequest, scriptedOpenAI } from '../scripted-openai.ts'
import {
  chooseEndpoint,
  type Host,
  lineOf,
  root,
  runCommand,
  startHost,
  statusItem,
  useTheme,
  webview,
} from './drive.ts'
import { copyOfThisRepository } from './workspace.ts'

const PACK_CONTEXT_LINE = lineOf('src/engine/retrieve/pack.ts', 'function packContext')

/** The window opens in the first theme. */
const THEMES = ['Dark Modern', 'Light Modern', 'Default High Contrast'] as const
/** The mark of the block that contains a text, whatever its current number. */
function markOf(prompt: string, text: string): string {
  const at = prompt.indexOf(text)
  assert.ok(at >= 0, `The prompt does not show ${text}`)
  return `[${[...prompt.slice(0, at).matchAll(/^\[(b\d+)\] \d+-\d+/gm)].at(-1)![1]}]`
}

/** What a model might say: a script. */
function answerTo({ body }: RecordedRequest): string {
  const prompt = body.messages?.at(-1)?.content ?? ''
  return `\`packContext\` fills the budget in three passes ${markOf(prompt, 'export async function packContext')}:

1. **Bodies** in the order of their score for their length, skipping what does not fit and going on.
2. **Signatures** of what the best bodies call or extend.
3. **File cards**, for which a few per cent are reserved: they name files whose bodies did not fit.

Nothing is counted twice, because \`PackBuilder\` prices each block as it will be presented ${markOf(prompt, 'const price = priceBlock(')}:

\`\`\`ts
const price = priceBlock(this.tokenizer, block, previousPath)
if (price.tokens > free) return { added: false, tokens: price.tokens }
\`\`\``
}

const openai = await scriptedOpenAI()
const folder = copyOfThisRepository()
const pictures = join(root, '.vscode-test', 'pictures')
let host: Host
let page: Page

before(async () => {
  mkdirSync(pictures, { recursive: true })
  host = await startHost({
    folder,
    settings: { 'workbench.colorTheme': THEMES[0] },
    size: { width: 1480, height: 900 },
  })
  page = host.page
  page.setDefaultTimeout(20_000)
  await statusItem(page, /^\s*Fovea\s*$/)
})
after(() => host?.stop())

/** The host lacks the compiler of the editor's own TypeScript extension, which complains soon after the start. */
async function clearNotifications(): Promise<void> {
  await page
    .locator('.notification-toast')
    .first()
    .waitFor({ timeout: 2000 })
    .catch(() => {})
  await runCommand(page, 'Notifications: Clear All Notifications')
}

async function take(name: string, part = ''): Promise<void> {
  const path = join(pictures, `${name}.png`)
  await page.mouse.move(700, 880)
  const options = { path, animations: 'disabled' } as const
  await (part ? page.locator(part).screenshot(options) : page.screenshot(options))
  assert.ok(statSync(path).size > 5000, `${name} is empty`)
}

test('shows a function explained across files', async () => {
  await page.keyboard.press('Control+p')
  await page.locator('.quick-input-widget input').fill(`retrieve/pack.ts:${PACK_CONTEXT_LINE}`)
  await page.locator('.quick-input-list .monaco-list-row', { hasText: 'retrieve' }).first().waitFor()
  await page.keyboard.press('Enter')
  await page
    .locator('.statusbar-item', { hasText: new RegExp(`^Ln ${PACK_CONTEXT_LINE}, Col`) })
    .first()
    .waitFor()
  await runCommand(page, 'Fovea: Explain Across Files')
  const view = await webview(page, 'Explain: src/engine/retrieve/pack.ts', 'Explain: packContext')
  await view.getByRole('tab', { name: /Step by step/ }).click()
  await view.getByRole('tabpanel').getByText('addBodies').first().waitFor()
  await clearNotifications()
  await take('explain', '.part.editor')
  await runCommand(page, 'View: Close All Editors')
})

test('shows the offline brief, and a model being set up', async () => {
  await page.locator('.activitybar a[aria-label^="Fovea"]').first().click()
  const chat = await webview(page, 'Chat')
  await chat.getByText(/How does .+ work, step by step\?/).waitFor()
  await take('welcome', '.part.sidebar')
  await chat.locator('textarea').fill('how does packContext keep a pack within its budget?')
  await chat.locator('textarea').press('Enter')
  await chat.getByText('Offline brief').waitFor()
  await take('chat', '.part.sidebar')
  openai.script({ pieces: ['yes'] })
  await chat.getByRole('button', { name: 'Set up a model' }).first().click()
  await chooseEndpoint(page, openai.url, MODEL)
  await chat.getByRole('button', { name: new RegExp(MODEL) }).waitFor()
  openai.script({ reply: answerTo })
  await runCommand(page, 'Notifications: Clear All Notifications')
  await chat.getByRole('button', { name: 'New thread' }).first().click()
  await chat.locator('textarea').fill('how does packContext keep a pack within its budget?')
  await chat.locator('textarea').press('Enter')
  await chat
    .getByRole('button', { name: /^Citation \d/ })
    .first()
    .waitFor()
  await runCommand(page, 'Fovea: Show Context')
  await (await webview(page, 'Context')).getByRole('meter').waitFor()
  await chat
    .getByRole('button', { name: /^Citation \d/ })
    .first()
    .click()
})

test('shows the Repo Map expanded', async () => {
  const row = (text: RegExp) => page.locator('.part.sidebar .monaco-list-row', { hasText: text }).first()
  const header = page.locator('.pane-header', { hasText: 'Chat' }).first()
  await header.click()
  for (const folderName of [/^src/, /^engine/, /^retrieve/]) await row(folderName).click()
  await row(/^pack\.ts/)
    .locator('.codicon-tree-item-expanded')
    .click()
  await row(/packContext/).waitFor()
  await row(/^Topics/).click()
  await take('map', '.part.sidebar')
  await header.click()
})

/** A preview that the editor restores after a reload may stay empty; then it is opened again. */
async function showDetails(): Promise<void> {
  await runCommand(page, 'Fovea: Index Details')
  await (await webview(page, 'Preview Index Details.md')).getByText('LanceDB').waitFor()
}

for (const theme of THEMES)
  test(`shows all views in ${theme}`, async () => {
    const name = theme.toLowerCase().replaceAll(' ', '-')
    if (theme !== THEMES[0]) await useTheme(host, theme)
    const chat = await webview(page, 'Chat')
    await chat.getByText('fills the budget').waitFor()
    await runCommand(page, 'Fovea: Show Context')
    const context = await webview(page, 'Context')
    await context.getByRole('meter').waitFor()
    await chat
      .getByRole('button', { name: /^Citation \d/ })
      .first()
      .click()
    await page.locator('.tab.active', { hasText: 'pack.ts' }).waitFor()
    await clearNotifications()
    await take(`window-${name}`)
    await take(`model-${name}`, '.part.sidebar')
    await take(`context-${name}`, '.part.auxiliarybar')
    await context.locator('svg').first().scrollIntoViewIfNeeded()
    await take(`treemap-${name}`, '.part.auxiliarybar')
    await context
      .getByTitle(/as sent/i)
      .first()
      .click()
    await page.locator('.view-line', { hasText: '=== system' }).waitFor()
    await take(`as-sent-${name}`)
    await showDetails().catch(async () => {
      await runCommand(page, 'View: Close All Editors')
      await showDetails()
    })
    await take(`details-${name}`)
    await runCommand(page, 'View: Close All Editors')
  })
