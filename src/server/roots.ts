/** Maps between the paths the editor uses for the workspace folders and those on disk, which differ behind links. */
import { realpath } from 'node:fs/promises'

export interface Roots {
  /** The path on disk, or null outside the folders. Accepts either form. */
  real(file: string): Promise<string | null>
  /** The path as the editor names it. */
  named(file: string): string
}

export async function rootsOf(folders: readonly string[]): Promise<Roots> {
  const pairs = await Promise.all(
    folders.map(async (named) => ({ named, real: await realpath(named).catch(() => named) })),
  )
  const inFolder = (file: string) => {
    for (const { named, real } of pairs) {
      const inner = below(named, file) ?? below(real, file)
      if (inner !== null) return real + inner
    }
    return null
  }
  return {
    async real(file) {
      const real = inFolder(file) ?? inFolder(await spelledOut(file))
      return real && spelledOut(real)
    },
    named(file) {
      for (const { named, real } of pairs) {
        const inner = below(real, file)
        if (inner !== null) return named + inner
      }
      return file
    },
  }
}

/**
 * The path with the case and accents it has on disk. On a case-insensitive file system the same file would otherwise be
 * listed twice. A link stays as it is.
 */
export async function spelledOut(file: string, onDisk: typeof realpath = realpath): Promise<string> {
  const real = await onDisk(file).catch(() => file)
  return folded(real) === folded(file) ? real : file
}

/** The form in which case-insensitive file systems compare names; macOS decomposes accents. */
const folded = (file: string): string => file.normalize('NFC').toLowerCase()

/** The rest of the path after the folder, beginning with a separator; null for a path elsewhere. */
function below(folder: string, file: string): string | null {
  const plain = folder.replace(/[/\\]+$/, '')
  const rest = file.slice(plain.length)
  return file.startsWith(plain) && (rest === '' || /^[/\\]/.test(rest)) ? rest : null
}
