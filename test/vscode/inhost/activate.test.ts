/** The extension starts by itself. */
import assert from 'node:assert/strict'
import { test } from 'mocha'
import { extensions } from 'vscode'

test('the extension activates', async () => {
  const extension = extensions.getExtension('fovea.fovea')
  assert.ok(extension, 'it is not known to the editor')
  await extension.activate()
  assert.equal(extension.isActive, true)
})
