/** The Explain view in a browser: each state, the diagram and the tabs by keyboard, hostile names, accessibility. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import axe from 'axe-core'
import type { Locator } from 'playwright-core'
import type { ExplainMessage, ExplainState, ToExplain } from '../../src/protocol/messages.ts'
import { DIAGRAM, hostile, OFFLINE, SCENES, stateOf, WRITTEN } from './explanations.ts'
import { type Opened, openViews, type Theme, until, type View, type Views } from './page.ts'

type Explain = View<ExplainMessage, ToExplain>

let views: Views
before(async () => {
  views = await openViews('explain')
})
after(() => views?.close())

/** A test on its own page, which must raise no errors and request nothing. */
function inExplain(
  name: string,
  body: (view: Explain) => Promise<void>,
  state?: ExplainState,
  how?: Opened<unknown>,
): void {
  test(name, async () => {
    const view = await views.open<ExplainMessage, ToExplain>({ width: 700, ...how })
    try {
      view.page.setDefaultTimeout(20_000)
      assert.deepEqual(await view.posted(), [{ type: 'ready' }])
      if (state) await show(view, state)
      await body(view)
      assert.deepEqual(view.errors, [])
      assert.deepEqual(view.leaks, [])
    } finally {
      await view.close()
    }
  })
}

const show = (view: Explain, state: ExplainState) => view.send({ type: 'state', state })
const button = (view: Explain, name: string | RegExp) => view.page.getByRole('button', { name, exact: true })
const read = async (locator: Locator) => (await locator.allInnerTexts()).join('\n')
const words = (view: Explain) => read(view.page.locator('main'))
const nodeOf = (label: string) => DIAGRAM.nodes.find((node) => node.label === label)!
const box = (view: Explain, label: string) => view.page.locator(`.node[data-id="${nodeOf(label).id}"]`)
const placeOf = (label: string) => {
  const { path, firstLine, lastLine } = nodeOf(label)
  return { path, firstLine, lastLine }
}
const focused = (view: Explain) =>
  view.page.evaluate<string>('document.activeElement.ariaLabel ?? document.activeElement.innerText')

inExplain('each state says what is going on and what can be done', async (view) => {
  const again: ExplainMessage = { type: 'again' }
  const cases: [ExplainState, RegExp, string?, ExplainMessage?][] = [
    [
      stateOf(null, { working: true }),
      /Following calls[\s\S]*Facts from the index come first/,
      'Stop',
      { type: 'stop' },
    ],
    [SCENES.writing!, /Being written: Step by step · Data and state/, 'Stop', { type: 'stop' }],
    [stateOf(OFFLINE), /Read off the index; no model was asked/, 'Set up a model', { type: 'set up model' }],
    [
      stateOf(WRITTEN),
      /local\/qwen3-coder · 48,210 tokens in \(39,100 cached\), 2,210 out\s+packContext is defined in 2/,
    ],
    [stateOf(WRITTEN, { stale: true }), /Files have changed since/, 'Explain again', again],
    [
      stateOf({ ...WRITTEN, end: 'stopped' }),
      /Stopped: only the parts finished by then are shown/,
      'Explain again',
      again,
    ],
    [stateOf({ ...WRITTEN, end: 'cut' }), /Cut short/, 'Explain again', again],
    [
      stateOf({ ...OFFLINE, error: 'The key is wrong.' }),
      /Read off the index alone[\s\S]*The key is wrong/,
      'Try again',
      again,
    ],
    [SCENES.failed!, /Nothing in the index is called packContexts: check the name/, 'Try again', again],
    [stateOf(null), /Stopped before anything was found/, 'Explain again', again],
    [stateOf(OFFLINE, { server: 'starting' }), /Fovea is starting/],
    [stateOf(OFFLINE, { server: 'restarting' }), /is restarting; this view shows the previous state/],
    [stateOf(OFFLINE, { server: 'stopped' }), /restart it with the command/],
  ]
  for (const [state, says, press, message] of cases) {
    await show(view, state)
    assert.match(await words(view), says)
    assert.equal(await button(view, 'Stop').count(), state.working ? 1 : 0)
    if (press) await button(view, press).last().click()
    assert.deepEqual(await view.posted(), message ? [message] : [])
  }
})

inExplain(
  'the toolbar works, and Escape stops',
  async (view) => {
    for (const name of ['Copy', 'Open', 'As sent', 'Show context']) await button(view, name).click()
    assert.deepEqual(await view.posted(), [
      ...[{ type: 'copy' }, { type: 'save' }, { type: 'as sent' }, { type: 'show context' }],
    ])
    assert.equal(await view.page.evaluate("document.getElementById('status').textContent"), 'Copied.')
    await view.page.keyboard.press('Escape')
    await show(view, SCENES.writing!)
    await view.page.keyboard.press('Escape')
    assert.deepEqual(await view.posted(), [{ type: 'stop' }])
    assert.equal(await button(view, 'As sent').count(), 0)
    await show(view, stateOf(OFFLINE))
    await until(view.page, "document.getElementById('status').textContent === 'The explanation is complete.'")
  },
  stateOf(WRITTEN),
)

inExplain(
  'aspects are tabs: numbered steps, locations that open, and a sentence where there is nothing',
  async (view) => {
    const tab = view.page.getByRole('tab', { selected: true })
    assert.match(await read(tab), /^Step by step\s+7/)
    assert.deepEqual(await view.page.locator('.steps .number').allInnerTexts(), [
      '1',
      '1.1',
      '1.1.1',
      '1.1.2',
      '1.2',
      '1.2.1',
    ])
    assert.match(await read(view.page.locator('.reached')), /^Reached from context\.run → OpenEngine\.context/)
    assert.match(await read(view.page.getByRole('tabpanel')), /98: const builder = new PackBuilder/)
    await button(view, 'src/engine/retrieve/pack.ts:98').click()
    assert.deepEqual(await view.posted(), [
      { type: 'open', path: 'src/engine/retrieve/pack.ts', firstLine: 98, lastLine: 98 },
    ])
    await tab.focus()
    await view.page.keyboard.press('ArrowRight')
    await view.page.keyboard.press('ArrowRight')
    assert.match(await focused(view), /^Errors/)
    assert.equal(
      await read(view.page.getByRole('tabpanel', { name: 'Errors' })),
      'No line along the flow raises, catches or checks an error.',
    )
    await view.page.keyboard.press('End')
    assert.match(await read(view.page.getByRole('tabpanel')), /used in retrieveContext[\s\S]*changed together with/)
    await view.page.keyboard.press('ArrowRight')
    await view.page.keyboard.press('ArrowLeft')
    await view.page.keyboard.press('Home')
    assert.match(await focused(view), /^What it is for/)
    await view.page.keyboard.press('Tab')
    await view.page.keyboard.press('Tab')
    await view.page.keyboard.press('Enter')
    assert.deepEqual(await view.posted(), [
      { type: 'open', path: 'src/engine/retrieve/pack.ts', firstLine: 79, lastLine: 91 },
    ])
    assert.equal(await view.page.evaluate('window.kept.tab'), 'purpose')
  },
  stateOf(OFFLINE),
)

inExplain(
  'a model’s text: citations open, verdicts are shown, and the facts lie below',
  async (view) => {
    assert.match(
      await read(view.page.getByRole('region', { name: 'Summary' })),
      /into a budget\s+1[\s\S]*1 of 1 citations verified/,
    )
    const panel = view.page.getByRole('tabpanel')
    assert.match(
      await read(panel),
      /1 of 3 citations verified[\s\S]*stale: the file has[\s\S]*unsupported: the lines do not contain close/,
    )
    assert.deepEqual(await panel.locator('.markdown .cite').allInnerTexts(), ['1', '3', '3'])
    await panel.locator('[data-mark="3:12-15"]').click()
    await button(view, 'src/engine/retrieve/pack-builder.ts:28-111').click()
    assert.deepEqual(
      await view.posted(),
      [
        [12, 15],
        [28, 111],
      ].map(([start, end]) => ({
        type: 'open',
        path: 'src/engine/retrieve/pack-builder.ts',
        firstLine: start,
        lastLine: end,
      })),
    )
    // The view cannot open a browser, so an address is shown as text.
    assert.match(await read(panel), /see the paper \(https:\/\/paper\.example\),/)
    assert.equal(await panel.locator('a, [data-url], [data-act]').count(), 0)
    const fold = button(view, 'Facts read off the index 7')
    assert.equal(await fold.getAttribute('aria-expanded'), 'false')
    await fold.click()
    assert.equal(await panel.locator('.steps .number').count(), 6)
    await show(view, stateOf(WRITTEN, { stale: true }))
    assert.equal(await fold.getAttribute('aria-expanded'), 'true')
  },
  stateOf(WRITTEN),
)

inExplain(
  'while a model writes, its tabs say so and the facts are there',
  async (view) => {
    assert.equal(await view.page.locator('main').getAttribute('aria-busy'), 'true')
    assert.equal(await view.page.locator('.tab .codicon-loading').count(), 2)
    assert.match(await focusedTab(view, 'Data and state'), /being written/)
    assert.match(
      await read(view.page.getByRole('tabpanel')),
      /Writing from these facts:[\s\S]*Works on class PackBuilder/,
    )
    await show(view, stateOf(WRITTEN))
    assert.match(await read(view.page.getByRole('tabpanel')), /What a model says of state 1/)
  },
  SCENES.writing,
)

const focusedTab = async (view: Explain, name: string) => {
  await view.page.getByRole('tab', { name }).click()
  return (await view.page.getByRole('tab', { name }).textContent()) ?? ''
}

inExplain(
  'the diagram is one tab stop: arrows move, Enter opens, Shift+Enter explains',
  async (view) => {
    assert.equal(await view.page.locator('.node').count(), DIAGRAM.nodes.length + 5)
    assert.equal(await view.page.locator('.canvas .node').count(), DIAGRAM.nodes.length)
    assert.equal(await view.page.locator('.canvas [tabindex="0"]').count(), 1)
    await button(view, 'Fit to view').focus()
    await view.page.keyboard.press('Tab')
    assert.match(
      await focused(view),
      /^explained: packContext, src\/engine\/retrieve\/pack\.ts:79, called by retrieveContext, calls packWhole, addBodies/,
    )
    await view.page.keyboard.press('ArrowLeft')
    assert.match(await focused(view), /^caller: retrieveContext, /)
    await view.page.keyboard.press('ArrowRight')
    await view.page.keyboard.press('ArrowRight')
    assert.match(await focused(view), /^(step|related): /)
    for (const key of ['ArrowUp', 'ArrowUp', 'ArrowUp']) await view.page.keyboard.press(key)
    await view.page.keyboard.press('Shift+Tab')
    assert.equal(await focused(view), 'Fit to view')
    await view.page.keyboard.press('Tab')
    const label = (await focused(view)).replace(/^\w+: ([^,]+),.*/s, '$1')
    assert.equal(await view.page.locator('.canvas [tabindex="0"]').count(), 1)
    // Its edges stand out from the others.
    const lit = DIAGRAM.edges.filter(({ from, to }) => [from, to].includes(nodeOf(label).id)).length
    assert.equal(await view.page.locator('.some-lit > .line.lit').count(), lit)
    await view.page.keyboard.press('Enter')
    await view.page.keyboard.press('Shift+Enter')
    await view.page.keyboard.press('Home')
    await view.page.keyboard.press(' ')
    assert.deepEqual(await view.posted(), [
      { type: 'open', ...placeOf(label) },
      { type: 'explain', ...placeOf(label), label },
      { type: 'open', ...placeOf('packContext') },
    ])
  },
  stateOf(OFFLINE),
)

inExplain(
  'the diagram by pointer: opens, explains, distinguishes roles and edge kinds without colour, zooms, folds',
  async (view) => {
    await box(view, 'packWhole').click()
    await button(view, 'Explain packWhole').click()
    assert.deepEqual(await view.posted(), [
      { type: 'open', ...placeOf('packWhole') },
      { type: 'explain', ...placeOf('packWhole'), label: 'packWhole' },
    ])
    assert.deepEqual(
      await view.page
        .locator('.canvas .line')
        .evaluateAll((all) => [
          all.filter((one) => one.classList.contains('unsure')).length,
          all.filter((one) => one.classList.contains('extends') && one.getAttribute('marker-end') === 'url(#hollow)')
            .length,
        ]),
      [1, 1],
    )
    assert.match(
      await read(view.page.locator('.key')),
      /entry: where[\s\S]*related: implements[\s\S]*may call[\s\S]*extends or/,
    )
    assert.match(
      (await view.page.locator('.spot.entry .where').first().textContent()) ?? '',
      /^entry · context\.ts:34$/,
    )
    const width = async () => Number(await view.page.locator('.canvas > svg').getAttribute('width'))
    const [first, room] = [await width(), await view.page.locator('.canvas').evaluate((one) => one.clientWidth)]
    assert.ok(first > room, 'it is read before it is seen whole')
    const inView = await box(view, 'packContext').boundingBox()
    assert.ok(inView && inView.x > 0 && inView.x + inView.width < 700)
    await button(view, 'Zoom in').click()
    assert.ok((await width()) > first)
    await button(view, 'Fit to view').click()
    assert.ok((await width()) <= room)
    await view.page.locator('.canvas').hover()
    await view.page.keyboard.down('Control')
    await view.page.mouse.wheel(0, -200)
    await view.page.keyboard.up('Control')
    await until(view.page, `Number(document.querySelector('.canvas > svg').getAttribute('width')) > ${room}`)
    await button(view, /^Diagram/).click()
    assert.equal(await view.page.locator('.canvas').count(), 0)
    assert.deepEqual(await view.page.evaluate('window.kept.flipped'), ['diagram'])
  },
  stateOf(OFFLINE),
)

inExplain(
  'what is not covered comes last, folded if it is long',
  async (view) => {
    const section = view.page.getByRole('region', { name: 'Not covered' })
    assert.equal(await section.locator('li').count(), 0)
    await button(view, 'Not covered 7').click()
    assert.match(await read(section), /lead out of the index: performance\.now[\s\S]*3 more symbols/)
    await button(view, 'src/engine/retrieve/title.ts:5').click()
    assert.deepEqual(await view.posted(), [
      { type: 'open', path: 'src/engine/retrieve/title.ts', firstLine: 5, lastLine: 5 },
    ])
    await button(view, 'Not covered 7').click()
    await show(view, stateOf({ ...OFFLINE, notCovered: OFFLINE.notCovered.slice(0, 5) }))
    assert.equal(await section.locator('li').count(), 5)
    await show(view, stateOf({ ...OFFLINE, notCovered: [], diagram: { nodes: DIAGRAM.nodes.slice(0, 1), edges: [] } }))
    assert.equal(await section.count(), 0)
    assert.equal(await view.page.locator('.canvas').count(), 0)
  },
  stateOf(OFFLINE),
)

/** Elements that overflow the view, except those that scroll themselves. */
const OUTSIDE = `[...document.querySelectorAll('#root :not(pre *, .table *, .canvas *, .visually-hidden, .toolbar .word)')]
  .filter((one) => one.getBoundingClientRect().left < 0 || one.getBoundingClientRect().right > innerWidth)
  .map((one) => one.outerHTML.slice(0, 200))`

inExplain('hostile names do no harm and do not overflow', async (view) => {
  const bad = '#root :is(script, img, iframe, form, input, style, a[href], [onerror], [onclick], [onload], [style])'
  for (const width of [700, 300]) {
    await view.page.setViewportSize({ width, height: 700 })
    await show(view, stateOf(hostile(), { error: '<img src=x onerror=window.hacked=1>' }))
    for (const name of ['Step by step', 'Data and state']) {
      await view.page.getByRole('tab', { name }).click()
      assert.equal(await view.page.locator(bad).count(), 0)
      assert.deepEqual(await view.page.evaluate(OUTSIDE), [])
    }
  }
  const texts = await view.page
    .locator('.canvas svg svg')
    .evaluateAll((all) =>
      all.flatMap((one) => [...one.querySelectorAll('text')].map((text) => text.textContent.length)),
    )
  assert.ok(Math.max(...texts) < 60)
  await view.page.locator('.canvas .node').first().press('Enter')
  const [opened] = await view.posted()
  assert.ok(opened?.type === 'open' && opened.path.startsWith('<img'))
  assert.equal(await view.page.evaluate('window.hacked'), undefined)
})

for (const theme of ['vscode-dark', 'vscode-light', 'vscode-high-contrast'] satisfies Theme[])
  inExplain(
    `${theme}: axe finds nothing serious, nothing wider than 300 px`,
    async (view) => {
      await view.page.evaluate(axe.source)
      for (const [name, state] of Object.entries(SCENES)) {
        // Other states are made of the same components, so one theme is enough for them.
        if (theme !== 'vscode-dark' && !['offline', 'written', 'cut'].includes(name)) continue
        await show(view, state)
        const { violations } = await view.page.evaluate<axe.AxeResults>("axe.run({ resultTypes: ['violations'] })")
        const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
        assert.deepEqual(
          grave.map(({ id, nodes }) => [name, id, nodes.map(({ html }) => html)]),
          [],
        )
        await view.page.setViewportSize({ width: 300, height: 760 })
        assert.deepEqual(await view.page.evaluate(OUTSIDE), [])
        assert.ok((await view.page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')) <= 0)
        await view.page.setViewportSize({ width: 700, height: 760 })
      }
    },
    undefined,
    { theme, width: 700 },
  )
