/** Whole runs of a model that acts in text although it is offered tools; also checks what it was sent. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type GenerateOptions, TokenBudget } from '../../src/engine/engine.ts'
import { ACTION_TOOLS } from '../../src/engine/generate/tools.ts'
import type { FileChange } from '../../src/engine/types/generation.ts'
import { testRun } from '../fixture.ts'
import { block, NOTE, openai, PLAN, pathsOf, play, ROUND, step, TASK, TREE } from './scripted-run.ts'

test('carries out a plan step by step, each in its own context, without touching the files', async () => {
  const { initialPlan, runPlan, sent, events, tree } = await play({
    turns: {
      s1: ['VIEW src/total.ts', `${ROUND}\nDONE totals are rounded`],
      s2: [
        'SEARCH rounded totals',
        `${NOTE}\n${block('REPLACE src/shop.ts:3', '  return total(items) // rounded')}\nCHECK`,
        'DONE the shop says so',
      ],
    },
  })
  assert.deepEqual(
    initialPlan.requirements.map(({ text }) => text),
    ['Totals are rounded.', 'The shop says so.'],
  )
  const before = new Map(tree)
  const result = await runPlan()
  assert.equal(result.error, null)
  assert.deepEqual(
    result.results.map(({ id, outcome, note, files }) => ({ id, outcome, note, files })),
    [
      { id: 's1', outcome: 'done', note: 'totals are rounded', files: ['src/total.ts'] },
      { id: 's2', outcome: 'done', note: 'the shop says so', files: ['src/note.ts', 'src/shop.ts'] },
    ],
  )
  assert.deepEqual(pathsOf(result.changes), ['src/note.ts', 'src/shop.ts', 'src/total.ts'])
  assert.deepEqual(result.unmet, [])
  assert.deepEqual(tree, before)
  assert.ok(events.includes('s1 done') && events.includes('exchange'))
  const first = sent.find((one) => one.step === 's1')!.messages
  assert.match(first[1]!.content, /R1: Totals are rounded\./)
  assert.ok(!first[1]!.content.includes('R2:'), 'a step is told its own requirements')
  const second = sent.find((one) => one.step === 's2')!.messages
  assert.match(second[1]!.content, /- s1: totals are rounded/)
  assert.match(second[1]!.content, /Changed so far:\nsrc\/total\.ts:\n {2}1: function total/)
  assert.equal(second.length, 2, 'a step begins with a fresh context')
  // The second step finds what the first one wrote: the index is in the loop.
  assert.match(sent.at(-2)!.messages.at(-1)!.content, /Math\.round\(items/)
  // Earlier messages are repeated byte for byte.
  const turns = sent.filter((one) => one.step === 's2').map(({ messages }) => JSON.stringify(messages).slice(0, -1))
  assert.ok(turns.slice(1).every((text, i) => text.startsWith(turns[i]!)))
})

test('renames across twenty files', async () => {
  const users = Array.from(
    { length: 20 },
    (_, i) => `//- /src/user${i}.ts\nimport { total } from './total'\nexport const u${i} = total([${i}])\n`,
  )
  const edits = users.map((_, i) => block(`EDIT src/user${i}.ts`, `total([${i}])`, `sum([${i}])`))
  const imports = users.map((_, i) => block(`EDIT src/user${i}.ts`, "{ total } from './total'", "{ sum } from './sum'"))
  const { runPlan } = await play({
    tree: `//- /src/total.ts\nexport const total = (a: number[]) => a.length\n${users.join('')}`,
    task: 'Rename total to sum, file and all.',
    plan: { steps: [step('s1', ['R1'], [['rename', 'src/total.ts']])] },
    turns: {
      s1: [
        [
          'RENAME src/total.ts src/sum.ts',
          block('EDIT src/sum.ts', 'const total', 'const sum'),
          ...imports,
          ...edits,
          'DONE renamed',
        ].join('\n'),
      ],
    },
  })
  const { changes, error } = await runPlan()
  assert.equal(error, null)
  assert.equal(changes.length, 21)
  const moved = changes.find(({ path }) => path === 'src/sum.ts')!
  assert.equal(moved.from, 'src/total.ts')
  assert.match(moved.after ?? '', /const sum =/)
})

test('reports failing checks, completes only on a pass, and finds syntax errors before the command runs', async () => {
  let ran = 0
  const { runPlan, sent } = await play({
    plan: { steps: [step('s1', ['R1', 'R2'], [['edit', 'src/total.ts']])] },
    turns: {
      s1: [
        `${block('EDIT src/total.ts', 'items.reduce((a, b) => a + b, 0)', 'Math.round((')}\nDONE rounded`,
        `${block('REPLACE src/total.ts:2', '  return Math.floor(items.length)')}\nDONE rounded`,
        `${block('REPLACE src/total.ts:2', '  return Math.round(items.length)')}\nDONE rounded at last`,
      ],
    },
    check: ([change]) => {
      ran++
      const good = change?.after?.includes('Math.round')
      return { name: 'test', outcome: good ? 'pass' : 'fail', detail: good ? '' : 'expected 3, got 2' }
    },
  })
  const { results, error } = await runPlan()
  assert.equal(error, null)
  assert.deepEqual(
    results[0]?.checks.map(({ outcome }) => outcome),
    ['pass', 'pass'],
  )
  assert.equal(ran, 2)
  const lastMessages = sent.map(({ messages }) => messages.at(-1)!.content)
  assert.ok(lastMessages.some((text) => /CHECK syntax: fail\nsrc\/total\.ts:\d: syntax error/.test(text)))
  assert.ok(
    lastMessages.some((text) => /CHECK test: fail\nexpected 3, got 2/.test(text) && /checks must pass/.test(text)),
  )
})

test('after the same failure twice the step is replanned once; then the run ends and lists unmet requirements', async () => {
  const bad = (n: number) => `${block('REPLACE src/total.ts:2', `  return ${n}`)}\nDONE try ${n}`
  const { runPlan, sent } = await play({
    turns: {
      plan: [JSON.stringify(PLAN), JSON.stringify({ steps: [step('other', ['R1'], [['edit', 'src/total.ts']])] })],
      s1: [bad(1), bad(2), bad(3)],
      's1.other': [bad(4), bad(5), bad(6)],
    },
    check: () => ({ name: 'test', outcome: 'fail', detail: 'still wrong' }),
  })
  const result = await runPlan()
  assert.match(result.error ?? '', /^Step s1\.other was not done: The same check failed twice in the same way\./)
  assert.deepEqual(
    result.unmet.map(({ id }) => id),
    ['R1', 'R2'],
  )
  assert.deepEqual(result.changes, [], 'a step that failed leaves nothing')
  assert.match(sent.find(({ messages }) => messages.length === 3)!.messages[2]!.content, /failed twice in the same way/)
})

test('a timeout is not a pass, and running without checks needs the user’s consent', async () => {
  const turns = { s1: [`${ROUND}\nDONE rounded`, 'DONE rounded'], s2: [`${NOTE}\nDONE noted`] }
  const late = await (
    await play({ turns, check: () => ({ name: 'test', outcome: 'timeout', detail: 'Stopped after 1 s.' }) })
  ).runPlan()
  assert.match(late.error ?? '', /Step s1 was not done/)
  const world = await play({ turns })
  const asked = await world.runPlan({ command: null })
  assert.match(asked.error ?? '', /Nothing could check it; the model says: rounded/)
  const lastMessages = await (await play({ turns, options: { command: null, unchecked: true } })).runPlan()
  assert.equal(lastMessages.error, null)
})

test('when the context is full, whole exchanges are dropped and a note remains, three times at most', async () => {
  const long = Array.from({ length: 400 }, (_, i) => `  export const row${i} = ${i} * 1234567`).join('\n')
  const { runPlan, sent } = await play({
    tree: `${TREE}  //- /src/long.ts\n${long}\n`,
    window: 4000,
    plan: { steps: [step('s1', ['R1', 'R2'], [['edit', 'src/total.ts']])] },
    turns: {
      s1: [
        (lastMessages) =>
          /In two sentences/.test(lastMessages)
            ? 'I have read the long file. The edit is left. More is not said.'
            : 'VIEW src/long.ts:1-150',
        (lastMessages) =>
          /In two sentences/.test(lastMessages)
            ? 'I have read the long file. The edit is left. More is not said.'
            : 'VIEW src/long.ts:150-300',
        (lastMessages) =>
          /In two sentences/.test(lastMessages)
            ? 'I have read the long file. The edit is left. More is not said.'
            : `${ROUND}\nDONE rounded`,
        (lastMessages) =>
          /In two sentences/.test(lastMessages)
            ? 'I have read the long file. The edit is left. More is not said.'
            : `${ROUND}\nDONE rounded`,
      ],
    },
  })
  const { results, error } = await runPlan()
  assert.equal(error, null)
  assert.ok(results[0]!.restarts >= 1)
  const again = sent.filter(({ step: id, messages }) => id === 's1' && messages.length === 2)
  assert.match(again.at(-1)!.messages[1]!.content, /Your notes:\n- I have read the long file\. The edit is left\.\n/)
  for (const { messages } of sent) {
    assert.equal(messages.at(-1)!.role, 'user')
    const roles = messages.slice(1).map(({ role }) => role)
    assert.ok(
      roles.every((role, i) => role !== roles[i + 1] || role === 'user'),
      'an exchange is never cut in half',
    )
  }
})

test('contains a model that edits tests, leaves the folder, asks for secrets, invents paths, loops or babbles', async () => {
  const { runPlan, sent } = await play({
    plan: { steps: [step('s1', ['R1', 'R2'], [['edit', 'src/total.ts']])] },
    turns: {
      s1: [
        block('EDIT test/total.test.ts', '=== 3', '!== 4'),
        'CREATE ../../evil.ts\n<<<<<<< TEXT\nx\n>>>>>>> END\nVIEW /etc/passwd\nVIEW config.env\nCREATE .git/hooks/pre-commit\n<<<<<<< TEXT\nx\n>>>>>>> END',
        'VIEW src/totals.ts\nEDIT src/total.ts\n<<<<<<< FIND\nnot there\n=======\nx\n>>>>>>> END',
        'Sure! I will get right to it.',
        `${ROUND}\nDONE rounded`,
      ],
    },
  })
  const { changes, error } = await runPlan()
  assert.equal(error, null)
  assert.deepEqual(pathsOf(changes), ['src/total.ts'])
  const lastMessages = sent.map(({ messages }) => messages.at(-1)!.content).join('\n')
  for (const said of [
    /is an existing test/,
    /\.\.\/\.\.\/evil\.ts leaves the workspace/,
    /passwd leaves the workspace/,
    /config\.env is not there/,
  ])
    assert.match(lastMessages, said)
  for (const said of [
    /belongs to git/,
    /src\/totals\.ts is not there; nearest: /,
    /was not found in src\/total\.ts/,
    /Your reply contained no action/,
  ])
    assert.match(lastMessages, said)
  assert.ok(!lastMessages.includes('ghp_'), 'no secret in a request')
  const looping = await play({
    plan: { steps: [step('s1', ['R1', 'R2'], [])] },
    turns: { plan: [JSON.stringify({ steps: [step('s1', ['R1', 'R2'], [])] }), 'no'], s1: ['VIEW src/total.ts'] },
  })
  assert.match((await looping.runPlan()).error ?? '', /The model repeated itself/)
})

test('resumes an ended run unless the files changed meanwhile, within the agreed budget', async () => {
  const rounded = `${ROUND}\nDONE rounded`
  const turns = { s1: [rounded, rounded, rounded], s2: [`${NOTE}\nDONE noted`] }
  const first = await play({ turns })
  const whole = await first.runPlan()
  const [request] = first.sent.filter(({ step: id }) => id === 's1')
  const chars = request!.messages.reduce((sum, { content }) => sum + content.length, 0)
  const budget = new TokenBudget(Math.ceil((chars + JSON.stringify(ACTION_TOOLS).length) / 4) + 10)
  const short = await first.runPlan({ budget })
  assert.match(short.error ?? '', /The limit of \d+ tokens is reached/)
  assert.ok(whole.usage!.input > short.usage!.input, 'the plan counts towards the same budget')
  await assert.rejects(
    first.engine.planGenerate(testRun(), TASK, { ...first.allOptions, budget: new TokenBudget(9) }),
    /limit of \d+ tokens is reached/,
  )
  assert.deepEqual(
    short.results.map(({ outcome }) => outcome),
    ['done', 'failed'],
  )
  const rest = await first.runPlan({}, short)
  assert.equal(rest.error, null)
  assert.deepEqual(pathsOf(rest.changes), ['src/note.ts', 'src/total.ts'])
  first.tree.set('/src/total.ts', 'export const total = 1\n')
  await first.index()
  await assert.rejects(first.runPlan({}, short), /src\/total\.ts changed since that run/)
})

test('repairs or refuses a plan that cannot be carried out, edited plans included', async () => {
  const cycle = JSON.stringify({ steps: [step('s1', ['R1'], [], ['s2']), step('s2', ['R2'], [], ['s1'])] })
  const { initialPlan, sent, runPlan } = await play({ turns: { plan: ['no plan', cycle, JSON.stringify(PLAN)] } })
  assert.equal(initialPlan.steps.length, 2)
  const lastMessages = sent.filter((one) => one.step === 'plan').map(({ messages }) => messages.at(-1)!.content)
  assert.match(lastMessages[1]!, /holds no JSON object/)
  assert.match(lastMessages[2]!, /wait for each other/)
  await assert.rejects(play({ turns: { plan: ['no', 'no', 'no'] } }), /made no plan that can be carried out/)
  await assert.rejects(play({ task: ' \n ', turns: {} }), /The task is empty/)
  const dropped = { ...initialPlan, steps: initialPlan.steps.slice(0, 1) }
  await assert.rejects(runPlan({}, undefined, dropped), /The plan cannot be carried out: Requirement R2 is in no step/)
})

test('a failing endpoint or a stop ends the run with a reason and keeps finished work', async () => {
  const { runPlan } = await play({ turns: { s1: [`${ROUND}\nDONE rounded`], s2: [NOTE] } })
  const failing = await runPlan({
    onEvent: (event) => {
      if (event.kind === 'ended') openai.script({ status: 401, error: { message: 'no' } })
    },
  })
  assert.match(failing.error ?? '', /refuses the key/)
  assert.deepEqual(pathsOf(failing.changes), ['src/total.ts'])
  const stopped = await play({ turns: { s1: [`${ROUND}\nDONE rounded`], s2: [NOTE] } })
  const stop = new AbortController()
  const onEvent: GenerateOptions['onEvent'] = (event) => {
    if (event.kind === 'ended') stop.abort()
  }
  const run = { signal: stop.signal, report: () => {} }
  const left = await stopped.engine.generate(run, stopped.initialPlan, { ...stopped.allOptions, onEvent })
  assert.match(left.error ?? '', /It was stopped/)
  assert.deepEqual(pathsOf(left.changes), ['src/total.ts'])
})

test('asks a step that changes nothing once more; a request that is too long ends with advice', async () => {
  const plan = { steps: [step('s1', ['R1', 'R2'], [['edit', 'src/total.ts']])] }
  const { runPlan, sent } = await play({ plan, turns: { s1: ['DONE it is done', `${ROUND}\nDONE rounded`] } })
  const { results, changes } = await runPlan()
  assert.deepEqual([results[0]!.note, changes.length], ['rounded', 1])
  assert.match(sent.at(-1)!.messages.at(-1)!.content, /Nothing was changed in this step/)
  const idle = await (await play({ plan, turns: { s1: ['DONE it is so already'] } })).runPlan()
  assert.deepEqual([idle.error, idle.results[0]!.files], [null, []])
  const long = await play({ plan, turns: {} })
  openai.script({ status: 400, error: { message: "This model's maximum context length is 8192 tokens" } })
  assert.match((await long.runPlan()).error ?? '', /^A step is longer than scripted-1 takes: .*FOVEA_MODEL_WINDOW/)
})

test('handles files that replace others, ignored files, and lines with secrets', async () => {
  const tree = `
    //- /.gitignore
    local.ts
    //- /local.ts
    export const mine = 1
    //- /src/a.ts
    export const a = 1
    //- /src/b.ts
    export const b = 2
    //- /src/key.ts
    export const key = {
      token: 'ghp_0123456789abcdefghijklmnopqrstuvwxyzABCD',
      name: 'k',
    }
  `
  const { runPlan, sent } = await play({
    tree,
    plan: { steps: [step('s1', ['R1', 'R2'], [['edit', 'src/a.ts']])] },
    turns: {
      s1: [
        block('CREATE local.ts', 'x'),
        block('CREATE src/a.ts/x.ts', 'x'),
        block('CREATE node_modules/x/index.js', 'x'),
        'VIEW src/key.ts',
        block('REPLACE src/key.ts:2', "  token: '****************************************',"),
        block('EDIT src/key.ts', "name: 'k'", "name: 'key'"),
        ['RENAME src/a.ts src/c.ts', block('CREATE src/a.ts', 'export const other = 3')].join('\n'),
        'DELETE src/b.ts\nRENAME src/c.ts src/b.ts\nDONE all moved',
      ],
    },
  })
  const first = await runPlan()
  assert.equal(first.error, null)
  const lastMessages = sent.map(({ messages }) => messages.at(-1)!.content).join('\n')
  for (const said of [
    /local\.ts already exists, as a folder, an ignored file/,
    /src\/a\.ts is a file: it cannot contain other files/,
    /is in a dependency folder/,
    /line 2 of src\/key\.ts holds a secret that is redacted here/,
  ])
    assert.match(lastMessages, said)
  assert.ok(!lastMessages.includes('ghp_'))
  const shape = (changes: readonly FileChange[]) =>
    changes.map(({ path, from, before, after: now }) => [path, from, before === null, now])
  assert.deepEqual(shape(first.changes), [
    ['src/a.ts', 'src/a.ts', false, 'export const other = 3\n'],
    ['src/b.ts', 'src/b.ts', false, 'export const a = 1\n'],
    [
      ...['src/key.ts', 'src/key.ts'],
      ...[false, "export const key = {\n  token: 'ghp_0123456789abcdefghijklmnopqrstuvwxyzABCD',\n  name: 'key',\n}\n"],
    ],
  ])
  const again = await runPlan({}, first)
  assert.deepEqual(shape(again.changes), shape(first.changes), 'and is taken up so')
})

test('builds a six-file feature in three steps, each finding what earlier steps wrote', async () => {
  const file = (path: string, text: string) => block(`CREATE ${path}`, text)
  const { runPlan, sent } = await play({
    task: '- There is a currency.\n- Prices have one.\n- Receipts show it.',
    plan: {
      steps: [
        step(
          's1',
          ['R1'],
          [
            ['create', 'src/currency.ts'],
            ['create', 'test/currency.test.ts'],
          ],
        ),
        step(
          's2',
          ['R2'],
          [
            ['create', 'src/price.ts'],
            ['edit', 'src/total.ts'],
          ],
          ['s1'],
        ),
        step(
          's3',
          ['R3'],
          [
            ['create', 'src/receipt.ts'],
            ['edit', 'src/shop.ts'],
          ],
          ['s2'],
        ),
      ],
    },
    turns: {
      s1: [
        `${file('src/currency.ts', 'export interface Currency {\n  readonly code: string\n}')}\n${file('test/currency.test.ts', "import type { Currency } from '../src/currency'\nexport const euro: Currency = { code: 'EUR' }")}\nDONE a currency`,
      ],
      s2: [
        'SEARCH Currency code',
        `${file('src/price.ts', "import type { Currency } from './currency'\nexport interface Price {\n  readonly amount: number\n  readonly currency: Currency\n}")}\n${ROUND}\nDONE prices`,
      ],
      s3: [
        'OUTLINE src/price.ts',
        `${file('src/receipt.ts', "import type { Price } from './price'\nexport const receipt = ({ amount, currency }: Price) => amount + currency.code")}\n${block('EDIT src/shop.ts', 'return total(items)', 'return total(items) // see receipt')}\nDONE receipts`,
      ],
    },
  })
  const { changes, results, unmet, error } = await runPlan()
  assert.deepEqual([error, unmet], [null, []])
  assert.deepEqual(
    results.map(({ files }) => files.length),
    [2, 2, 2],
  )
  assert.deepEqual(pathsOf(changes), [
    ...['src/currency.ts', 'src/price.ts', 'src/receipt.ts', 'src/shop.ts', 'src/total.ts', 'test/currency.test.ts'],
  ])
  const lastMessages = (id: string) =>
    sent.filter((one) => one.step === id).map(({ messages }) => messages.at(-1)!.content)
  assert.match(lastMessages('s2')[1]!, /## src\/currency\.ts[\s\S]*interface Currency/)
  assert.match(lastMessages('s3')[1]!, /interface Price/)
  assert.match(lastMessages('s3')[0]!, /s1: a currency\n- s2: prices/)
})

test('edits around a secret do not expose it; DONE after a failure is not believed; a check never runs twice', async () => {
  let checks = 0
  const tree = `
    //- /src/key.ts
    export const apiKey =
      'zX9kQ2mN7pL4vR8tY3wB6cD1'
    //- /src/a.ts
    export const a = 1
  `
  const { runPlan, sent } = await play({
    tree,
    plan: { steps: [step('s1', ['R1', 'R2'], [['edit', 'src/a.ts']])] },
    check: () => {
      checks++
      return { name: 'test', outcome: 'pass', detail: '' }
    },
    turns: {
      s1: [
        `${block('EDIT src/key.ts', 'export const apiKey =', 'export const host =')}\nVIEW src/key.ts`,
        `DELETE src/key.ts\n${block('CREATE src/key.ts', "export const apiKey = '*****'")}`,
        `${block('CREATE src/b.ts', 'export const b = 1')}\n${block('EDIT src/a.ts', 'nowhere', 'x')}\nDONE all of it`,
        `CHECK\n${'CHECK\n'.repeat(50)}`,
        `${block('EDIT src/a.ts', 'a = 1', 'a = 2')}\nDONE all of it`,
      ],
    },
  })
  const { changes, error } = await runPlan()
  const lastMessages = sent.map(({ messages }) => messages.at(-1)!.content).join('\n')
  assert.ok(!lastMessages.includes('zX9k'), lastMessages)
  assert.match(lastMessages, /line 2 of src\/key\.ts holds a secret that is redacted here/)
  assert.match(lastMessages, /an earlier action in this reply failed/)
  assert.equal(error, null)
  assert.equal(checks, 2)
  assert.deepEqual(
    changes.map(({ path, after: now }) => [path, now]),
    [
      ['src/a.ts', 'export const a = 2\n'],
      ['src/b.ts', 'export const b = 1\n'],
      ['src/key.ts', null],
    ],
  )
})
