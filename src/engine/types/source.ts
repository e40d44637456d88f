/** Files as the walk finds them. Paths are relative to the tree, with forward slashes, on every platform. */

export interface SourceFile {
  /** Path shown to the user: `<root name>/…` when a tree has several roots. */
  readonly path: string
  /** Folder on disk the file lies in: index into the tree's roots. */
  readonly root: number
  /** Path below that root. */
  readonly inner: string
  readonly size: number
  /** Modification time, milliseconds since the epoch. */
  readonly mtime: number
}

export type SkipReason =
  | 'binary'
  | 'minified'
  | 'generated'
  | 'too large'
  | 'secret'
  | 'unreadable'
  | 'link'
  | 'submodule'
  | 'parser failed'
  | 'changed while read'
  | 'no memory left'

export interface Skipped {
  readonly path: string
  readonly reason: SkipReason
  /** The file as it was when its content gave the reason; absent when its name or the folder did. */
  readonly seen?: { readonly size: number; readonly mtime: number }
}

/** Both ends inclusive; lines are 1-based. */
export interface LineRange {
  readonly firstLine: number
  readonly lastLine: number
}

/** Why lines of a file are not shown whose bytes are not those that were indexed. */
export const CHANGED_SINCE_INDEXED = 'changed since it was indexed'

/** Lines of a file as indexed, or why they cannot be shown. */
export type Lines = { readonly lines: readonly string[] } | { readonly reason: string }
/** By the file's place in the tree. */
export type ReadLines = (file: number) => Promise<Lines>

/** One text for each way in which a platform may write an absolute path: drive letters come in both cases. */
export function fileKey(file: string): string {
  return file.replaceAll('\\', '/').replace(/^[a-z]:/, (drive) => drive.toUpperCase())
}
