/** Past commits against the real `git`: their hunks, traced to current lines, agree with `git blame`. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { readCommits } from '../../src/engine/ingest/read-commits.ts'
import { traceLines } from '../../src/engine/retrieve/trace-lines.ts'
import type { Commit, Tree } from '../../src/engine/types/tree.ts'
import { gitHistory } from '../../src/host/git-history.ts'

const NAMES = ['a.txt', 'b c.txt']

function repository(): string {
  const root = mkdtempSync(join(tmpdir(), 'fovea-commits-'))
  after(() => rmSync(root, { recursive: true, force: true }))
  git(root, 'init', '-q')
  return root
}

function git(root: string, ...args: string[]): string {
  const who = ['-c', 'user.name=a', '-c', 'user.email=a@example.org', '-c', 'commit.gpgsign=false']
  return execFileSync('git', [...who, '-C', root, ...args], { encoding: 'utf8' })
}

/** A small seeded random number generator. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** Commits of random edits: lines inserted, deleted and changed in both files. */
function edit(root: string, from: number, to: number, texts: Map<string, string[]>): void {
  for (let n = from; n < to; n++) {
    const random = numbers(n + 7)
    for (const name of NAMES) {
      const lines = texts.get(name) ?? []
      for (let k = 0; k < 1 + random(3); k++) {
        const at = random(lines.length + 1)
        const fresh = Array.from({ length: random(4) }, (_, i) => `line ${n} ${k} ${i}`)
        lines.splice(at, random(3), ...fresh)
      }
      texts.set(name, lines)
      writeFileSync(join(root, name), lines.map((line) => `${line}\n`).join(''))
    }
    git(root, 'add', '-A')
    git(root, 'commit', '-q', '--allow-empty', '-m', `edit ${n}\n\nbody of ${n}\n\nSigned-off-by: a`)
  }
}

function treeOf(root: string, commits: readonly Commit[], head: string | null): Tree {
  const entries = NAMES.map((name) => ({ path: name, root: 0, inner: name, size: 0, mtime: 0, key: '' }))
  return { roots: [root], entries, commits, heads: [head], historyRead: true, complete: true } as unknown as Tree
}

/** For each file and line, the hash of the commit that wrote it. */
function blame(root: string, name: string): string[] {
  const text = git(root, 'blame', '--line-porcelain', name)
  return text.split('\n').flatMap((line) => /^([0-9a-f]{40}) \d+ \d+/.exec(line)?.[1] ?? [])
}

test('lines traced to each commit match git blame, whether read at once or in steps', async () => {
  const root = repository()
  const texts = new Map<string, string[]>()
  edit(root, 0, 12, texts)
  const early = git(root, 'rev-parse', 'HEAD').trim()
  const { commits: before } = await readCommits(gitHistory, treeOf(root, [], null), null, [early])
  edit(root, 12, 25, texts)
  const head = git(root, 'rev-parse', 'HEAD').trim()
  const { commits: grown } = await readCommits(gitHistory, treeOf(root, [], null), treeOf(root, before, early), [head])
  const { commits: whole } = await readCommits(gitHistory, treeOf(root, [], null), null, [head])
  assert.deepEqual(grown, whole)
  assert.equal(whole[0]?.body, 'body of 24')
  const touched = traceLines(whole)
  let lines = 0
  for (const name of NAMES)
    blame(root, name).forEach((hash, i) => {
      const writer = whole.findIndex((commit) => commit.hash === hash)
      const has = touched[writer]?.some(
        ({ path, firstLine, lastLine }) => path === name && firstLine <= i + 1 && lastLine >= i + 1,
      )
      assert.ok(has, `${name}:${i + 1} was written by ${whole[writer]?.subject}`)
      lines++
    })
  assert.ok(lines > 30)
})

test('rereads a rewritten history, and without git has none', async () => {
  const root = repository()
  edit(root, 0, 4, new Map())
  const old = git(root, 'rev-parse', 'HEAD').trim()
  const { commits: before } = await readCommits(gitHistory, treeOf(root, [], null), null, [old])
  git(root, 'commit', '-q', '--amend', '-m', 'another subject')
  const head = git(root, 'rev-parse', 'HEAD').trim()
  const { commits } = await readCommits(gitHistory, treeOf(root, [], null), treeOf(root, before, old), [head])
  assert.deepEqual(
    commits.map(({ subject }) => subject),
    ['another subject', 'edit 2', 'edit 1', 'edit 0'],
  )
  const none = mkdtempSync(join(tmpdir(), 'fovea-none-'))
  after(() => rmSync(none, { recursive: true, force: true }))
  assert.deepEqual((await readCommits(gitHistory, treeOf(none, [], null), null, [null])).commits, [])
})

test('a shallow clone that is deepened gets the whole history', async () => {
  const root = repository()
  edit(root, 0, 6, new Map())
  const clone = mkdtempSync(join(tmpdir(), 'fovea-shallow-'))
  after(() => rmSync(clone, { recursive: true, force: true }))
  git(clone, 'clone', '-q', '--depth', '2', `file://${root}`, '.')
  const shallow = (await gitHistory.head(clone)) ?? ''
  const { commits } = await readCommits(gitHistory, treeOf(clone, [], null), null, [shallow])
  assert.equal(commits.length, 2)
  git(clone, 'fetch', '-q', '--unshallow')
  const whole = (await gitHistory.head(clone)) ?? ''
  const deepened = await readCommits(gitHistory, treeOf(clone, [], null), treeOf(clone, commits, shallow), [whole])
  assert.equal(deepened.commits.length, 6)
})

test('a history that cannot be read does not count as complete', async () => {
  const history = { ...gitHistory, commits: async () => ({ commits: [], continuesHistory: false, ok: false }) }
  assert.equal((await readCommits(history, treeOf('/none', [], null), null, ['abc'])).ok, false)
})

test('the boundary commit of a shallow clone is not named as the author of lines', async () => {
  const root = repository()
  const commit = (text: string, subject: string) => {
    writeFileSync(join(root, 'a.txt'), text)
    git(root, 'add', '.')
    git(root, 'commit', '-q', '-m', subject)
  }
  commit('one\ntwo\n', 'first')
  commit('one\ntwo\nthree\n', 'second')
  const subjects = async (at: string) => (await gitHistory.blame(at, 'a.txt', 1, 3)).map(({ subject }) => subject)
  assert.deepEqual(await subjects(root), ['first', 'second'])
  const clone = repository()
  git(clone, 'fetch', '-q', '--depth', '1', `file://${root}`, 'HEAD')
  git(clone, 'checkout', '-q', 'FETCH_HEAD')
  assert.deepEqual(await subjects(clone), [])
})
