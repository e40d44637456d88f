/** Native chat inside the host: the tools with good and bad input, the offline model, and `@fovea`. */
import assert from 'node:assert/strict'
import { suite, suiteSetup, test } from 'mocha'
import { commands, extensions, LanguageModelChatMessage, type LanguageModelTextPart, lm } from 'vscode'

async function call(name: string, input: object): Promise<string> {
  const { content } = await lm.invokeTool(name, { input, toolInvocationToken: undefined })
  return content.map((part) => (part as LanguageModelTextPart).value).join('')
}

suite('native chat', () => {
  suiteSetup(async () => {
    await extensions.getExtension('fovea.fovea')?.activate()
    // The server starts by itself; the first call waits for it and for the index.
    while (!(await call('fovea_map', {})).includes('Folders')) await new Promise((resolve) => setTimeout(resolve, 100))
  })

  test('fovea_context packs the code that answers', async () => {
    assert.match(await call('fovea_context', { question: 'who is greeted?', budget: 500 }), /## src\/greet\.ts/)
  })

  test('fovea_symbol gives a symbol’s location, and says that an unknown one does not exist', async () => {
    assert.match(await call('fovea_symbol', { name: 'greet' }), /greet — src\/greet\.ts:1/)
    assert.match(await call('fovea_symbol', { name: 'nosuch' }), /No symbol nosuch is defined here/)
  })

  test('fovea_map lists the folders', async () => {
    assert.match(await call('fovea_map', {}), /Folders\n {2}src {2}1 files/)
  })

  test('tells the model that its input has the wrong shape', async () => {
    assert.match(await call('fovea_context', { question: '', budget: 5 }), /does not fit fovea_context/)
    assert.match(await call('fovea_symbol', {}), /does not fit fovea_symbol/)
  })

  test('the offline model answers with the offline brief', async () => {
    const [model] = await lm.selectChatModels({ vendor: 'fovea', id: 'offline-brief' })
    assert.ok(model)
    const { text } = await model.sendRequest([LanguageModelChatMessage.User('who is greeted?')])
    let reply = ''
    for await (const piece of text) reply += piece
    assert.match(reply, /^Offline brief: no model was asked\.[\s\S]*src\/greet\.ts:1/)
    assert.ok((await model.countTokens('some words')) > 0)
  })

  test('@fovea answers, and its result says how', async () => {
    const query = { query: '@fovea /where who is greeted?', blockOnResponse: true }
    const result = await commands.executeCommand<{ metadata?: { mode?: string; blocks?: number } }>(
      'workbench.action.chat.open',
      query,
    )
    assert.equal(result?.metadata?.mode, 'offline')
    assert.ok((result?.metadata?.blocks ?? 0) > 0)
  })
})
