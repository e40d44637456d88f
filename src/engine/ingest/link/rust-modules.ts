/** Paths of Rust modules → files, by the layout that the compiler prescribes (The Rust Reference, "Modules"). */

/** Files that are a crate's root, or whose module is their folder's. */
const ROOT = /(?:^|\/)(?:lib|main|mod)\.rs$/
/** Folders each of whose files is a crate of its own. */
const CRATES = /(?:^|\/)(?:tests|benches|examples|bin)$/

export function rustModules(paths: readonly string[]): (from: string, module: string) => readonly number[] {
  const files = new Map(paths.flatMap((path, file) => (path.endsWith('.rs') ? [[path, file] as const] : [])))
  /** Folder of the sources of each crate, by its name. */
  const crates = new Map<string, string>()
  for (const path of files.keys()) {
    const [, folder] = /^(?:.*\/)?([^/]+)\/src\/(?:lib|main)\.rs$/.exec(path) ?? []
    if (folder) crates.set(folder.replaceAll('-', '_'), path.replace(/\/[^/]+$/, ''))
  }
  return (from, module) => {
    const segments = module.split(/::|\./).filter(Boolean)
    const start = startOf(from, segments, crates)
    if (start === null) return []
    let { folder } = start
    let found = start.file
    for (const segment of segments.slice(start.used)) {
      const at = folder === '' ? segment : `${folder}/${segment}`
      const next = [`${at}.rs`, `${at}/mod.rs`].find((path) => files.has(path))
      // What follows is an inline module or an item of the file.
      if (next === undefined) break
      found = next
      folder = at
    }
    if (found !== null) return files.has(found) ? [files.get(found)!] : []
    const roots = ['lib.rs', 'main.rs'].map((name) => (folder === '' ? name : `${folder}/${name}`))
    return roots.flatMap((path) => files.get(path) ?? [])
  }
}

interface Start {
  readonly folder: string
  /** The file of the module that the path begins at; null: the root of the crate. */
  readonly file: string | null
  /** Segments that are accounted for. */
  readonly used: number
}

function startOf(from: string, segments: readonly string[], crates: ReadonlyMap<string, string>): Start | null {
  const [first = ''] = segments
  if (first === 'crate') return { ...rootOf(from), used: 1 }
  let folder = folderOf(from)
  let used = 0
  let file: string | null = from
  if (first === 'self') used = 1
  // In a module within the file, the first `super` is the file itself.
  if (first === 'super') return { folder, file: from, used: 1 }
  while (segments[used] === 'super') {
    folder = folder.includes('/') ? folder.replace(/\/[^/]*$/, '') : ''
    file = null
    used++
  }
  if (used > 0) return { folder, file, used }
  const crate = crates.get(first)
  if (crate !== undefined) return { folder: crate, file: null, used: 1 }
  return { folder, file: null, used: 0 }
}

/** The folder of the modules that a file declares. */
function folderOf(path: string): string {
  const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : ''
  if (ROOT.test(path) || CRATES.test(folder)) return folder
  return path.replace(/\.rs$/, '')
}

function rootOf(path: string): { readonly folder: string; readonly file: string | null } {
  const [, sources] = /^((?:.*\/)?src)\//.exec(path) ?? []
  if (sources !== undefined) return { folder: sources, file: null }
  const [, crates] = /^((?:.*\/)?(?:tests|benches|examples))\//.exec(path) ?? []
  return crates === undefined
    ? { folder: '', file: null }
    : {
        folder: crates,
        file: path.startsWith(`${crates}/`) && path.split('/').length === crates.split('/').length + 1 ? path : null,
      }
}
