/**
 * Read-only views of the index for browsing: the repository map, its tree opened node by node (folders → files →
 * symbols, clusters → subclusters → chunks), areas for the treemap, and name completion. Nothing is ranked here.
 */
import type { Cluster } from '../types/cluster.ts'
import type { Area, MapNode, NameSuggestion, RepositoryMap } from '../types/map.ts'
import type { Corpus } from './corpus.ts'
import { chunkTitle } from './title.ts'

const MAX_CLUSTER_MEMBERS = 50
const MAX_SUGGESTIONS = 20
/** Above this many files the treemap shows folders instead. */
const MAX_AREAS = 5000

/** Children of a node. `folder:` and `cluster:` are the two roots; an unknown id has no children. */
export function childrenOf(corpus: Corpus, id: string): readonly MapNode[] {
  const colon = id.indexOf(':')
  const [kind, name] = [id.slice(0, colon), id.slice(colon + 1)]
  if (kind === 'folder') return folderChildren(corpus, name)
  if (kind === 'cluster') return clusterChildren(corpus, name)
  const [path = '', parent = '-1'] = kind === 'symbol' ? name.split('\n') : [name]
  const file = corpus.files.findIndex((entry) => entry.path === path)
  return file < 0 ? [] : symbolsOf(corpus, file, Number(parent))
}

function folderChildren({ files, records }: Corpus, folder: string): readonly MapNode[] {
  const below = folder && `${folder}/`
  const folders = new Map<string, { files: number; lines: number }>()
  const nodes: MapNode[] = []
  files.forEach(({ path }, file) => {
    if (!path.startsWith(below)) return
    const rest = path.slice(below.length)
    const slash = rest.indexOf('/')
    const { lines, symbols, language } = records[file]!
    if (slash < 0) {
      const card = [path, `${language}, ${lines} lines, ${symbols.length} symbols`]
      const base = { ...NO_RANGE, id: `file:${path}`, kind: 'file' as const, label: rest, path, card }
      nodes.push({ ...base, detail: `${lines} lines`, leaf: symbols.length === 0 })
      return
    }
    const name = rest.slice(0, slash)
    const totals = folders.get(name) ?? { files: 0, lines: 0 }
    totals.files++
    totals.lines += lines
    folders.set(name, totals)
  })
  const sorted = [...folders].sort(([a], [b]) => (a < b ? -1 : 1))
  return [
    ...sorted.map(([name, { files: count, lines }]): MapNode => {
      const path = below + name
      const card = [path, `${count} files, ${lines} lines`]
      return { ...NO_RANGE, id: `folder:${path}`, kind: 'folder', label: name, detail: `${count} files`, path, card }
    }),
    ...nodes,
  ]
}

const NO_RANGE = { firstLine: 0, lastLine: 0, symbol: null, leaf: false }

function symbolsOf({ files, records }: Corpus, file: number, parent: number): readonly MapNode[] {
  const { path } = files[file]!
  const { symbols } = records[file]!
  const parents = new Set(symbols.map((symbol) => symbol.parent))
  return symbols.flatMap((symbol, i): MapNode[] => {
    if (symbol.parent !== parent) return []
    const { name, kind, signature, doc, firstLine, lastLine } = symbol
    const card = [signature || `${kind} ${name}`, doc, `${path}:${firstLine}-${lastLine}`].filter(Boolean)
    const base = { id: `symbol:${path}\n${i}`, kind: 'symbol' as const, label: name, detail: kind, path, card }
    return [{ ...base, firstLine, lastLine, symbol: kind, leaf: !parents.has(i) }]
  })
}

function clusterChildren(corpus: Corpus, name: string): readonly MapNode[] {
  const { clusters } = corpus.tree
  const level = name === '' ? 0 : 1
  const siblings = clusters.filter(
    (cluster) => cluster.level === level && (level === 0 || cluster.parent === Number(name)),
  )
  const nodes = [...siblings].sort((a, b) => b.members.length - a.members.length).map(clusterNode)
  const cluster = clusters.find(({ id }) => String(id) === name)
  return nodes.length || !cluster ? nodes : membersOf(corpus, cluster)
}

function clusterNode({ id, label, members, medoid, folders }: Cluster): MapNode {
  const spread = folders.slice(0, 3).map(([folder, count]) => `${folder || '.'} (${count})`)
  const card = [
    label.join(' '),
    `${members.length} chunks, in ${spread.join(', ')}`,
    `around ${medoid.path}:${medoid.line}`,
  ]
  const detail = `${members.length} chunks`
  return {
    ...NO_RANGE,
    id: `cluster:${id}`,
    kind: 'cluster',
    label: label.slice(0, 4).join(' ') || medoid.name || medoid.path,
    detail,
    path: '',
    card,
  }
}

function membersOf({ chunks, fileOf, files, records }: Corpus, { members }: Cluster): readonly MapNode[] {
  const shown = new Set(members.slice(0, MAX_CLUSTER_MEMBERS))
  const nodes = new Map<string, MapNode>()
  chunks.forEach((chunk, i) => {
    if (!shown.has(chunk.id) || nodes.has(chunk.id)) return
    const { path } = files[fileOf[i]!]!
    const symbol = records[fileOf[i]!]!.symbols[chunk.symbol]
    const location = {
      path,
      firstLine: chunk.firstLine,
      lastLine: chunk.lastLine,
      leaf: true,
      symbol: symbol?.kind ?? null,
    }
    const label = chunkTitle(chunk) || `${path.split('/').at(-1)}:${chunk.firstLine}`
    const card = [symbol?.signature ?? label, symbol?.doc ?? '', `${path}:${chunk.firstLine}-${chunk.lastLine}`].filter(
      Boolean,
    )
    nodes.set(chunk.id, { id: `chunk:${chunk.id}`, kind: 'symbol', label, detail: path, card, ...location })
  })
  return members.flatMap((id) => nodes.get(id) ?? [])
}

/** The repository map: every folder that directly contains files, sorted by path, and the clusters. */
export function mapOf({ tree, files, records }: Corpus): RepositoryMap {
  const folders = new Map<string, { files: number; lines: number; chunks: number }>()
  files.forEach(({ path }, file) => {
    const folder = path.split('/').slice(0, -1).join('/')
    const totals = folders.get(folder) ?? { files: 0, lines: 0, chunks: 0 }
    totals.files++
    totals.lines += records[file]?.lines ?? 0
    totals.chunks += records[file]?.chunks.length ?? 0
    folders.set(folder, totals)
  })
  const sorted = [...folders].sort(([a], [b]) => (a < b ? -1 : 1))
  return { folders: sorted.map(([path, counts]) => ({ path, ...counts })), clusters: tree.clusters }
}

/** Treemap areas by line count: files, or, above `MAX_AREAS` files, folders at the deepest level that still fits. */
export function areasOf({ files, records }: Corpus): readonly Area[] {
  const areas = files.map(({ path }, file) => ({ path, lines: records[file]!.lines, folder: false }))
  if (areas.length <= MAX_AREAS) return areas
  let areasByFolder = new Map<string, number>()
  for (let depth = 1; depth < 20; depth++) {
    const deeper = new Map<string, number>()
    for (const { path, lines } of areas) {
      const folder = path.split('/').slice(0, -1).slice(0, depth).join('/') || '.'
      deeper.set(folder, (deeper.get(folder) ?? 0) + lines)
    }
    if (depth > 1 && (deeper.size > MAX_AREAS || deeper.size === areasByFolder.size)) break
    areasByFolder = deeper
  }
  return [...areasByFolder].map(([path, lines]) => ({ path, lines, folder: true }))
}

/** Completes a name: names that start with the prefix before names that contain it, shorter ones first. */
export function suggestNames(corpus: Corpus, kind: 'file' | 'symbol', prefix: string): readonly NameSuggestion[] {
  const typed = prefix.toLowerCase()
  const found: { readonly rank: number; readonly suggestion: NameSuggestion }[] = []
  /** Lower is better; undefined when neither the name nor the full name contains what was typed. */
  const rankOf = (name: string, fullName: string): number | undefined => {
    const position = name.toLowerCase().indexOf(typed)
    if (position < 0) return fullName.toLowerCase().includes(typed) ? 2000 + fullName.length : undefined
    return position * 10 + name.length
  }
  corpus.files.forEach(({ path }, file) => {
    const base = path.split('/').at(-1)!
    if (kind === 'file') {
      const rank = rankOf(base, path)
      const detail = `${corpus.records[file]!.lines} lines`
      if (rank !== undefined)
        found.push({ rank, suggestion: { kind, label: path, detail, path, firstLine: 0, lastLine: 0 } })
      return
    }
    for (const { name, kind: symbolKind, firstLine, lastLine } of corpus.records[file]!.symbols) {
      if (symbolKind === 'section' || symbolKind === 'key') continue
      const rank = rankOf(name, name)
      const detail = `${symbolKind}, ${path}:${firstLine}`
      if (rank === undefined) continue
      found.push({ rank, suggestion: { kind, label: name, detail, path, firstLine, lastLine } })
    }
  })
  return found
    .sort((a, b) => a.rank - b.rank)
    .slice(0, MAX_SUGGESTIONS)
    .map(({ suggestion }) => suggestion)
}
