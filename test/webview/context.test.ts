/** The Context view in a browser: each state, what its buttons post, its map, and accessibility. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import axe from 'axe-core'
import type { Block, Pack, PackTrace } from '../../src/engine/types/pack.ts'
import type { Override } from '../../src/engine/types/query.ts'
import type { ContextMessage, ContextState, ToContext } from '../../src/protocol/messages.ts'
import { isPinned, nextLevel, overrideFor, togglePin, withoutOverride } from '../../src/webview/context/overrides.ts'
import { openViews, type Theme, type View, type Views } from './page.ts'

const BLUEPRINTS = 'src/flask/sansio/blueprints.py'
const MAP = 'src/flask (24) · tests (30)\ntopics: blueprint register url'

const LOG =
  '0123456789 2023-04-12 (12 of the lines): Refuse a second name\n  Two blueprints of one name\n  shadowed each other.'

type Row = [
  place: string,
  resolution: Block['resolution'],
  tokens: number,
  text: string,
  shown: [number, number][],
  why: [string, number][],
]

/** Two folders (and the map), six files, every level of detail, and commits. */
const ROWS: readonly Row[] = [
  [' 0 0 ', 'folder card', 60, MAP, [], [['repository map', 0]]],
  [
    `${BLUEPRINTS} 213 216 Blueprint._check_setup_finished`,
    ...([
      'full',
      140,
      'def _check_setup_finished(self, name):\n    """Guards."""\n⋯ 1-2\n    raise AssertionError',
    ] as const),
    [[213, 216]],
    [
      ['name match', 0.91],
      ['terms', 0.7],
      ['past commits', 0.4],
      ['file length', -0.3],
      ['scope', 0.2],
      ['path', 0.1],
    ],
  ],
  [
    `${BLUEPRINTS} 273 377 Blueprint.register`,
    ...([
      'trimmed',
      4310,
      'def register(self, app):\n    name = self.name\n⋯ 275-300\n    for one in deferred:\n⋯ 302-377',
    ] as const),
    [
      [273, 274],
      [301, 301],
    ],
    [
      ['terms', 1.2],
      ['file length', -0.61],
    ],
  ],
  [
    'src/flask/sansio/app.py 566 590 App.register_blueprint',
    'signature',
    90,
    '566: def register_blueprint',
    [],
    [['called by Blueprint.register', 0]],
  ],
  [
    'src/flask/sansio/scaffold.py 52 80 setupmethod',
    'name',
    20,
    '52-80: function setupmethod',
    [],
    [['called by Blueprint.register', 0]],
  ],
  [
    'src/flask/sansio/scaffold.py 1 50 ',
    'full',
    2600,
    'import typing\n'.repeat(50).trimEnd(),
    [[1, 50]],
    [['terms', 0.3]],
  ],
  [
    'tests/test_blueprints.py 10 12 test_setup_after_registration',
    'full',
    160,
    'def test_setup():\n    a\n    b',
    [[10, 12]],
    [['terms', 0.5]],
  ],
  ['tests/test_basic.py 0 0 ', 'file card', 22, 'test_options, test_request', [], [['terms', 0.1]]],
  ['tests/conftest.py 0 0 ', 'file card', 12, '', [], [['terms', 0.1]]],
  [`${BLUEPRINTS} 273 377 Blueprint.register`, 'log', 70, LOG, [], [['past commits', 0]]],
]

const BLOCKS = ROWS.map(([place, resolution, tokens, text, shown, parts], i): Block => {
  const [path = '', start, end, symbol = ''] = place.split(' ')
  const why = parts.map(([part, value]) => ({ part, value }))
  return {
    id: `b${i + 1}`,
    path,
    firstLine: Number(start),
    lastLine: Number(end),
    symbols: symbol ? [symbol] : [],
    resolution,
    tokens,
    text,
    shown,
    why,
    hash: '',
  }
})

const TRACE: PackTrace = {
  ...{ route: null, level: 'explicit fact', terms: 4, files: 9, chunks: 60, blocks: [], budget: 8000 },
}

const PACK: Pack = {
  ...{ budget: 8000, tokens: 7414, chars: 29_000, mode: 'retrieved', blocks: BLOCKS, leftOut: 41, trace: TRACE },
  dropped: [
    {
      path: 'src/flask/app.py',
      firstLine: 700,
      lastLine: 760,
      symbol: 'Flask.add_url_rule',
      tokens: 620,
      reason: 'over budget',
    },
    { path: 'src/flask/scaffold.py', firstLine: 90, lastLine: 120, symbol: '', tokens: 310, reason: 'over budget' },
    {
      path: 'examples/copy.py',
      firstLine: 1,
      lastLine: 20,
      symbol: 'copy',
      tokens: 0,
      reason: `same text as ${BLUEPRINTS}`,
    },
  ],
}

const INDEX = {
  ...{ phase: 'ready', stage: null, percent: 0, files: 233, error: null, fallback: null, restricted: false },
} satisfies ContextState['index']

const AREAS = `${BLUEPRINTS} 690 src/flask/sansio/app.py 1010 src/flask/sansio/scaffold.py 800 src/flask/app.py 1530
  src/flask/cli.py 1130 src/flask/helpers.py 640 src/flask/json/tag.py 330 src/flask/json/provider.py 220
  tests/test_basic.py 1960 tests/test_blueprints.py 1120 tests/conftest.py 130 docs/blueprints.rst 320 docs/api.rst 710
  examples/tutorial/blog.py 125 README.md 60`
  .split(/\s+(?=\D)/)
  .map((one) => ({ path: one.split(' ')[0]!, lines: Number(one.split(' ')[1]), folder: false }))

const FILES =
  `${BLUEPRINTS} src/flask/sansio/app.py tests/test_blueprints.py src/flask/sansio/scaffold.py src/flask/app.py
  docs/blueprints.rst tests/test_basic.py tests/conftest.py src/flask/cli.py src/flask/helpers.py docs/api.rst`
    .split(/\s+/)
    .map((path, i) => [path, 9 - i] as const)

const STATE: ContextState = {
  ...{ server: 'running', index: INDEX, question: 'how are blueprints registered, and what stops a second setup?' },
  ...{
    pack: PACK,
    notes: [],
    files: FILES,
    overrides: [],
    budget: 8000,
    mode: 'auto',
    packing: false,
    error: null,
    stale: [],
  },
  ...{
    areas: AREAS,
    clusters: [
      ['blueprint', 'register', 'url', 'prefix'],
      ['json', 'tag', 'dumps'],
    ],
  },
}

let views: Views
let view: View<ContextMessage, ToContext>

before(async () => {
  views = await openViews('context')
  view = await views.open({ width: 700, height: 800 })
})
after(() => views.close())

const show = (state: Partial<ContextState>) => view.send({ type: 'state', state: { ...STATE, ...state } })
const texts = (selector: string) => view.page.locator(selector).allInnerTexts()
const text = async (selector: string) => (await texts(selector))[0] ?? ''
const press = async (name: string | RegExp, within = '#root') => {
  await view.page.locator(within).getByRole('button', { name, exact: true }).first().click()
  return view.posted()
}
const row = (id: string) => `[data-id=${id}]`
const placeOf = (id: string) => {
  const { path, firstLine, lastLine } = BLOCKS.find((block) => block.id === id)!
  return { path, firstLine, lastLine }
}

test('overrides: the later one for the same lines wins, and a pin can be removed', () => {
  const place = { path: 'a.ts', firstLine: 3, lastLine: 9 }
  const other: Override = { path: 'a.ts', firstLine: 3, lastLine: 10, kind: 'drop' }
  const once = overrideFor([other], place, 'pin')
  assert.deepEqual(once, [other, { ...place, kind: 'pin' }])
  assert.deepEqual(overrideFor(once, place, 'signature'), [other, { ...place, kind: 'signature' }])
  assert.deepEqual(togglePin(once, place), [other])
  assert.deepEqual(withoutOverride(once, other), [{ ...place, kind: 'pin' }])
  const whole = overrideFor([], { path: 'a.ts', firstLine: 0, lastLine: 0 }, 'pin')
  assert.ok(isPinned(whole, place))
  assert.ok(!isPinned(whole, { ...place, path: 'b.ts' }))
  assert.deepEqual(togglePin(whole, place), [])
  // The block of the pinned lines was joined with its neighbours.
  const joined = { path: 'a.ts', firstLine: 1, lastLine: 32 }
  assert.ok(isPinned([{ ...place, kind: 'pin' }], joined))
  assert.deepEqual(togglePin([{ ...place, kind: 'pin' }], joined), [])
  assert.ok(!isPinned([{ ...joined, kind: 'pin' }], place))
})

test('overrides: moves along the resolution ladder and stops at its ends', () => {
  const towards = (way: 'finer' | 'coarser') =>
    (['full', 'trimmed', 'signature', 'name', 'file card', 'folder card', 'log'] as const).map((resolution) =>
      nextLevel({ resolution }, way),
    )
  assert.deepEqual(towards('finer'), [null, 'full', 'trimmed', 'signature', 'pin', null, null])
  assert.deepEqual(towards('coarser'), ['trimmed', 'signature', 'name', null, null, null, null])
})

test('reports that it is ready, and shows the question, the cost and the blocks', async () => {
  assert.deepEqual(await view.posted(), [{ type: 'ready' }])
  await show({})
  assert.equal(await view.page.locator('.question').getAttribute('title'), STATE.question)
  assert.equal(await text('.tokens'), '7.4k of 8k tokens')
  const meter = view.page.getByRole('meter')
  assert.equal(await meter.getAttribute('aria-valuenow'), '7414')
  assert.match(
    (await meter.getAttribute('aria-valuetext'))!,
    /full 2.9k, trimmed 4.3k, signature 90, name 20, file card 34, map 60, commits 70/,
  )
  assert.equal(await view.page.locator('.meter > .segment').count(), 7)
  assert.deepEqual(await texts('.block .number'), [
    ...['[1]', '[2]', '[3]', '[10]', '[4]', '[5]', '[6]', '[7]', '[8]', '[9]'],
  ])
  assert.deepEqual(await texts('.blocks h2 .label'), ['src/flask/sansio/', 'tests/'])
  assert.deepEqual(await texts('.blocks h3 .label'), [
    ...['blueprints.py', 'app.py', 'scaffold.py', 'test_blueprints.py'],
  ])
  const words = await text(row('b2'))
  assert.match(words, /Blueprint\._check_setup_finished\s+l\.213–216\s+●●●● full\s+140/)
  assert.match(words, /name match 0\.9 · terms 0\.7 · past commits 0\.4 · scope 0\.2$/)
  assert.match((await view.page.locator(`${row('b2')} .why`).getAttribute('title'))!, /path 0\.10\nfile length -0\.30/)
  assert.match(await text(row('b3')), /●●●○ trimmed/)
  assert.match(await text(row('b6')), /lines\s+l\.1–50/)
})

test('explains the legend in words, on hover and on focus', async () => {
  await show({})
  const legend = view.page.locator('.legend')
  assert.equal(await legend.isVisible(), false)
  await view.page.getByRole('meter').focus()
  assert.equal(await legend.isVisible(), true)
  assert.match(await text('.legend'), /trimmed\s+4\.3k\s+1 block/)
  await view.page.getByRole('meter').blur()
  await view.page.getByRole('meter').hover()
  assert.equal(await legend.isVisible(), true)
})

test('each state says what it is', async () => {
  const states: readonly [Partial<ContextState>, RegExp][] = [
    [{ question: '', pack: null, files: [] }, /Nothing has been asked yet\.\s+Ask in the chat/],
    [{ question: '', pack: null, index: { ...INDEX, phase: 'no folder' } }, /No folder is open/],
    [
      { pack: null, index: { ...INDEX, phase: 'indexing', percent: 40, files: 12 } },
      /Indexing, 40%: you can already ask about 12 files/,
    ],
    [{ pack: null, index: { ...INDEX, phase: 'indexing', files: 0 } }, /no file is ready for questions yet/],
    [{ index: { ...INDEX, phase: 'paused' } }, /Indexing is paused/],
    [{ index: { ...INDEX, phase: 'failed', error: 'The disk is full.' } }, /Indexing failed: The disk is full\./],
    [{ index: { ...INDEX, fallback: 'no LanceDB for this machine' } }, /The fallback store is in use: no LanceDB/],
    [{ server: 'starting' }, /is starting/],
    [{ server: 'restarting' }, /is restarting/],
    [{ server: 'stopped' }, /has stopped/],
    [{ error: 'The model cannot be reached.' }, /The model cannot be reached\.\s+Try again/],
    [{ pack: null, packing: true }, /Searching for context/],
    [{ pack: { ...PACK, blocks: [], tokens: 0 } }, /Nothing was found.*\s+233 files were searched/],
    [{ notes: ['History was cut short.'] }, /History was cut short\./],
  ]
  for (const [state, words] of states) {
    await show(state)
    assert.match(await text('main'), words)
  }
  await show({ error: 'It broke.' })
  assert.deepEqual(await press('Try again'), [{ type: 'repack' }])
})

test('the old list stays while packing', async () => {
  await show({ packing: true })
  assert.equal(await view.page.locator('main').getAttribute('aria-busy'), 'true')
  assert.equal(await view.page.getByRole('progressbar').isVisible(), true)
  assert.equal(await view.page.locator('.block').count(), BLOCKS.length)
  await show({})
  assert.equal(await view.page.locator('main').getAttribute('aria-busy'), 'false')
  assert.equal(await view.page.getByRole('progressbar').count(), 0)
})

test('pin, finer, coarser and drop post the whole list of overrides', async () => {
  const pin: Override = { ...placeOf('b7'), kind: 'pin' }
  const list = (...added: Override[]) => [{ type: 'overrides', overrides: [pin, ...added] }]
  await show({ overrides: [pin] })
  assert.deepEqual(await press(/^Pin/, row('b2')), list({ ...placeOf('b2'), kind: 'pin' }))
  assert.deepEqual(await press(/^Finer/, row('b4')), list({ ...placeOf('b4'), kind: 'trimmed' }))
  assert.deepEqual(await press(/^Coarser/, row('b4')), list({ ...placeOf('b4'), kind: 'name' }))
  assert.deepEqual(await press(/^Drop/, row('b3')), list({ ...placeOf('b3'), kind: 'drop' }))
  assert.deepEqual(
    await press(/^Finer/, row('b8')),
    list({ path: 'tests/test_basic.py', firstLine: 0, lastLine: 0, kind: 'pin' }),
  )
  const pinned = view.page.locator(row('b7')).getByRole('button', { name: /^Pinned/ })
  assert.equal(await pinned.getAttribute('aria-pressed'), 'true')
  assert.deepEqual(await press(/^Pinned/, row('b7')), [{ type: 'overrides', overrides: [] }])
  const disabled = (id: string, name: RegExp) => view.page.locator(row(id)).getByRole('button', { name }).isDisabled()
  assert.deepEqual(
    [await disabled('b2', /^Finer/), await disabled('b5', /^Coarser/), await disabled('b8', /^Coarser/)],
    [true, true, true],
  )
  assert.deepEqual([await disabled('b5', /^Finer/), await disabled('b2', /^Coarser/)], [false, false])
  assert.equal(
    await view.page
      .locator(row('b1'))
      .getByRole('button', { name: /^(Pin|Drop)/ })
      .count(),
    0,
  )
})

test('overrides are listed and can be removed one by one or all at once', async () => {
  const dropped: Override = { path: 'src/flask/cli.py', firstLine: 5, lastLine: 9, kind: 'drop' }
  const coarser: Override = { ...placeOf('b3'), kind: 'trimmed' }
  await show({ overrides: [dropped, coarser] })
  assert.match(
    await text('.overrides'),
    /2 adjustments\s+Reset\s+cli\.py l\.5–9\s+dropped\s+blueprints\.py l\.273–377\s+trimmed/,
  )
  assert.deepEqual(await press('Undo: cli.py dropped'), [{ type: 'overrides', overrides: [coarser] }])
  assert.deepEqual(await press('Reset'), [{ type: 'overrides', overrides: [] }])
  await show({ overrides: [] })
  assert.equal(await view.page.locator('.overrides').count(), 0)
})

test('supports budget, repack, copy and as sent', async () => {
  await show({ budget: 7000 })
  const select = view.page.getByRole('combobox', { name: 'Budget' })
  assert.deepEqual(await select.locator('option').allInnerTexts(), ['1k', '2k', '4k', '7k', '8k', '16k', '32k', '64k'])
  assert.equal(await select.inputValue(), '7000')
  await select.selectOption('16000')
  assert.deepEqual(await view.posted(), [{ type: 'budget', budget: 16_000 }])
  assert.deepEqual(await press('Re-pack'), [{ type: 'repack' }])
  assert.deepEqual(await press('Copy'), [{ type: 'copy' }])
  assert.deepEqual(await press('As sent'), [{ type: 'as sent' }])
})

test('the mode can be chosen, and the mode used is shown with its reason', async () => {
  await show({})
  const select = view.page.getByRole('combobox', { name: 'Mode' })
  assert.equal(await select.inputValue(), 'auto')
  assert.deepEqual(await select.locator('option').allInnerTexts(), [
    ...['automatic', 'analysis', 'whole files', 'retrieved', 'hybrid', 'map-reduce'],
  ])
  assert.equal(await text('.mode'), 'Packed as retrieved: the best matches')
  await select.selectOption('map-reduce')
  assert.deepEqual(await view.posted(), [{ type: 'mode', mode: 'map-reduce' }])
  const route = {
    ...{ mode: 'hybrid' as const, reason: 'the units compared are shown in full', scope: 'two units' },
    diffusion: { half: 1, files: 2 },
  }
  await show({ mode: 'hybrid', pack: { ...PACK, mode: 'hybrid', trace: { ...TRACE, route } } })
  assert.equal(await select.inputValue(), 'hybrid')
  assert.match(
    await text('.mode'),
    /^Packed as hybrid: .*\. Why: the units compared are shown in full; explicit fact; two units; half of/,
  )
})

test('commits behind lines have a label and a text, and cannot be overridden', async () => {
  await show({})
  assert.match(await text(row('b10')), /Blueprint\.register\s+l\.273–377\s+commits\s+70/)
  assert.equal(await view.page.locator(`${row('b10')} .actions button`).count(), 0)
  await view.page.locator(`${row('b10')} .number`).click()
  assert.deepEqual(await texts(`${row('b10')} .commit`), [
    '0123456789 2023-04-12 (12 of the lines): Refuse a second name',
  ])
  assert.equal(await view.page.locator(`${row('b10')} .message`).count(), 2)
  assert.equal(await view.page.locator(`${row('b3')} .code`).count(), 0)
  await view.page.locator(`${row('b10')} .number`).click()
})

test('a name opens its location', async () => {
  await show({})
  assert.deepEqual(await press('Blueprint.register', row('b3')), [{ type: 'open', ...placeOf('b3') }])
})

test('a block unfolds to its numbered text and stays unfolded', async () => {
  await show({})
  const number = view.page.locator(`${row('b3')} .number`)
  await number.click()
  assert.equal(await number.getAttribute('aria-expanded'), 'true')
  assert.deepEqual(
    (await view.page.locator(`${row('b3')} .line`).allTextContents()).map((line) => line.trimEnd()),
    [
      ...['273def register(self, app):', '274    name = self.name', '⋯ 275-300'],
      ...['301    for one in deferred:', '⋯ 302-377'],
    ],
  )
  // A line of the file that looks like a mark is an ordinary line.
  await view.page.locator(`${row('b2')} .number`).click()
  assert.equal(
    await view.page
      .locator(`${row('b2')} .line`)
      .nth(2)
      .textContent(),
    '215⋯ 1-2',
  )
  await show({ stale: ['b2'] })
  assert.equal(await number.getAttribute('aria-expanded'), 'true')
  for (const id of ['b2', 'b3']) await view.page.locator(`${row(id)} .number`).click()
  assert.equal(await view.page.locator('.code').count(), 0)
})

test('folders and files fold', async () => {
  await show({})
  const folder = view.page.getByRole('button', { name: 'tests/ 194' })
  await folder.click()
  assert.equal(await folder.getAttribute('aria-expanded'), 'false')
  assert.equal(await view.page.locator(row('b7')).count(), 0)
  const savedState = await view.page.evaluate<string[]>('window.kept')
  assert.deepEqual(savedState, ['folder tests/'])
  const again = await views.open<ContextMessage, ToContext>({ kept: savedState })
  await again.send({ type: 'state', state: STATE })
  assert.equal(await again.page.locator('.block').count(), BLOCKS.length - 3)
  await folder.click()
  await view.page.getByRole('button', { name: /^blueprints\.py/ }).click()
  assert.deepEqual([await view.page.locator(row('b3')).count(), await view.page.locator(row('b7')).count()], [0, 1])
  await view.page.getByRole('button', { name: /^blueprints\.py/ }).click()
})

test('counts omitted blocks, and they can be pinned', async () => {
  await show({})
  const fold = view.page.locator('section.left-out .fold')
  assert.equal(await text('section.left-out .fold'), 'left out: 41 blocks (cheapest next: scaffold.py 310)')
  await fold.click()
  assert.match(await text('section.left-out'), /Flask\.add_url_rule app\.py\s+l\.700–760\s+over budget\s+620/)
  assert.match(await text('section.left-out'), /38 more/)
  assert.deepEqual(await press('Pin Flask.add_url_rule'), [
    { type: 'overrides', overrides: [{ path: 'src/flask/app.py', firstLine: 700, lastLine: 760, kind: 'pin' }] },
  ])
  await fold.click()
})

test('stale blocks are named and marked, and can be refreshed', async () => {
  await show({ stale: ['b2', 'b3', 'b7'] })
  assert.match(
    await text('.messages'),
    /blueprints\.py changed since: \[2\] \[3\] stale\s+test_blueprints\.py changed since: \[7\] stale/,
  )
  assert.deepEqual(
    await view.page.locator('.block:has(.stale)').evaluateAll((all) => all.map((one) => one.getAttribute('data-id'))),
    ['b2', 'b3', 'b7'],
  )
  assert.deepEqual(await press('Refresh'), [{ type: 'repack' }])
})

const cell = (path: string) => view.page.locator(`.cell[data-path="${path}"]`)

test('the map supports drilling in and out, opening, marks and ranks', async () => {
  await show({})
  assert.match((await cell('src/flask/cli.py').getAttribute('aria-label'))!, /1130 lines, rank 9 for the question/)
  assert.match((await cell('src/flask/sansio').getAttribute('aria-label'))!, /best file: rank 1, partly in the context/)
  assert.equal(await cell('tests/test_basic.py').locator('.mark').count(), 1)
  assert.equal(await cell('docs/api.rst').locator('.mark').count(), 0)
  assert.match((await cell('src/flask/sansio').getAttribute('class'))!, /step5/)
  await cell('src/flask/sansio').click()
  assert.deepEqual(await texts('.trail button.name'), ['repository', 'sansio'])
  assert.equal(await view.page.locator('.cell').count(), 3)
  await cell(BLUEPRINTS).click()
  assert.deepEqual(await view.posted(), [{ type: 'open', path: BLUEPRINTS, firstLine: 1, lastLine: 1 }])
  await press('repository', '.trail')
  assert.equal(await view.page.locator('.trail button.name').count(), 1)
  assert.equal(await cell('tests/conftest.py').count(), 1)
})

test('the map is one tab stop, with arrows, Enter and Escape', async () => {
  await show({})
  const focused = () => view.page.evaluate<string>("document.activeElement.getAttribute('data-path')")
  assert.equal(await view.page.locator('.cell[tabindex="0"]').count(), 1)
  await view.page.locator('.cell[tabindex="0"]').focus()
  assert.equal(await focused(), 'src/flask')
  await view.page.keyboard.press('Tab')
  assert.equal(await focused(), null)
  await view.page.keyboard.press('Shift+Tab')
  assert.equal(await focused(), 'src/flask')
  await view.page.keyboard.press('ArrowRight')
  assert.equal(await focused(), 'tests')
  await view.page.keyboard.press('ArrowDown')
  assert.match(await focused(), /^tests\//)
  await view.page.keyboard.press('Home')
  await view.page.keyboard.press('Enter')
  assert.deepEqual(await texts('.trail button.name'), ['repository', 'src/flask'])
  assert.equal(await view.page.locator('.cell[tabindex="0"]').count(), 1)
  assert.match(await focused(), /^src\/flask\//)
  await view.page.keyboard.press('Escape')
  assert.equal(await view.page.locator('.trail button.name').count(), 1)
  await cell('tests/test_basic.py').focus()
  await view.page.keyboard.press('Enter')
  assert.deepEqual(await view.posted(), [{ type: 'open', path: 'tests/test_basic.py', firstLine: 1, lastLine: 1 }])
})

test('the map of 5,000 files has few cells, follows the view’s size, and small cells can be inspected', async () => {
  const areas = Array.from({ length: 5000 }, (_, i) => ({
    path: `packages/p${i % 37}/src/${i % 3 ? 'lib' : 'test'}/file${i}.ts`,
    lines: 20 + ((i * 7919) % 900),
    folder: false,
  }))
  await show({ areas, files: areas.slice(0, 300).map(({ path }, i) => [path, 300 - i]) })
  const count = await view.page.locator('.cell').count()
  assert.ok(count > 40 && count < 400, `${count} cells`)
  const before = await view.page.locator('.map-box > svg').getAttribute('width')
  await view.page.setViewportSize({ width: 500, height: 800 })
  await view.page.locator(`.map-box > svg:not([width="${before}"])`).waitFor()
  await view.page.setViewportSize({ width: 700, height: 800 })
  await show({ areas: areas.map(({ lines }, i) => ({ path: `all/file${i}.ts`, lines, folder: false })) })
  const flat = await view.page.locator('.cell').count()
  assert.ok(flat > 40 && flat < 400, `${flat} cells`)
  await cell('all/…').click()
  assert.match(await text('.trail'), /… \d+ more/)
})

test('is accessible in three themes, at the narrowest and the widest size', async () => {
  await view.page.evaluate(axe.source)
  const busy: Partial<ContextState> = {
    notes: ['A note.'],
    stale: ['b2'],
    overrides: [{ ...placeOf('b7'), kind: 'pin' }],
  }
  const states = [busy, { question: '', pack: null, files: [] }, { error: 'It broke.', packing: true }]
  for (const theme of ['vscode-dark', 'vscode-light', 'vscode-high-contrast'] satisfies Theme[]) {
    await view.theme(theme)
    for (const [i, state] of states.entries()) {
      await view.page.setViewportSize(i === 0 ? { width: 300, height: 700 } : { width: 1100, height: 300 })
      await show(state)
      if (i === 0) await view.page.locator(`${row('b3')} .number`).click()
      const found = await view.page.evaluate<string[]>(
        `axe.run().then(({ violations }) => violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
          .map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`,
      )
      assert.deepEqual(found, [], theme)
      const wide = await view.page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
      assert.ok(wide <= 0, `${wide} pixels too wide`)
      if (i === 0) await view.page.locator(`${row('b3')} .number`).click()
    }
  }
})

test('nothing was requested from the network, and no errors occurred', () => {
  assert.deepEqual([view.leaks, view.errors], [[], []])
})
