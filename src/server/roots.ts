/** Workspace folders as the editor names them and as they are on disk, where a link may lead elsewhere. */
import { realpath } from 'node:fs/promises'

export interface Roots {
  /** The file as it is on disk, or null outside the folders. Takes both ways of naming it. */
  real(file: string): Promise<string | null>
  /** The file as the editor names it. */
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
 * The file in the letters of the disk, where those of the editor lead to the same one: file systems that take capitals and
 * small letters for one would show it twice. A link stays what it is.
 */
export async function spelledOut(file: string, onDisk: typeof realpath = realpath): Promise<string> {
  const real = await onDisk(file).catch(() => file)
  return folded(real) === folded(file) ? real : file
}

/** What such file systems compare; macOS parts letters from their accents. */
const folded = (file: string): string => file.normalize('NFC').toLowerCase()

/** What follows the folder in the path, beginning with a separator; null for what lies elsewhere. */
function below(folder: string, file: string): string | null {
  const plain = folder.replace(/[/\\]+$/, '')
  const rest = file.slice(plain.length)
  return file.startsWith(plain) && (rest === '' || /^[/\\]/.test(rest)) ? rest : null
}
