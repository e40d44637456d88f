/** Runs of a model that calls tools, and of endpoints that support none. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GenerateOptions } from '../../src/engine/engine.ts'
import { ACTION_TOOLS, actionOf } from '../../src/engine/generate/tools.ts'
import type { ScriptedCall, ScriptedReply, SentMessage } from '../scripted-openai.ts'
import { NOTE, pathsOf, play, ROUND, step, TREE } from './scripted-run.ts'

const call = (name: string, input: object | string = {}): ScriptedCall => ({ name, input })
const calls = (...all: ScriptedCall[]): ScriptedReply => ({ calls: all })
const rounded = call('edit', { path: 'src/total.ts', find: 'items.reduce((a, b) => a + b, 0)', text: 'Math.round(1)' })
const done = (evidence: string) => call('done', { evidence })
const ONE = { steps: [step('s1', ['R1', 'R2'], [['edit', 'src/total.ts']])] }

/** The results of the last reply's calls; every call gets one, in order. */
function toolResultsOf(messages: readonly SentMessage[]): readonly string[] {
  const from = messages.findLastIndex(({ role }) => role === 'assistant')
  const results = messages.slice(from + 1)
  assert.ok(results.every(({ role }) => role === 'tool'))
  assert.deepEqual(
    results.map((one) => one.tool_call_id),
    messages[from]!.tool_calls!.map(({ id }) => id),
  )
  return results.map(({ content }) => content)
}

test('carries out a plan through tool calls and returns a result for each call', async () => {
  const exchanges: { sent: string; reply: string }[] = []
  const onEvent: GenerateOptions['onEvent'] = (event) => {
    if (event.kind === 'exchange' && event.step === 's1') exchanges.push(event)
  }
  const { runPlan, sent } = await play({
    turns: {
      s1: [
        {
          ...calls(call('view', { path: 'src/total.ts', first: 2, last: '2' }), call('check', '')),
          text: 'I look.',
        },
        calls(rounded, done('totals are rounded')),
      ],
      s2: [
        calls(
          call('search', { query: 'rounded totals' }),
          call('outline', { path: 'src/total.ts' }),
          call('create', { path: 'src/note.ts', text: 'export const ROUNDED =' }),
          call('append', { path: 'src/note.ts', text: "  'rounded'\n" }),
          call('replace', {
            path: 'src/shop.ts',
            first: 3,
            last: 3,
            text: '  return total(items) // rounded\n',
          }),
          call('rename', { path: 'src/note.ts', to: 'src/notes.ts' }),
          call('delete', { path: 'src/notes.ts' }),
        ),
        calls(done('the shop says so')),
      ],
    },
  })
  const { error, results, changes } = await runPlan({ onEvent })
  assert.equal(error, null)
  assert.deepEqual(
    results.map(({ outcome, note }) => [outcome, note]),
    [
      ['done', 'totals are rounded'],
      ['done', 'the shop says so'],
    ],
  )
  assert.deepEqual(
    changes.map(({ path, after }) => [path, after?.split('\n').length]),
    [
      ['src/shop.ts', 5],
      ['src/total.ts', 4],
    ],
  )
  assert.deepEqual(
    sent.map(({ step: id, tools }) => [id, tools.length]),
    [['plan', 0], ...['s1', 's1', 's2', 's2'].map((id) => [id, ACTION_TOOLS.length])],
  )
  const [, first, second, , last] = sent
  assert.match(first!.messages[0]!.content, /by calling the tools/)
  assert.ok(!first!.messages[0]!.content.includes('<<<<<<<'), 'the words are not taught to who is offered tools')
  assert.equal(second!.messages[2]!.content, 'I look.')
  const [viewed, checked] = toolResultsOf(second!.messages)
  assert.match(viewed!, /^<context-f00d>\nVIEW src\/total\.ts:2-2 of 3\n2 .*reduce/)
  assert.match(checked!, /CHECK test: pass/)
  assert.ok(JSON.stringify(second!.messages).startsWith(JSON.stringify(first!.messages).slice(0, -1)))
  for (const [i, said] of [
    'SEARCH',
    'OUTLINE',
    'Created',
    'Appended',
    'Replaced lines 3-3',
    'Renamed',
    'Deleted',
  ].entries())
    assert.ok(toolResultsOf(last!.messages)[i]!.includes(said))
  assert.match(exchanges[0]!.reply, /^I look\.\nview \{"path":"src\/total\.ts".*\}\ncheck $/)
  assert.match(exchanges[1]!.sent, /VIEW src\/total\.ts:2-2[\s\S]*CHECK test: pass/)
})

test('falls back to text for an endpoint without tools; a model that calls none may write text', async () => {
  for (const [status, message] of [
    [400, 'registry.ollama.ai/library/gemma3:4b does not support tools'],
    [400, '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'],
    [404, 'No endpoints found that support tool use.'],
  ] as const) {
    const { runPlan, sent } = await play({
      turns: { s1: [{ status, error: { message } }, `${ROUND}\nDONE rounded`], s2: [`${NOTE}\nDONE noted`] },
    })
    const { error, changes } = await runPlan()
    assert.deepEqual([error, pathsOf(changes)], [null, ['src/note.ts', 'src/total.ts']])
    assert.deepEqual(
      sent.map(({ tools }) => tools.length > 0),
      [false, true, false, false],
    )
    assert.match(sent.at(-1)!.messages[0]!.content, /each word at the beginning of a line/)
  }
  const { runPlan, sent } = await play({ plan: ONE, turns: { s1: ['I cannot call.', `${ROUND}\nDONE rounded`] } })
  assert.equal((await runPlan()).error, null)
  assert.match(
    sent.at(-1)!.messages.at(-1)!.content,
    /call a tool\. If you cannot call tools, reply in text\. Act by writing these/,
  )
  assert.equal(sent.at(-1)!.tools.length, ACTION_TOOLS.length)
  const failing = await play({
    plan: ONE,
    turns: { s1: [{ status: 400, error: { message: 'functionary is broken' } }] },
  })
  assert.match((await failing.runPlan()).error ?? '', /failed \(400\)/)
})

test('reports unreadable calls, repeats them in readable form, and leaves the others alone', async () => {
  const { runPlan, sent } = await play({
    plan: ONE,
    turns: {
      s1: [
        calls(
          call('view', '{"path": "src/to'),
          call('guess', {}),
          call('edit', { path: 'src/total.ts', find: ' ' }),
          rounded,
        ),
        { ...calls(call('create', '{"path": "src/note.ts", "text": "export con')), finish: 'length' },
        { pieces: ['CREATE src/note.ts\n<<<<<<< TEXT\nexport const'], finish: 'length' },
        calls(done('rounded')),
      ],
    },
  })
  const { error, changes } = await runPlan()
  assert.deepEqual([error, pathsOf(changes)], [null, ['src/total.ts']])
  const [first, second] = sent.filter(({ step: id }) => id === 's1').slice(1)
  const results = toolResultsOf(first!.messages)
  assert.match(results[0]!, /Not done: view: its input is no JSON object\.\n/)
  assert.match(results[1]!, /Not done: guess: there is no such tool; there are view, search,/)
  assert.match(results[2]!, /Not done: edit: find is missing, empty, or no string/)
  assert.match(results[3]!, /Edited/)
  assert.equal(first!.messages[2]!.tool_calls![0]!.function.arguments, '{}')
  assert.match(
    toolResultsOf(second!.messages)[0]!,
    /no JSON object\. Your reply reached your own limit: .*with APPEND\./,
  )
  assert.match(sent.at(-1)!.messages.at(-1)!.content, /not closed by >>>>>>> END\. Your reply reached your own limit/)
})

test('ignores calls after a failed check, and ends the step when the same calls come three times', async () => {
  const { runPlan, sent } = await play({
    plan: ONE,
    turns: {
      s1: [
        calls(rounded, call('check'), call('delete', { path: 'src/shop.ts' }), done('too soon')),
        calls(call('view', { path: 'src/total.ts' })),
      ],
      plan: [JSON.stringify(ONE), 'no'],
    },
    check: () => ({ name: 'test', outcome: 'fail', detail: 'expected 3' }),
  })
  assert.match((await runPlan()).error ?? '', /The model repeated itself/)
  const results = toolResultsOf(sent.find(({ messages }) => messages.some(({ role }) => role === 'tool'))!.messages)
  assert.match(results[1]!, /CHECK test: fail\nexpected 3/)
  for (const left of results.slice(2)) assert.match(left, /Not done: an earlier action in your reply failed/)
})

test('when the context is full of calls, whole exchanges are dropped and the step goes on with a note', async () => {
  const long = Array.from({ length: 400 }, (_, i) => `  export const row${i} = ${i} * 1234567`).join('\n')
  const noting = (reply: ScriptedReply) => (message: string) =>
    /In two sentences/.test(message) ? 'I have read the long file. The edit is left.' : reply
  const viewed = (first: number) =>
    noting(
      calls(
        call('view', { path: 'src/long.ts', first: first, last: first + 50 }),
        call('view', { path: 'src/long.ts', first: first + 50, last: first + 100 }),
      ),
    )
  const { runPlan, sent } = await play({
    tree: `${TREE}  //- /src/long.ts\n${long}\n`,
    window: 5000,
    plan: ONE,
    turns: { s1: [viewed(1), viewed(101), viewed(201), noting(calls(rounded, done('rounded')))] },
  })
  const { results, error } = await runPlan()
  assert.equal(error, null)
  assert.ok(results[0]!.restarts >= 1)
  const steps = sent.filter(({ step: id }) => id === 's1')
  const notes = steps.filter(({ messages }) => /In two sentences/.test(messages.at(-1)!.content))
  assert.equal(notes.length, results[0]!.restarts)
  assert.match(steps.at(-1)!.messages[1]!.content, /Your notes:\n- I have read the long file\. The edit is left\.\n/)
  for (const { messages, tools } of steps) {
    assert.equal(tools.length, ACTION_TOOLS.length)
    const shape = messages.map(({ role, tool_calls: asked }) => (asked ? `calls${asked.length}` : role)).join(' ')
    assert.match(shape, /^system user( calls2 tool tool)*( user)?$/)
    assert.ok(JSON.stringify(messages).length / 4 < 5000)
  }
})

test('handles a server that gives every call the id 0, or no id', async () => {
  const sse = (parts: readonly object[]) =>
    `${[
      ...parts.map((one) => ({ id: 'x', choices: [{ index: 0, delta: { tool_calls: [one] }, finish_reason: null }] })),
      { id: 'x', choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] },
    ]
      .map((one) => `data: ${JSON.stringify(one)}\n\n`)
      .join('')}data: [DONE]\n\n`
  const wire = ({ name, input }: ScriptedCall) => ({ name, arguments: JSON.stringify(input) })
  const { runPlan, sent } = await play({
    plan: ONE,
    turns: {
      s1: [
        {
          raw: sse([
            { index: 0, id: 'a', function: wire(call('outline', { path: 'src/total.ts' })) },
            { index: 0, id: 'b', function: wire(rounded) },
          ]),
        },
        { raw: sse([{ index: 0, function: wire(done('rounded')) }]) },
      ],
    },
  })
  assert.equal((await runPlan()).error, null)
  assert.equal(toolResultsOf(sent.at(-1)!.messages).length, 2)
})

test('validates tool inputs strictly where it matters', () => {
  const read = (name: string, input: unknown) => actionOf({ id: '', name, input: JSON.stringify(input) })
  assert.deepEqual(read('view', { path: 'a.ts', first: null }), {
    name: 'view',
    path: 'a.ts',
    firstLine: 0,
    lastLine: 0,
  })
  assert.deepEqual(read('replace', { path: 'a', first: 2, last: 3, text: '' }), {
    ...{ name: 'replace', path: 'a', firstLine: 2, lastLine: 3, text: '' },
  })
  assert.deepEqual(read('create', { path: 'a', text: 'x\r\ny' }), { name: 'create', path: 'a', text: 'x\ny' })
  for (const [name, input] of [
    ['view', {}],
    ['view', []],
    ['view', { path: 1 }],
    ['replace', { path: 'a', first: 1.5, last: 2, text: '' }],
    ['replace', { path: 'a', first: true, last: 2, text: '' }],
    ['create', { path: 'a' }],
    ['done', { evidence: '' }],
    ['toString', {}],
  ] as const)
    assert.equal(read(name, input).name, 'invalid')
})
