/** Which commits are cited for a location, and in which order. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commitStatements, commitsNaming, withCommitBlocks } from '../../src/engine/answer/commit-evidence.ts'
import type { Context } from '../../src/engine/types/pack.ts'

const place = { path: 'app/urls.py', hash: 'h', firstLine: 3, lastLine: 9, symbols: ['App.url_for'] }
const commit = (hash: string, subject: string, paths = [place.path]) => ({ hash, subject, body: '', paths, hunks: [] })

test('finds commits that name the symbol but did not write its current lines', () => {
  const commits = [
    commit('a'.repeat(40), 'move url_for to the app'),
    commit('b'.repeat(40), 'fix my_url_for'),
    commit('c'.repeat(40), 'url_for in the docs', ['docs/urls.md']),
    commit('d'.repeat(40), 'make url_for faster'),
  ]
  const written = [{ hash: 'd'.repeat(40), seconds: 1, subject: '', body: '', lines: 2 }]
  const found = commitsNaming(commits, place.path, place.symbols, written)
  assert.deepEqual(
    found.map(({ subject }) => subject),
    ['move url_for to the app'],
  )
  assert.deepEqual(commitsNaming([commit('a', 'run faster')], place.path, ['App.run'], []), [])
})

test('ranks the commit whose message matches the question first, however few lines it wrote', () => {
  const origins = [
    { hash: 'a'.repeat(40), seconds: 0, subject: 'reformat', body: '', lines: 30 },
    {
      hash: 'b'.repeat(40),
      seconds: 86400,
      subject: 'retry when the gateway times out',
      body: 'See the report.',
      lines: 1,
    },
  ]
  const pack = { budget: 1000, tokens: 0, blocks: [], dropped: [], omitted: 0, trace: [], mode: 'retrieved' }
  const context = { notes: [], hits: [], packs: [pack] } as unknown as Context
  const question = 'why is there a retry after a gateway timeout'
  const reasoned = withCommitBlocks(context, question, [{ place, origins }], ({ text }) => ({
    tokens: text.length,
    chars: text.length,
  }))
  assert.deepEqual(
    commitStatements(reasoned).map(({ text, quote }) => [text, quote]),
    [
      [`commit ${'b'.repeat(10)} 1970-01-02 (1 of the lines): retry when the gateway times out`, ['See the report.']],
      [`commit ${'a'.repeat(10)} (30 of the lines): reformat`, []],
    ],
  )
})
