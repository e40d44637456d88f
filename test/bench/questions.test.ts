/** How `bench retrieval` makes questions: test titles, doc sentences, commit subjects, and which text is blanked. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { subjectOf } from '../../src/bench/commits.ts'
import { blankDocumentation, questionOf } from '../../src/bench/documentation.ts'
import { findTests, titleOfName } from '../../src/bench/titles.ts'
import { openParser, type SyntaxParser } from '../../src/engine/ingest/parse/parse.ts'
import { findSymbols } from '../../src/engine/ingest/parse/symbols.ts'
import { languageOf } from '../../src/engine/text/language.ts'
import { grammars } from '../../src/host/assets.ts'
import { parseChanges } from '../../src/host/scratch.ts'
import { check, dedent } from '../fixture.ts'

let parser: SyntaxParser
before(async () => {
  parser = await openParser(grammars)
})

async function read(name: string, text: string) {
  const code = dedent(text)
  const lines = code.split('\n')
  const parsed = await parser.parse(languageOf(name), code)
  assert.ok(parsed)
  try {
    return { lines, language: languageOf(name).id, ...findSymbols(parsed, code, lines) }
  } finally {
    parsed.tree.delete()
  }
}

async function titles(name: string, text: string): Promise<string[]> {
  const { language, lines, symbols } = await read(name, text)
  return findTests(language, lines, symbols).map(
    ({ title, firstLine, lastLine }) => `${firstLine}-${lastLine} ${title}`,
  )
}

test('turns test names into words', () => {
  const names = {
    test_parse_header: 'parse header',
    TestParseHTTPHeader: 'Parse HTTP Header',
    TestSetContext: 'Set Context',
    Test_set_context: 'set context',
    testReadsTwice: 'Reads Twice',
    'shows the total': 'shows the total',
    returnsNullWhenEmpty: 'returns Null When Empty',
    testing_things: 'testing things',
  }
  for (const [name, title] of Object.entries(names)) assert.equal(titleOfName(name), title)
})

test('finds tests of many languages, with their lines', async () => {
  assert.deepEqual(
    await titles(
      'cart.spec.ts',
      `
      describe('Cart', () => {
        beforeEach(() => reset())
        describe('when empty', () => {
          it('doesn\\'t cost a thing', () => {
            expect(total([])).toBe(0)
          })
        })
        it.skip("adds_up prices", async () => {
          total([1])
        })
        test(\`\${name} computed\`, () => {})
      })
      test('stands alone', () => total([2]))
      `,
    ),
    ["4-6 Cart when empty doesn't cost a thing", '8-10 Cart adds up prices', '13-13 stands alone'],
  )
  assert.deepEqual(
    await titles(
      'test_cart.py',
      `
      class TestCart:
          def test_adds_up_prices(self):
              total([1])

          def helper(self):
              pass
      `,
    ),
    ['2-3 adds up prices'],
  )
  assert.deepEqual(
    await titles(
      'cart_test.go',
      `
      func TestCartTotal(t *testing.T) {
      	t.Run("no items at all", func(t *testing.T) {
      		Total(nil)
      	})
      }
      func TestOther(t *testing.T) { Total(nil) }
      func helper() {}
      `,
    ),
    ['2-4 no items at all', '6-6 Other'],
  )
  assert.deepEqual(await titles('tests/cart.rs', '#[test]\nfn adds_up_prices() {\n    total();\n}\nfn helper() {}'), [
    '2-4 adds up prices',
  ])
  const java = 'class CartTest {\n  @Test\n  void addsUpPrices() { total(); }\n  void helper() {}\n}'
  assert.deepEqual(
    (await titles('CartTest.java', java)).map((title) => title.replace(/^\S+ /, '')),
    ['adds Up Prices'],
  )
  assert.deepEqual(await titles('cart_spec.rb', "describe Cart do\n  it 'adds up prices' do\n    total\n  end\nend"), [
    '2-4 adds up prices',
  ])
})

test('picks sentences that describe a symbol without naming it', () => {
  const of = (name: string, doc: string) => questionOf({ name, doc })
  assert.equal(of('AddCommand', 'AddCommand adds one or more commands.'), 'adds one or more commands.')
  assert.equal(of('Cart.total', '`total()` is the sum of all prices.'), 'is the sum of all prices.')
  for (const [name, doc] of [
    ['total', 'The total.'],
    ['readCookie', 'Reads the cookie read.'],
    ['run', 'Copyright 2020 by the authors of this file.'],
    ['run', 'eslint-disable-next-line no-console because it is needed here'],
    ['run', 'const old = compute(first, second, third);'],
    ['readCookie', 'Calls the readCookie of whatever backend is configured.'],
  ] as const)
    assert.equal(of(name, doc), null, doc)
  const cut = of('x', `Counts every item bought ${'word '.repeat(34)}broke`)
  assert.ok(cut && !cut.includes('broke'), 'the last word of a sentence cut by the index')
})

test('skips routine commit subjects and strips issue numbers', () => {
  assert.equal(subjectOf('Keep sessions after a restart (#123)'), 'Keep sessions after a restart')
  assert.equal(subjectOf('fix(http): closes the socket twice; closes #9'), 'fix(http): closes the socket twice')
  for (const subject of [
    'Bump lodash from 1 to 2',
    'v1.2.3 of the package',
    'Fix some typos in code',
    'chore(ci): run it on Windows',
    'Update src/cart.ts',
    'fix it',
    'apply ruff to everything',
  ])
    assert.equal(subjectOf(subject), null, subject)
})

test('blanks documentation and keeps line numbers, decorators and bodies', async () => {
  const python = await read(
    'a.py',
    `
    # Two lines above
    # the decorator.
    @cached
    def total(items):
        """Sum of all prices.

        In cents.
        """
        return sum(items)

    class Empty(Exception):
        """Nothing in the cart."""
    `,
  )
  check(
    blankDocumentation(python.lines, python.symbols).join('\n'),
    `
    @cached
    def total(items):
        pass



        return sum(items)

    class Empty(Exception):
        pass
    `,
  )
  assert.equal(blankDocumentation(python.lines, python.symbols).length, python.lines.length)
  const script = await read('a.ts', '/**\n * Sum.\n */\nexport function total() {\n  // why\n  return 1\n}')
  assert.deepEqual(blankDocumentation(script.lines, script.symbols).slice(0, 5), [
    '',
    '',
    '',
    'export function total() {',
    '  // why',
  ])
})

test('reads the git log: commits with one parent, and files that existed before', () => {
  const log = '\x01c1 p1\x02One\x02\0\nM\0a.ts\0A\0b.ts\0\x01c2 p1 p2\x02Merge\x02\0\x01c3\x02First\x02\0\nA\0a.ts\0'
  assert.deepEqual(parseChanges(log), [{ commit: 'c1', parent: 'p1', subject: 'One', paths: ['a.ts'] }])
})
