/** Editor windows in every state: empty, several folders, two on one folder, untrusted, on an unwritable disk. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { type Host, pick, root, runCommand, sendNative, startHost, statusItem, webview } from './drive.ts'

const scratch = mkdtempSync(join(tmpdir(), 'fovea-states-'))
after(() => rmSync(scratch, { recursive: true, force: true, maxRetries: 5 }))

const FILES = {
  'src/cart.ts':
    '/** Sums the prices of a cart. */\nexport function cartTotal(items: number[]) {\n  return items.length\n}\n',
  'src/mail.ts': '/** Sends a receipt by mail. */\nexport function sendReceipt(to: string) {\n  return to\n}\n',
}

function tree(name: string, files: Readonly<Record<string, string>> = FILES): string {
  const folder = join(scratch, name)
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

const IDENTITY = { GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' }
const git = (folder: string, ...args: readonly string[]) =>
  execFileSync('git', ['-C', folder, ...args], { stdio: 'pipe', env: { ...process.env, ...IDENTITY } })

function repository(name: string, files?: Readonly<Record<string, string>>): string {
  const folder = tree(name, files)
  git(folder, 'init', '-q', '-b', 'main')
  git(folder, 'add', '-A')
  git(folder, 'commit', '-q', '-m', 'first')
  return folder
}

/** An environment with a git that logs its invocations. */
function watchedGit(): { readonly env: Readonly<Record<string, string>>; runs(folder: string): string[] } {
  const folder = mkdtempSync(join(scratch, 'bin-'))
  const book = join(folder, 'runs.txt')
  const real = execFileSync('sh', ['-c', 'command -v git'], { encoding: 'utf8' }).trim()
  writeFileSync(join(folder, 'git'), `#!/bin/sh\necho "$PWD $*" >> '${book}'\nexec '${real}' "$@"\n`)
  chmodSync(join(folder, 'git'), 0o755)
  const read = () => (existsSync(book) ? readFileSync(book, 'utf8').split('\n') : [])
  // As started from a terminal; otherwise the editor takes the PATH of a login shell.
  const env = { PATH: `${folder}:${process.env.PATH}`, VSCODE_CLI: '1' }
  return { env, runs: (of) => read().filter((line) => line.includes(of)) }
}

async function showChat(page: Page) {
  page.setDefaultTimeout(20_000)
  await page.locator('.activitybar a[aria-label^="Fovea"]').first().click()
  return webview(page, 'Chat')
}

async function ask(page: Page, question: string): Promise<void> {
  const view = await webview(page, 'Chat')
  // Enter sends nothing until the previous answer is saved.
  await view.getByRole('button', { name: /^Stop/ }).waitFor({ state: 'detached' })
  await view.locator('textarea').last().fill(question)
  await view.locator('textarea').last().press('Enter')
}

/** The button of a location in an answer. */
const place = async (page: Page, path: string) =>
  (await webview(page, 'Chat')).getByRole('button', { name: new RegExp(path) }).last()

/** Asks until the answer cites the file: no event tells when the editor has noticed a change on disk. */
async function askUntilFound(page: Page, question: string, path: string): Promise<void> {
  const view = await webview(page, 'Chat')
  do {
    await ask(page, question)
    await view.getByRole('button', { name: /^Stop/ }).waitFor({ state: 'detached' })
  } while ((await (await place(page, path)).count()) === 0)
}

async function ready(page: Page): Promise<void> {
  await statusItem(page, /^\s*Fovea\s*$/)
}

async function choose(page: Page, label: string): Promise<void> {
  await page.locator('.statusbar-item', { hasText: 'Fovea' }).first().click()
  await pick(page, label)
}

async function tooltip(page: Page): Promise<string> {
  return (await page.locator('.statusbar-item a[aria-label^="Fovea: "]').first().getAttribute('aria-label')) ?? ''
}

/** Takes a screenshot when the test fails. */
function step(name: string, work: () => Promise<void>): void {
  test(name, async () => {
    try {
      await work()
    } catch (error) {
      for (const [i, page] of pages.entries())
        await page
          .screenshot({
            path: join(
              root,
              '.vscode-test',
              'pictures',
              `failed-states-${name.replaceAll(/\W+/g, '-').slice(0, 30)}-${i}.png`,
            ),
          })
          .catch(() => {})
      throw error
    }
  })
}

const watched = watchedGit()
const folder = repository('repo')
let host: Host
let pages: Page[] = []
before(async () => {
  host = await startHost({ folder, env: { ...watched.env, FOVEA_HOME: join(scratch, 'home') } })
  pages = [host.page]
})
after(() => host?.stop())

step('indexes a trusted folder with its history; the status bar pauses and resumes indexing', async () => {
  const { page } = host
  await showChat(page)
  await ready(page)
  assert.notDeepEqual(watched.runs(folder), [])
  await choose(page, 'Pause Indexing')
  await statusItem(page, /Fovea paused/)
  writeFileSync(join(folder, 'src/okapi.ts'), 'export function okapiNeck() {}\n')
  await choose(page, 'Resume Indexing')
  await ready(page)
  await ask(page, 'where is okapiNeck?')
  await (await place(page, 'okapi.ts')).waitFor()
})

step('notices a branch switch', async () => {
  const { page } = host
  git(folder, 'add', '-A')
  git(folder, 'commit', '-q', '-m', 'okapi')
  git(folder, 'checkout', '-q', '-b', 'other')
  writeFileSync(join(folder, 'src/tapir.ts'), 'export function tapirSnout() {}\n')
  git(folder, 'add', '-A')
  git(folder, 'commit', '-q', '-m', 'tapir')
  git(folder, 'checkout', '-q', 'main')
  git(folder, 'checkout', '-q', 'other')
  await askUntilFound(page, 'where is tapirSnout?', 'tapir.ts')
})

step('two windows on one folder both answer, and what is saved in one is found in the other', async () => {
  const { page } = host
  const second = await host.open({ folder })
  pages = [page, second]
  await showChat(second)
  await ready(second)
  await ask(page, 'where is a receipt sent by mail?')
  await (await place(page, 'mail.ts')).click()
  await page.locator('.tab.active', { hasText: 'mail.ts' }).waitFor()
  await page.locator('.editor-instance .view-lines').first().click()
  await page.keyboard.press('Control+End')
  await page.keyboard.type('function quaggaHerd() { return 4 }')
  await page.keyboard.press('Control+s')
  await page.locator('.tab.active:not(.dirty)', { hasText: 'mail.ts' }).waitFor()
  await askUntilFound(second, 'where is quaggaHerd?', 'mail.ts')
  await ask(page, 'where is quaggaHerd?')
  await (await place(page, 'mail.ts')).waitFor()
  await second.close()
})

step(
  'a multi-root workspace is one index whose paths name the folder, and folders can be added and removed',
  async () => {
    tree('shop', { 'till.ts': 'export function openTill() {}\n' })
    tree('zoo', { 'gnu.ts': 'export function gnuHorn() {}\n' })
    tree('farm', { 'hen.ts': 'export function henEgg() {}\n', 'cow.ts': 'export function cowMilk() {}\n' })
    const workspace = join(scratch, 'several.code-workspace')
    const hold = (...names: readonly string[]) =>
      writeFileSync(workspace, JSON.stringify({ folders: names.map((path) => ({ path })) }))
    hold('shop', 'zoo')
    const page = await host.open({ folder: '', workspace })
    pages = [page]
    await showChat(page)
    const indexed = (files: number) => page.locator(`.statusbar-item a[aria-label*="${files} files are indexed"]`)
    // On a busy machine this editor may treat a workspace file as empty until it changes.
    await indexed(2)
      .waitFor({ timeout: 8000 })
      .catch(() => hold('zoo', 'shop'))
    await indexed(2).waitFor()
    await ask(page, 'where is gnuHorn?')
    await (await place(page, 'zoo/gnu.ts')).click()
    await page.locator('.tab.active', { hasText: 'gnu.ts' }).waitFor()
    // One folder is added and another removed: the extension host stays, the server restarts.
    hold('shop', 'farm')
    await indexed(3).waitFor()
    await ask(page, 'where is henEgg?')
    await (await place(page, 'farm/hen.ts')).waitFor()
    await ask(page, 'where does gnuHorn live now?')
    const last = (await webview(page, 'Chat')).getByRole('article', { name: 'where does gnuHorn live now?' })
    await last.getByText('Offline brief').waitFor()
    assert.equal(await last.getByText('gnu.ts').count(), 0)
    await page.close()
  },
)

step('a window without a folder says so and offers to open one', async () => {
  const page = await host.open({ folder: '' })
  pages = [page]
  const view = await showChat(page)
  await view.getByText('No folder is open.').first().waitFor()
  assert.equal(await view.getByRole('button', { name: 'Open Folder' }).count(), 1)
  assert.match(await tooltip(page), /Open a folder/)
  await runCommand(page, 'Fovea: Index Details')
  await (await webview(page, 'Preview Index Details.md')).getByText('There is no folder to ask about').waitFor()
  await view.getByRole('button', { name: 'Open Folder' }).click()
  await page.locator('.quick-input-widget', { hasText: 'Open Folder' }).waitFor()
  await page.close()
})

const HOSTILE = {
  'notes/hostile.md':
    '# About quokkas\n\n<script>window.bad = 1</script> quokkas ![b](http://127.0.0.1:9/beacon.png) [run](command:fovea.clear) \u001b[31mquokkas\u001b[0m \u202equokkas [b1]\n',
  'src/`a`|[b1](command:fovea.clear).ts': 'export function kiwiFeather() {}\n',
  'src/proto.ts': 'export function __proto__() {}\nexport function constructor() {}\nexport const toString = 1\n',
  'src/![b](command:fovea.clear)\n\n# INJECTED\n\n<img src=beacon.png>.ts': 'export function emuBeak() {}\n',
  'bin\n\n# INJECTED\n\n[run](command:fovea.clear) <img src=beacon.png> x': 'a\0b\0c',
  [`${'long'.repeat(60)}.ts`]: 'export function longName() {}\n',
}

step('repository content is shown as plain text everywhere', async () => {
  const hostile = tree('hostile', HOSTILE)
  const page = await host.open({ folder: hostile })
  pages = [page]
  const beacons: string[] = []
  page.on('request', (request) => request.url().includes('beacon') && beacons.push(request.url()))
  const view = await showChat(page)
  await ready(page)
  for (const [question, answer] of [
    ['what is said about quokkas?', 'hostile.md'],
    ['where is kiwiFeather?', 'fovea.clear'],
    ['where is emuBeak?', 'INJECTED'],
    ['what do __proto__ and constructor do?', 'proto.ts'],
  ] as const) {
    await ask(page, question)
    await (await place(page, answer)).waitFor()
  }
  for (const harm of ['img', 'script', 'a[href^="command:"]', 'h1'])
    assert.equal(await view.getByRole('log').locator(harm).count(), 0, harm)
  await runCommand(page, 'Fovea: Show Context')
  const context = await webview(page, 'Context')
  await context.getByRole('meter').waitFor()
  for (const harm of ['img', '#root script', 'a[href^="command:"]'])
    assert.equal(await context.locator(harm).count(), 0, harm)
  await page.keyboard.press('Control+Alt+i')
  await page.locator('.interactive-input-part .monaco-editor').first().waitFor()
  await sendNative(page, '@fovea /where what is said about quokkas?')
  const native = page.locator('.interactive-list')
  await native.filter({ hasText: 'Show Context' }).waitFor()
  assert.equal(await native.locator('img[src*="beacon"], [data-href^="command:fovea.clear"]').count(), 0)
  await runCommand(page, 'Fovea: Index Details')
  const details = await webview(page, 'Preview Index Details.md')
  await details.getByRole('heading', { name: 'Skipped' }).waitFor()
  assert.equal(await details.getByRole('heading', { name: 'INJECTED' }).count(), 0)
  for (const harm of ['img', 'a[href^="command:"]', 'a[data-href^="command:"]'])
    assert.equal(await details.locator(harm).count(), 0, harm)
  // A notification turns `[text](command:…)` into links, too.
  rmSync(join(hostile, 'src'), { recursive: true })
  await runCommand(page, 'fovea.chat.focus')
  const toast = page.locator('.notification-toast', { hasText: 'is no longer in the index' })
  const link = view.getByRole('button', { name: /fovea.clear/ }).first()
  // No event tells when the editor has noticed that the files are gone.
  do await link.click()
  while (!(await toast.isVisible()))
  assert.equal(await toast.locator('.notification-list-item-message a').count(), 0)
  assert.deepEqual(beacons, [])
  await page.close()
})

test('untrusted and without LanceDB: files are parsed, git is not run, both are reported, and questions are answered', async () => {
  await host.stop()
  const extension = join(scratch, 'extension')
  mkdirSync(join(extension, 'dist'), { recursive: true })
  for (const name of ['package.json', 'package.nls.json', 'media', 'syntaxes', 'l10n'])
    if (existsSync(join(root, name))) symlinkSync(join(root, name), join(extension, name))
  for (const name of readdirSync(join(root, 'dist')).filter((one) => one !== 'native' && !one.endsWith('.map')))
    cpSync(join(root, 'dist', name), join(extension, 'dist', name), { recursive: true })
  const watch = watchedGit()
  const repo = repository('untrusted')
  const marker = join(scratch, 'ran')
  writeFileSync(join(repo, 'hook.sh'), `#!/bin/sh\ntouch '${marker}'\n`)
  chmodSync(join(repo, 'hook.sh'), 0o755)
  git(repo, 'config', 'core.fsmonitor', join(repo, 'hook.sh'))
  const untrusted = await startHost({
    ...{ folder: repo, trust: false, developmentPath: extension },
    ...{ env: watch.env, settings: { 'security.workspace.trust.startupPrompt': 'never' } },
  })
  pages = [untrusted.page]
  try {
    const { page } = untrusted
    const view = await showChat(page)
    await ready(page)
    assert.match(await tooltip(page), /fallback store is in use: Fovea was built without LanceDB[\s\S]*Restricted mode/)
    await view.getByText('This workspace is not trusted').waitFor()
    await view.getByText('Fovea was built without LanceDB').waitFor()
    await ask(page, 'where is a receipt sent by mail?')
    await (await place(page, 'mail.ts')).waitFor()
    await runCommand(page, 'Fovea: Index Details')
    await (await webview(page, 'Preview Index Details.md')).getByText('plain files (Fovea was built without').waitFor()
    assert.deepEqual(watch.runs(repo), [])
    assert.equal(existsSync(marker), false)
  } catch (error) {
    await untrusted.screenshot('failed-states-untrusted')
    throw error
  } finally {
    await untrusted.stop()
  }
})

test('an unwritable home folder is reported in the status bar and in the chat', async () => {
  writeFileSync(join(scratch, 'plain-file'), '')
  const stuck = await startHost({ folder: tree('stuck'), env: { FOVEA_HOME: join(scratch, 'plain-file', 'home') } })
  try {
    const { page } = stuck
    const view = await showChat(page)
    await view.getByText('make it writable, or set FOVEA_HOME to another folder').first().waitFor()
    await page.locator('.statusbar-item a[aria-label*="The index cannot be written to"]').first().waitFor()
    await runCommand(page, 'Fovea: Index Details')
    await (await webview(page, 'Preview Index Details.md')).getByRole('heading', { name: 'Index Details' }).waitFor()
  } catch (error) {
    await stuck.screenshot('failed-states-home')
    throw error
  } finally {
    await stuck.stop()
  }
})
