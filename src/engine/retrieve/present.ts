/**
 * Formats packs, maps and symbols as the text that models and people read. Pure; every front end shows this text, and
 * token counts are those of this text. Blocks of one file share a heading, so that its path is paid for once.
 */

import type { Tokenizer } from '../ports.ts'
import type { Cluster } from '../types/cluster.ts'
import type { Related, RepositoryMap, SymbolCard } from '../types/map.ts'
import type { Block, Pack } from '../types/pack.ts'

const MAX_FOLDERS = 40
const MAX_FINE_CLUSTERS = 4
const MAX_COARSE_CLUSTERS = 40
const MAX_RELATED = 30
/** Outline: maximum folders and topics, folder depth, and words per topic. */
const MAX_OUTLINE_ROWS = 12
const OUTLINE_DEPTH = 2
const TOPIC_WORDS = 3

/** The part of a block that determines its text. */
export type PresentedBlock = Omit<Block, 'tokens' | 'why' | 'hash' | 'commits'>

/** Formats a block that follows a block of the file `previousPath` ('' for the first block). */
export function presentBlock(
  { id, path, symbols, resolution, firstLine, lastLine, text }: PresentedBlock,
  previousPath: string,
): string {
  if (resolution === 'file card') return `[${id}] ${path}${text && `: ${text}`}\n`
  if (resolution === 'folder card') return `[${id}] ${text}\n`
  const heading = path === previousPath ? '' : `## ${path}\n`
  if (resolution === 'signature' || resolution === 'name') return `${heading}[${id}] ${text}\n`
  if (resolution === 'log') return `${heading}[${id}] commits behind ${firstLine}-${lastLine}\n${text}\n`
  const name = symbols.length ? ` ${symbols.join(', ')}` : ''
  const trimmed = resolution === 'trimmed' ? ' trimmed' : ''
  return `${heading}[${id}] ${firstLine}-${lastLine}${name}${trimmed}\n${text}\n`
}

/** Price of a block as presented after a block of the file `previousPath`; the only place where blocks are priced. */
export function priceBlock(
  tokenizer: Pick<Tokenizer, 'count'>,
  block: PresentedBlock,
  previousPath: string,
): { readonly tokens: number; readonly chars: number }
/** Returns null without tokenizing if `mayFit` rejects the length of the text. */
export function priceBlock(
  tokenizer: Pick<Tokenizer, 'count'>,
  block: PresentedBlock,
  previousPath: string,
  mayFit: (chars: number) => boolean,
): { readonly tokens: number; readonly chars: number } | null
export function priceBlock(
  tokenizer: Pick<Tokenizer, 'count'>,
  block: PresentedBlock,
  previousPath: string,
  mayFit: (chars: number) => boolean = () => true,
) {
  const text = presentBlock(block, previousPath)
  return mayFit(text.length) ? { tokens: tokenizer.count(text), chars: text.length } : null
}

/** Path whose heading still applies after a block; '' after a card. */
export function headingOf({ path, resolution }: Pick<Block, 'path' | 'resolution'>): string {
  return resolution === 'file card' || resolution === 'folder card' ? '' : path
}

/** Formats a whole pack in document order. */
export function presentPack({ blocks }: Pick<Pack, 'blocks'>): string {
  let previousPath = ''
  return blocks
    .map((block) => {
      const text = presentBlock(block, previousPath)
      previousPath = headingOf(block)
      return text
    })
    .join('')
}

/** Formats the map: folders by size, then coarse clusters with their largest fine clusters. */
export function presentMap({ folders, clusters }: RepositoryMap): string {
  const bySize = (a: Cluster, b: Cluster) => b.members.length - a.members.length || a.id - b.id
  const largest = [...folders].sort((a, b) => b.chunks - a.chunks)
  const rows = largest
    .slice(0, MAX_FOLDERS)
    .map(({ path, files, lines, chunks }) => `  ${path || '.'}  ${files} files, ${lines} lines, ${chunks} chunks`)
  const coarse = clusters.filter(({ level }) => level === 0).sort(bySize)
  const card = ({ label, members, medoid, folders: spread }: Cluster) =>
    `${label.join(' ')}  ${members.length} chunks, around ${medoid.name || medoid.path.split('/').at(-1)} ${medoid.path}:${medoid.line}, in ${spread
      .slice(0, 2)
      .map(([folder]) => folder || '.')
      .join(', ')}`
  const topics = coarse.slice(0, MAX_COARSE_CLUSTERS).flatMap((cluster) => {
    const fine = clusters.filter(({ parent }) => parent === cluster.id).sort(bySize)
    const more = fine.length > MAX_FINE_CLUSTERS ? [`      … ${fine.length - MAX_FINE_CLUSTERS} more`] : []
    return [`  ${card(cluster)}`, ...fine.slice(0, MAX_FINE_CLUSTERS).map((one) => `      ${card(one)}`), ...more]
  })
  const rest = folders.length > MAX_FOLDERS ? [`  … ${folders.length - MAX_FOLDERS} more`] : []
  const others =
    coarse.length > MAX_COARSE_CLUSTERS ? [`  … ${coarse.length - MAX_COARSE_CLUSTERS} more (--json lists all)`] : []
  return ['Folders', ...rows, ...rest, 'Clusters', ...topics, ...others].join('\n')
}

/** Formats the map as a short outline, about 150 tokens, that tells a model what kind of repository this is. */
export function presentOutline({ folders, clusters }: RepositoryMap): string {
  const parts = new Map<string, number>()
  for (const { path, lines } of folders) {
    const part = path.split('/').slice(0, OUTLINE_DEPTH).join('/')
    parts.set(part, (parts.get(part) ?? 0) + lines)
  }
  const largest = [...parts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, MAX_OUTLINE_ROWS)
  const rows = largest.sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, lines]) => `${path || '.'} (${lines} lines)`)
  const more = parts.size > MAX_OUTLINE_ROWS ? [`${parts.size - MAX_OUTLINE_ROWS} more`] : []
  const topics = clusters
    .filter(({ level }) => level === 0)
    .sort((a, b) => b.members.length - a.members.length || a.id - b.id)
    .slice(0, MAX_OUTLINE_ROWS)
    .map(({ label }) => label.slice(0, TOPIC_WORDS).join(' '))
  return [`Folders: ${[...rows, ...more].join(', ')}`, ...(topics.length ? [`Topics: ${topics.join('; ')}`] : [])].join(
    '\n',
  )
}

/** Where the name stands without being resolved, so that a list of callers is not taken for complete. */
function unresolvedLines(all: SymbolCard['unresolved']): string[] {
  if (all.length === 0) return []
  const places = all.slice(0, MAX_RELATED).map(({ path, line }) => `${path}:${line}`)
  const more = all.length > places.length ? `, … ${all.length - places.length} more` : ''
  return [`The name also occurs, not resolved, in (${all.length}): ${places.join(', ')}${more}`]
}

/** Formats definitions, each with its signature, what refers to it and what it refers to. */
export function presentSymbols(cards: readonly SymbolCard[]): string {
  const line = ({ kind, path, line: at, name, weight }: Related) =>
    `  ${kind} ${name || 'file'} ${path}:${at}${weight < 1 ? ' (a candidate)' : ''}`
  const list = (title: string, all: readonly Related[]) => {
    const more = all.length > MAX_RELATED ? [`  … ${all.length - MAX_RELATED} more`] : []
    return all.length ? [`${title} (${all.length}):`, ...all.slice(0, MAX_RELATED).map(line), ...more] : []
  }
  return cards
    .map(({ path, firstLine, lastLine, kind, name, signature, doc, referredBy, refersTo, unresolved }) =>
      [
        `${kind} ${name} — ${path}:${firstLine}-${lastLine}`,
        ...[signature, doc].filter(Boolean).map((text) => `  ${text}`),
        ...list('Referred to by', referredBy),
        ...unresolvedLines(unresolved),
        ...list('Refers to', refersTo),
      ].join('\n'),
    )
    .join('\n\n')
}
