/** `fovea bench retrieval` on small repositories: what it asks, what it hides, and that it cleans up. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { documentationQuestions } from '../../src/bench/documentation.ts'
import { type Bench, readWorld } from '../../src/bench/questions.ts'
import { gitHistory } from '../../src/host/git-history.ts'
import { openWorkspace } from '../../src/host/open.ts'
import { openScratch } from '../../src/host/scratch.ts'
import { fails, fovea, ok, temporaryFolder, writeTree } from '../cli/cli.ts'
import { parseFixture, testRun } from '../fixture.ts'

const SHOP = `
  //- /src/cart.ts
  import { priceOf } from './price.ts'

  /** What a customer is about to buy today. */
  export class Cart {
    total(items: string[]): number {
      return items.map(priceOf).reduce((a, b) => a + b, 0)
    }
  }

  export function emptied(cart: Cart): Cart {
    return new Cart()
  }
  //- /src/price.ts
  /**
   * Looks up what one article costs,
   * in cents.
   */
  export function priceOf(item: string): number {
    return item.length * 100
  }
  //- /test/cart.test.ts
  import { emptied } from '../src/cart.ts'
  import { priceOf } from '../src/price.ts'

  describe('cart', () => {
    it('is without goods after checkout', () => {
      emptied(null)
    })
    it('charges by the letter', () => {
      priceOf('pear')
    })
  })
  //- /README.md
  # Shop

  Sells things.
`

/**
 * Two later commits: at its parent, the second shares only the word `price` with the tree, and the first shares none.
 */
function repository(): { readonly dir: string; git(...args: string[]): string } {
  const dir = temporaryFolder()
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', dir, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { encoding: 'utf8' })
  git('init', '-q', '-b', 'main')
  const commit = (subject: string, from = '', to = '') => {
    const text = SHOP.replace(from, to)
    writeTree(dir, parseFixture(text))
    git('add', '-A')
    git('commit', '-q', '-m', subject)
  }
  commit('Open the shop')
  commit('Zanzibar quokka flibbertigibbet', 'item.length * 100', 'item.length * 101')
  commit('Round price down to dozens', 'item.length * 100', 'item.length * 144')
  return { dir, git }
}

const bench = (dir: string, tmp: string, ...args: string[]) =>
  fovea(['bench', 'retrieval', '--dir', dir, ...args], { env: { TMPDIR: tmp, TMP: tmp, TEMP: tmp } })

interface AskedJson {
  readonly generator: string
  readonly text: string
  readonly gold: readonly { readonly path: string; readonly lines: readonly number[] }[]
  readonly ranks: Readonly<Record<string, number>>
}

test('asks three kinds of questions, hides history after the parent commit, and leaves nothing behind', async () => {
  const { dir, git } = repository()
  const tmp = temporaryFolder()
  const before = git('status', '--porcelain') + git('for-each-ref') + git('worktree', 'list')
  const { out } = await ok(bench(dir, tmp, '--json', '--ablate'))
  const { rows, asked, ablation, seed, budgets } = JSON.parse(out)
  const byText = new Map((asked as AskedJson[]).map((question) => [question.text, question]))
  assert.deepEqual([...byText.keys()].sort(), [
    'Looks up what one article costs, in cents.',
    'Round price down to dozens',
    'What a customer is about to buy today.',
    'Zanzibar quokka flibbertigibbet',
    'cart charges by the letter',
    'cart is without goods after checkout',
  ])
  const goldOf = (text: string) => byText.get(text)?.gold
  assert.deepEqual(goldOf('Looks up what one article costs, in cents.'), [{ path: 'src/price.ts', lines: [5, 6, 7] }])
  assert.deepEqual(goldOf('cart is without goods after checkout'), [{ path: 'src/cart.ts', lines: [10, 11, 12] }])
  assert.deepEqual(goldOf('Round price down to dozens'), [{ path: 'src/price.ts', lines: [6] }])
  assert.equal(byText.get('Round price down to dozens')?.ranks.Fovea, 1)
  // Only the commit itself contains these words, so windows find nothing; the scratch test below asserts that history
  // is cut.
  assert.equal(byText.get('Zanzibar quokka flibbertigibbet')?.ranks['BM25 windows'], 0)
  assert.equal(seed, 1)
  for (const generator of ['documentation', 'tests', 'commits', 'all'])
    for (const system of ['Fovea', 'BM25 windows']) {
      const row = rows.find((one: (typeof rows)[0]) => one.generator === generator && one.system === system)
      assert.equal(row.questions, generator === 'all' ? 6 : 2)
      for (const name of ['files', 'lines', 'full', 'trimmed']) assert.equal(row[name].length, budgets.length)
      for (const value of [row.mrr, ...row.recall, ...row.files, ...row.lines]) assert.ok(value >= 0 && value <= 1)
    }
  assert.ok(ablation.some((row: (typeof ablation)[0]) => row.without === 'past' && row.generator === 'all'))
  assert.deepEqual(readdirSync(tmp), [])
  assert.equal(git('status', '--porcelain') + git('for-each-ref') + git('worktree', 'list'), before)
})

test('says in one sentence which questions cannot be asked, and runs the rest', async () => {
  const { dir, git } = repository()
  const tmp = temporaryFolder()
  const shallow = temporaryFolder()
  git('clone', '-q', '--depth', '1', `file://${dir}`, shallow)
  const { out } = await ok(bench(shallow, tmp))
  assert.match(out, /! No questions from commits: The history is too short, as in a shallow clone/)
  assert.match(out, /^documentation +Fovea +2 /m)
  rmSync(join(shallow, '.git'), { recursive: true })
  rmSync(join(shallow, 'test'), { recursive: true })
  const bare = (await ok(bench(shallow, tmp))).out
  assert.match(bare, /! No questions from commits: .* is in no git repository with a commit\./)
  assert.match(bare, /! No questions from tests: No test in a file of its own/)
  rmSync(join(shallow, 'src', 'cart.ts'))
  rmSync(join(shallow, 'src', 'price.ts'))
  await fails(bench(shallow, tmp), 1, /No questions can be made from .*documentation: No function .*tests: .*commits: /)
  await fails(bench(join(dir, 'none'), tmp), 1, /does not exist/)
  await fails(bench(dir, tmp, '--questions', '0'), 2, /--questions must be a whole number from 1 to \d+, not 0/)
  await fails(bench(dir, tmp, '--dir', dir), 2, /measures one folder/)
  assert.deepEqual(readdirSync(tmp), [])
})

test('Ctrl-C leaves nothing behind', async () => {
  const { dir } = repository()
  const tmp = temporaryFolder()
  const { code, err } = await fovea(['bench', 'retrieval', '--dir', dir, '--ablate'], {
    env: { TMPDIR: tmp, TMP: tmp, TEMP: tmp },
    started: (child) => {
      child.stderr?.on('data', (data) => {
        if (String(data).includes('documentation: ')) child.kill('SIGINT')
      })
    },
  })
  assert.equal(code, 1, err)
  assert.match(err, /Stopped/)
  assert.deepEqual(readdirSync(tmp), [])
})

test('no block of the copy contains the sentence that is asked', async (t) => {
  process.env.FOVEA_HOME = temporaryFolder()
  const { dir } = repository()
  const open = async (root: string) => {
    const engine = await openWorkspace([root], { warn: () => {} })
    t.after(() => engine.close())
    await engine.index(testRun())
    return readWorld(engine, root)
  }
  const setting: Bench = {
    signal: new AbortController().signal,
    count: 9,
    seed: 1,
    world: await open(dir),
    folder: temporaryFolder(),
    open,
    refuse: (_, sentence) => assert.fail(sentence),
  }
  let n = 0
  for await (const { question, world } of documentationQuestions(setting)) {
    n++
    const budgets = [100, 32_000]
    const { packs } = await world.engine.context(testRun(), { text: question.text, budgets })
    const original = await setting.world.engine.context(testRun(), { text: question.text, budgets })
    const holds = ({ packs: all }: typeof original) =>
      all.some(({ blocks }) => blocks.some(({ text }) => /customer is about|article costs/.test(text)))
    assert.ok(!holds({ ...original, packs }))
    assert.ok(holds(original), 'the original does hold it')
  }
  assert.equal(n, 2)
})

test('a scratch work tree has the history up to its commit and no more', async () => {
  const { dir, git } = repository()
  const { signal } = new AbortController()
  const scratch = await openScratch(join(dir, 'src'), join(temporaryFolder(), 'past'), signal)
  assert.ok(scratch)
  const [last] = await scratch.changes(10)
  assert.deepEqual(last?.paths, ['price.ts'])
  assert.equal(last.subject, 'Round price down to dozens')
  assert.deepEqual(await scratch.changedLines(last, 'price.ts'), [[6, 6]])
  await scratch.checkout(last.parent)
  assert.equal(await gitHistory.head(scratch.root), git('rev-parse', 'HEAD~').trim())
  const subjects = (await gitHistory.commits(scratch.root, 100, null)).commits.map(({ subject }) => subject)
  assert.deepEqual(subjects, ['Zanzibar quokka flibbertigibbet', 'Open the shop'])
  assert.equal(await openScratch(temporaryFolder(), join(temporaryFolder(), 'none'), signal), null)
})
