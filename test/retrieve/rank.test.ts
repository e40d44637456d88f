/** What ranks first for questions as people ask them, and that every hit explains itself. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SIGNALS } from '../../src/engine/measure.ts'
import { planQuery } from '../../src/engine/retrieve/plan-query.ts'
import { loadEmbedding } from '../../src/host/embedder-weights.ts'
import { openWorld, type WorldOptions } from '../engine.ts'
import { noHistory, testRun } from '../fixture.ts'

const APP = `
  //- /src/session/store.py
  class SessionStore:
      """Keeps sessions of users."""

      def save_session(self, session):
          """Writes one session."""
          self.backend.write(session.key, session.dump())

  //- /src/session/cookie.py
  from .store import SessionStore

  def read_cookie(request):
      return request.cookies.get("session")

  //- /src/render/template.py
  def render(name, context):
      return lookup(name).render(context)

  //- /tests/test_store.py
  from src.session.store import SessionStore

  def test_save_session():
      SessionStore().save_session(None)

  //- /docs/guide.md
  # Templates

  How a template is rendered.
`

async function first(question: string, options: WorldOptions = {}): Promise<string> {
  const { engine, index } = await openWorld(APP, options)
  await index()
  return (await engine.context(testRun(), { text: question, budgets: [500] })).hits[0]?.path ?? ''
}

test('ranks for an identifier, a path, a stack frame and plain words', async () => {
  assert.equal(await first('where is save_session?'), 'src/session/store.py')
  assert.equal(await first('What does src/render/template.py do?'), 'src/render/template.py')
  assert.equal(
    await first('Crash\n\n  File "/opt/app/src/session/cookie.py", line 4, in read_cookie'),
    'src/session/cookie.py',
  )
  assert.equal(await first('How are sessions of users kept?'), 'src/session/store.py')
})

test('tests rank lower unless the question asks for them', async () => {
  assert.equal(await first('save_session'), 'src/session/store.py')
  assert.equal(await first('Which test covers save_session?'), 'tests/test_store.py')
})

test('past commits show where similar changes were made', async () => {
  const commit = { hash: 'abc', subject: 'Fix frobnication of widgets', body: '', hunks: [] }
  const commits = [{ ...commit, paths: ['src/render/template.py'] }]
  const history = {
    ...noHistory,
    commits: async () => ({ commits, continuesHistory: false, ok: true }),
    head: async () => 'abc',
  }
  assert.equal(await first('frobnication', { ports: { history } }), 'src/render/template.py')
})

test('every hit lists its score parts, and their order is stable', async () => {
  const { engine, index } = await openWorld(APP)
  await index()
  const ask = async () => (await engine.context(testRun(), { text: 'session store', budgets: [300] })).hits
  const hits = await ask()
  assert.ok(hits.length >= 3 && hits.every(({ why }) => why.some(({ value }) => value > 0)))
  assert.deepEqual(await ask(), hits)
})

test('a plan holds identifiers, paths, modules and the level', () => {
  const plan = planQuery('Why does `Session.save_all` fail in app/models/user.py?\nimport flask.sessions')
  assert.equal(plan.level, 'interpretable rationale')
  assert.deepEqual([...plan.identifiers.keys()].sort(), ['flask', 'saveall', 'session', 'sessions', 'user'].sort())
  assert.deepEqual(plan.paths, ['app/models/user.py'])
  assert.ok(plan.modules.includes('flask.sessions'))
})

test('matches synonyms of a name and other forms of a word', async () => {
  const { engine, index } = await openWorld(`
    //- /src/a.ts
    export class LockFile {}
    //- /src/b.ts
    export function frameDecoder() {}
    //- /src/c.ts
    // a lock of some kind, and a file of another
    export const other = 1
  `)
  await index()
  const best = async (text: string) =>
    (await engine.context(testRun(), { text, budgets: [300] })).hits[0]?.path ?? 'nothing'
  assert.equal(await best('Where is the lock file written?'), 'src/a.ts')
  assert.equal(await best('how are frames decoded'), 'src/b.ts')
})

test('answers a question that shares no word with the code by meaning, and says so', async () => {
  const embedding = await loadEmbedding({ warn: (_, message) => assert.fail(message) })
  const { engine, index } = await openWorld(
    `
    //- /src/wire.ts
    export function openSocket(host: string, port: number) {
      return connectTcp(host, port)
    }
    //- /src/paint.ts
    export function fillRectangle(color: string, width: number, height: number) {
      canvas.draw(color, width, height)
    }
  `,
    { ports: { embedding } },
  )
  await index()
  const ask = (without: string[]) =>
    engine
      .context(testRun(), { text: 'network endpoints', budgets: [300], withoutSignals: without })
      .then(({ hits }) => hits)
  const hits = await ask([])
  assert.equal(hits[0]?.path, 'src/wire.ts')
  assert.ok(hits[0].why.some(({ part }) => part === 'alike in meaning'))
  assert.deepEqual(await ask(['meaning']), [])
})

test('each signal can be disabled by name', async () => {
  const { engine, index } = await openWorld(APP)
  await index()
  const ask = (without: readonly string[]) =>
    engine.context(testRun(), { text: 'SessionStore in src/session/store.py', budgets: [300], withoutSignals: without })
  const all = await ask([])
  for (const name of SIGNALS) assert.ok((await ask([name])).hits.length > 0, name)
  assert.notEqual((await ask(['mention'])).hits[0]?.score, all.hits[0]?.score)
})

test('says when no word of the question occurs in the code, and priors do not lead the ranking', async () => {
  const embedding = await loadEmbedding({ warn: assert.fail })
  const { engine, index } = await openWorld(APP, { ports: { embedding } })
  await index()
  const ask = (text: string) => engine.context(testRun(), { text, budgets: [500] })
  const guess = await ask('persist authenticated visitors')
  assert.match(guess.notes.join(), /No word of the question occurs in the code/)
  for (const { why } of guess.hits) assert.ok(!why.some(({ part }) => /match|length/.test(part)))
  assert.deepEqual((await ask('save_session')).notes, [])
  assert.match((await ask('the')).notes.join(), /no word that can be searched/)
})

test('reads the error in the middle of a long log, and says that not everything was read', async () => {
  const { engine, index } = await openWorld(APP)
  await index()
  const noise = 'INFO everything is fine here, nothing to see\n'.repeat(900)
  const trace =
    'Traceback (most recent call last):\n  File "/opt/src/render/template.py", line 2, in render\nKeyError: 1\n'
  const { hits, notes } = await engine.context(testRun(), { text: noise + trace + noise, budgets: [500] })
  assert.equal(hits[0]?.path, 'src/render/template.py')
  assert.match(notes.join(), /characters \d+ were read/)
})
