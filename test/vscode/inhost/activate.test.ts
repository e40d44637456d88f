/** The extension activates by itself, quickly, and offers what its manifest declares. */
import assert from 'node:assert/strict'
import { suite, suiteSetup, test } from 'mocha'
import { commands, type Extension, extensions, lm, window } from 'vscode'

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[]
    readonly languageModelTools: readonly { readonly name: string; readonly inputSchema: object }[]
  }
}

suite('activation', () => {
  let extension: Extension<{ readonly activationMs: number }>

  suiteSetup(async () => {
    const found = extensions.getExtension<{ activationMs: number }>('fovea.fovea')
    assert.ok(found, 'it is not known to the editor')
    extension = found
    await extension.activate()
  })

  test('is active and reports how long activation held the host', () => {
    assert.equal(extension.isActive, true)
    assert.ok(extension.exports.activationMs > 0)
  })

  test('registers every command of the manifest', async () => {
    const known = new Set(await commands.getCommands(true))
    const { contributes } = extension.packageJSON as Manifest
    assert.deepEqual(
      contributes.commands.map(({ command }) => command).filter((command) => !known.has(command)),
      [],
    )
  })

  test('registers the tools', () => {
    const names = lm.tools.map(({ name }) => name).filter((name) => name.startsWith('fovea_'))
    assert.deepEqual(names.sort(), ['fovea_context', 'fovea_explain', 'fovea_map', 'fovea_symbol'])
  })

  test('can show the views', async () => {
    for (const view of ['fovea.chat', 'fovea.map', 'fovea.context']) await commands.executeCommand(`${view}.focus`)
    assert.ok(window.state)
  })
})
