/**
 * *Generate Across Files* as a user goes through it: task, plan, steps, review, rejecting a hunk, applying, undoing.
 */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import type { FrameLocator, Page } from 'playwright-core'
import { MODEL, type RecordedRequest, scriptedOpenAI } from '../scripted-openai.ts'
import { chooseEndpoint, type Host, pick, root, runCommand, startHost, statusItem, walk, webview } from './drive.ts'

const lines = (n: number) => Array.from({ length: n }, (_, i) => `// line ${i + 1}`).join('\n')
const FILES: Readonly<Record<string, string>> = {
  'src/total.js': `export function total(items) {\n  return items.reduce((a, b) => a + b, 0)\n}\n${lines(12)}\nexport const CURRENCY = 'EUR'\n`,
  'src/shop.js': `import { total } from './total.js'\r\nexport const shop = (items) => total(items)\r\n`,
  'src/old.js': 'export const old = 1\n',
  'package.json': '{ "type": "module" }\n',
}
const TASK = '- Totals are rounded.\n- The shop says so.\n- Nothing is old.'
const PLAN = {
  steps: [
    {
      id: 's1',
      goal: 'round totals',
      requirements: ['R1'],
      files: [{ path: 'src/total.js', action: 'edit' }],
      deps: [],
    },
    {
      ...{ id: 's2', goal: 'let the shop say so', requirements: ['R2'], deps: ['s1'] },
      files: [
        { path: 'src/shop.js', action: 'edit' },
        { path: 'src/note.js', action: 'create' },
      ],
    },
    { id: 's3', goal: 'tidy', requirements: ['R3'], files: [{ path: 'src/old.js', action: 'rename' }], deps: [] },
    { id: 's4', goal: 'not wanted', requirements: ['R3'], files: [], deps: ['s3'] },
  ],
}
const edit = (path: string, find: string, text: string) =>
  `EDIT ${path}\n<<<<<<< FIND\n${find}\n=======\n${text}\n>>>>>>> END\n`
const REPLIES: Readonly<Record<string, string>> = {
  plan: JSON.stringify(PLAN),
  s1: `${edit('src/total.js', 'items.reduce((a, b) => a + b, 0)', 'Math.round(items.reduce((a, b) => a + b, 0))')}${edit('src/total.js', "'EUR'", "'USD'")}DONE totals are rounded`,
  s2: `${edit('src/shop.js', 'total(items)', 'total(items) // rounded')}CREATE src/note.js\n<<<<<<< TEXT\nexport const note = 'rounded'\n>>>>>>> END\nDONE the shop says so`,
  s3: 'RENAME src/old.js src/kept.js\nDONE it is called kept',
}

const scratch = mkdtempSync(join(tmpdir(), 'fovea-generate-'))
after(() => rmSync(scratch, { recursive: true, force: true, maxRetries: 5 }))
const folder = join(scratch, 'shop')
for (const [path, text] of Object.entries(FILES)) {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}
const onDisk = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [file.slice(folder.length + 1), readFileSync(file, 'utf8')]),
  )
const stepOf = ({ body: { messages = [] } }: RecordedRequest) =>
  messages[0]?.content.startsWith('You plan')
    ? 'plan'
    : (/This step, (\w+):/.exec(messages[1]?.content ?? '')?.[1] ?? '')

const openai = await scriptedOpenAI()
openai.script({ reply: (asked) => REPLIES[stepOf(asked)] ?? 'yes' })
let host: Host
let page: Page
let view: FrameLocator

before(async () => {
  host = await startHost({
    folder,
    settings: { 'fovea.generate.price': '3/15' },
    size: { width: 1480, height: 1000 },
  })
  page = host.page
  page.setDefaultTimeout(20_000)
  await statusItem(page, /^\s*Fovea\s*$/)
})
after(() => host?.stop())

const step = walk('generate', () => host)

const button = (name: string | RegExp) => view.getByRole('button', { name })

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await page.waitForTimeout(100)
}

step('a task becomes a plan, which is edited, reordered and cut before it is approved', async () => {
  await runCommand(page, 'Fovea: Set Up Model')
  await chooseEndpoint(page, openai.url, MODEL)
  await page.locator('.quick-input-widget').waitFor({ state: 'hidden' })
  openai.requests.length = 0
  await runCommand(page, 'Fovea: Generate Across Files')
  view = await webview(page, 'Generate Across Files')
  await view.getByRole('textbox', { name: 'Task' }).fill(TASK)
  await view.getByText(`with ${MODEL}`).waitFor()
  await button('Make a plan').click()
  await view.getByRole('textbox', { name: 'Goal of step s2' }).waitFor()
  await view.getByText('These tokens cost at most 7.50.').waitFor()
  await button('Drop step s4').click()
  await button('Drop step s3').click()
  await view.getByText('not covered by any step').waitFor()
  assert.ok(await button('Move step s1 down').isDisabled(), 's2 waits for s1')
  const goal = view.getByRole('textbox', { name: 'Goal of step s1' })
  await goal.fill('round every total')
  await goal.press('Tab')
  await view.getByRole('textbox', { name: 'Check after each step' }).last().fill('node src/total.js')
  await view.getByRole('textbox', { name: 'Check after each step' }).last().press('Tab')
  await page.screenshot({ path: join(root, '.vscode-test', 'pictures', 'generate-plan.png') })
})

step('the steps run on a draft, their replies are shown, and nothing is written to disk', async () => {
  await button('Approve and run').click()
  await button('Apply to 3 files').waitFor()
  await view.getByText('totals are rounded', { exact: true }).waitFor()
  await view
    .getByText(/node src\/total\.js: passed/)
    .first()
    .waitFor()
  await view.getByText(/^not met/).waitFor()
  await view.getByText(/\d+ tokens in, \d+ out/).waitFor()
  const [, asked] = openai.requests.filter((one) => stepOf(one) !== 'plan')
  assert.match(openai.requests.find((one) => stepOf(one) === 's1')!.body.messages![1]!.content, /round every total/)
  assert.equal(asked && stepOf(asked), 's2')
  assert.deepEqual(onDisk(), FILES)
  await page.screenshot({ path: join(root, '.vscode-test', 'pictures', 'generate-review.png') })
})

step('opens a side-by-side diff of many files in the editor', async () => {
  await button('Open side by side').click()
  await page.locator('.multiDiffEntry').first().waitFor()
  await page.screenshot({ path: join(root, '.vscode-test', 'pictures', 'generate-diff.png') })
})

step('rejects one hunk, applies the rest as one edit, and undoes it', async () => {
  // The tab was closed in between and is restored as it was.
  await runCommand(page, 'View: Close All Editors')
  await runCommand(page, 'Fovea: Generate Across Files')
  view = await webview(page, 'Generate Across Files')
  const hunks = view.getByRole('checkbox', { name: /Accept the change at line/ })
  await hunks.nth(2).uncheck()
  await button('Apply to 3 files').click()
  await view.getByText('The changes have been applied.').waitFor()
  await until(() => onDisk()['src/note.js'] !== undefined)
  const now = onDisk()
  assert.equal(now['src/note.js'], "export const note = 'rounded'\n")
  assert.equal(now['src/shop.js'], FILES['src/shop.js']!.replace('total(items)\r', 'total(items) // rounded\r'))
  assert.match(now['src/total.js']!, /Math\.round/)
  assert.match(now['src/total.js']!, /'EUR'/, 'the hunk that was refused')
  await button('Undo').click()
  await button('Apply to 3 files').waitFor()
  await until(() => isDeepStrictEqual(onDisk(), FILES))
})

step('resumes a saved run without repeating finished steps', async () => {
  openai.requests.length = 0
  await runCommand(page, 'Fovea: Runs of Generate Across Files')
  await pick(page, '2 of 2 steps')
  await pick(page, 'Resume')
  await button('Resume').click()
  await button('Apply to 3 files').waitFor()
  assert.equal(openai.requests.length, 0)
})

step('keeps what was written meanwhile: nothing is written on a conflict, otherwise it is merged', async () => {
  const mine = FILES['src/total.js']!.replace('items.reduce', 'items.map(Number).reduce')
  writeFileSync(join(folder, 'src/total.js'), mine)
  await statusItem(page, /^\s*Fovea\s*$/)
  await button('Apply to 3 files').click()
  await view
    .getByText(/src\/total\.js has changed in the same place/)
    .first()
    .waitFor()
  assert.deepEqual(onDisk(), { ...FILES, 'src/total.js': mine })
  const other = FILES['src/total.js']!.replace('// line 7', '// line seven')
  writeFileSync(join(folder, 'src/total.js'), other)
  const stands = view.getByText('The changes have been applied.')
  // An editor that is just reloading may have the new text with the old modification time, and then refuses to save.
  await page.waitForTimeout(2000)
  // The editor notices a change on disk with a delay; until then its text still conflicts.
  for (let left = 5; left > 0 && !(await stands.isVisible()); left--) {
    await button('Apply to 3 files').click()
    await stands.waitFor({ timeout: 4000 }).catch(() => {})
  }
  await stands.waitFor()
  await until(() => /Math\.round/.test(onDisk()['src/total.js']!))
  assert.match(onDisk()['src/total.js']!, /\/\/ line seven/)
})

step('deletes a run', async () => {
  await runCommand(page, 'Fovea: Runs of Generate Across Files')
  await pick(page, '2 of 2 steps')
  await pick(page, 'Delete')
  await page.locator('.quick-input-widget').waitFor({ state: 'hidden' })
  await runCommand(page, 'Fovea: Runs of Generate Across Files')
  await page.locator('.notification-toast', { hasText: 'There are no runs' }).waitFor()
})
