/**
 * Phrasings of questions with their meanings, written by people who had not seen the grammar. Whatever the grammar does
 * not understand whole must be left alone: an exact answer to half a question is a wrong one.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { analysisAsked } from '../../src/engine/analyse/grammar.ts'
import { meaning } from './meaning.ts'

const groups = readFileSync(join(import.meta.dirname, 'phrasings.txt'), 'utf8')
  .split(/\n\s*\n/)
  .map((group) => group.split('\n').filter(Boolean))
  .filter(({ length }) => length > 0)
const corpus = groups.flatMap(([head, ...lines]) => lines.map((line) => ({ line, expected: head!.replace(/^= /, '') })))

test('each phrasing means what its group says', () => {
  const wrong = corpus.flatMap(({ line, expected }) => {
    const understood = meaning(analysisAsked(line))
    return understood === expected ? [] : [`${line}\n  is read as ${understood}, means ${expected}`]
  })
  assert.deepEqual(wrong, [])
})

test('the corpus is large, and so is the part of it that is not to be answered exactly', () => {
  const apart = corpus.filter(({ expected }) => expected === 'none')
  assert.ok(corpus.length - apart.length >= 400)
  assert.ok(apart.length >= 100)
})

test('understands questions in capitals, with quotes of any kind, and without their marks', () => {
  const lines = corpus.filter(({ expected }) => /^relation|^listing/.test(expected) && expected !== 'none')
  for (const { line, expected } of lines) {
    assert.equal(meaning(analysisAsked(`${line.replace(/[?.!]$/, '')} ?`)), expected, line)
    // A first word that is the symbol keeps its case.
    if (!expected.includes(line.split(/\W/)[0]!))
      assert.equal(meaning(analysisAsked(line[0]!.toUpperCase() + line.slice(1))), expected, line)
    assert.equal(meaning(analysisAsked(`please ${line}`)), expected, line)
  }
})
