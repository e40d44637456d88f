/** Translates between indexed paths and what the editor opens and selects. */

import type { TextEditor } from 'vscode'
import { l10n, Position, Range, Selection, TextEditorRevealType, Uri, ViewColumn, window, workspace } from 'vscode'
import type { Mention } from '../engine/types/thread.ts'
import { type Connection, messageOf, plain } from './connection.ts'

/** The file of an indexed path, else null: only indexed files are opened, so no path leads out of the workspace. */
export async function uriOf(connection: Connection, path: string): Promise<Uri | null> {
  const { file } = await connection.request('fovea/locate', { path })
  return file === null ? null : Uri.file(file)
}

/** Opens a file at the lines, 1-based and inclusive; line 0 stands for the whole file. */
export async function openPlace(connection: Connection, path: string, start: number, end: number): Promise<void> {
  try {
    const uri = await uriOf(connection, path)
    if (!uri) {
      void window.showWarningMessage(
        l10n.t('{0} is no longer in the index: ask again to see what there is now.', plain(path)),
      )
      return
    }
    const document = await workspace.openTextDocument(uri)
    const range = rangeOf(start, end, document.lineCount)
    const editor = await window.showTextDocument(document, { viewColumn: columnFor(), preview: true })
    editor.selection = new Selection(range.start, range.start)
    editor.revealRange(range, TextEditorRevealType.InCenterIfOutsideViewport)
    flash(editor, range)
  } catch (error) {
    void window.showWarningMessage(l10n.t('{0} cannot be opened: {1}', plain(path), messageOf(error)))
  }
}

function columnFor(): ViewColumn {
  return window.activeTextEditor?.viewColumn ?? ViewColumn.One
}

/** The range of the lines (1-based, inclusive) in a document of `lines` lines. */
export function rangeOf(start: number, end: number, lines = Number.MAX_SAFE_INTEGER): Range {
  const first = Math.min(Math.max(0, start - 1), lines - 1)
  const last = Math.min(Math.max(first, end - 1), lines - 1)
  return new Range(new Position(first, 0), new Position(last, Number.MAX_SAFE_INTEGER))
}

const FLASH_MS = 1500

/** Highlights lines briefly. */
function flash(editor: TextEditor, range: Range): void {
  const mark = window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: { id: 'editor.rangeHighlightBackground' },
    borderColor: { id: 'contrastActiveBorder' },
  })
  editor.setDecorations(mark, [range])
  setTimeout(() => mark.dispose(), FLASH_MS)
}

/** The selection in the active editor, or its file when nothing is selected; null for a file that is not indexed. */
export async function selectionMention(connection: Connection): Promise<Mention | null> {
  const editor = window.activeTextEditor ?? window.visibleTextEditors[0]
  if (editor?.document.uri.scheme !== 'file') return null
  const { path } = await connection.request('fovea/path', { file: editor.document.uri.fsPath })
  if (path === null) return null
  const { start, end, isEmpty } = editor.selection
  const lastLine = end.character === 0 && end.line > start.line ? end.line : end.line + 1
  if (isEmpty) return { kind: 'file', label: path, path, firstLine: 0, lastLine: 0 }
  const firstLine = start.line + 1
  return { kind: 'selection', label: `${path}:${firstLine}-${lastLine}`, path, firstLine, lastLine }
}
