/** A webview's message is acted on only if it has a valid shape, whatever a hostile page sends. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ChatMessage, ContextMessage, ExplainMessage, GenerateMessage } from '../../src/protocol/messages.ts'

const path = fc.string({ minLength: 1, maxLength: 40 })
const line = fc.integer({ min: 0, max: 100_000_000 })
const place = { path, firstLine: line, lastLine: line }
const bare = <T extends string>(...types: readonly T[]) => types.map((type) => fc.record({ type: fc.constant(type) }))
const kind = fc.constantFrom('file', 'symbol', 'selection')
const mention = fc.record({ kind, label: fc.string(), ...place })
const override = fc.constantFrom('pin', 'drop', 'full', 'trimmed', 'signature', 'name')
const of = (type: string, fields: Readonly<Record<string, fc.Arbitrary<unknown>>>) =>
  fc.record({ type: fc.constant(type), ...fields })

/** One valid example of every message. */
const CHAT = fc.oneof(
  ...bare('ready', 'stop', 'new thread', 'pick model', 'set up model', 'open folder', 'resume', 'restart', 'trust'),
  of('ask', { question: fc.string(), mentions: fc.array(mention, { maxLength: 5 }), replaces: fc.string() }),
  of('open thread', { id: fc.string() }),
  of('forget thread', { id: fc.string() }),
  of('complete', { seq: fc.integer(), kind: fc.constantFrom('file', 'symbol'), prefix: fc.string() }),
  of('selection', { seq: fc.integer() }),
  of('open', place),
  of('link', { url: fc.string() }),
  of('copy', { text: fc.string() }),
  of('insert', { text: fc.string() }),
  of('feedback', { turn: fc.string(), value: fc.constantFrom('helpful', 'unhelpful', null) }),
  of('show context', { turn: fc.string() }),
)
const CONTEXT = fc.oneof(
  ...bare('ready', 'repack', 'copy', 'as sent', 'open folder', 'resume', 'restart'),
  of('overrides', { overrides: fc.array(fc.record({ kind: override, ...place }), { maxLength: 5 }) }),
  of('budget', { budget: fc.integer({ min: 100, max: 1_000_000 }) }),
  of('open', place),
)
const EXPLAIN = fc.oneof(
  ...bare('ready', 'again', 'stop', 'copy', 'save', 'as sent', 'show context', 'set up model'),
  of('open', place),
  of('explain', { ...place, label: fc.string() }),
)
const id = fc.string({ minLength: 1 })
const GENERATE = fc.oneof(
  ...bare('ready', 'approve', 'stop', 'resume', 'diff', 'apply', 'undo', 'discard', 'attach', 'pick model', 'trust'),
  of('plan', { task: fc.string() }),
  of('goal', { id, goal: fc.string() }),
  of('drop', { id }),
  of('down', { id }),
  of('refuse', { path, hunks: fc.option(fc.array(fc.nat(), { maxLength: 5 })) }),
  of('open', place),
  of('detach', { label: fc.string() }),
)
const SHAPES = [
  [ChatMessage, CHAT],
  [ContextMessage, CONTEXT],
  [ExplainMessage, EXPLAIN],
  [GenerateMessage, GENERATE],
] as const

test('valid messages pass, stripped of extra fields', () => {
  for (const [shape, messages] of SHAPES)
    fc.assert(
      fc.property(
        messages,
        fc.dictionary(fc.constantFrom('command', 'toString', 'then', 'x'), fc.anything()),
        (message, more) => {
          assert.deepEqual(shape.parse({ ...more, ...message }), structuredClone(message))
        },
      ),
    )
})

test('rejects a missing field or one of another type', () => {
  // No field of any message accepts any of these.
  const wrong = fc.constantFrom<unknown>(undefined, Number.NaN, 1.5, true, {}, [null], -1e300, Symbol('x'), 10n ** 400n)
  for (const [shape, messages] of SHAPES)
    fc.assert(
      fc.property(messages, fc.nat(), wrong, fc.boolean(), (message, n, value, remove) => {
        const fields = Object.keys(message)
        const field = fields[n % fields.length]!
        const { [field]: _, ...rest } = message as Readonly<Record<string, unknown>>
        assert.equal(shape.safeParse(remove ? rest : { ...rest, [field]: value }).success, false)
      }),
    )
})

test('rejects anything else without throwing', () => {
  const hostile = fc.anything({
    withBigInt: true,
    withMap: true,
    withSet: true,
    withNullPrototype: true,
    withTypedArray: true,
  })
  const types = ['ask', 'open', 'link', '__proto__', 'constructor', 'run', 'command:fovea.clear', '', null, 5]
  const typed = fc
    .tuple(fc.constantFrom(...types), fc.dictionary(fc.string(), fc.anything()))
    .map(([type, rest]) => ({ ...rest, type }))
  for (const [shape] of SHAPES)
    fc.assert(
      fc.property(fc.oneof(hostile, typed), (message) => {
        assert.equal(shape.safeParse(message).success, false)
      }),
      { numRuns: 500 },
    )
})

test('one view cannot send messages reserved for the other', () => {
  for (const type of ['ask', 'link', 'insert', 'trust', 'set up model']) {
    const message = { type, question: 'x', mentions: [], replaces: null, url: 'https://x.example', text: 'x' }
    assert.deepEqual([ChatMessage.safeParse(message).success, ContextMessage.safeParse(message).success], [true, false])
  }
  for (const message of [{ type: 'budget', budget: 1000 }, { type: 'overrides', overrides: [] }, { type: 'as sent' }])
    assert.deepEqual([ChatMessage.safeParse(message).success, ContextMessage.safeParse(message).success], [false, true])
})

test('sizes are bounded', () => {
  const ask = { type: 'ask', question: 'x', mentions: [], replaces: null }
  const long = { kind: 'file', label: '', path: 'x'.repeat(5000), firstLine: 0, lastLine: 0 }
  const refused = [
    { ...ask, question: 'x'.repeat(1_000_001) },
    { ...ask, mentions: [long] },
    { ...ask, mentions: Array(51).fill({ ...long, path: 'x' }) },
    { type: 'open', path: 'x', firstLine: -1, lastLine: 0 },
    { type: 'open', path: 'x', firstLine: 0, lastLine: Number.MAX_SAFE_INTEGER },
    { type: 'open', path: '', firstLine: 0, lastLine: 0 },
    { type: 'link', url: `https://${'x'.repeat(5000)}` },
  ]
  for (const message of refused) assert.equal(ChatMessage.safeParse(message).success, false)
  for (const budget of [0, 99, 1_000_001, 1000.5, Number.NaN, Number.POSITIVE_INFINITY, '1000'])
    assert.equal(ContextMessage.safeParse({ type: 'budget', budget }).success, false)
})
