/** The map as a tree, opened node by node: folders → files → symbols, and clusters → clusters → symbols. */
import type { Cluster } from '../types/cluster.ts'
import type { Area, Completion, MapNode, RepositoryMap } from '../types/map.ts'
import type { Corpus } from './corpus.ts'
import { chunkTitle } from './title.ts'

const MAX_CLUSTER_MEMBERS = 50
const MAX_COMPLETIONS = 20
/** More files than this are drawn as folders. */
const MAX_AREAS = 5000

/** `folder:` and `cluster:` are the two roots; an id that names nothing has no children. */
export function childrenOf(corpus: Corpus, id: string): readonly MapNode[] {
  const at = id.indexOf(':')
  const [kind, name] = [id.slice(0, at), id.slice(at + 1)]
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
      const base = { ...NO_PLACE, id: `file:${path}`, kind: 'file' as const, label: rest, path, card }
      nodes.push({ ...base, detail: `${lines} lines`, leaf: symbols.length === 0 })
      return
    }
    const name = rest.slice(0, slash)
    const held = folders.get(name) ?? { files: 0, lines: 0 }
    held.files++
    held.lines += lines
    folders.set(name, held)
  })
  const sorted = [...folders].sort(([a], [b]) => (a < b ? -1 : 1))
  return [
    ...sorted.map(([name, { files: count, lines }]): MapNode => {
      const path = below + name
      const card = [path, `${count} files, ${lines} lines`]
      return { ...NO_PLACE, id: `folder:${path}`, kind: 'folder', label: name, detail: `${count} files`, path, card }
    }),
    ...nodes,
  ]
}

const NO_PLACE = { firstLine: 0, lastLine: 0, symbol: null, leaf: false }

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
  const kin = clusters.filter((one) => one.level === level && (level === 0 || one.parent === Number(name)))
  const nodes = [...kin].sort((a, b) => b.members.length - a.members.length).map(clusterNode)
  const own = clusters.find(({ id }) => String(id) === name)
  return nodes.length || !own ? nodes : membersOf(corpus, own)
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
    ...NO_PLACE,
    id: `cluster:${id}`,
    kind: 'cluster',
    label: label.slice(0, 4).join(' ') || medoid.name || medoid.path,
    detail,
    path: '',
    card,
  }
}

function membersOf({ chunks, fileOf, files, records }: Corpus, { members }: Cluster): readonly MapNode[] {
  const wanted = new Set(members.slice(0, MAX_CLUSTER_MEMBERS))
  const nodes = new Map<string, MapNode>()
  chunks.forEach((chunk, i) => {
    if (!wanted.has(chunk.id) || nodes.has(chunk.id)) return
    const { path } = files[fileOf[i]!]!
    const symbol = records[fileOf[i]!]!.symbols[chunk.symbol]
    const place = {
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
    nodes.set(chunk.id, { id: `chunk:${chunk.id}`, kind: 'symbol', label, detail: path, card, ...place })
  })
  return members.flatMap((id) => nodes.get(id) ?? [])
}

/** Every folder that holds files, by path, and the clusters. */
export function mapOf({ tree, files, records }: Corpus): RepositoryMap {
  const folders = new Map<string, { files: number; lines: number; chunks: number }>()
  files.forEach(({ path }, file) => {
    const folder = path.split('/').slice(0, -1).join('/')
    const held = folders.get(folder) ?? { files: 0, lines: 0, chunks: 0 }
    held.files++
    held.lines += records[file]?.lines ?? 0
    held.chunks += records[file]?.chunks.length ?? 0
    folders.set(folder, held)
  })
  const sorted = [...folders].sort(([a], [b]) => (a < b ? -1 : 1))
  return { folders: sorted.map(([path, counts]) => ({ path, ...counts })), clusters: tree.clusters }
}

/** Files by size; folders, as deep as there is room for, when they are too many to draw. */
export function areasOf({ files, records }: Corpus): readonly Area[] {
  const areas = files.map(({ path }, file) => ({ path, lines: records[file]!.lines, folder: false }))
  if (areas.length <= MAX_AREAS) return areas
  let summed = new Map<string, number>()
  for (let depth = 1; depth < 20; depth++) {
    const deeper = new Map<string, number>()
    for (const { path, lines } of areas) {
      const folder = path.split('/').slice(0, -1).slice(0, depth).join('/') || '.'
      deeper.set(folder, (deeper.get(folder) ?? 0) + lines)
    }
    if (depth > 1 && (deeper.size > MAX_AREAS || deeper.size === summed.size)) break
    summed = deeper
  }
  return [...summed].map(([path, lines]) => ({ path, lines, folder: true }))
}

/** What goes on as typed: names that begin so before names that hold it, short ones first. */
export function completeName(corpus: Corpus, kind: 'file' | 'symbol', prefix: string): readonly Completion[] {
  const wanted = prefix.toLowerCase()
  const found: { readonly rank: number; readonly completion: () => Completion }[] = []
  const rankOf = (name: string, whole: string): number => {
    const at = name.toLowerCase().indexOf(wanted)
    if (at < 0) return whole.toLowerCase().includes(wanted) ? 2000 + whole.length : -1
    return at * 10 + name.length
  }
  corpus.files.forEach(({ path }, file) => {
    const base = path.split('/').at(-1)!
    if (kind === 'file') {
      const rank = rankOf(base, path)
      const completion = {
        kind,
        label: path,
        detail: `${corpus.records[file]!.lines} lines`,
        path,
        firstLine: 0,
        lastLine: 0,
      }
      if (rank >= 0) found.push({ rank, completion: () => completion })
      return
    }
    for (const { name, kind: its, firstLine, lastLine } of corpus.records[file]!.symbols) {
      if (its === 'section' || its === 'key') continue
      const rank = rankOf(name, name)
      const detail = `${its}, ${path}:${firstLine}`
      if (rank >= 0) found.push({ rank, completion: () => ({ kind, label: name, detail, path, firstLine, lastLine }) })
    }
  })
  return found
    .sort((a, b) => a.rank - b.rank)
    .slice(0, MAX_COMPLETIONS)
    .map(({ completion }) => completion())
}
