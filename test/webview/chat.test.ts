/** The chat view in a browser: each state, asking and streaming, mentions, hostile answers, keyboard, accessibility. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import axe from 'axe-core'
import type { Locator } from 'playwright-core'
import type { Mention } from '../../src/engine/types/thread.ts'
import type { ChatMessage, ChatState, ToChat } from '../../src/protocol/messages.ts'
import {
  FINDINGS,
  HOSTILE,
  modelAnswer,
  OFFLINE,
  RANGES,
  READY,
  SCENES,
  SYMBOL,
  stateOf,
  threadOf,
  turnOf,
} from './chats.ts'
import { type Opened, openViews, type Theme, until, type View, type Views } from './page.ts'

type Chat = View<ChatMessage, ToChat>

let views: Views
before(async () => {
  views = await openViews('chat')
})
after(() => views?.close())

/** A test on its own page, which must raise no errors and request nothing. */
function inChat(name: string, body: (chat: Chat) => Promise<void>, state?: ChatState, how?: Opened<unknown>): void {
  test(name, async () => {
    const chat = await views.open<ChatMessage, ToChat>(how)
    try {
      chat.page.setDefaultTimeout(20_000)
      assert.deepEqual(await chat.posted(), [{ type: 'ready' }])
      if (state) await show(chat, state)
      await body(chat)
      assert.deepEqual(chat.errors, [])
      assert.deepEqual(chat.leaks, [])
    } finally {
      await chat.close()
    }
  })
}

const show = (chat: Chat, state: ChatState) => chat.send({ type: 'state', state })
const button = (chat: Chat, name: string | RegExp) => chat.page.getByRole('button', { name, exact: true })
const question = (chat: Chat) => chat.page.getByLabel('Question', { exact: true })
const read = async (locator: Locator) => (await locator.allInnerTexts()).join('\n')
const words = (chat: Chat) => read(chat.page.locator('body'))
const focused = (chat: Chat) =>
  chat.page.evaluate<string>('document.activeElement.ariaLabel ?? document.activeElement.innerText')
/** The first message of a type, once it arrives. */
async function waitFor<T extends ChatMessage['type']>(chat: Chat, type: T): Promise<Extract<ChatMessage, { type: T }>> {
  await until(chat.page, `window.posted.some((message) => message.type === '${type}')`)
  const found = (await chat.posted()).find((message) => message.type === type)
  return found as Extract<ChatMessage, { type: T }>
}

const asked = (text: string, replaces: string | null = null, mentions: Mention[] = []): ChatMessage => ({
  type: 'ask',
  question: text,
  mentions,
  replaces,
})

inChat('each state says what is going on and what can be done', async (chat) => {
  const cases: [Partial<ChatState>, RegExp, string?, ChatMessage?][] = [
    [
      { index: { ...READY, phase: 'no folder', files: 0 } },
      /No folder is open/,
      'Open Folder',
      { type: 'open folder' },
    ],
    [
      { index: { ...READY, phase: 'indexing', stage: 'parse', percent: 41.6, files: 0 } },
      /reading symbols: 42%\. Your question waits until enough files are indexed/,
    ],
    [
      { index: { ...READY, phase: 'indexing', stage: 'embed', percent: 7, files: 1203 } },
      /7%\. You can already ask about 1,203 files/,
    ],
    [{ index: { ...READY, phase: 'paused', percent: 30 } }, /paused at 30%/, 'Resume', { type: 'resume' }],
    [
      { index: { ...READY, phase: 'failed', error: 'The disk is full.' } },
      /The disk is full/,
      'Restart',
      { type: 'restart' },
    ],
    [{ server: 'starting' }, /Starting…/],
    [{ server: 'restarting' }, /stopped unexpectedly and is restarting/],
    [{ server: 'stopped' }, /has stopped/, 'Restart', { type: 'restart' }],
    [{ untrusted: true }, /not trusted/, 'Trust', { type: 'trust' }],
    [{ index: { ...READY, fallback: 'no native module.' } }, /fallback store is in use.*no native module/],
    [{}, /No model: offline brief[\s\S]*~8k tokens/, 'Model: No model: offline brief', { type: 'pick model' }],
    [{ model: 'qwen', budget: 7400 }, /qwen[\s\S]*~7\.4k tokens/, 'Model: qwen', { type: 'pick model' }],
  ]
  for (const [part, says, press, message] of cases) {
    await show(chat, stateOf(part))
    assert.match(await words(chat), says)
    if (press) await button(chat, press).click()
    assert.deepEqual(await chat.posted(), message ? [message] : [])
  }
})

inChat('sends nothing while nothing can answer', async (chat) => {
  for (const part of [{ server: 'stopped' }, { index: { ...READY, phase: 'paused', files: 0 } }] as const) {
    await show(chat, stateOf(part))
    await question(chat).fill('Why?')
    await question(chat).press('Enter')
    assert.deepEqual(await chat.posted(), [])
    assert.equal(await question(chat).inputValue(), 'Why?')
  }
})

inChat(
  'the welcome offers three questions',
  async (chat) => {
    assert.equal(await chat.page.locator('.example').count(), 3)
    await button(chat, 'What calls Scaffold._method_route?').click()
    assert.deepEqual(await chat.posted(), [asked('What calls Scaffold._method_route?')])
  },
  stateOf({ examples: [...stateOf().examples, 'A fourth?'] }),
)

inChat(
  'Enter sends, Shift+Enter breaks the line, and Enter during IME composition does not send',
  async (chat) => {
    await question(chat).pressSequentially(' one')
    await question(chat).press('Shift+Enter')
    await question(chat).pressSequentially('two ')
    await question(chat).dispatchEvent('keydown', { key: 'Enter', isComposing: true })
    assert.deepEqual(await chat.posted(), [])
    await question(chat).press('Enter')
    assert.deepEqual(await chat.posted(), [asked('one\ntwo')])
    assert.equal(await question(chat).inputValue(), '')
  },
  stateOf(),
)

inChat(
  'an answer streams, starts over, is stopped, and is shown in full',
  async (chat) => {
    const live = chat.page.locator('article[aria-busy=true]')
    const asking = { mentions: [], question: 'Why?', replaces: null }
    await show(chat, stateOf({ asking }))
    assert.match(await read(live), /Why\?\s+Looking through the code…/)
    await chat.send({ type: 'text', text: 'A **bo' })
    await chat.send({ type: 'text', text: 'ld** word' })
    await show(chat, stateOf({ asking: { ...asking }, model: 'late' }))
    await live.locator('strong', { hasText: /^bold$/ }).waitFor()
    await chat.send({ type: 'text', text: 'New', again: 'the context was too large.' })
    assert.match(await read(live), /Restarted: the context was too large\.\s+New\s/)
    assert.equal(await live.locator('strong').count(), 0)
    assert.equal(await chat.page.locator('[role=log] [aria-busy]').count(), 0)
    assert.equal(await read(chat.page.getByRole('status')), 'Answering…')
    await button(chat, 'Stop (Escape)').click()
    await question(chat).press('Escape')
    assert.deepEqual(await chat.posted(), [{ type: 'stop' }, { type: 'stop' }])
    await show(chat, stateOf({ thread: threadOf(turnOf(modelAnswer({ text: 'New', end: 'stopped' }))) }))
    assert.equal(await live.count(), 0)
    assert.match(await read(chat.page.getByRole('log')), /New\s+Stopped: you ended this answer early/)
    await until(chat.page, "document.getElementById('status').textContent === 'Stopped.'")
  },
  stateOf(),
)

inChat(
  'a model’s answer has citations, code, links and actions',
  async (chat) => {
    const open = { type: 'open', path: 'src/flask/sansio/blueprints.py', firstLine: 213, lastLine: 224 }
    assert.equal(await chat.page.locator('.cite').count(), 2)
    assert.match(await words(chat), /No block has the number \[9\][\s\S]*Cut short[\s\S]*7,412 tokens in, 312 out/)
    assert.match(await words(chat), /1 of 2 citations verified[\s\S]*unsupported: the lines do not contain record_once/)
    const verdict = 'unsupported: the lines do not contain record_once'
    await button(chat, `Citation 2: src/flask/sansio/blueprints.py, lines 213–224; ${verdict}`).click()
    await button(chat, 'src/flask/sansio/blueprints.py:213-224').click()
    assert.deepEqual(await chat.posted(), [open, open])
    assert.equal(await read(chat.page.locator('.code .hljs-keyword').first()), 'def')
    await button(chat, 'Copy code').click()
    await button(chat, 'Insert at the cursor').click()
    const [copy, insert] = await chat.posted()
    assert.ok(copy?.type === 'copy' && copy.text.startsWith('def register(') && copy.text.includes('# twice?'))
    assert.deepEqual(insert, { type: 'insert', text: copy.text })
    await chat.page.getByRole('link', { name: 'the guide' }).click()
    await button(chat, 'Helpful').click()
    await button(chat, 'Unhelpful').click()
    await button(chat, 'Show context').click()
    await button(chat, 'Retry').click()
    assert.equal(await button(chat, 'Unhelpful').getAttribute('aria-pressed'), 'true')
    assert.deepEqual(await chat.posted(), [
      { type: 'link', url: 'https://flask.example/blueprints' },
      { type: 'feedback', turn: 'a', value: 'helpful' },
      { type: 'feedback', turn: 'a', value: null },
      { type: 'show context', turn: 'a' },
      asked(turnOf(null).question, 'a'),
    ])
    await button(chat, 'Copy answer').click()
    const whole = await waitFor(chat, 'copy')
    assert.match(whole.text, /^`Flask[\s\S]*\n\n\[1\] src\/flask\/sansio\/blueprints\.py:273-377\n\[2\]/)
  },
  stateOf({ thread: threadOf(turnOf(modelAnswer({ end: 'cut' }), { feedback: 'unhelpful' })) }),
)

inChat(
  'several ranges of one block are cited separately',
  async (chat) => {
    const cited = chat.page.locator('.markdown .cite')
    assert.deepEqual(await cited.allInnerTexts(), ['1', '1', '1'])
    assert.deepEqual(await cited.evaluateAll((all) => all.map((one) => one.getAttribute('data-mark'))), [
      '1',
      '1:12-15',
      '1:20',
    ])
    assert.match(await read(chat.page.locator('.markdown')), /no block \[1:99\]/)
    for (const [i, lines] of ['lines 3–40', 'lines 12–15', 'lines 20–20'].entries()) {
      assert.match((await cited.nth(i).getAttribute('aria-label'))!, new RegExp(`^Citation 1: a\\.ts, ${lines};`))
      await cited.nth(i).click()
    }
    assert.deepEqual(await chat.page.locator('.citations .place').allInnerTexts(), [
      'a.ts:3-40',
      'a.ts:12-15',
      'a.ts:20',
    ])
    assert.match(await words(chat), /3 of 3 citations verified/)
    await button(chat, 'a.ts:20').click()
    await button(chat, 'Copy answer').click()
    const [whole, lines, line, listed, copied] = await chat.posted()
    assert.deepEqual(
      [whole, lines, line, listed],
      [
        [3, 40],
        [12, 15],
        [20, 20],
        [20, 20],
      ].map(([start, end]) => ({ type: 'open', path: 'a.ts', firstLine: start, lastLine: end })),
    )
    assert.ok(copied?.type === 'copy' && copied.text.endsWith('[1] a.ts:3-40\n[1:12-15] a.ts:12-15\n[1:20] a.ts:20'))
    assert.match(await words(chat), /7,412 tokens in \(6,900 cached\), 312 out/)
  },
  stateOf({
    thread: threadOf(
      turnOf(
        modelAnswer({
          text: 'All [1], some [1:12-15], one [1:20], no block [1:99].',
          citations: RANGES,
          usage: { input: 7412, output: 312, cached: 6900 },
        }),
      ),
    ),
  }),
)

inChat(
  'exact rows stand below a model’s text, and a long list shows its first twenty',
  async (chat) => {
    const exact = chat.page.getByRole('region', { name: 'Exact answer, read off the index' })
    assert.match(await read(exact), /45 places refer to PackBuilder\./)
    assert.equal(await exact.locator('.statements > li').count(), 20)
    assert.equal(await exact.locator('.statements code').first().textContent(), 'caller0')
    await button(chat, 'Show all 45').press('Enter')
    assert.equal(await exact.locator('.statements > li').count(), 45)
    assert.equal(await focused(chat), 'src/a20.ts:21')
    await button(chat, 'Copy answer').click()
    const { text } = await waitFor(chat, 'copy')
    assert.match(text, /Exact answer, read off the index\n\n45 places refer to `PackBuilder`\.\n\n- `caller0`/)
    assert.match(text, /- `caller44` calls it \(src\/a44\.ts:45\)/)
    await show(chat, stateOf({ thread: threadOf(turnOf({ ...OFFLINE, ...FINDINGS }, { id: 'b' })) }))
    assert.equal(await chat.page.locator('.statements > li').count(), 20)
    await button(chat, 'Show all 45').click()
    assert.equal(await chat.page.locator('.statements > li').count(), 45)
  },
  stateOf({ thread: threadOf(turnOf(modelAnswer({ findings: FINDINGS }))) }),
)

inChat(
  'the offline brief is labelled, ordered, and offers a model once',
  async (chat) => {
    assert.match(
      await words(chat),
      /Offline brief — no model was asked\s+2 places[\s\S]*Blueprint\.register[\s\S]*320: if name[\s\S]*app\.py:567-593/,
    )
    await button(chat, 'src/flask/sansio/app.py:567-593').click()
    assert.equal(await button(chat, 'Set up a model').count(), 1)
    await button(chat, 'Set up a model').click()
    assert.deepEqual(await chat.posted(), [
      { type: 'open', path: 'src/flask/sansio/app.py', firstLine: 567, lastLine: 593 },
      { type: 'set up model' },
    ])
  },
  stateOf({ thread: threadOf(turnOf(OFFLINE)) }),
)

inChat(
  'a failed question says why and can be retried',
  async (chat) => {
    assert.match(await words(chat), /The endpoint refused: check the key\./)
    await button(chat, 'Retry').click()
    await button(chat, 'Set up a model').click()
    assert.deepEqual(await chat.posted(), [asked(turnOf(null).question, 'a'), { type: 'set up model' }])
  },
  stateOf({ thread: threadOf(turnOf(null, { error: 'The endpoint refused: check the key.' })) }),
)

inChat(
  '# completes symbols and the selection; chips are sent, and removed by key',
  async (chat) => {
    const { page } = chat
    await question(chat).fill('see')
    await button(chat, 'Add context (#)').click()
    await question(chat).pressSequentially('s')
    assert.deepEqual(await page.getByRole('option').allInnerTexts(), [
      'symbol:\nA symbol',
      'selection\nWhat is selected in the editor',
    ])
    await question(chat).press('Tab')
    await question(chat).pressSequentially('old')
    const old = await waitFor(chat, 'complete')
    assert.equal(old.kind, 'symbol')
    for (const _ of 'old') await question(chat).press('Backspace')
    await question(chat).pressSequentially('rou')
    const { seq, prefix } = await waitFor(chat, 'complete')
    assert.equal(prefix, 'rou')
    await chat.send({ type: 'completions', seq: old.seq, items: [{ ...SYMBOL, label: 'stale' }] })
    assert.equal(await page.getByRole('option').count(), 0)
    await chat.send({ type: 'completions', seq, items: [{ ...SYMBOL, label: 'other', firstLine: 1 }, SYMBOL] })
    const box = page.getByRole('combobox', { name: 'Question', expanded: true })
    await box.press('ArrowDown')
    const selected = page.getByRole('option', { selected: true })
    assert.match(await read(selected), /^Flask\.route/)
    assert.equal(await box.getAttribute('aria-activedescendant'), await selected.getAttribute('id'))
    await box.press('Enter')
    assert.equal(await question(chat).inputValue(), 'see ')
    await question(chat).pressSequentially('#sel')
    await question(chat).press('Enter')
    const selection: Mention = { kind: 'selection', label: 'selection', path: 'a.ts', firstLine: 1, lastLine: 2 }
    await chat.send({ type: 'selection', seq: (await waitFor(chat, 'selection')).seq, mention: selection })
    assert.equal(await button(chat, 'Remove Flask.route').count(), 1)
    await button(chat, 'Remove a.ts:1-2').press('Delete')
    await question(chat).press('Enter')
    const symbol: Mention = {
      kind: 'symbol',
      label: 'symbol:Flask.route',
      path: 'src/app.py',
      firstLine: 3,
      lastLine: 9,
    }
    assert.deepEqual(await chat.posted(), [asked('see', null, [symbol])])
  },
  stateOf(),
)

inChat(
  'Escape closes the list before it stops anything',
  async (chat) => {
    await question(chat).pressSequentially('#')
    assert.equal(await chat.page.getByRole('option').count(), 3)
    await question(chat).press('Escape')
    assert.equal(await chat.page.getByRole('listbox').count(), 0)
    assert.deepEqual(await chat.posted(), [])
    await question(chat).press('Escape')
    assert.deepEqual(await chat.posted(), [{ type: 'stop' }])
  },
  stateOf({ asking: { question: 'Why?', mentions: [], replaces: null } }),
)

inChat('a question is edited and resent in its place', async (chat) => {
  const thread = threadOf(turnOf(OFFLINE), turnOf(OFFLINE, { id: 'b', question: 'Second?' }))
  await show(chat, stateOf({ thread }))
  const pencil = button(chat, 'Edit and send again').first()
  await pencil.press('Enter')
  const edited = chat.page.getByLabel('Edited question')
  await edited.press('Escape')
  assert.equal(await focused(chat), 'Edit and send again')
  await pencil.press('Enter')
  await edited.fill('First, better?')
  await edited.press('Enter')
  assert.deepEqual(await chat.posted(), [asked('First, better?', 'a')])
  await show(chat, stateOf({ thread, asking: { question: 'First, better?', mentions: [], replaces: 'a' } }))
  assert.doesNotMatch(await words(chat), /Second\?/)
  assert.match(await words(chat), /First, better\?/)
})

inChat('a hostile answer does no harm', async (chat) => {
  const path = '"><img src=x onerror=window.hacked=1>'
  const citations = [
    {
      mark: '1',
      n: 1,
      path,
      firstLine: 1,
      lastLine: 2,
      symbols: [path],
      verdict: 'unsupported' as const,
      missing: [path],
      quote: [],
    },
  ]
  await show(chat, stateOf({ asking: { question: path, mentions: [], replaces: null } }))
  await chat.send({ type: 'text', text: HOSTILE })
  for (const text of [HOSTILE, HOSTILE.repeat(400), '['.repeat(150_000), `${'> '.repeat(5000)}x`]) {
    const bad =
      '#root :is(script, img, iframe, form, input, style, svg, [onerror], [onclick], [onload], [style], [href])'
    assert.equal(await chat.page.locator(bad).count(), 0)
    await show(chat, stateOf({ thread: threadOf(turnOf(modelAnswer({ text, citations }), { question: path })) }))
    assert.equal(await chat.page.locator(bad).count(), 0)
  }
  await show(chat, stateOf({ thread: threadOf(turnOf(modelAnswer({ text: HOSTILE, citations }), { id: 'z' })) }))
  assert.match(await words(chat), /<script>window[\s\S]*\[run\]\(command:workbench\.action\.quit\) \[js\]\(javascript/)
  assert.deepEqual(await chat.page.locator('[data-url]').allInnerTexts(), ['beacon', 'ok'])
  assert.equal(await chat.page.locator('.cite').count(), 1)
  await chat.page.getByRole('link', { name: 'ok' }).press('Enter')
  assert.deepEqual(await chat.posted(), [{ type: 'link', url: 'https://ok.example' }])
  assert.equal(await chat.page.evaluate('window.hacked'), undefined)
})

inChat(
  'works by keyboard alone: threads, deleting with confirmation, a citation',
  async (chat) => {
    const { keyboard } = chat.page
    const press = async (...keys: string[]) => {
      for (const key of keys) await keyboard.press(key)
    }
    await press('Tab', 'Enter')
    await until(chat.page, "document.activeElement.className === 'thread-open'")
    await press('ArrowDown', 'Tab')
    assert.equal(await focused(chat), 'Forget “Where is the session cookie signed?”')
    await press('Enter')
    await until(chat.page, "document.activeElement.innerText === 'Keep'")
    assert.deepEqual(await chat.posted(), [])
    await press('Shift+Tab', 'Enter', 'ArrowDown', 'Enter', 'Tab', 'Enter')
    assert.deepEqual(await chat.posted(), [
      { type: 'forget thread', id: 't2' },
      { type: 'open thread', id: 't2' },
      { type: 'new thread' },
    ])
    await press('Tab', 'Tab')
    assert.match(await focused(chat), /^Citation 1: /)
    await press('Enter')
    assert.equal((await waitFor(chat, 'open')).firstLine, 273)
  },
  stateOf({ thread: threadOf(turnOf(modelAnswer())) }),
)

inChat(
  'an unsent question survives hiding, and one from the client replaces it',
  async (chat) => {
    assert.equal(await question(chat).inputValue(), 'half a thou')
    await question(chat).pressSequentially('g')
    assert.deepEqual(await chat.page.evaluate('window.kept.text'), 'half a thoug')
    await chat.send({
      type: 'prefill',
      question: 'Explain',
      mentions: [{ kind: 'file', label: 'file:a', path: 'a', firstLine: 0, lastLine: 0 }],
    })
    await chat.page.keyboard.press('Enter')
    const [sent] = await chat.posted()
    assert.ok(sent?.type === 'ask' && sent.question === 'Explain' && sent.mentions[0]?.path === 'a')
  },
  stateOf(),
  { kept: { text: 'half a thou', mentions: [] } },
)

inChat(
  'three questions follow up on the last answer',
  async (chat) => {
    assert.deepEqual(await chat.page.locator('.next button').allInnerTexts(), [
      'Who uses Blueprint?',
      'How does record work?',
    ])
    await button(chat, 'Who uses Blueprint?').click()
    assert.deepEqual(await chat.posted(), [asked('Who uses Blueprint?')])
    await show(chat, stateOf({ asking: { question: 'Why?', mentions: [], replaces: null } }))
    assert.equal(await chat.page.locator('.next').count(), 0)
  },
  stateOf({
    thread: threadOf(
      turnOf(modelAnswer(), { id: 'a', nextQuestions: ['What came before?'] }),
      turnOf(modelAnswer(), { id: 'b', nextQuestions: ['Who uses Blueprint?', 'How does record work?'] }),
    ),
  }),
)

inChat('scrolls with the answer only while the reader is at its end', async (chat) => {
  const turns = Array.from({ length: 8 }, (_, i) => turnOf(OFFLINE, { id: `t${i}` }))
  await show(chat, stateOf({ thread: threadOf(...turns), asking: { question: 'Why?', mentions: [], replaces: null } }))
  const box = "document.querySelector('.scroller')"
  const below = `${box}.scrollHeight - ${box}.scrollTop - ${box}.clientHeight`
  const before = await chat.page.evaluate<number>(`${box}.scrollHeight`)
  await chat.send({ type: 'text', text: 'line\n\n'.repeat(50) })
  await until(chat.page, `${box}.scrollHeight > ${before} && ${below} < 2`)
  const grown = await chat.page.evaluate<number>(`${box}.scrollHeight`)
  await chat.page.evaluate(`${box}.scrollTop -= 400`)
  await chat.send({ type: 'text', text: 'line\n\n'.repeat(50) })
  await until(chat.page, `${box}.scrollHeight > ${grown}`)
  assert.ok((await chat.page.evaluate<number>(below)) > 400)
})

/** Elements that overflow the view, except those that scroll themselves. */
const OUTSIDE = `[...document.querySelectorAll('#root :not(pre *, .table *, .visually-hidden)')]
  .filter((one) => one.getBoundingClientRect().left < 0 || one.getBoundingClientRect().right > innerWidth)
  .map((one) => one.outerHTML)`
for (const theme of ['vscode-dark', 'vscode-light', 'vscode-high-contrast'] satisfies Theme[])
  inChat(
    `${theme}: axe finds nothing serious, nothing wider than 300 px`,
    async (chat) => {
      await chat.page.evaluate(axe.source)
      for (const [name, state] of Object.entries(SCENES)) {
        await show(chat, state)
        if (name === 'answer') await question(chat).pressSequentially('#')
        const { violations } = await chat.page.evaluate<axe.AxeResults>('axe.run()')
        const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
        assert.deepEqual(
          grave.map(({ id, nodes }) => [name, id, nodes.map(({ html }) => html)]),
          [],
        )
        await chat.page.setViewportSize({ width: 300, height: 760 })
        assert.deepEqual(await chat.page.evaluate(OUTSIDE), [])
        await chat.page.setViewportSize({ width: 700, height: 760 })
      }
    },
    undefined,
    { theme, width: 700 },
  )
