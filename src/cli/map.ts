/** `fovea map`: the repository by folder and by cluster. */
import type { RepositoryMap } from '../engine/engine.ts'
import type { Cluster } from '../engine/model/cluster.ts'
import { COMMON, type Command, parseCommand, print, refresh, withEngine } from './command.ts'

const FOLDERS_LISTED = 40
const FINE_LISTED = 4
const COARSE_LISTED = 40

export const map: Command = {
  name: 'map',
  summary: 'folders, and clusters of code that means alike',
  usage: '',
  options: COMMON,
  async run(args, signal) {
    const parsed = parseCommand(args)
    await withEngine(parsed.dirs, async (engine) => {
      await refresh(engine, signal)
      const found = await engine.map()
      print(parsed.json ? JSON.stringify(mapJson(found)) : mapText(found))
    })
  },
}

function mapJson({ folders, clusters }: RepositoryMap) {
  return {
    folders,
    clusters: clusters.map(({ id, level, parent, label, members, medoid, folders: spread }) => ({
      id,
      level,
      parent,
      label,
      size: members.length,
      medoid,
      folders: spread,
    })),
  }
}

function mapText({ folders, clusters }: RepositoryMap): string {
  const bySize = (a: Cluster, b: Cluster) => b.members.length - a.members.length || a.id - b.id
  const largest = [...folders].sort((a, b) => b.chunks - a.chunks)
  const rows = largest
    .slice(0, FOLDERS_LISTED)
    .map(({ path, files, lines, chunks }) => `  ${path || '.'}  ${files} files, ${lines} lines, ${chunks} chunks`)
  const coarse = clusters.filter(({ level }) => level === 0).sort(bySize)
  const card = ({ label, members, medoid, folders: spread }: Cluster) =>
    `${label.join(' ')}  ${members.length} chunks, around ${medoid.name || medoid.path.split('/').at(-1)} ${medoid.path}:${medoid.line}, in ${spread
      .slice(0, 2)
      .map(([folder]) => folder || '.')
      .join(', ')}`
  const topics = coarse.slice(0, COARSE_LISTED).flatMap((cluster) => {
    const fine = clusters.filter(({ parent }) => parent === cluster.id).sort(bySize)
    const more = fine.length > FINE_LISTED ? [`      … ${fine.length - FINE_LISTED} more`] : []
    return [`  ${card(cluster)}`, ...fine.slice(0, FINE_LISTED).map((one) => `      ${card(one)}`), ...more]
  })
  const rest = folders.length > FOLDERS_LISTED ? [`  … ${folders.length - FOLDERS_LISTED} more`] : []
  const others = coarse.length > COARSE_LISTED ? [`  … ${coarse.length - COARSE_LISTED} more (--json lists all)`] : []
  return ['Folders', ...rows, ...rest, 'Clusters', ...topics, ...others].join('\n')
}
