/** Resolves a stack trace to the symbols of its frames. Takes time linear in the pasted text, whatever it contains. */

import type { SymbolGraph } from '../graph/symbol-graph.ts'
import { redactSecrets } from '../text/redact.ts'
import type { TreeEntry } from '../types/tree.ts'
import type { Focus } from './focus.ts'

interface Frame {
  readonly file: number
  readonly line: number
  readonly python: boolean
}

/** Maximum functions to follow. */
const MAX_FRAMES = 12
const MAX_LINE_CHARS = 500
/** Of a longer text only the first and the last half of this many lines are read. */
const MAX_LINES = 100_000
const MAX_TITLE_CHARS = 160
/**
 * Frames as written by Python, JavaScript, Go, Java, C#, Ruby, Rust and compilers. A path starts only where no path
 * character precedes it, so that each position is tried once.
 */
const FRAME =
  /File "([^"]{1,400})", line (\d{1,9})|(?<![\w@.$ /\\-])((?:[A-Za-z]:)?[\w@.$ -]{0,400}(?:[/\\]{1,3}[\w@.$ -]{1,400}){0,60}\.\w{1,6}):(?:line )?(\d{1,9})/g
const IN_A_LINE = /\bat .+:\d+|File "/
const ERROR = /\b\w*(?:Error|Exception|[Pp]anic(?:ked)?|[Ff]atal)\b/
const FRAME_LINE = /^\s*(?:at|from|File|in|#\d+|\d+:)\s/
const CAUSE = /^\s*(?:Caused by|\[cause\]):\s*\S/
const ANSI = /\x1b\[[\d;]{0,20}[A-Za-z]/g
/** Control characters, and marks that reverse, hide or break the following text. */
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+/g

/** Makes untrusted text safe to show on one line: redacts secrets, removes invisible characters, truncates. */
export function oneLine(text: string): string {
  const start = text.slice(0, 2 * MAX_LINE_CHARS).replace(ANSI, '')
  const plain = start.replace(INVISIBLE, (run) => (/[\t\n\r\u2028\u2029]/.test(run) ? ' ' : ''))
  return redactSecrets(plain.trim()).slice(0, MAX_TITLE_CHARS).trim()
}

/** Normalises a path: forward slashes, no leading `./`, no trailing slash; `.` is the whole tree. */
export const cleanPath = (path: string): string =>
  path
    .slice(0, MAX_LINE_CHARS)
    .replaceAll('\\', '/')
    .replace(/^(?:\.\/+)+(?=.)/, '')
    .replace(/(?<=[^/])\/+$/, '')

/** Focuses on the innermost dozen frames in the tree, in the order written; null if the text has none. */
export function stackTraceFocus(graph: SymbolGraph, text: string): Focus | null {
  const lines = linesOf(text)
  if (lines.length === 1 && !IN_A_LINE.test(lines[0]!)) return null
  const find = frameFinder(graph)
  const all = lines.map(find)
  const from = causeOf(lines, all)
  const frames = all.slice(from).flat()
  if (frames.length === 0) return null
  // Python prints the innermost frame last, all others first.
  const isInnermostLast = frames.filter(({ python }) => python).length * 2 > frames.length
  const { nodes, more } = innermost(graph, isInnermostLast ? frames.toReversed() : frames)
  const notes = [
    ...(from ? ['The frames of the last cause are explained.'] : []),
    ...(more ? [`Of ${frames.length} frames in the index the innermost ${MAX_FRAMES} functions are explained.`] : []),
  ]
  const title = oneLine(messageOf(lines, isInnermostLast))
  return {
    title,
    seeds: isInnermostLast ? nodes.toReversed() : nodes,
    others: [],
    note: notes.join(' ') || null,
    trace: true,
  }
}

/** Lines without ANSI colours, truncated. */
function linesOf(text: string): string[] {
  const all = text.split('\n')
  const half = MAX_LINES / 2
  const lines = all.length > MAX_LINES ? [...all.slice(0, half), ...all.slice(-half)] : all
  return lines.map((line) => line.slice(0, MAX_LINE_CHARS).replace(ANSI, ''))
}

/** Index of the line that starts the last cause with frames in the tree; 0 without causes. */
function causeOf(lines: readonly string[], frames: readonly (readonly Frame[])[]): number {
  let found = false
  for (let i = lines.length - 1; i > 0; i--) {
    found ||= frames[i]!.length > 0
    if (found && CAUSE.test(lines[i]!)) return i
  }
  return 0
}

/** The error message: the last cause, else the error closest to the innermost frame. */
function messageOf(lines: readonly string[], isInnermostLast: boolean): string {
  const cause = lines.findLast((line) => CAUSE.test(line))
  if (cause) return cause.replace(/^\s*(?:Caused by|\[cause\]):/, '')
  const isMessage = (line: string) => ERROR.test(line) && !FRAME_LINE.test(line)
  const error = isInnermostLast ? lines.findLast(isMessage) : lines.find(isMessage)
  const unindented = (line: string) => /^\S/.test(line)
  return error ?? (isInnermostLast ? lines.findLast(unindented) : undefined) ?? lines.find((line) => line.trim()) ?? ''
}

/** Nodes of the first `MAX_FRAMES` distinct functions, and whether there are more. */
function innermost(graph: SymbolGraph, frames: readonly Frame[]): { readonly nodes: number[]; readonly more: boolean } {
  const nodes = new Set<number>()
  const seen = new Set<string>()
  for (const { file, line } of frames) {
    const place = `${file}:${line}`
    if (seen.has(place)) continue
    seen.add(place)
    const { symbols } = graph.table.records[file]!
    const node = graph.node(
      file,
      symbols.findLastIndex(({ firstLine, lastLine }) => firstLine <= line && lastLine >= line),
    )
    if (nodes.size === MAX_FRAMES && !nodes.has(node)) return { nodes: [...nodes], more: true }
    nodes.add(node)
  }
  return { nodes: [...nodes], more: false }
}

/** Returns a function that finds a line's frames in the tree; each path is looked up once. */
function frameFinder({ table: { files } }: SymbolGraph): (line: string) => Frame[] {
  const byName = new Map<string, number[]>()
  files.forEach(({ path }, file) => {
    const list = byName.get(fileNameOf(path))
    if (list) list.push(file)
    else byName.set(fileNameOf(path), [file])
  })
  const known = new Map<string, number | undefined>()
  const findFile = (path: string): number | undefined => {
    if (!known.has(path)) known.set(path, fileOfFrame(files, byName.get(fileNameOf(path)) ?? [], path))
    return known.get(path)
  }
  return (line) =>
    [...line.matchAll(FRAME)].flatMap(([, python, pythonLine, plain = '', plainLine]) => {
      const path = cleanPath((python ?? plain).trim())
      const direct = findFile(path)
      // Words before a path may have been matched as part of it.
      const file =
        direct ?? (path.includes(' ') ? findFile(cleanPath(path.slice(path.lastIndexOf(' ') + 1))) : undefined)
      const isPython = python !== undefined || /\.pyx?$/.test(path)
      return file === undefined ? [] : [{ file, line: Number(pythonLine ?? plainLine), python: isPython }]
    })
}

export const fileNameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** The file with the longest path that is a suffix of the frame's path, or vice versa. */
function fileOfFrame(files: readonly TreeEntry[], candidates: readonly number[], path: string): number | undefined {
  let best: number | undefined
  for (const file of candidates) {
    const candidate = files[file]!.path
    const fits = path === candidate || endsWithPathOf(files[file]!, path) || candidate.endsWith(`/${path}`)
    if (fits && (best === undefined || candidate.length > files[best]!.path.length)) best = file
  }
  return best
}

/** Whether a path ends with a file's path, as shown or relative to its root. */
export const endsWithPathOf = ({ path, inner }: Pick<TreeEntry, 'path' | 'inner'>, longer: string): boolean =>
  longer.endsWith(`/${path}`) || longer.endsWith(`/${inner}`)
