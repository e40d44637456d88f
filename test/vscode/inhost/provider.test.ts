/** An OpenAI-compatible endpoint as a model of the editor: it answers, calls tools, and serves `@fovea`. */
import assert from 'node:assert/strict'
import { suite, suiteSetup, test } from 'mocha'
import {
  CancellationTokenSource,
  ConfigurationTarget,
  commands,
  extensions,
  type LanguageModelChat,
  LanguageModelChatMessage,
  LanguageModelTextPart,
  LanguageModelToolCallPart,
  LanguageModelToolResultPart,
  lm,
  workspace,
} from 'vscode'

suite('an endpoint as a model of the editor', () => {
  let model: LanguageModelChat
  const token = new CancellationTokenSource().token
  const question = LanguageModelChatMessage.User('who is greeted?')

  suiteSetup(async () => {
    await extensions.getExtension('fovea.fovea')?.activate()
    const settings = workspace.getConfiguration('fovea.endpoint')
    await settings.update('url', process.env.FOVEA_TEST_OPENAI, ConfigurationTarget.Global)
    await settings.update('model', 'scripted-1', ConfigurationTarget.Global)
    const found = async () => (await lm.selectChatModels({ vendor: 'fovea' })).find(({ name }) => name === 'scripted-1')
    let endpoint = await found()
    while (!endpoint) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      endpoint = await found()
    }
    model = endpoint
  })

  test('answers', async () => {
    const { text } = await model.sendRequest([question], {}, token)
    let reply = ''
    for await (const piece of text) reply += piece
    assert.equal(reply, 'It is greeted [b1].')
  })

  test('calls a tool and receives its result', async () => {
    const tools = lm.tools.filter(({ name }) => name === 'fovea_symbol')
    const calls: LanguageModelToolCallPart[] = []
    const first = await model.sendRequest([question], { tools }, token)
    for await (const part of first.stream) if (part instanceof LanguageModelToolCallPart) calls.push(part)
    assert.deepEqual(
      calls.map(({ name, input }) => ({ name, input })),
      [{ name: 'fovea_symbol', input: { name: 'greet' } }],
    )
    const { callId, name, input } = calls[0]!
    const { content } = await lm.invokeTool(name, { input, toolInvocationToken: undefined })
    const result = LanguageModelChatMessage.User([new LanguageModelToolResultPart(callId, content)])
    const second = await model.sendRequest([question, LanguageModelChatMessage.Assistant(calls), result], {}, token)
    let reply = ''
    for await (const part of second.stream) if (part instanceof LanguageModelTextPart) reply += part.value
    assert.equal(reply, 'Greeted in greet.ts.')
  })

  test('answers @fovea /explain', async () => {
    const picker = { vendor: 'fovea', id: model.id, family: model.family }
    const result = await commands.executeCommand<{ metadata?: { mode?: string } }>('workbench.action.chat.open', {
      query: '@fovea /explain who is greeted?',
      modelSelector: picker,
      blockOnResponse: true,
    })
    assert.equal(result?.metadata?.mode, 'model')
  })
})
