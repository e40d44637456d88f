/** A model's Markdown to elements that can do no harm: no markup of its own, no images, no addresses to go to. */
import * as l10n from '@vscode/l10n'
import DOMPurify from 'dompurify'
import MarkdownIt from 'markdown-it'
import type { Citation } from '../engine/types/answer.ts'
import { highlight } from './highlight.ts'
import { placeOf } from './place.ts'

/** Longer answers are shown as they are: parsing them would hold up the view. */
const PARSED = 200_000

const markdown = new MarkdownIt({ html: false, linkify: false, highlight }).disable('image')
markdown.validateLink = (url) => /^(https?|mailto):/i.test(url.trim())
// Alignment would come as style attributes, which the page's policy forbids.
markdown.renderer.rules.th_open = () => '<th>'
markdown.renderer.rules.td_open = () => '<td>'
/** `[3]`, or `[3:12-15]`: some lines of the block. */
const MARK = /^\[(\d{1,5}(?::\d{1,7}(?:-\d{1,7})?)?)\](?!\()/
const LONGEST_MARK = 24
markdown.inline.ruler.before('link', 'citation', (state, silent) => {
  const mark = MARK.exec(state.src.slice(state.pos, state.pos + LONGEST_MARK))
  const known = state.env.known as ReadonlySet<string>
  if (!mark || !known.has(String(mark[1]))) return false
  if (!silent) state.push('citation', 'span', 0).content = String(mark[1])
  state.pos += mark[0].length
  return true
})
markdown.renderer.rules.citation = (tokens, i) =>
  `<span data-mark="${tokens[i]?.content}">[${tokens[i]?.content}]</span>`

const ALLOWED = {
  RETURN_DOM_FRAGMENT: true as const,
  ALLOWED_TAGS:
    '#text a b blockquote br code em h1 h2 h3 h4 h5 h6 hr i li ol p pre s span strong table tbody td th thead tr ul'.split(
      ' ',
    ),
  ALLOWED_ATTR: ['href', 'class', 'data-mark', 'start'],
  ADD_URI_SAFE_ATTR: ['data-mark', 'start'],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  ALLOWED_URI_REGEXP: /^(https?|mailto):/i,
}

/** What a view lets be done besides opening what is cited: go to a link, and copy or insert code. */
export interface Offered {
  readonly links: boolean
  readonly code: boolean
}

export function renderMarkdown(text: string, citations: readonly Citation[], offered: Offered): DocumentFragment {
  if (text.length > PARSED) {
    const fragment = document.createDocumentFragment()
    fragment.append(element('div', { class: 'plain' }, text))
    return fragment
  }
  const byMark = new Map(citations.map((citation) => [citation.mark, citation]))
  const known = new Set(byMark.keys())
  const fragment = DOMPurify.sanitize(markdown.render(text, { known }), ALLOWED)
  for (const link of fragment.querySelectorAll('a')) tameLink(link, offered.links)
  for (const mark of fragment.querySelectorAll<HTMLElement>('[data-mark]')) {
    const citation = byMark.get(mark.dataset.mark ?? '')
    if (citation && !mark.closest('a')) mark.replaceWith(citationButton(citation))
  }
  for (const block of fragment.querySelectorAll('pre')) frameCode(block, offered.code)
  for (const table of fragment.querySelectorAll('table')) {
    const scroller = element('div', { class: 'table', tabindex: '0' })
    table.replaceWith(scroller)
    scroller.append(table)
  }
  return fragment
}

/** Puts fresh elements in place of those that differ, so that what is finished keeps its selection and its focus. */
export function update(box: Element, fresh: DocumentFragment): void {
  let kept = box.firstChild
  while (kept && fresh.firstChild && kept.isEqualNode(fresh.firstChild)) {
    fresh.firstChild.remove()
    kept = kept.nextSibling
  }
  while (kept) {
    const next = kept.nextSibling
    kept.remove()
    kept = next
  }
  box.append(fresh)
}

// Without an address neither the page nor the editor around it follows the link by itself.
function tameLink(link: HTMLAnchorElement, offered: boolean): void {
  const url = link.getAttribute('href')
  link.removeAttribute('href')
  if (!url) return
  if (!offered) {
    link.replaceWith(...link.childNodes, ` (${url})`)
    return
  }
  link.dataset.url = url
  link.title = url
  link.tabIndex = 0
  link.setAttribute('role', 'link')
}

function citationButton(citation: Citation): HTMLElement {
  const { mark, n, path, firstLine, lastLine, verdict } = citation
  const button = element(
    'button',
    {
      type: 'button',
      class: `cite ${verdict}`,
      'data-mark': mark,
      title: `${placeOf(citation)} — ${verdictWord(citation)}`,
      'aria-label': l10n.t(
        'Citation {0}: {1}, lines {2}–{3}; {4}',
        n,
        path,
        firstLine,
        lastLine,
        verdictWord(citation),
      ),
    },
    String(n),
  )
  // What is in order needs no sign of its own.
  if (verdict !== 'verified')
    button.append(element('span', { class: `codicon codicon-${VERDICTS[verdict]}`, 'aria-hidden': 'true' }))
  return button
}

export const VERDICTS = { verified: 'check', stale: 'history', unsupported: 'warning' } as const

/** What the check of a citation found, in words. */
export function verdictWord({ verdict, missing }: Citation): string {
  if (verdict === 'verified') return l10n.t('verified: the lines contain what the sentence names')
  if (verdict === 'stale') return l10n.t('stale: the file has changed since')
  return missing.length
    ? l10n.t('unsupported: the lines do not contain {0}', missing.join(', '))
    : l10n.t('unsupported: the lines share no words with the sentence')
}

function frameCode(block: HTMLPreElement, offered: boolean): void {
  const frame = element('div', { class: 'code' })
  const bar = element('div', { class: 'code-bar' })
  const language = /language-(\S+)/.exec(block.firstElementChild?.className ?? '')?.[1] ?? ''
  bar.append(element('span', { class: 'muted' }, language))
  if (offered)
    bar.append(
      codeButton('copy', 'copy', l10n.t('Copy code')),
      codeButton('insert', 'insert', l10n.t('Insert at the cursor')),
    )
  block.tabIndex = 0
  block.replaceWith(frame)
  frame.append(bar, block)
}

function codeButton(act: string, icon: string, label: string): HTMLElement {
  const button = element('button', {
    type: 'button',
    class: 'icon-button',
    'data-act': act,
    title: label,
    'aria-label': label,
  })
  button.append(element('span', { class: `codicon codicon-${icon}`, 'aria-hidden': 'true' }))
  return button
}

function element(name: string, attributes: Readonly<Record<string, string>>, text = ''): HTMLElement {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value)
  if (text) made.textContent = text
  return made
}
