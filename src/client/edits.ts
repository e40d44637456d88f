/** Applies a reviewed run in the editor as one edit, shows its drafts as diffs, and tracks the errors it introduces. */
import {
  commands,
  type Diagnostic,
  DiagnosticSeverity,
  type ExtensionContext,
  l10n,
  languages,
  Range,
  type TextDocument,
  Uri,
  WorkspaceEdit,
  workspace,
} from 'vscode'
import type { FileEdit, ReviewFile } from '../protocol/requests.ts'
import { plain } from './connection.ts'

const BOM = '\uFEFF'
/** How often a document is read again until it shows what the server saw, and how far apart. */
const MAX_RETRIES = 40
const RETRY_MS = 100

/**
 * Applies all edits as one `WorkspaceEdit`, so that one undo reverts them, and saves the files. Throws when a document
 * does not show the text the edit starts from, when the editor rejects the edit, or when a file cannot be saved.
 */
export async function applyEdits(edits: readonly FileEdit[]): Promise<void> {
  const edit = new WorkspaceEdit()
  for (const { file, from, now, after } of edits) {
    const uri = Uri.file(file)
    if (after === null) {
      edit.deleteFile(uri)
      continue
    }
    if (from === null) {
      edit.createFile(uri, { contents: Buffer.from(after) })
      continue
    }
    const document = await documentShowing(Uri.file(from), now ?? '')
    if (from !== file) edit.renameFile(document.uri, uri)
    const change = changeOf(document, withoutBom(after))
    if (change) edit.replace(uri, ...change)
  }
  if (!(await workspace.applyEdit(edit, { isRefactoring: true })))
    throw new Error(l10n.t('The editor rejected the changes, so nothing was changed: try again.'))
  const touched = new Set(edits.map(({ file }) => Uri.file(file).toString()))
  for (const document of workspace.textDocuments)
    if (document.isDirty && touched.has(document.uri.toString()) && !(await document.save()))
      throw new Error(l10n.t('{0} could not be saved: it stays open with the changes.', plain(document.fileName)))
}

const withoutBom = (text: string): string => (text.startsWith(BOM) ? text.slice(1) : text)
/** Without a byte order mark and with `\n` line endings. */
const normalised = (text: string): string => withoutBom(text).replaceAll('\r\n', '\n')

/** The document, once it shows the text the server saw: an open document follows a change on disk with a delay. */
async function documentShowing(uri: Uri, now: string): Promise<TextDocument> {
  for (let n = 0; ; n++) {
    const document = await workspace.openTextDocument(uri)
    if (normalised(document.getText()) === normalised(now)) return document
    if (n >= MAX_RETRIES)
      throw new Error(l10n.t('{0} has just changed, so nothing was applied: try again.', plain(document.fileName)))
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
  }
}

/** The lines that differ and their new text, with the line endings of the document; null when none differ. */
function changeOf(document: TextDocument, after: string): readonly [Range, string] | null {
  const now = document.getText()
  const text = now.includes('\r\n') ? after.replace(/\r?\n/g, '\r\n') : after
  if (text === now) return null
  let first = 0
  while (first < now.length && now[first] === text[first]) first++
  let last = 0
  while (last < Math.min(now.length, text.length) - first && now.at(-1 - last) === text.at(-1 - last)) last++
  const range = new Range(document.positionAt(first), document.positionAt(now.length - last))
  // Whole lines, so that no line ending is cut in half.
  const lines = new Range(range.start.line, 0, range.end.line, Number.MAX_SAFE_INTEGER)
  const valid = document.validateRange(lines)
  const begin = document.offsetAt(valid.start)
  const rest = now.length - document.offsetAt(valid.end)
  return [valid, text.slice(begin, text.length - rest)]
}

/** The texts before and after a run, as read-only documents. */
export class DraftDocuments {
  private readonly texts = new Map<string, string>()
  private serial = 0

  constructor(context: ExtensionContext) {
    const provideTextDocumentContent = ({ path, query }: Uri) => this.texts.get(`${query}${path}`) ?? ''
    context.subscriptions.push(
      workspace.registerTextDocumentContentProvider('fovea-draft', { provideTextDocumentContent }),
    )
  }

  /** Opens the multi-file diff editor. */
  async show(files: readonly ReviewFile[]): Promise<void> {
    this.texts.clear()
    const n = ++this.serial
    const uriOf = (side: 'before' | 'after', path: string, text: string | null): Uri | undefined => {
      if (text === null) return undefined
      const query = `${side}-${n}`
      this.texts.set(`${query}/${path}`, text)
      return Uri.from({ scheme: 'fovea-draft', path: `/${path}`, query })
    }
    const rows = files.map(({ path, from, file, before, after }) => [
      Uri.file(file),
      uriOf('before', from || path, before),
      uriOf('after', path, after),
    ])
    await commands.executeCommand('vscode.changes', l10n.t('Fovea: Proposed Changes'), rows)
  }
}

interface ProblemRow {
  readonly path: string
  readonly line: number
  readonly message: string
}

const MAX_PROBLEMS = 20
const MAX_MESSAGE_CHARS = 300

/** The errors that the editor reports in applied files and did not report before. */
export class Problems {
  private files: readonly Uri[] = []
  private before = new Set<string>()
  rows: readonly ProblemRow[] = []

  constructor(context: ExtensionContext, onChange: () => void) {
    context.subscriptions.push(
      languages.onDidChangeDiagnostics(({ uris }) => {
        if (!uris.some((uri) => this.files.some((file) => file.toString() === uri.toString()))) return
        this.read()
        onChange()
      }),
    )
  }

  begin(edits: readonly FileEdit[]): void {
    this.files = edits.flatMap(({ file, after }) => (after === null ? [] : [Uri.file(file)]))
    this.before = new Set(this.files.flatMap((uri) => errorsOf(uri).map(({ message }) => `${uri} ${message}`)))
    this.rows = []
  }

  clear(): void {
    this.files = []
    this.rows = []
  }

  private read(): void {
    const rows = this.files.flatMap((uri) =>
      errorsOf(uri)
        .filter(({ message }) => !this.before.has(`${uri} ${message}`))
        .map(({ message, range }) => ({
          path: workspace.asRelativePath(uri),
          line: range.start.line + 1,
          message: message.split('\n')[0]!.slice(0, MAX_MESSAGE_CHARS),
        })),
    )
    this.rows = rows.slice(0, MAX_PROBLEMS)
  }
}

const errorsOf = (uri: Uri): Diagnostic[] =>
  languages.getDiagnostics(uri).filter(({ severity }) => severity === DiagnosticSeverity.Error)
