/**
 * Explain Across Files: a tree as text in, the report out; large, cyclic or ambiguous code and bad models do no harm.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { type ExplainWriters, explanationMarkdown } from '../../src/engine/engine.ts'
import type { Model } from '../../src/engine/ports.ts'
import type { Explanation } from '../../src/engine/types/explanation.ts'
import { ModelError } from '../../src/engine/types/run.ts'
import { openWorld } from '../engine.ts'
import { check, testRun } from '../fixture.ts'

const SHOP = `
  //- /src/main.ts
  import { placeOrder } from './order'

  export function main() {
    placeOrder(['apple'])
  }
  //- /src/order.ts
  import { Cart } from './cart'
  import { sendReceipt, type Mailer } from './mail'

  /** Places an order and sends its receipt. */
  export function placeOrder(items: string[], mailer: Mailer) {
    const cart = new Cart()
    for (const item of items) cart.add(item)
    if (cart.total() > Number(process.env.ORDER_LIMIT)) throw new Error('too much')
    sendReceipt(mailer, cart)
  }
  //- /src/cart.ts
  /** Holds what is bought. */
  export class Cart {
    private sum = 0
    add(item: string) {
      this.sum += priceOf(item)
    }
    total() {
      return this.sum
    }
  }

  /** The price of an item. */
  export function priceOf(item: string) {
    return item.length
  }
  //- /src/mail.ts
  import type { Cart } from './cart'

  export interface Mailer {
    send(text: string): void
  }
  export class Post implements Mailer {
    send(text: string) {
      stamp(text)
    }
  }
  export function stamp(text: string) {
    return text
  }
  export function sendReceipt(mailer: Mailer, cart: Cart) {
    mailer.send(String(cart.total()))
  }
  //- /test/order.test.ts
  import { placeOrder } from '../src/order'
  export function testOrder() {
    placeOrder([])
  }
`

async function explained(
  tree: string,
  text: string,
  place: { path: string; firstLine: number; lastLine: number } | null = null,
) {
  const { engine, index } = await openWorld(tree)
  await index()
  return engine.explain(testRun(), { text, place })
}

const flow = ({ aspects }: Explanation) =>
  aspects
    .find(({ name }) => name === 'flow')!
    .facts.map(({ text, depth, path, firstLine }) => `${'  '.repeat(Math.max(0, depth))}${text} ${path}:${firstLine}`)
    .join('\n')
const facts = ({ aspects }: Explanation, of: string) =>
  aspects.find(({ name }) => name === of)!.facts.map(({ text }) => text)

test('explains a mechanism across four files: from the entry point down, through an interface to its implementers', async () => {
  const explanation = await explained(SHOP, 'placeOrder')
  check(
    flow(explanation),
    `
    Reached from \`main\` → \`placeOrder\` src/main.ts:3
    Begins in \`placeOrder\` — Places an order and sends its receipt. src/order.ts:5
      calls \`Cart\` — Holds what is bought. src/order.ts:6
      calls \`Cart.add\` src/order.ts:7
        calls \`priceOf\` — The price of an item. src/cart.ts:5
      calls \`Cart.total\` src/order.ts:8
      calls \`sendReceipt\` src/order.ts:9
        calls \`Mailer.send\` src/mail.ts:15
          is implemented by \`Post.send\` src/mail.ts:7
    `,
  )
  assert.match(
    facts(explanation, 'purpose')[0]!,
    /`placeOrder` is a function in src\/order\.ts:5; it is used in 1 place in 1 file \(`main`\), is tested in test\/order\.test\.ts\. Places an order/,
  )
  assert.deepEqual(facts(explanation, 'errors'), ['In `placeOrder`'])
  assert.deepEqual(facts(explanation, 'configuration'), ['In `placeOrder`'])
  assert.deepEqual(facts(explanation, 'tests'), ['`testOrder` uses `placeOrder`'])
  assert.match(facts(explanation, 'change')[0]!, /`placeOrder` is used in 1 place outside of tests/)
  assert.ok(facts(explanation, 'state').some((text) => /`sum` is written in `Cart.add`/.test(text)))
  const { nodes, edges } = explanation.diagram
  assert.ok(edges.every(({ from, to }) => nodes.some(({ id }) => id === from) && nodes.some(({ id }) => id === to)))
  assert.deepEqual(
    nodes.filter(({ role }) => role === 'entry').map(({ label, layer }) => [label, layer]),
    [['main', -1]],
  )
  assert.match(
    explanationMarkdown(explanation),
    /^# placeOrder\n\n_Read off the index; no model was asked\._\n\n```mermaid\nflowchart LR\n[\s\S]*## Step by step/,
  )
})

test('resolves a line, a file, a folder, a trace or words, and says so when something does not exist', async () => {
  const { engine, index } = await openWorld(SHOP)
  await index()
  const title = async (text: string, place: Parameters<typeof explained>[2] = null) => {
    const { title: found, diagram } = await engine.explain(testRun(), { text, place })
    return [
      found,
      diagram.nodes
        .filter(({ role }) => role === 'focus')
        .map(({ label }) => label)
        .sort()
        .join(' '),
    ]
  }
  assert.deepEqual(await title('src/order.ts:8'), ['placeOrder', 'placeOrder'])
  assert.deepEqual(await title('', { path: 'src/cart.ts', firstLine: 5, lastLine: 5 }), ['Cart.add', 'Cart.add'])
  assert.deepEqual(await title('src/mail.ts'), ['src/mail.ts', 'Mailer Post sendReceipt stamp'])
  assert.equal((await title('src'))[0], 'src')
  const trace =
    'Error: too much\n    at placeOrder (/home/me/shop/src/order.ts:8:5)\n    at main (/home/me/shop/src/main.ts:4:3)\n    at node:internal:12:3'
  assert.deepEqual(await title(trace), ['Error: too much', 'main placeOrder'])
  assert.deepEqual(await title('File "src/cart.ts", line 5, in add\nValueError: x'), ['ValueError: x', 'Cart.add'])
  const { note } = await engine.explain(testRun(), { text: 'where is a receipt sent?', place: null })
  assert.match(note ?? '', /the best matches for its words are explained: .*sendReceipt/)
  await assert.rejects(engine.explain(testRun(), { text: ' ?! ', place: null }), /Say what to explain/)
  await assert.rejects(engine.explain(testRun(), { text: 'zxqv', place: null }), /Nothing here is called "zxqv"/)
  await assert.rejects(
    engine.explain(testRun(), { text: '', place: { path: 'nosuch', firstLine: 0, lastLine: 0 } }),
    /Nothing is indexed in nosuch/,
  )
})

test('cycles, fan-out, namesakes and huge functions terminate quickly and in a stable order', async () => {
  const callers = Array.from({ length: 2000 }, (_, i) => `export function caller${i}() {\n  popular()\n}`).join('\n')
  const many = Array.from({ length: 1500 }, (_, i) => `export function giant${i}() {\n  giant${i + 1}()\n}`).join('\n')
  const files: [string, string][] = [
    [
      'circle.ts',
      'export function ping(n: number) {\n  pong(n)\n}\nexport function pong(n: number) {\n  ping(n)\n  pong(n - 1)\n}',
    ],
    ['popular.ts', `export function popular() {\n  return 1\n}\n${callers}`],
    ['giant.ts', many],
    ...Array.from({ length: 40 }, (_, i): [string, string] => [
      `same${i}/run.ts`,
      `export function run() {\n  return ${i}\n}`,
    ]),
  ]
  const indented = files
    .map(
      ([path, text]) =>
        `  //- /src/${path}\n${text
          .split('\n')
          .map((line) => `  ${line}`)
          .join('\n')}`,
    )
    .join('\n')
  const { engine, index } = await openWorld(`\n${indented}\n`)
  await index()
  const explain = (text: string) => engine.explain(testRun(), { text, place: null })
  assert.match(flow(await explain('ping')), /calls `pong`[^\n]*\n[^\n]*calls `ping` \(explained in its own step\)/)
  const popular = await explain('popular')
  assert.match(facts(popular, 'change')[0]!, /used in 2000 places/)
  assert.ok(popular.diagram.nodes.length < 20)
  assert.match((await explain('run')).note ?? '', /^run is defined 40 times; .*Others: src\/same\d+\/run\.ts:1/)
  const giant = await explain('src/giant.ts')
  assert.match(giant.note ?? '', /^Of 1500 symbols the 6 most referred to are followed\.$/)
  assert.ok(
    giant.notCovered.some(({ text }) => /^14\d\d more symbols$/.test(text)),
    giant.notCovered.at(-1)?.text,
  )
  assert.ok(explanationMarkdown(giant).length < 40_000)
})

let models = 0

function script(write: Model['complete'], more: Partial<ExplainWriters> = {}): ExplainWriters {
  // A new name each time, because results for the same text are cached.
  const model: Model = {
    name: `scripted ${++models}`,
    windowTokens: 0,
    effectiveTokens: 16_000,
    tokenRatio: 1,
    recordUsage: () => {},
    complete: write,
  }
  return { model, fence: 'f00', budget: 3000, onAspect: () => {}, onFacts: () => {}, ...more }
}

const replyWith = (text: string) => ({ usage: { input: 10, output: 2, cached: 8 }, finished: text !== '' })

test('a model words each aspect: one shared prefix, the first call alone, then four in parallel; the same text is asked for once', async () => {
  const { engine, index } = await openWorld(SHOP)
  await index()
  const prompts: string[] = []
  let running = 0
  let most = 0
  const states: string[] = []
  const writers = script(
    async (_run, messages, onText) => {
      if (prompts.length < 1) assert.equal(running, 0)
      prompts.push(messages[1]!.content)
      running++
      most = Math.max(most, running)
      // The other calls would start in this turn, if at all.
      await setImmediate()
      onText('`placeOrder` fills the `Cart` [b')
      onText('1].')
      running--
      return replyWith('x')
    },
    { onAspect: ({ name }, state) => void states.push(`${name} ${state}`) },
  )
  const explanation = await engine.explain(testRun(), { text: 'placeOrder', place: null }, writers)
  assert.equal(most, 4)
  assert.deepEqual(states.slice(0, 2), ['purpose running', 'purpose done'])
  const shared = prompts[0]!.split(/(?<=\nTo be explained: placeOrder\n<\/context-f00>)/)[0]!
  assert.ok(prompts.length >= 7 && prompts.every((prompt) => prompt.startsWith(shared)))
  assert.match(shared, /^<context-f00>\n[\s\S]*class Cart[\s\S]*<\/context-f00>$/)
  // Facts from the index quote files as well, so they stand inside the fence.
  const outside = prompts.map((prompt) => prompt.replace(/<context-f00>[\s\S]*?<\/context-f00>/g, ''))
  assert.deepEqual(
    outside.filter((text) => /Facts|src\/order\.ts|throw new Error/.test(text)),
    [],
  )
  const purpose = explanation.aspects[0]!
  assert.equal(purpose.text, '`placeOrder` fills the `Cart` [1].')
  assert.equal(purpose.citations.length, 1)
  assert.equal(explanation.usage?.cached, prompts.length * 8)
  assert.equal(explanation.end, 'finished')
  const before = prompts.length
  assert.ok(before >= 7)
  await engine.explain(testRun(), { text: 'placeOrder', place: null }, writers)
  assert.equal(prompts.length, before)
})

test('keeps the facts from the index when a model fails, lies, says nothing or is stopped', async () => {
  const { engine, index } = await openWorld(SHOP)
  await index()
  const explain = (write: Model['complete'], signal = new AbortController().signal) =>
    engine.explain({ ...testRun(), signal }, { text: 'placeOrder', place: null }, script(write))
  const failing = await explain(async () => Promise.reject(new ModelError('It is down: start it.')))
  assert.equal(failing.error, 'It is down: start it.')
  assert.equal(failing.model, null)
  assert.match(flow(failing), /Begins in/)
  const silent = await explain(async () => replyWith(''))
  assert.match(silent.error ?? '', /answered with nothing/)
  let calls = 0
  const half = await explain(async (_run, _messages, onText) => {
    if (++calls > 2) throw new ModelError('Too many requests.')
    onText(`Part ${calls} [b999] [b1:900-901]`)
    return replyWith('x')
  })
  assert.match(
    half.error ?? '',
    /^Not all parts were written\. Too many requests\. The answer cites \[999\], but the context has no/,
  )
  assert.equal(half.aspects.filter(({ text }) => text).length, 2)
  assert.deepEqual(
    half.aspects[0]!.citations.map(({ n, verdict }) => [n, verdict]),
    [[1, 'unsupported']],
  )
  const stop = new AbortController()
  const stopped = await explain(async (run, messages, onText) => {
    if (messages[1]!.content.includes('Step by step.')) stop.abort()
    run.signal.throwIfAborted()
    onText('Said [b1].')
    return replyWith('x')
  }, stop.signal)
  assert.equal(stopped.end, 'stopped')
  assert.equal(stopped.aspects[0]!.text, 'Said [1].')
  let lengths: number[] = []
  const long = await explain(async (_run, messages, onText) => {
    lengths = [...lengths, messages[1]!.content.length]
    if (lengths.length === 1) throw new ModelError('too long', true)
    onText('Short [b1].')
    return replyWith('x')
  })
  assert.equal(long.error, null)
  assert.equal(long.aspects[0]!.text, 'Short [1].')
})

test('explains functions held by a list or a map, and decorators, as what they are', async () => {
  const tree = `
    //- /app.py
    def logged(func):
        return func

    class App:
        @logged
        def dispatch(self, name, request):
            for before in reversed(self.before):
                before(request)
            check(request)
            return self.ensure(self.views[name])(request)

        def ensure(self, func):
            return func

    def check(request):
        ranks = request[0]
        return check(ranks)
  `
  check(
    facts(await explained(tree, 'App.dispatch'), 'flow').join('\n'),
    `
    Begins in \`App.dispatch\`
    is decorated with \`logged\`
    calls what \`self.before\` holds: which function that is shows only when it runs
    calls \`check\`
    calls itself
    calls \`App.ensure\`
    calls what \`self.views\` holds: which function that is shows only when it runs
    `,
  )
})
