/** Module paths as written → files of the tree: relative paths exactly, others by their longest matching suffix. */

/** A path that may mean more files than this resolves to none. */
export const MAX_FILES_PER_IMPORT = 24
/** Modules of standard libraries, which never refer to a file of the tree, even if one has that name. */
const BUILT_IN = new Set(
  `assert buffer child_process crypto events fs fs/promises http https module net os path process readline stream
  timers tty url util v8 vm worker_threads zlib typing json logging types sys re io abc enum time datetime
  collections functools itertools inspect dataclasses contextlib asyncio email urllib urllib.parse warnings
  unittest unittest.mock threading errors strings strconv bytes fmt log sort sync context testing net/http
  encoding/json reflect io/fs html/template`.split(/\s+/),
)

export function importResolver(paths: readonly string[]): (from: string, module: string) => readonly number[] {
  const byStem = new Map<string, number[]>()
  const byFolder = new Map<string, number[]>()
  const push = (map: Map<string, number[]>, key: string, file: number) => {
    const list = map.get(key)
    if (list) list.push(file)
    else map.set(key, [file])
  }
  paths.forEach((path, file) => {
    const segments = path.split('/')
    const stem = segments.at(-1)!.replace(/\.[^.]+$/, '')
    const module = /^(index|mod|__init__|lib)$/.test(stem) ? (segments.at(-2) ?? stem) : stem
    push(byStem, module, file)
    if (module !== stem) push(byStem, stem, file)
    push(byFolder, segments.slice(0, -1).at(-1) ?? '', file)
  })
  const exact = new Map(paths.map((path, file) => [path, file]))
  const cache = new Map<string, readonly number[]>()
  return (from, module) => {
    if (BUILT_IN.has(module.replace(/^node:/, ''))) return []
    const relative = module.startsWith('.')
    const key = relative ? `${from.slice(0, from.lastIndexOf('/'))} ${module}` : module
    let found = cache.get(key)
    if (!found) {
      found = relative ? byRelative(from, module, exact) : byTail(module, paths, byStem, byFolder)
      cache.set(key, found)
    }
    return found
  }
}

const EXTENSIONS = [
  '',
  '.ts',
  '.tsx',
  '.js',
  '.jsx',
  '.mjs',
  '.cjs',
  '.d.ts',
  '.py',
  '.vue',
  '.svelte',
  '.json',
  '.rb',
  '.php',
  '.lua',
  '.sol',
  '.h',
  '.hpp',
  '.css',
  '.dart',
]
const ENTRIES = ['/index.ts', '/index.tsx', '/index.js', '/index.jsx', '/__init__.py', '/mod.rs']

function byRelative(from: string, module: string, exact: ReadonlyMap<string, number>): readonly number[] {
  const base = from.split('/').slice(0, -1)
  const dots = /^\.+(?=[A-Za-z_]|$)/.exec(module)?.[0].length ?? 0
  const isPython = dots > 0 && !module.includes('/')
  const steps = isPython ? [...Array(dots - 1).fill('..'), ...module.slice(dots).split('.')] : module.split('/')
  for (const step of steps) {
    if (step === '..') base.pop()
    else if (step && step !== '.') base.push(step)
  }
  const target = base.join('/')
  const withoutScriptExtension = target.replace(/\.[cm]?jsx?$/, '')
  for (const stem of [target, withoutScriptExtension])
    for (const end of [...EXTENSIONS, ...ENTRIES]) {
      const file = exact.get(stem + end)
      if (file !== undefined) return [file]
    }
  return []
}

function byTail(
  module: string,
  paths: readonly string[],
  byStem: ReadonlyMap<string, number[]>,
  byFolder: ReadonlyMap<string, number[]>,
): readonly number[] {
  const isPath = module.includes('/')
  const flat = (isPath ? module.replace(/\.[A-Za-z]{1,4}$/, '') : module.replace(/\.(h|hpp|hh)$/, ''))
    .replace(/::|\\/g, '/')
    .replace(/[{*].*$/, '')
  const segments = (isPath ? flat : flat.replace(/\./g, '/'))
    .split('/')
    .filter((segment) => segment && !['crate', 'super', 'self', '@', '~'].includes(segment))
  // The last segment may name something inside the module.
  for (const target of [segments, segments.slice(0, -1)]) {
    const last = target.at(-1)
    if (!last) continue
    const direct = bestTail(byStem.get(last) ?? [], target, paths, 0)
    const found = direct.length ? direct : bestTail(byFolder.get(last) ?? [], target, paths, 1)
    if (found.length && found.length <= MAX_FILES_PER_IMPORT) return found
  }
  return []
}

/** The candidates that share the longest suffix of folders; one shared segment is enough only for short paths. */
function bestTail(
  candidates: readonly number[],
  target: readonly string[],
  paths: readonly string[],
  up: 0 | 1,
): number[] {
  let best: number[] = []
  let longest = target.length > 1 ? 2 : 1
  for (const file of candidates) {
    const segments = paths[file]!.replace(/\.[^./]+$/, '').split('/')
    if (up || (segments.at(-1) !== target.at(-1) && segments.length > 1)) segments.pop()
    let shared = 0
    while (shared < target.length && target.at(-1 - shared) === segments.at(-1 - shared)) shared++
    if (shared > longest) best = []
    if (shared >= longest) {
      longest = shared
      best.push(file)
    }
  }
  return best
}
