/** Helpers shared by all tests: trees written as text, in-memory ports, and text comparison. Contains no tests. */
import assert from 'node:assert/strict'
import type { FileEntry, Files } from '../src/engine/ports.ts'
import type { FileRecord } from '../src/engine/types/chunk.ts'
import type { Run } from '../src/engine/types/run.ts'

export { noHistory } from '../src/host/git-history.ts'

/**
 * Parses files written one below the other, each under a heading `//- /path`. Removes indentation common to all lines;
 * a file's text ends with a newline unless it is empty.
 */
export function parseFixture(text: string): Map<string, string> {
  const files = new Map<string, string>()
  let path: string | null = null
  let lines: string[] = []
  const close = (): void => {
    if (path === null) return
    while (lines.length > 0 && lines.at(-1)?.trim() === '') lines.pop()
    files.set(path, lines.length === 0 ? '' : `${lines.join('\n')}\n`)
  }
  for (const line of dedent(text).split('\n')) {
    const heading = /^\/\/- (\/.*)$/.exec(line)
    if (heading?.[1] === undefined) {
      lines.push(line)
      continue
    }
    close()
    path = heading[1]
    lines = []
  }
  close()
  return files
}

/** In-memory files; folders are implied by their paths. A path that ends in `/` is an empty folder. */
export function memoryFiles(map: ReadonlyMap<string, string | Uint8Array>): Files {
  const folders = new Map<string, Map<string, FileEntry>>([['/', new Map()]])
  const bytes = new Map<string, Uint8Array>()
  const add = (path: string, kind: FileEntry['kind']): void => {
    const end = path.lastIndexOf('/')
    const folder = end === 0 ? '/' : path.slice(0, end)
    if (!folders.has(folder)) {
      folders.set(folder, new Map())
      add(folder, 'folder')
    }
    const name = path.slice(end + 1)
    if (name !== '') folders.get(folder)?.set(name, { name, kind })
  }
  for (const [path, content] of map) {
    add(path, 'file')
    if (!path.endsWith('/')) bytes.set(path, typeof content === 'string' ? new TextEncoder().encode(content) : content)
  }
  return {
    async list(folder) {
      const entries = folders.get(folder)
      if (!entries) throw new Error(`ENOENT: ${folder}`)
      return [...entries.values()]
    },
    async stat(path) {
      const content = bytes.get(path)
      return content ? { size: content.length, mtime: 0 } : null
    },
    async read(path) {
      return bytes.get(path) ?? null
    },
  }
}

/** A run that is never aborted and whose progress goes nowhere. */
export function testRun(): Run {
  return { signal: new AbortController().signal, report: () => {} }
}

/** Compares two texts, ignoring common indentation, surrounding empty lines and trailing spaces. */
export function check(actual: string, expected: string): void {
  const plain = (text: string): string => dedent(text).replace(/[ \t]+$/gm, '')
  assert.equal(plain(actual), plain(expected))
}

/** Removes empty lines at both ends and the indentation all lines share. */
export function dedent(text: string): string {
  const lines = text.split('\n')
  while (lines[0]?.trim() === '') lines.shift()
  while (lines.at(-1)?.trim() === '') lines.pop()
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length)
  const indent = Math.min(...indents)
  return indents.length === 0 ? '' : lines.map((line) => line.slice(indent)).join('\n')
}

/** A record in comparable form: values that a chunk keeps in its file's typed arrays are copied into the chunk. */
export function comparableRecord(record: FileRecord): object {
  const chunks = record.chunks.map((chunk) => {
    const { id, kind, firstLine, lastLine, startOffset, endOffset, names, scope, symbol, part, lengths } = chunk
    const arrays = { terms: [...chunk.terms], counts: [...chunk.counts], lengths: [...lengths] }
    return { ...{ id, kind, firstLine, lastLine, startOffset, endOffset, names, scope, symbol, part }, ...arrays }
  })
  return { ...record, references: [...record.references], chunks }
}
