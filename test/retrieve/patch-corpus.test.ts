/** A corpus patched after edits equals the corpus of a fresh index of the same files. */
import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { openParser, type SyntaxParser } from '../../src/engine/ingest/parse/parse.ts'
import { recordFile } from '../../src/engine/ingest/parse/record.ts'
import { buildCorpus, type Corpus } from '../../src/engine/retrieve/corpus.ts'
import { patchCorpus } from '../../src/engine/retrieve/patch-corpus.ts'
import { openRetriever, reopenRetriever } from '../../src/engine/retrieve/retrieve.ts'
import { FIELDS, type FileRecord } from '../../src/engine/types/chunk.ts'
import type { Tree } from '../../src/engine/types/tree.ts'
import { grammars } from '../../src/host/assets.ts'

const FILES = 60
/** Never yields: nothing else runs here. */
const clock = { yieldTurn: async () => {} }
const WORDS = 'alpha beta gammaRay deltas delta parse parser parsing store stored tree'.split(' ')
let parser: SyntaxParser

before(async () => {
  parser = await openParser(grammars)
})

/** A small seeded generator of numbers below n. */
function dice(seed: number): (n: number) => number {
  let state = seed
  return (n) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return (state >> 8) % n
  }
}

function sourceOf(next: (n: number) => number): string {
  const word = () => WORDS[next(WORDS.length)]!
  const one = (i: number) =>
    `/** ${word()} the ${word()} */\nexport function ${word()}${i}(${word()}: string) {\n  return ${word()}${next(40)}(${word()})\n}\n`
  return Array.from({ length: next(9) }, (_, i) => one(i)).join('\n'.repeat(1 + next(30)))
}

const recordOf = (path: string, text: string) => recordFile(parser, path, Buffer.from(text))

const nameOf = (i: number) => `src/${WORDS[i % 3]}/f${i}.ts`

function treeOf(paths: readonly string[], records: readonly FileRecord[]): Tree {
  const entries = records.map(({ key }, i) => {
    const path = paths[i]!
    return { path, root: 0, inner: path, size: 1, mtime: 1, key }
  })
  const none = new Uint32Array()
  const edges = {
    ...{ kind: new Uint8Array(), fromFile: none, fromSymbol: new Int32Array(), toFile: none },
    ...{ toSymbol: new Int32Array(), weight: new Float32Array(), line: none },
  }
  return {
    ...{
      id: 't',
      roots: ['/r'],
      entries,
      skipped: [],
      clusters: [],
      edges,
      embedder: '',
      heads: [],
      historyRead: true,
      commits: [],
    },
    ...{ chunks: 0, at: 1, complete: true },
  }
}

/** Everything that can be queried of a corpus, with terms by their text. */
function shapeOf(corpus: Corpus) {
  const postings = [...corpus.vocabulary.keys()].flatMap((text) => {
    const term = corpus.term(text)
    if (term === undefined) return []
    // Terms that occur only in paths are numbered beyond the postings.
    const from = corpus.offsets[term] ?? 0
    const to = corpus.offsets[term + 1] ?? from
    const rows = Array.from(corpus.rows.subarray(from, to))
    const counts = Array.from(corpus.counts.subarray(from * FIELDS, to * FIELDS))
    return [[text, rows, counts, corpus.inPath.get(term) ?? []] as const]
  })
  const stands = (text: string) => corpus.term(text) !== undefined
  const families = [...corpus.families]
    .map(([family, terms]) => [family, terms.filter(stands).sort()] as const)
    .filter(([family, terms]) => terms.length > 1 || (terms.length === 1 && terms[0] !== family))
  return {
    postings: postings.sort(([a], [b]) => (a < b ? -1 : 1)),
    families: families.sort(([a], [b]) => (a < b ? -1 : 1)),
    definitions: [...corpus.definitions].sort(([a], [b]) => (a < b ? -1 : 1)),
    chunks: corpus.chunks.map(({ id }) => id),
    roles: corpus.roles.map((roles) => [...Object.entries(roles)]),
    folders: corpus.folders,
    flat: [
      corpus.pathLengths,
      corpus.fileOf,
      corpus.firstChunk,
      corpus.norms,
      corpus.isFunction,
      corpus.fileLengths,
      corpus.splitSymbols,
    ],
  }
}

const linesOf = (shape: ReturnType<typeof shapeOf>) =>
  Object.entries(shape).flatMap(([name, rows]) => rows.map((row) => `${name} ${JSON.stringify(row)}`))

test('after any edits the patched corpus equals a rebuilt one', async () => {
  const next = dice(7)
  let names = Array.from({ length: FILES }, (_, i) => nameOf(i)).sort()
  let records = await Promise.all(names.map((name) => recordOf(name, sourceOf(next))))
  let corpus = await buildCorpus(treeOf(names, records), records, clock)
  for (let round = 0; round < 40; round++) {
    // Now and then a file is deleted and one added, also at the ends.
    const deleted = next(3) === 0 ? names[next(names.length)]! : ''
    const added = next(3) === 0 ? nameOf(next(2 * FILES)) : ''
    const edited = new Set(Array.from({ length: next(3) }, () => names[next(names.length)]))
    const before = new Map(names.map((name, i) => [name, records[i]!]))
    names = [...new Set([...names, ...(added ? [added] : [])])].filter((name) => name !== deleted).sort()
    records = await Promise.all(
      names.map((name) => (!edited.has(name) && before.get(name)) || recordOf(name, sourceOf(next))),
    )
    const patched = patchCorpus(corpus, treeOf(names, records), records)
    assert.ok(patched)
    // Rendering a diff of thousands of rows takes minutes, so only the first difference is compared.
    const built = await buildCorpus(treeOf(names, records), records, clock)
    const [now, anew] = [shapeOf(patched), shapeOf(built)].map(linesOf)
    assert.equal(now!.length, anew!.length)
    now!.forEach((line, i) => {
      assert.equal(line.slice(0, 500), anew![i]!.slice(0, 500))
    })
    corpus = patched
  }
})

test('what commits say about files stays with them when other files come and go', async () => {
  const names = Array.from({ length: 30 }, (_, i) => `src/m${String(i).padStart(2, '0')}.ts`)
  const records = await Promise.all(names.map((name, i) => recordOf(name, `export const a${i} = ${i}\n`)))
  const commits = names.map((path, i) => ({
    ...{ hash: String(i), subject: `Mend ${WORDS[i % 6]} of ${i}`, body: '', paths: [path], hunks: [] },
  }))
  const first = await openRetriever({ ...treeOf(names, records), commits }, records, clock)
  const [now, own] = [
    ['src/a.ts', ...names.slice(1)],
    [await recordOf('src/a.ts', ''), ...records.slice(1)],
  ]
  for (const [paths, all] of [
    [now, own],
    [
      ['src/a.ts', ...names],
      [own[0]!, ...records],
    ],
    [names.slice(1), records.slice(1)],
  ] as const) {
    const tree = { ...treeOf(paths, all), commits }
    const [patched, anew] = [await reopenRetriever(first, tree, all, clock), await openRetriever(tree, all, clock)]
    assert.notEqual(patched.corpus.vocabulary, anew.corpus.vocabulary)
    assert.equal(patched.corpus.vocabulary, first.corpus.vocabulary)
    assert.deepEqual(patched.history.churn, anew.history.churn)
    const terms = new Map([['mend', 1]])
    assert.deepEqual(patched.history.score(patched.corpus, terms), anew.history.score(anew.corpus, terms))
  }
})

test('refuses to patch many changed files', async () => {
  const names = [1, 2, 3].map((i) => `src/f${i}.ts`)
  const records = await Promise.all(names.map((name, i) => recordOf(name, `export const a${i} = ${i}\n`)))
  const corpus = await buildCorpus(treeOf(names, records), records, clock)
  const others = ['x.ts', 'y.ts', 'z.ts']
  assert.equal(patchCorpus(corpus, treeOf(others, records), records), null)
  assert.equal(patchCorpus(corpus, treeOf(names.slice(2), records.slice(2)), records.slice(2)), null)
  const all = await Promise.all(names.map((name, i) => recordOf(name, `export const c${i} = ${i}\n`)))
  assert.equal(patchCorpus(corpus, treeOf(names, all), all), null)
})
