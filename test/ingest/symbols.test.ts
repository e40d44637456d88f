/** One fixture per language in test/languages: source text, a line of `=====`, and the expected outline. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { findHeadings } from '../../src/engine/ingest/parse/headings.ts'
import { openParser, type SyntaxParser } from '../../src/engine/ingest/parse/parse.ts'
import type { Symbols } from '../../src/engine/ingest/parse/references.ts'
import { findSymbols } from '../../src/engine/ingest/parse/symbols.ts'
import { LANGUAGES } from '../../src/engine/text/language.ts'
import { grammars } from '../../src/host/assets.ts'

const folder = join(import.meta.dirname, '..', 'languages')
const fixtures = readdirSync(folder)
let parser: SyntaxParser

before(async () => {
  parser = await openParser(grammars)
})

test('every language has a fixture', () => {
  const missing = LANGUAGES.filter(({ id }) => !fixtures.includes(`${id}.txt`)).map(({ id }) => id)
  assert.deepEqual(missing, [])
})

for (const name of fixtures)
  test(`symbols of ${name}`, async () => {
    const language = LANGUAGES.find(({ id }) => `${id}.txt` === name)
    assert.ok(language, `${name} names no language`)
    const [text, expected] = readFileSync(join(folder, name), 'utf8').split(/^=====\n/m)
    assert.ok(text && expected, 'a fixture is source, =====, outline')
    const lines = text.split('\n')
    const starts = lines.map((_, i) => lines.slice(0, i).join('\n').length + (i ? 1 : 0))
    let found: Symbols = { symbols: findHeadings(lines, starts, text.length), references: [], fields: [] }
    if (language.grammar) {
      const parsed = await parser.parse(language, text)
      assert.ok(parsed)
      found = findSymbols(parsed, text, lines)
      parsed.tree.delete()
    }
    assert.equal(outline(found, text), expected.trim())
  })

/**
 * `<indent><kind> <name> <first>-<last>  <signature> → <result> — <doc>`, then references as
 * `<kind> <name> on <receiver> @<line> in <symbol>`.
 */
function outline({ symbols, references }: Symbols, text: string): string {
  const depth = (i: number): number => (i < 0 ? 0 : 1 + depth(symbols[i]?.parent ?? -1))
  const rows = symbols.map((symbol, i) => {
    assert.ok(symbol.startOffset >= 0 && symbol.endOffset <= text.length && symbol.startOffset < symbol.endOffset)
    assert.equal(text.slice(0, symbol.startOffset).split('\n').length, symbol.firstLine)
    const doc = symbol.doc && ` — ${symbol.doc}`
    const result = symbol.result && ` → ${symbol.result}`
    return `${'  '.repeat(depth(i) - 1)}${symbol.kind} ${symbol.name} ${symbol.firstLine}-${symbol.lastLine}  ${symbol.signature}${result}${doc}`
  })
  const mentions = references.map(
    ({ kind, name, line, within, on }) =>
      `${kind} ${name}${on && ` on ${on}`} @${line}${within < 0 ? '' : ` in ${symbols[within]?.name}`}`,
  )
  return [...rows, ...mentions].join('\n').trim()
}
