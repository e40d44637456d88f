/**
 * A thread over the wire: prompts are append-only, blocks keep their ids; edits, requests to expand a block, exact
 * lists.
 */
import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import type { ModelAnswer } from '../../src/engine/types/answer.ts'
import type { ModelChoice } from '../../src/protocol/requests.ts'
import { MODEL, type RecordedRequest, scriptedOpenAI } from '../scripted-openai.ts'
import { askParams as ask, openServer, scratch, tree } from './wire.ts'

const SUBJECTS = ['cart', 'order', 'mail', 'price', 'stock', 'invoice', 'coupon', 'address', 'refund', 'review']
const body = (subject: string) =>
  Array.from({ length: 14 }, (_, i) => `  const ${subject}Part${i} = ${i} // a part of the ${subject}`).join('\n')
const FILES = Object.fromEntries(
  SUBJECTS.map((subject) => [
    `src/${subject}.ts`,
    `/** Looks after the ${subject}. */\nexport function ${subject}Keeper(input: string) {\n${body(subject)}\n  return input\n}\n`,
  ]),
)
const openai = await scriptedOpenAI()
const model: ModelChoice = { kind: 'endpoint', url: openai.url, model: MODEL, key: '', headers: {}, window: 0 }
const messagesOf = ({ body: { messages } }: RecordedRequest) => messages ?? []
const answerOf = (turn: { readonly answer: unknown; readonly error: string | null }): ModelAnswer => {
  assert.equal(turn.error, null)
  return turn.answer as ModelAnswer
}

async function openConversation(files: Readonly<Record<string, string>> = FILES) {
  const root = tree(files)
  const wire = await openServer([root], { storage: join(scratch, `storage-${Math.random()}`) })
  await wire.until('ready')
  openai.requests.length = 0
  return { root, ...wire }
}

test('over ten turns each request repeats the previous one byte for byte, and cached tokens are reported', async () => {
  const { request } = await openConversation()
  const reply = (sent: RecordedRequest) => {
    const all = messagesOf(sent)
    const [name] = /\w+Keeper/.exec(all.at(-1)!.content.split('\n').at(-1)!) ?? []
    const block = new RegExp(`\\[(b\\d+)\\] \\d+-\\d+ ${name}`)
    const [, id] = block.exec(all.map(({ content }) => content).join('\n')) ?? []
    return `\`${name}\` looks after it [${id}].`
  }
  openai.script({ reply, cached: 64 })
  let thread = ''
  for (const subject of SUBJECTS) {
    const response = await request(
      'fovea/ask',
      ask(`how does ${subject}Keeper look after the ${subject}?`, { thread, model, budget: 700 }),
    )
    thread = response.thread.id
    const answer = answerOf(response.turn)
    assert.equal(answer.usage?.cached, 64)
    assert.deepEqual(answer.prompt, openai.requests.at(-1)!.body.messages)
    assert.equal(answer.citations[0]?.verdict, 'verified', JSON.stringify(answer.citations))
  }
  const sent = openai.requests.map((one) => JSON.stringify(messagesOf(one)))
  assert.equal(sent.length, 10)
  for (const [i, before] of sent.slice(0, -1).entries())
    assert.ok(sent[i + 1]!.startsWith(before.slice(0, -1)), `turn ${i + 2} changes what was sent before`)
  const all = messagesOf(openai.requests.at(-1)!)
    .map(({ content }) => content)
    .join('\n')
  // No block is sent twice, and no id stands for two blocks.
  assert.equal(all.split('export function cartKeeper').length, 2)
  const ids = [...all.matchAll(/^\[(b\d+)\] \d+-\d+/gm)].map(([, id]) => id)
  assert.equal(new Set(ids).size, ids.length)
})

test('a follow-up that only refers back is searched together with the question before it', async () => {
  const { request } = await openConversation()
  openai.script({ pieces: ['It is kept.'] })
  const { thread } = await request('fovea/ask', ask('how does refundKeeper work?', { model, budget: 700 }))
  const { turn } = await request('fovea/ask', ask('and where is it?', { thread: thread.id, model, budget: 700 }))
  assert.equal(answerOf(turn).context.hits[0]?.path, 'src/refund.ts')
  assert.equal(answerOf(turn).context.query, 'and where is it?')
  // The blocks that the previous answer rests on are shown again, without taking up budget.
  const [block] = answerOf(turn).context.packs[0]!.blocks.filter(({ path }) => path === 'src/refund.ts')
  assert.ok(
    block?.why.some(({ part }) => part === 'the last answer rests on it') || block?.id === 'b1',
    JSON.stringify(block?.why),
  )
})

test('a declined answer says what was searched and names the nearest matches', async () => {
  const { request } = await openConversation()
  openai.script({ pieces: ['Not found: nothing here mentions zeppelins.'] })
  const { turn } = await request('fovea/ask', ask('how does refundKeeper steer zeppelins?', { model, budget: 700 }))
  assert.match(
    answerOf(turn).context.notes.at(-1)!,
    /^The whole index was searched; nearest to the question: refundKeeper, src\/refund\.ts:1/,
  )
})

test('after an edit between turns the new text gets a new id, and the old block is marked as stale', async () => {
  const { request, root, connection } = await openConversation()
  openai.script({ pieces: ['It is kept [b1].'] })
  const { thread } = await request('fovea/ask', ask('how does stockKeeper work?', { model, budget: 700 }))
  writeFileSync(join(root, 'src/stock.ts'), 'export function stockKeeper() {\n  return countShelves()\n}\n')
  const uri = pathToFileURL(join(root, 'src/stock.ts')).href
  await connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [{ uri, type: 2 }] })
  const { turn } = await request(
    'fovea/ask',
    ask('how does stockKeeper work now?', { thread: thread.id, model, budget: 700 }),
  )
  const last = messagesOf(openai.requests.at(-1)!).at(-1)!.content
  assert.match(last, /countShelves/)
  assert.match(last, /These files changed: .*\[b\d+\].* is out of date/)
  const shown = answerOf(turn).context.packs[0]!.blocks.find(({ text }) => text.includes('countShelves'))
  assert.ok(shown && Number(shown.id.slice(1)) > 1)
})

test('a model may ask to expand a block twice; a third request does not count as an answer', async () => {
  const long = Object.fromEntries(
    SUBJECTS.map((subject) => [
      `src/${subject}.ts`,
      `/** Looks after the ${subject}. */\nexport function ${subject}Keeper() {\n${Array.from({ length: 60 }, (_, i) => `  step${i}('${subject}')`).join('\n')}\n}\n`,
    ]),
  )
  const { request } = await openConversation(long)
  let streamed = ''
  const card = /^\[(b\d+)\] src\/\w+\.ts/m
  openai.script(
    { reply: (sent) => `EXPAND [${card.exec(messagesOf(sent).at(-1)!.content)?.[1]}]` },
    { reply: (sent) => `Seen in full [${/\[(b\d+)\] \d+-\d+/.exec(messagesOf(sent).at(-1)!.content)?.[1]}].` },
  )
  const { turn } = await request(
    'fovea/ask',
    ask('how does cartKeeper step through the cart?', { model, budget: 500 }),
    ({ text }) => {
      streamed += text
    },
  )
  assert.equal(openai.requests.length, 2)
  assert.match(messagesOf(openai.requests[1]!).at(-1)!.content, /step59/)
  assert.match(streamed, /^Seen in full \[\d+\]\.$/)
  assert.equal(answerOf(turn).citations.length, 1)
  openai.requests.length = 0
  openai.script({ pieces: ['EXPAND [b1]'] })
  const stubborn = await request('fovea/ask', ask('how does mailKeeper work?', { model, budget: 500 }))
  assert.equal(openai.requests.length, 3)
  assert.match(stubborn.turn.error ?? '', /only asks to see more of the context: try again/)
})

test('a model only words an exact answer: the rows go with the question and stay with the answer', async () => {
  const { request } = await openConversation()
  openai.script({ pieces: ['There are ten.'] })
  const { turn } = await request('fovea/ask', ask('How many functions are there?', { model }))
  assert.match(
    messagesOf(openai.requests[0]!).at(-1)!.content,
    /Exact answer, read off the index[\s\S]*10 functions and methods[\s\S]*function cartKeeper/,
  )
  assert.equal(answerOf(turn).findings?.statements.length, 10)
  assert.equal(answerOf(turn).context.packs[0]?.mode, 'analysis')
  openai.script({ status: 500, error: { message: 'oops' } })
  const afterFailure = await request('fovea/ask', ask('How many functions are there?', { model }))
  assert.equal(afterFailure.turn.error, null)
  assert.ok(afterFailure.turn.answer?.mode === 'offline' && afterFailure.turn.answer.statements.length === 10)
  assert.match(afterFailure.turn.answer.summary, /failed \(500\).*10 functions and methods/)
})

test('points out a citation that names no block', async () => {
  const { request } = await openConversation()
  openai.script({ pieces: ['It runs step0 [b999].'] })
  const { turn } = await request('fovea/ask', ask('how does mailKeeper work?', { model }))
  assert.deepEqual(answerOf(turn).citations, [])
  assert.match(answerOf(turn).context.notes.join(), /cites \[999\], but the context has no such block/)
})

test('a model gets no more context than it is known to read well', async () => {
  const { request } = await openConversation()
  openai.script({ pieces: ['Noted [b1].'] })
  const { turn } = await request('fovea/ask', ask('how does mailKeeper work?', { model, budget: 60_000 }))
  assert.match(answerOf(turn).context.notes.join(), /^.*The context is limited to 16000 tokens: .* bench needles/)
  assert.ok(answerOf(turn).context.packs[0]!.budget <= 16_000)
})

test('a planner adds search terms and reranks candidates if enabled, and its invalid replies change nothing', async () => {
  const { request, logLines } = await openConversation()
  const search = { expand: true, rerank: true }
  openai.script(
    { pieces: ['```json\n{"names": ["couponKeeper"], "words": []}\n```'] },
    { pieces: ['[1, 2, 99]'] },
    { pieces: ['Found.'] },
  )
  const { turn } = await request('fovea/ask', ask('where are vouchers handled?', { model, search }))
  assert.equal(openai.requests.length, 3)
  assert.equal(answerOf(turn).context.hits[0]?.path, 'src/coupon.ts')
  openai.script({ pieces: ['I would rather talk.'] }, { pieces: ['Found.'] })
  const plain = await request('fovea/ask', ask('where are vouchers handled?', { model, search }))
  assert.equal(answerOf(plain.turn).text, 'Found.')
  assert.ok(
    logLines.some((line) => /planner: The planner model did not reply in the requested JSON format/.test(line)),
    logLines.join('\n'),
  )
})

test('exports a thread with its citations, and suggests next questions only if enabled', async () => {
  const { request } = await openConversation()
  openai.script({ pieces: ['`cartKeeper` keeps it [b1].'] })
  const { thread } = await request('fovea/ask', ask('how does cartKeeper work?', { model }))
  assert.deepEqual(thread.turns[0]?.nextQuestions, [])
  const { text } = await request('fovea/export', { id: thread.id })
  assert.match(
    text!,
    /^# how does cartKeeper work\?\n\n## how does cartKeeper work\?\n\n`cartKeeper` keeps it \[1\]\.[\s\S]*- \[1\] `src\/\w+\.ts:\d+-\d+`/,
  )
  assert.equal((await request('fovea/export', { id: 'nosuch' })).text, null)
  await request('fovea/forgetInterests', {})
})

test('a conversation that is too long starts over and carries on its verified claims', async () => {
  const { request, root } = await openConversation()
  openai.script({
    reply: (sent) =>
      `\`cartKeeper\` looks after the cart [${/\[(b\d+)\] 1-/.exec(messagesOf(sent).at(-1)!.content)?.[1]}].`,
  })
  const small = { ...model, window: 1400 } as ModelChoice
  let thread = ''
  for (const subject of ['cart', 'order', 'mail', 'price'])
    thread = (
      await request(
        'fovea/ask',
        ask(`how does ${subject}Keeper look after the cart?`, { thread, model: small, budget: 600 }),
      )
    ).thread.id
  rmSync(join(root, 'src/review.ts'))
  const firstRequests = openai.requests.map((one) => messagesOf(one)).filter((messages) => messages.length === 2)
  assert.ok(firstRequests.length > 1, 'it never began anew')
  assert.match(
    firstRequests.at(-1)![1]!.content,
    /^Earlier in this conversation:\n[\s\S]*- last question: how does \w+Keeper/,
  )
})
