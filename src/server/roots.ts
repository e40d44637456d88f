/** Workspace folders as the editor names them and as they are on disk, where a link may lead elsewhere. */
import { realpath } from 'node:fs/promises'

export interface Roots {
  /** The file as it is on disk, or null outside the folders. Takes both ways of naming it. */
  real(file: string): string | null
  /** The file as the editor names it. */
  named(file: string): string
}

export async function rootsOf(folders: readonly string[]): Promise<Roots> {
  const pairs = await Promise.all(
    folders.map(async (named) => ({ named, real: await realpath(named).catch(() => named) })),
  )
  return {
    real(file) {
      for (const { named, real } of pairs) {
        const inner = below(named, file) ?? below(real, file)
        if (inner !== null) return real + inner
      }
      return null
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

/** What follows the folder in the path, beginning with a separator; null for what lies elsewhere. */
function below(folder: string, file: string): string | null {
  const plain = folder.replace(/[/\\]+$/, '')
  const rest = file.slice(plain.length)
  return file.startsWith(plain) && (rest === '' || /^[/\\]/.test(rest)) ? rest : null
}
