/** Renders a model's Markdown to safe elements: no raw HTML, no images, and links only as the view allows them. */
import * as l10n from '@vscode/l10n'
import DOMPurify from 'dompurify'
import MarkdownIt from 'markdown-it'
import type { Citation } from '../engine/types/answer.ts'
import { highlight } from './highlight.ts'
import { placeOf } from './place.ts'

/** Longer answers are shown as plain text: parsing them would block the view. */
const MAX_PARSED_CHARS = 200_000

const markdown = new MarkdownIt({ html: false, linkify: false, highlight }).disable('image')
markdown.validateLink = (url) => /^(https?|mailto):/i.test(url.trim())
// Alignment would come as style attributes, which the page's policy forbids.
markdown.renderer.rules.th_open = () => '<th>'
markdown.renderer.rules.td_open = () => '<td>'
/** `[3]`, or `[3:12-15]`: some lines of the block. */
const MARK = /^\[(\d{1,5}(?::\d{1,7}(?:-\d{1,7})?)?)\](?!\()/
const MAX_MARK_CHARS = 24
markdown.inline.ruler.before('link', 'citation', (state, silent) => {
  const mark = MARK.exec(state.src.slice(state.pos, state.pos + MAX_MARK_CHARS))
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

/** What a view supports besides opening citations: following links, and copying and inserting code. */
export interface Features {
  readonly links: boolean
  readonly code: boolean
}

/** Sanitised elements; a mark `[n]` becomes a button only when it is one of the citations. */
export function renderMarkdown(text: string, citations: readonly Citation[], features: Features): DocumentFragment {
  if (text.length > MAX_PARSED_CHARS) {
    const fragment = document.createDocumentFragment()
    fragment.append(element('div', { class: 'plain' }, text))
    return fragment
  }
  const byMark = new Map(citations.map((citation) => [citation.mark, citation]))
  const known = new Set(byMark.keys())
  const fragment = DOMPurify.sanitize(markdown.render(text, { known }), ALLOWED)
  for (const link of fragment.querySelectorAll('a')) disarmLink(link, features.links)
  for (const mark of fragment.querySelectorAll<HTMLElement>('[data-mark]')) {
    const citation = byMark.get(mark.dataset.mark ?? '')
    if (citation && !mark.closest('a')) mark.replaceWith(citationButton(citation))
  }
  for (const block of fragment.querySelectorAll('pre')) frameCode(block, features.code)
  for (const table of fragment.querySelectorAll('table')) {
    const scroller = element('div', { class: 'table', tabindex: '0' })
    table.replaceWith(scroller)
    scroller.append(table)
  }
  return fragment
}

/** Replaces the children from the first that differs, so that finished text keeps its selection and focus. */
export function update(box: Element, fresh: DocumentFragment): void {
  let child = box.firstChild
  while (child && fresh.firstChild && child.isEqualNode(fresh.firstChild)) {
    fresh.firstChild.remove()
    child = child.nextSibling
  }
  while (child) {
    const next = child.nextSibling
    child.remove()
    child = next
  }
  box.append(fresh)
}

/** Removes the address, so that neither the page nor the editor around it follows the link without the client. */
function disarmLink(link: HTMLAnchorElement, canFollow: boolean): void {
  const url = link.getAttribute('href')
  link.removeAttribute('href')
  if (!url) return
  if (!canFollow) {
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
  // A verified citation needs no icon.
  if (verdict !== 'verified')
    button.append(element('span', { class: `codicon codicon-${VERDICTS[verdict]}`, 'aria-hidden': 'true' }))
  return button
}

export const VERDICTS = { verified: 'check', stale: 'history', unsupported: 'warning' } as const

/** The result of checking a citation, in words. */
export function verdictWord({ verdict, missing }: Citation): string {
  if (verdict === 'verified') return l10n.t('verified: the lines contain what the sentence names')
  if (verdict === 'stale') return l10n.t('stale: the file has changed since')
  return missing.length
    ? l10n.t('unsupported: the lines do not contain {0}', missing.join(', '))
    : l10n.t('unsupported: the lines share no words with the sentence')
}

/** Puts a code block into a frame with a toolbar. */
function frameCode(block: HTMLPreElement, canCopy: boolean): void {
  const frame = element('div', { class: 'code' })
  const bar = element('div', { class: 'code-bar' })
  const language = /language-(\S+)/.exec(block.firstElementChild?.className ?? '')?.[1] ?? ''
  bar.append(element('span', { class: 'muted' }, language))
  if (canCopy)
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
  const created = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) created.setAttribute(key, value)
  if (text) created.textContent = text
  return created
}
