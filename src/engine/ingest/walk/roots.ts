/** Names of a tree's root folders, and paths on disk. Pure: does not read the disk. */

/** A folder's path with forward slashes and none at the end, for comparing and climbing. */
export function slashed(path: string): string {
  const windows = /^([A-Za-z]:|\\\\)/.test(path)
  const plain = (windows ? path.replaceAll('\\', '/') : path).replace(/\/+$/, '')
  return plain === '' || /^[A-Za-z]:$/.test(plain) ? `${plain}/` : plain
}

export function joinPath(folder: string, inner: string): string {
  if (inner === '') return folder
  return folder.endsWith('/') || /^[A-Za-z]:\\$/.test(folder) ? folder + inner : `${folder}/${inner}`
}

/** The parent folder, or null at the top of the disk. */
export function parentOf(folder: string): string | null {
  if (folder.endsWith('/')) return null
  return slashed(folder.slice(0, folder.lastIndexOf('/') + 1))
}

function baseName(folder: string): string {
  const plain = slashed(folder)
  return plain.endsWith('/') ? 'root' : plain.slice(plain.lastIndexOf('/') + 1)
}

/**
 * Path prefix of each root: '' for a single root, otherwise its base name, `name-2` for the second root of a name, and
 * so on. A root given twice has one name.
 */
export function rootNames(roots: readonly string[]): readonly string[] {
  const keys = roots.map(slashed)
  if (new Set(keys).size <= 1) return roots.map(() => '')
  const used = new Set(keys.map(baseName))
  const names = new Map<string, string>()
  const seen = new Set<string>()
  for (const key of keys) {
    if (names.has(key)) continue
    const base = baseName(key)
    let name = base
    for (let n = 2; seen.has(base) && used.has(name); n++) name = `${base}-${n}`
    seen.add(base)
    used.add(name)
    names.set(key, name)
  }
  return keys.map((key) => names.get(key) ?? '')
}
