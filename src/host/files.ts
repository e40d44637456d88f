/** The Files port over Node's file system. It only reads, and follows no link when it lists a folder. */
import { type Dirent, readFileSync, statSync } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import type { FileEntry, Files } from '../engine/ports.ts'

export const nodeFiles: Files = {
  async list(folder) {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries.map((entry) => ({ name: entry.name, kind: kindOf(entry) }))
  },

  async stat(path) {
    try {
      const { size, mtimeMs, ctimeMs, mode } = await stat(path)
      return { size, mtime: changeTime(mtimeMs, ctimeMs), mode: mode & 0o7777 }
    } catch {
      return null
    }
  },

  async read(path) {
    try {
      return await readFile(path)
    } catch {
      return null
    }
  },
}

/**
 * When a file last changed. Tools that give all files one modification time (Nix, Bazel, archives) cannot set the time
 * of the change itself.
 */
const changeTime = (modifiedMs: number, changedMs: number): number => Math.max(modifiedMs, changedMs)

/** Synchronous, for a process with nothing else to do: a fifth of the time for small files. */
export const blockingFiles: Files = {
  list: nodeFiles.list,

  async stat(path) {
    try {
      const { size, mtimeMs, ctimeMs } = statSync(path)
      return { size, mtime: changeTime(mtimeMs, ctimeMs) }
    } catch {
      return null
    }
  },

  async read(path) {
    try {
      return readFileSync(path)
    } catch {
      return null
    }
  },
}

function kindOf(entry: Dirent): FileEntry['kind'] {
  if (entry.isSymbolicLink()) return 'link'
  if (entry.isDirectory()) return 'folder'
  return entry.isFile() ? 'file' : 'other'
}
