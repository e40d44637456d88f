/** Maps between the paths the editor uses for the workspace folders and those on disk, which differ behind links. */
import { realpath } from 'node:fs/promises'

export interface Roots {
  /** The path on disk, or null outside the folders. Accepts either form. */
  realPathOf(file: string): Promise<string | null>
  /** The path as the editor names it. */
  editorPathOf(file: string): string
}

export async function rootsOf(folders: readonly string[]): Promise<Roots> {
  const pairs = await Promise.all(
    folders.map(async (folder) => ({ folder, real: await realpath(folder).catch(() => folder) })),
  )
  const resolveRoot = (file: string) => {
    for (const { folder, real } of pairs) {
      const inner = pathBelow(folder, file) ?? pathBelow(real, file)
      if (inner !== null) return real + inner
    }
    return null
  }
  return {
    async realPathOf(file) {
      const real = resolveRoot(file) ?? resolveRoot(await withDiskSpelling(file))
      return real && withDiskSpelling(real)
    },
    editorPathOf(file) {
      for (const { folder, real } of pairs) {
        const inner = pathBelow(real, file)
        if (inner !== null) return folder + inner
      }
      return file
    },
  }
}

/**
 * The path with the case and accents it has on disk. On a case-insensitive file system the same file would otherwise be
 * listed twice. A link stays as it is.
 */
export async function withDiskSpelling(file: string, onDisk: typeof realpath = realpath): Promise<string> {
  const real = await onDisk(file).catch(() => file)
  return comparisonKey(real) === comparisonKey(file) ? real : file
}

/** The form in which case-insensitive file systems compare names; macOS decomposes accents. */
const comparisonKey = (file: string): string => file.normalize('NFC').toLowerCase()

/** The rest of the path after the folder, beginning with a separator; null for a path elsewhere. */
function pathBelow(folder: string, file: string): string | null {
  const prefix = folder.replace(/[/\\]+$/, '')
  const rest = file.slice(prefix.length)
  return file.startsWith(prefix) && (rest === '' || /^[/\\]/.test(rest)) ? rest : null
}
