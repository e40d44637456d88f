/** Citations are checked against the lines they name: correct ones are verified, mutated ones are caught. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { citationsOf } from '../../src/engine/answer/citations.ts'
import { type FindSymbol, verifyCitations } from '../../src/engine/answer/verify.ts'
import type { Block } from '../../src/engine/types/pack.ts'

const block = (n: number, path: string, symbol: string, text: string): Block => ({
  ...{
    id: `b${n}`,
    path,
    symbols: symbol ? [symbol] : [],
    resolution: 'full',
    firstLine: 10,
    lastLine: 20,
    shown: [[10, 20]],
    tokens: 9,
    text,
  },
  ...{ hash: 'h', why: [] },
})
const BLOCKS = [
  block(
    1,
    'src/app.py',
    'App.register_blueprint',
    'def register_blueprint(self, blueprint, **options):\n    blueprint.register(self, options)',
  ),
  block(
    2,
    'src/blueprints.py',
    'Blueprint._check_setup_finished',
    'if self._got_registered_once:\n    raise AssertionError("too late")',
  ),
  block(3, 'src/limits.py', 'LIMITS', 'MAX_RETRIES = 25\nBACKOFF = 1.5'),
]

/** Locations of the symbols in the first two blocks. */
const find: FindSymbol = (name) => {
  if (/register_blueprint$/.test(name)) return [{ path: 'src/app.py', firstLine: 10, lastLine: 11 }]
  return /_check_setup_finished$/.test(name) ? [{ path: 'src/blueprints.py', firstLine: 10, lastLine: 11 }] : []
}

function judge(text: string, stale: readonly string[] = []) {
  return verifyCitations(text, citationsOf(text, BLOCKS), { blocks: BLOCKS, staleIds: new Set(stale), find }).map(
    ({ n, verdict, missing }) => `${n} ${verdict}${missing.length ? ` ${missing.join(' ')}` : ''}`,
  )
}

test('verifies claims that the cited lines support', () => {
  assert.deepEqual(judge('`Flask.register_blueprint` hands over to `blueprint.register` [1].'), ['1 verified'])
  assert.deepEqual(judge('A flag, `_got_registered_once`, guards later setup [2]. It raises `AssertionError` [2].'), [
    '2 verified',
  ])
  assert.deepEqual(judge('- `App.register_blueprint` calls it [1]\n- then `_check_setup_finished` refuses. [2]'), [
    '1 verified',
    '2 verified',
  ])
  assert.deepEqual(judge('Up to 25 retries are made, as MAX_RETRIES says. [3]'), ['3 verified'])
  assert.deepEqual(judge('`register_blueprint` and `_got_registered_once` work together [1] [2].'), [
    '1 verified',
    '2 verified',
  ])
  assert.deepEqual(judge('The blueprint is registered with its options [1].'), ['1 verified'])
})

test('names invented symbols and claims cited from the wrong place', () => {
  assert.deepEqual(judge('`frobnicate_all` is called by `register_blueprint` [1].'), ['1 unsupported frobnicate_all'])
  assert.deepEqual(judge('`_got_registered_once` guards later setup [1].'), ['1 unsupported _got_registered_once'])
  assert.deepEqual(judge('There are 99 retries, see MAX_RETRIES [3].'), ['3 unsupported 99'])
  assert.deepEqual(judge('Bananas grow on tall tropical plants [2].'), ['2 unsupported'])
  assert.deepEqual(judge('`register_blueprint` does it [1] [3].'), ['1 verified', '3 unsupported register_blueprint'])
})

test('a stale file is reported as stale, whatever its lines contained', () => {
  assert.deepEqual(judge('`register_blueprint` does it [1].', ['b1']), ['1 stale'])
})

test('code shown in an answer is not a claim', () => {
  assert.deepEqual(judge('It registers, see `register_blueprint` [1]:\n```py\nfrobnicate(a[2])\n```\n'), ['1 verified'])
})

/** True sentences about generated code, and ways to mutate them. */
test('catches mutated citations: the wrong file or an invented name', () => {
  const name = fc.stringMatching(/^[a-z]{4,8}_[a-z]{4,8}$/)
  let found = 0
  let all = 0
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 4, maxLength: 4 }), fc.nat(2), ([a, b, c, invented], shift) => {
      const blocks = [a!, b!, c!].map((one, i) => block(i + 1, `src/f${i}.ts`, one, `function ${one}() {}`))
      const verdict = (text: string) =>
        verifyCitations(text, citationsOf(text, blocks), { blocks, staleIds: new Set(), find }).map(
          (one) => one.verdict,
        )
      const names = [a!, b!, c!]
      const n = shift + 1
      assert.deepEqual(verdict(`The work is done by \`${names[shift]}\` [${n}].`), ['verified'])
      const mutations = [
        `The work is done by \`${names[shift]}\` [${(n % 3) + 1}].`,
        `The work is done by \`${invented}\` [${n}].`,
        `\`${names[shift]}\` calls \`${invented}\` [${n}].`,
      ]
      for (const text of mutations) {
        all++
        if (verdict(text)[0] === 'unsupported') found++
      }
    }),
  )
  assert.equal(found, all)
})

test('gives every citation exactly one verdict, whatever the text', () => {
  const piece = fc.constantFrom(
    '`foo_bar` ',
    'It works. ',
    '[1]',
    '[2] ',
    '[b9]',
    '\n',
    '```\n',
    'a.b(c)',
    '100 ',
    '«é» ',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join('')
      const cited = citationsOf(text, BLOCKS)
      const judged = verifyCitations(text, cited, { blocks: BLOCKS, staleIds: new Set(), find })
      assert.deepEqual(
        judged.map(({ n }) => n),
        cited.map(({ n }) => n),
      )
      for (const { verdict, missing } of judged) assert.ok(verdict !== 'verified' || missing.length === 0)
    }),
  )
})

test('catches relations that the cited lines do not show, wrongly denied relations, and wrong paths', () => {
  assert.deepEqual(judge('`register_blueprint` calls `register` [1].'), ['1 verified'])
  assert.deepEqual(judge('`register_blueprint` calls `_check_setup_finished` [1] [2].'), [
    '1 unsupported register_blueprint calls _check_setup_finished',
    '2 unsupported register_blueprint calls _check_setup_finished',
  ])
  assert.deepEqual(judge('`register_blueprint` does not call `register` [1].'), [
    '1 unsupported register_blueprint does not call register',
  ])
  assert.deepEqual(judge('`_check_setup_finished` is called by `register_blueprint` [1] [2].'), [
    '1 unsupported _check_setup_finished is called by register_blueprint',
    '2 unsupported _check_setup_finished is called by register_blueprint',
  ])
  assert.deepEqual(judge('In `src/app.py`, `register_blueprint` takes options [1].'), ['1 verified'])
  assert.deepEqual(judge('In `lib/app.py`, `register_blueprint` takes options [1].'), ['1 unsupported lib/app.py'])
})

test('checks the cited lines rather than the whole block, and checks quotations against the text', () => {
  assert.deepEqual(judge('`register_blueprint` takes `options` [1:10].'), ['1 verified'])
  assert.deepEqual(judge('`register_blueprint` takes `options` [1:99-100].'), ['1 unsupported 99-100'])
  assert.deepEqual(judge('It runs `blueprint.register(self, options)` then [1].'), ['1 verified'])
  assert.deepEqual(judge('It runs `if blueprint in self.blueprints: return` first [1].'), [
    '1 unsupported if blueprint in self.blueprints: return',
  ])
})
