/**
 * Entry point of the engine for worker processes: parsing, clustering and syntax checks. It starts no processes itself;
 * `src/host/worker-main.ts` calls it inside a worker. Records are packed here, so that they are transferred and stored in one
 * form (`store/record-codec.ts`).
 */
import { assignVectors, clusterChunks } from './ingest/embed/kmeans.ts'
import { openParser, type SyntaxParser } from './ingest/parse/parse.ts'
import { recordFile, recordKey } from './ingest/parse/record.ts'
import { screenText } from './ingest/parse/screen.ts'
import { syntaxErrors } from './ingest/parse/syntax-errors.ts'
import { diskPath, walkFiles } from './ingest/walk/walk.ts'
import type { Files, Grammars, History, ParseJob, ParseResult } from './ports.ts'
import { packRecord } from './store/record-codec.ts'
import { languageOf } from './text/language.ts'
import type { ParseError } from './types/generation.ts'
import type { Run } from './types/run.ts'

export { assignVectors, clusterChunks }

export interface ParsedBatch {
  readonly results: readonly ParseResult[]
  /** The grammar's wasm crashed on the last file: this process must parse no more. */
  readonly broken: boolean
}

/** Opened by the first job and shared by all jobs of this process. */
let sharedParser: Promise<SyntaxParser> | undefined

/** Reads and parses the files in order; stops at one that breaks the parser. */
export async function parseBatch(files: Files, grammars: Grammars, jobs: readonly ParseJob[]): Promise<ParsedBatch> {
  sharedParser ??= openParser(grammars)
  const results: ParseResult[] = []
  for (const job of jobs) {
    const content = job.unsaved ?? (await readUnchanged(files, job.file))
    if (typeof content === 'string') {
      results.push({ path: job.path, failure: content })
      continue
    }
    const { bytes, size, mtime } = content
    const key = job.keyOnly || job.known !== undefined ? recordKey(job.path, bytes) : undefined
    if (key !== undefined && (job.keyOnly || key === job.known)) {
      results.push({ path: job.path, size, mtime, same: key })
      continue
    }
    try {
      const record = await recordFile(await sharedParser, job.path, bytes)
      const { skipped } = record
      results.push({ path: job.path, size, mtime, ...(skipped ? { skipped } : { packed: packRecord(record) }) })
    } catch (error) {
      results.push({ path: job.path, failure: 'parser failed', size, mtime, detail: String(error) })
      return { results, broken: true }
    }
  }
  return { results, broken: false }
}

/** The syntax errors that the parser finds in a text; null when it could not be parsed. */
export async function syntaxErrorsIn(
  grammars: Grammars,
  path: string,
  text: string,
): Promise<readonly ParseError[] | null> {
  sharedParser ??= openParser(grammars)
  return syntaxErrors(await sharedParser, languageOf(path), text)
}

/** Reads the bytes between two equal `stat` results, so that content and time belong together. */
async function readUnchanged(files: Files, file: string) {
  for (let attempt = 0; attempt < 3; attempt++) {
    const before = await files.stat(file)
    const bytes = before && (await files.read(file))
    if (!before || !bytes) return 'unreadable' as const
    const after = await files.stat(file)
    if (after && after.size === before.size && after.mtime === before.mtime && bytes.length === after.size)
      return { bytes, ...after }
  }
  return 'changed while read' as const
}

/** Size of the text worth parsing. */
export interface SourceSize {
  readonly files: number
  readonly lines: number
  readonly bytes: number
}

/** The baseline of a bench: walk, read and parse, nothing else. */
export async function parseOnly(
  run: Run,
  ports: { readonly files: Files; readonly history: History },
  grammars: Grammars,
  roots: readonly string[],
): Promise<SourceSize> {
  const parser = await openParser(grammars)
  const size = { files: 0, lines: 0, bytes: 0 }
  for (const file of (await walkFiles(run, ports, roots)).files) {
    run.signal.throwIfAborted()
    const bytes = await ports.files.read(diskPath(roots, file))
    const screened = bytes && screenText(bytes, file.path)
    if (!bytes || !screened || 'reason' in screened) continue
    size.files++
    size.lines += screened.lines
    size.bytes += bytes.length
    const parsed = await parser.parse(languageOf(file.path), screened.text)
    parsed?.tree.delete()
  }
  return size
}
