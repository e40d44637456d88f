/** The folder for everything that is stored between runs. */
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** FOVEA_HOME, or the platform's cache folder. */
export function cacheHome(): string {
  if (process.env.FOVEA_HOME) return resolve(process.env.FOVEA_HOME)
  if (process.platform === 'win32')
    return join(process.env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'fovea')
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'fovea')
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'fovea')
}
