/** A workspace for tests in the editor: a copy of this repository's sources that may be changed. Contains no tests. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { root } from './drive.ts'

/** Copies the sources for a test and removes them after it. */
export function copyOfThisRepository(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fovea-walk-'))
  after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  return copySources(folder)
}

export function copySources(folder: string): string {
  const copy = join(folder, 'fovea')
  mkdirSync(copy)
  for (const name of ['src', 'test', 'tools', 'training', 'syntaxes', 'README.md', 'ARCHITECTURE.md', 'package.json'])
    cpSync(join(root, name), join(copy, name), { recursive: true })
  return copy
}

/** Processes whose command line contains `dist/server.js` and whose environment has FOVEA_HOME = `home` (Linux). */
export function serversOf(home: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8')
      const environment = readFileSync(`/proc/${name}/environ`, 'utf8')
      const is = command.includes('dist/server.js') && environment.split('\0').includes(`FOVEA_HOME=${home}`)
      return /^\d+$/.test(name) && is ? [Number(name)] : []
    } catch {
      // It has ended, or belongs to another user.
      return []
    }
  })
}
