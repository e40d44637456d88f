/** The published form of results: other programs depend on its keys and values. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { publishedJson } from '../../src/cli/json.ts'

test('published JSON keeps the first names, codes and empty texts', () => {
  assert.deepEqual(
    publishedJson({
      error: null,
      note: null,
      blocks: [{ path: 'a.ts', firstLine: 1, lastLine: 2, symbols: ['A', 'A.b'], resolution: 'trimmed', commits: [] }],
      related: [{ name: null, certain: true }],
      changes: [{ path: 'b.ts', from: null, hash: null, before: null }],
    }),
    {
      error: '',
      note: '',
      blocks: [{ path: 'a.ts', start: 1, end: 2, symbol: 'A, A.b', resolution: 'r1', commits: undefined }],
      related: [{ name: '', sure: true }],
      changes: [{ path: 'b.ts', from: '', hash: '', before: null }],
    },
  )
})
