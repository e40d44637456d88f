/** The extension starts by itself, quickly, and offers what its manifest says. */
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

  test('it is active, and says how long it kept the host', () => {
    assert.equal(extension.isActive, true)
    assert.ok(extension.exports.activationMs > 0)
  })

  test('every command of the manifest exists', async () => {
    const known = new Set(await commands.getCommands(true))
    const { contributes } = extension.packageJSON as Manifest
    assert.deepEqual(
      contributes.commands.map(({ command }) => command).filter((command) => !known.has(command)),
      [],
    )
  })

  test('the tools are registered', () => {
    const names = lm.tools.map(({ name }) => name).filter((name) => name.startsWith('fovea_'))
    assert.deepEqual(names.sort(), ['fovea_context', 'fovea_explain', 'fovea_map', 'fovea_symbol'])
  })

  test('the views can be shown', async () => {
    for (const view of ['fovea.chat', 'fovea.map', 'fovea.context']) await commands.executeCommand(`${view}.focus`)
    assert.ok(window.state)
  })
})
