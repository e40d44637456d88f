/** How tasks, plans, replies and drafts are parsed. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { parseActions } from '../../src/engine/generate/actions.ts'
import { Draft, workspacePath } from '../../src/engine/generate/draft.ts'
import { patchOf } from '../../src/engine/generate/patch.ts'
import { parsePlan, readPlan } from '../../src/engine/generate/plan.ts'
import { requirementsOf } from '../../src/engine/generate/requirements.ts'
import {
  acceptChanges,
  changedLinesText,
  hunksOf,
  invertChanges,
  mergeChange,
} from '../../src/engine/generate/review.ts'
import type { FileChange } from '../../src/engine/types/generation.ts'

test('requirements are list items, or sentences, verbatim', () => {
  const texts = (task: string) => requirementsOf(task).map(({ id, text }) => `${id} ${text}`)
  assert.deepEqual(texts('Add a cache. It keeps e.g. 10 rows, see v1.2. Tests too!'), [
    'R1 Add a cache.',
    'R2 It keeps e.g. 10 rows, see v1.2.',
    'R3 Tests too!',
  ])
  assert.deepEqual(texts('# Task\nDo this:\n- one\n  and more of one\n- two\n\n1. three\n'), [
    'R1 one\n  and more of one',
    'R2 two',
    'R3 three',
  ])
  assert.deepEqual(texts('  \n---\n'), [])
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', 'B', '.', ' ', '\n', '-', '1', ':', '`', '#') }), (task) =>
      requirementsOf(task).every(({ text }) => task.includes(text) && /[aB1]/.test(text)),
    ),
  )
})

test('orders the steps of a plan, or says what is wrong with it', () => {
  const requirements = requirementsOf('- one\n- two')
  const read = (steps: unknown, reply = JSON.stringify({ steps })) =>
    readPlan(reply, { requirements, maxSteps: 4, exists: (path) => path === 'a.ts' })
  const step = (id: string, requirement: string, deps: string[] = [], path = 'a.ts') => ({
    ...{ id, goal: `make ${id}`, requirements: [requirement], deps },
    files: [{ path, action: 'edit' }],
  })
  const good = read([step('s2', 'R2', ['s1']), step('s1', 'R1')])
  assert.deepEqual('steps' in good && good.steps.map(({ id }) => id), ['s1', 's2'])
  const wrapped = read(
    [],
    `Here:\n\`\`\`json\n${JSON.stringify({ steps: [step('s1', 'R1'), step('s2', 'R2')] })}\n\`\`\`\nGood luck!`,
  )
  assert.ok('steps' in wrapped)
  const wrong = (steps: unknown, reply?: string) => {
    const found = read(steps, reply)
    assert.ok('problems' in found)
    return found.problems.join(' ')
  }
  assert.match(wrong([step('s1', 'R1')]), /Requirement R2 is in no step/)
  assert.match(wrong([step('s1', 'R1', ['s2']), step('s2', 'R2', ['s1'])]), /wait for each other/)
  assert.match(wrong([step('s1', 'R1', ['s9']), step('s2', 'R2')]), /depends on the unknown step s9/)
  assert.match(wrong([step('s1', 'R1', [], '../x.ts'), step('s2', 'R2')]), /leaves the workspace/)
  assert.match(wrong([step('s1', 'R1', [], 'b.ts'), step('s2', 'R2')]), /is to edit b\.ts, which is not there/)
  assert.match(
    wrong([step('s1', 'R7'), step('s1', 'R2')]),
    /Two steps are called s1.*refers to the unknown requirement R7/,
  )
  assert.match(wrong(null, 'I cannot do that.'), /no JSON object/)
  assert.match(wrong(null, '{"steps": [1, '), /no JSON object/)
})

test('parses a hand-written plan strictly where it matters, and never trusts it', () => {
  const plan = { task: 'a', requirements: [{ id: 'R1', text: 'a' }], steps: [] }
  assert.deepEqual(parsePlan(plan), plan)
  for (const none of [null, 1, [], {}, { ...plan, requirements: [1] }, { ...plan, steps: {} }, { ...plan, task: 7 }])
    assert.equal(parsePlan(none), null)
  const step = { id: 's1', goal: '', requirements: [], files: [], deps: [] }
  assert.deepEqual(parsePlan({ ...plan, steps: [1] })?.steps, [step])
  const odd = { id: 's1', goal: 'g', files: null, deps: [2, 's1'], requirements: 'R1' }
  assert.deepEqual(parsePlan({ ...plan, steps: [odd] })?.steps, [{ ...step, goal: 'g', deps: ['s1'] }])
})

test('reads the actions of a reply in order, and says what it cannot parse', () => {
  const reply = [
    'I look first.',
    'VIEW src/a.ts:3-9',
    'SEARCH who adds up?',
    'EDIT src/a.ts',
    '```ts',
    '<<<<<<< FIND',
    'const a = 1',
    '=======',
    'const a = 2',
    '>>>>>>> END',
    '```',
    'CREATE b/c.md',
    '<<<<<<< TEXT',
    'VIEW is a word of this text',
    '=======',
    'and a line of signs',
    '>>>>>>> END',
    'REPLACE src/a.ts:4',
    '<<<<<<< TEXT',
    '>>>>>>> END',
    'RENAME a.ts -> b.ts',
    'CHECK',
    'DONE it adds up',
  ].join('\n')
  assert.deepEqual(parseActions(reply), [
    { name: 'view', path: 'src/a.ts', firstLine: 3, lastLine: 9 },
    { name: 'search', query: 'who adds up?' },
    { name: 'edit', path: 'src/a.ts', find: 'const a = 1', text: 'const a = 2' },
    { name: 'create', path: 'b/c.md', text: 'VIEW is a word of this text\n=======\nand a line of signs' },
    { name: 'replace', path: 'src/a.ts', firstLine: 4, lastLine: 4, text: '' },
    { name: 'rename', path: 'a.ts', to: 'b.ts' },
    { name: 'check' },
    { name: 'done', evidence: 'it adds up' },
  ])
  const reasons = (text: string) => parseActions(text).map((one) => (one.name === 'invalid' ? one.reason : one.name))
  assert.deepEqual(reasons('CREATE a.ts\n<<<<<<< TEXT\nDELETE b.ts'), [
    'CREATE a.ts: its block is not closed by >>>>>>> END.',
  ])
  assert.match(reasons('EDIT a.ts\nnothing')[0]!, /no block follows/)
  const heading = (signs: string) => `EDIT a.md\n<<<<<<< FIND\nTitle\n${signs}\n=======\nTitle 2\n>>>>>>> END`
  assert.deepEqual(parseActions(heading('=====')), [
    { name: 'edit', path: 'a.md', find: 'Title\n=====', text: 'Title 2' },
  ])
  assert.match(reasons(heading('======='))[0]!, /contains ======= twice/)
  assert.deepEqual(parseActions('CREATE a.txt\n<<<<<<< TEXT\n>>>>>>> theirs\n>>>>>>>\n>>>>>>> END'), [
    { name: 'create', path: 'a.txt', text: '>>>>>>> theirs\n>>>>>>>' },
  ])
  assert.match(reasons('EDIT a.ts\n<<<<<<< FIND\nx\n>>>>>>> END')[0]!, /needs a line of =======/)
  assert.deepEqual(reasons('VIEW'), ['VIEW: name a path.'])
  assert.deepEqual(parseActions('garbage \u0000 { "tool": 1 }'), [])
})

test('paths stay within the workspace', () => {
  assert.equal(workspacePath('./src\\a.ts'), 'src/a.ts')
  for (const path of ['/etc/passwd', '../x', 'a/../../x', 'C:\\x', '', 'a/', '.git/config', 'sub/.git/hooks/x', 'a\0b'])
    assert.throws(() => workspacePath(path), path)
})

/** Files of a tree: binary bytes, odd line endings, a byte order mark. */
const FILES: Readonly<Record<string, string>> = {
  'a.ts': 'one\ntwo\nthree\n',
  'crlf.ts': 'one\r\ntwo\r\nthree\r\n',
  'bom.ts': '\uFEFFone\ntwo\n',
  'mixed.ts': 'one\r\ntwo\nthree',
  'empty.ts': '',
  'deep/b.ts': 'b\n',
}
const draftOver = () =>
  new Draft({
    read: async (path) => (path in FILES ? new TextEncoder().encode(FILES[path]) : null),
    mode: async () => 0,
  })

test('a draft reads as the disk would, and its patch turns the disk into the draft', async () => {
  const paths = fc.constantFrom(...Object.keys(FILES), 'new.ts', 'deep/new/c.ts')
  const text = fc.string({ unit: fc.constantFrom('x', 'y', '\n', ' '), maxLength: 12 })
  const step = fc.oneof(
    fc.record({ do: fc.constant('write' as const), path: paths, text }),
    fc.record({ do: fc.constant('remove' as const), path: paths, text }),
    fc.record({
      do: fc.constant('rename' as const),
      path: paths,
      text: fc.constantFrom('moved.ts', 'deep/moved.ts', 'a.ts'),
    }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 6 }), async (steps) => {
      const draft = draftOver()
      const model = new Map(Object.entries(FILES).map(([path, content]) => [path, plain(path, content)]))
      for (const one of steps) {
        const target = one.text
        const can = one.do === 'write' || (model.has(one.path) && (one.do === 'remove' || !model.has(target)))
        const work =
          one.do === 'write'
            ? draft.write(one.path, one.text)
            : one.do === 'remove'
              ? draft.remove(one.path)
              : draft.rename(one.path, target)
        if (!can) {
          await assert.rejects(work)
          continue
        }
        await work
        if (one.do === 'write') model.set(one.path, one.text)
        else {
          if (one.do === 'rename') model.set(target, model.get(one.path)!)
          model.delete(one.path)
        }
      }
      for (const path of [...Object.keys(FILES), 'new.ts', 'moved.ts', 'deep/moved.ts', 'deep/new/c.ts'])
        assert.equal(await draft.read(path), model.get(path) ?? null)
    }),
    { numRuns: 60 },
  )
})

const plain = (path: string, text: string) =>
  path === 'crlf.ts' ? text.replaceAll('\r\n', '\n') : text.replace(/^\uFEFF/, '')

test('git applies the patch of a draft, including line endings, byte order marks and missing final newlines', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fovea-patch-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(FILES)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  const draft = draftOver()
  await draft.write('a.ts', 'one\n2\nthree')
  await draft.write('crlf.ts', 'one\ntwo\nthree\nfour\n')
  await draft.write('bom.ts', 'ONE\ntwo\n')
  await draft.write('mixed.ts', 'one\r\ntwo\nthree\nfour')
  await draft.remove('empty.ts')
  await draft.rename('deep/b.ts', 'deep/c d.ts')
  await draft.write('deep/c d.ts', 'b\nc\n')
  await draft.write('new/file.ts', 'new\n')
  const changes = await draft.changes()
  execFileSync('git', ['init', '-q', folder])
  execFileSync('git', ['-C', folder, '-c', 'core.autocrlf=false', 'apply', '--whitespace=nowarn', '-'], {
    input: patchOf(changes),
  })
  const bytes = (path: string) => readFileSync(join(folder, path), 'utf8')
  for (const { path, after: text } of changes) if (text !== null) assert.equal(bytes(path), text, path)
  assert.equal(bytes('crlf.ts'), 'one\r\ntwo\r\nthree\r\nfour\r\n')
  assert.equal(bytes('bom.ts'), '\uFEFFONE\ntwo\n')
  assert.throws(() => bytes('empty.ts'))
  assert.throws(() => bytes('deep/b.ts'))
})

test('reviewing: accepting all hunks gives the change, none gives nothing; other edits are merged or conflict', async () => {
  const line = fc.constantFrom('a', 'b', 'c', 'd', '')
  const text = fc
    .tuple(fc.array(line, { maxLength: 24 }), fc.boolean())
    .map(([all, end]) => all.join('\n') + (end ? '\n' : ''))
  fc.assert(
    fc.property(text, text, (before, after) => {
      const change: FileChange = { ...{ path: 'a', from: 'a', before, after, hash: null, mode: 0 } }
      const hunks = hunksOf(change)
      assert.deepEqual(acceptChanges([change], [{ path: 'a', hunks: [] }]), before === after ? [] : [change])
      const none = [{ path: 'a', hunks: hunks.map((_, n) => n) }]
      assert.deepEqual(acceptChanges([change], none), [])
      assert.deepEqual(
        invertChanges(invertChanges([change])).map((one) => [one.before, one.after]),
        [[before, after]],
      )
    }),
  )
  const long = Array.from({ length: 20 }, (_, i) => `line ${i}`)
  const change = (at: number): FileChange => ({
    ...{ path: 'a', from: 'a', hash: null, mode: 0, before: long.join('\n') },
    after: long.map((one, i) => (i === at ? 'new' : one)).join('\n'),
  })
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }), (acceptedHunks) => {
      const at = [1, 9, 18]
      const renewed = (places: readonly number[]) =>
        long.map((one, i) => (places.includes(i) ? `new ${i}` : one)).join('\n')
      const three: FileChange = { ...change(0), after: renewed(at) }
      assert.equal(hunksOf(three).length, 3)
      const hunks = acceptedHunks.flatMap((keep, n) => (keep ? [] : [n]))
      const [taken] = acceptChanges([three], [{ path: 'a', hunks }])
      assert.equal(taken?.after ?? three.before, renewed(at.filter((_, n) => acceptedHunks[n])))
    }),
  )
  const mine = (at: number) => long.map((one, i) => (i === at ? 'mine' : one)).join('\n')
  assert.match(mergeChange(change(2), mine(15))!.after!, /new\n(?:line \d+\n)+mine/)
  assert.equal(mergeChange(change(2), mine(2)), null)
  assert.equal(mergeChange(change(2), null), null)
  assert.equal(changedLinesText(change(2)), 'a:3')
})

test('refuses to edit what is not text', async () => {
  const draft = new Draft({ read: async () => new Uint8Array([0, 1, 2]), mode: async () => 0 })
  await assert.rejects(draft.read('logo.png'), /not UTF-8 text/)
  const huge = new Draft({ read: async () => new Uint8Array(3_000_000), mode: async () => 0 })
  await assert.rejects(huge.write('huge.txt', 'x'), /too large/)
  assert.deepEqual((await draft.changes()) satisfies readonly FileChange[], [])
})
