/**
 * Helpers of the walk's tests: real folders that are removed at the end, and a walk's result as text. Contains no
 * tests.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after } from 'node:test'
import { walkFiles } from '../../src/engine/ingest/walk/walk.ts'
import type { Files, History } from '../../src/engine/ports.ts'
import { noHistory, testRun } from '../fixture.ts'

const temporary: string[] = []
after(() => {
  for (const folder of temporary) rmSync(folder, { recursive: true, force: true })
})

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fovea-walk-'))
  temporary.push(folder)
  return folder
}

export function write(root: string, files: Iterable<readonly [path: string, text: string]>): void {
  for (const [path, text] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}

/** A History port that tracks these paths, with these excludes. */
export const tracking = (tracked: readonly string[], excludes: readonly string[] = []): History => ({
  ...noHistory,
  tracked: async () => new Set(tracked),
  excludes: async () => excludes,
})

/** One line per file, then the skipped ones with their reason. */
export async function walk(files: Files, history: History, ...roots: string[]): Promise<string> {
  const result = await walkFiles(testRun(), { files, history }, roots)
  const skipped = result.skipped.map(({ path, reason }) => `${path} – ${reason}`)
  return [...result.files.map(({ path }) => path), ...skipped].join('\n')
}
