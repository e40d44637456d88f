/** `fovea generate` as a person runs it, with a scripted OpenAI-compatible server as the model. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { MODEL, type RecordedRequest, scriptedOpenAI } from '../scripted-openai.ts'
import { fails, ok, workspace } from './cli.ts'

const TREE = `
  //- /src/total.js
  export function total(items) {
    return items.reduce((a, b) => a + b, 0)
  }
  //- /test.mjs
  import { total } from './src/total.js'
  if (total([1.2]) !== 1) throw new Error('not rounded')
  import('./src/shop.js').then(({ shop }) => { if (shop !== 'rounded') throw new Error('shop says nothing') })
`
const TASK = 'Totals are rounded. The shop says so.'
const PLAN = {
  steps: [
    { id: 's1', goal: 'round', requirements: ['R1'], files: [{ path: 'src/total.js', action: 'edit' }], deps: [] },
    {
      id: 's2',
      goal: 'say so',
      requirements: ['R2'],
      files: [{ path: 'src/shop.js', action: 'create' }],
      deps: ['s1'],
    },
  ],
}
const REPLIES: Readonly<Record<string, string>> = {
  plan: JSON.stringify(PLAN),
  s1: 'EDIT src/total.js\n<<<<<<< FIND\nitems.reduce((a, b) => a + b, 0)\n=======\nMath.round(items.reduce((a, b) => a + b, 0))\n>>>>>>> END\nDONE rounded',
  s2: "CREATE src/shop.js\n<<<<<<< TEXT\nexport const shop = 'rounded'\n>>>>>>> END\nDONE says so",
}
const openai = await scriptedOpenAI()
const stepOf = ({ body: { messages = [] } }: RecordedRequest) =>
  messages[0]?.content.startsWith('You plan')
    ? 'plan'
    : (/This step, (\w+):/.exec(messages[1]?.content ?? '')?.[1] ?? '')
const answer = (replies = REPLIES) => openai.script({ reply: (asked) => replies[stepOf(asked)] ?? 'DONE' })

const env = { FOVEA_MODEL_URL: openai.url, FOVEA_MODEL: MODEL, FOVEA_MODEL_PRICE: '3/15' }
const opened = () => {
  const world = workspace(TREE)
  return { ...world, generate: (...args: string[]) => world.run(['generate', ...args], { env }) }
}
const bytes = (dir: string) =>
  Object.fromEntries(['src/total.js', 'test.mjs'].map((path) => [path, readFileSync(join(dir, path), 'utf8')]))

test('produces a patch that git applies, after checking each step on a copy', async () => {
  answer()
  const { dir, generate } = opened()
  const before = bytes(dir)
  // The test passes only after the second step; until then only what the first step concerns is checked.
  const { out, err } = await ok(
    generate(
      TASK,
      '--check',
      'node --input-type=module -e "import(\'./src/total.js\').then(({total})=>process.exit(total([1.2])-1))"',
    ),
  )
  assert.deepEqual(bytes(dir), before, 'nothing is written')
  assert.match(err, /500000 tokens, which cost 7\.50 at most/)
  assert.match(err, /300 tokens in, 21 out, 0\.00 in all/)
  assert.deepEqual(readdirSync(join(dir, 'src')), ['total.js'])
  assert.match(err, /R1 met: Totals are rounded\. — src\/total\.js:2 \(syntax pass, node/)
  assert.match(err, /R2 met: The shop says so\. — src\/shop\.js/)
  execFileSync('git', ['init', '-q', dir])
  execFileSync('git', ['-C', dir, 'apply', '-'], { input: out })
  execFileSync(process.execPath, [join(dir, 'test.mjs')])
})

test('applies, undoes and lists runs without a model', async () => {
  answer()
  const { dir, generate, run, home } = opened()
  const before = bytes(dir)
  const { err, out } = await ok(generate(TASK, '--unchecked', '--apply'))
  assert.equal(out, '')
  assert.match(bytes(dir)['src/total.js']!, /Math\.round/)
  assert.deepEqual(readdirSync(join(dir, 'src')).sort(), ['shop.js', 'total.js'])
  const [, id = ''] = /--undo (\S+)`/.exec(err) ?? []
  rmSync(join(home, 'indexes'), { recursive: true })
  await ok(run(['generate', '--undo', id]))
  assert.deepEqual(bytes(dir), before)
  assert.deepEqual(readdirSync(join(dir, 'src')), ['total.js'])
  await fails(run(['generate', '--undo', id]), 1, /the files are as they were before run/)
  const row = new RegExp(
    `^${id}  \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d  2/2 steps  Totals are rounded\\. The shop says so\\.\n$`,
  )
  assert.match((await ok(run(['generate', '--runs']))).out, row)
  const { events } = JSON.parse((await ok(run(['generate', '--export', id]))).out) as { events: { kind: string }[] }
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['task', 'exchange', 'plan', ...['begun', 'exchange', 'ended'], ...['begun', 'exchange', 'ended'], 'finished'],
  )
  await ok(run(['generate', '--forget', id]))
  assert.equal((await ok(run(['generate', '--runs', '--json']))).out, '[]\n')
  assert.deepEqual(readdirSync(home).includes('indexes'), false, 'nothing was indexed for it')
})

test('a plan is printed, changed by hand, and carried out', async () => {
  answer()
  const { dir, generate } = opened()
  openai.requests.length = 0
  const attached = ['--attach', 'src/total.js:1-3', '--attach', join(dir, 'test.mjs')]
  const { out } = await ok(generate(TASK, '--plan-only', ...attached))
  assert.match(openai.requests[0]?.body.messages?.[1]?.content ?? '', /## src\/total\.js\n[\s\S]*## test\.mjs\n/)
  openai.requests.length = 0
  await fails(generate(TASK, '--unchecked', '--attach', 'src/nowhere.js'), 1, /^fovea: src\/nowhere\.js is not indexed/)
  await fails(generate(TASK, '--unchecked', '--attach', 'test.mjs:2-9'), 1, /test\.mjs has lines 1 to 3, but /)
  assert.equal(openai.requests.length, 0, 'nothing was sent')
  const plan = JSON.parse(out)
  assert.deepEqual(
    plan.requirements.map(({ text }: { text: string }) => text),
    ['Totals are rounded.', 'The shop says so.'],
  )
  const file = join(dir, '..', `${plan.task.length}-plan.json`)
  writeFileSync(file, JSON.stringify({ ...plan, steps: plan.steps.slice(0, 1) }))
  await fails(
    generate('--plan', file, '--unchecked'),
    1,
    /The plan cannot be carried out: Requirement R2 is in no step/,
  )
  writeFileSync(file, out)
  assert.match((await ok(generate('--plan', file, '--unchecked', '--json'))).out, /"error":""/)
  writeFileSync(file, '{}')
  await fails(generate('--plan', file, '--unchecked'), 1, /does not contain a plan/)
})

test('a run that is killed or cut off has written nothing, and goes on after its last step', async () => {
  const { dir, run, generate } = opened()
  const before = bytes(dir)
  let child: ChildProcess | undefined
  openai.script({
    reply(asked) {
      if (stepOf(asked) === 's2') child?.kill('SIGKILL')
      return REPLIES[stepOf(asked)] ?? ''
    },
  })
  const killed = await run(['generate', TASK, '--unchecked', '--apply'], {
    env,
    started: (one) => {
      child = one
    },
  })
  assert.equal(killed.code, null)
  assert.deepEqual(bytes(dir), before)
  assert.deepEqual(readdirSync(join(dir, 'src')), ['total.js'], 'nothing is written before all is done')
  const [, id = ''] = /Run (\S+):/.exec(killed.err) ?? []
  openai.script({ status: 400, error: { message: 'broken' } })
  const cut = await generate('--resume', id, '--unchecked')
  assert.equal(cut.code, 1)
  assert.match(cut.err, new RegExp(`--resume ${id}\\)`))
  assert.match(cut.err, /R2 NOT MET/)
  assert.match(cut.out, /Math\.round/, 'what is done is shown')
  answer()
  openai.requests.length = 0
  const { out } = await ok(generate('--resume', id, '--unchecked'))
  assert.match(out, /Math\.round/)
  assert.match(out, /shop\.js/)
  assert.deepEqual([...new Set(openai.requests.map(stepOf))], ['s2'])
  writeFileSync(join(dir, 'src/total.js'), 'mine\n')
  await fails(generate('--resume', id, '--unchecked'), 1, /src\/total\.js changed since that run/)
})

test('what is missing or wrong is a sentence', async () => {
  answer()
  const { run, generate } = opened()
  await fails(run(['generate', TASK, '--unchecked']), 1, /Generating needs a model/)
  await fails(generate(TASK), 2, /Choose how to check steps/)
  await fails(generate('...', '--unchecked'), 1, /The task is empty/)
  await fails(generate(TASK, '--unchecked', '--steps', '0'), 2, /--steps must be a whole number of at least 1, not 0/)
})
