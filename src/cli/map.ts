/** `fovea map`: prints the repository by folder and by semantic cluster. */
import { presentMap } from '../engine/engine.ts'
import type { RepositoryMap } from '../engine/types/map.ts'
import { COMMON, type Command, parseBare, print, refresh, withEngine } from './command.ts'

export const map: Command = {
  name: 'map',
  summary: 'show folders and clusters of similar code',
  usage: '',
  options: COMMON,
  async run(args, signal) {
    const parsed = parseBare(args)
    await withEngine(parsed.dirs, async (engine) => {
      await refresh(engine, signal)
      const found = await engine.map()
      print(parsed.json ? JSON.stringify(mapJson(found)) : presentMap(found))
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
