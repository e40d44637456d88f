/** Files as the walk finds them. Paths are relative to the tree, with forward slashes, on every platform. */
export interface SourceFile {
  /** Path shown to the user: `<root name>/…` when a tree has several roots. */
  readonly path: string
  /** The folder on disk: index into the tree's roots. */
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
  | 'out of memory'

export interface Skipped {
  readonly path: string
  readonly reason: SkipReason
  /** The file's size and time when its content was the reason; absent when its name or folder was. */
  readonly seen?: { readonly size: number; readonly mtime: number }
}

/** Both ends inclusive; lines are 1-based. */
export interface LineRange {
  readonly firstLine: number
  readonly lastLine: number
}

/** Why the lines of a file cannot be shown. */
export type UnreadableReason = 'changed since it was indexed' | 'the file cannot be read' | SkipReason

/** Lines of a file as indexed, or why they cannot be shown. */
export type Lines = { readonly lines: readonly string[] } | { readonly reason: UnreadableReason }
/** Reads the lines of a file by index into the tree's entries. */
export type ReadLines = (file: number) => Promise<Lines>

/** A canonical key for an absolute path: platforms write drive letters in either case. */
export function fileKey(file: string): string {
  return file.replaceAll('\\', '/').replace(/^[a-z]:/, (drive) => drive.toUpperCase())
}
