/** What is shipped: the extension is packed for this platform, installed into a fresh editor, and asked. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { root, runCommand, startHost, statusItem, webview } from './drive.ts'
import { copyOfThisRepository } from './workspace.ts'

test('the packed extension is small enough, installs, indexes with LanceDB and answers', async () => {
  const said = execFileSync(process.execPath, [join(root, 'tools', 'package.mjs')], { encoding: 'utf8', stdio: 'pipe' })
  const vsix = join(root, readdirSync(root).find((name) => name.endsWith('.vsix'))!)
  after(() => rmSync(vsix))
  assert.match(said, /\.vsix: [\d.]+ MB/)
  const folder = copyOfThisRepository()
  const host = await startHost({ folder, vsix })
  after(() => host.stop())
  host.page.setDefaultTimeout(20_000)
  await statusItem(host.page, /^\s*Fovea\s*$/)
  await runCommand(host.page, 'Fovea: Show Context')
  await host.page.locator('.activitybar a[aria-label^="Fovea"]').first().click()
  const chat = await webview(host.page, 'Chat')
  await chat.locator('textarea').fill('where are chunks made?')
  await chat.locator('textarea').press('Enter')
  await chat
    .locator('button', { hasText: /\.ts:\d+-\d+/ })
    .first()
    .waitFor()
    .catch(async (error: unknown) => {
      await host.screenshot('failed-vsix')
      throw error
    })
  await (await webview(host.page, 'Context')).getByRole('meter').waitFor()
  await runCommand(host.page, 'Fovea: Index Details')
  await (await webview(host.page, 'Preview Index Details.md')).getByText('LanceDB').waitFor()
})
