/** A stack trace → the symbols of its frames. Linear in the length of what is pasted, whatever it is. */

import type { SymbolGraph } from '../graph/symbol-graph.ts'
import { redactSecrets } from '../text/redact.ts'
import type { TreeEntry } from '../types/tree.ts'
import type { Focus } from './focus.ts'

interface Frame {
  readonly file: number
  readonly line: number
  readonly python: boolean
}

/** Frames that are followed. */
const MAX_FRAMES = 12
const MAX_LINE_CHARS = 500
/** Of more lines the first and the last half are read. */
const MAX_LINES = 100_000
const MAX_TITLE_CHARS = 160
/**
 * Frames as Python, JavaScript, Go, Java, C#, Ruby, Rust and compilers write them. A path begins where none of its
 * characters stands before it, so that each is tried once.
 */
const FRAME =
  /File "([^"]{1,400})", line (\d{1,9})|(?<![\w@.$ /\\-])((?:[A-Za-z]:)?[\w@.$ -]{0,400}(?:[/\\]{1,3}[\w@.$ -]{1,400}){0,60}\.\w{1,6}):(?:line )?(\d{1,9})/g
const IN_A_LINE = /\bat .+:\d+|File "/
const ERROR = /\b\w*(?:Error|Exception|[Pp]anic(?:ked)?|[Ff]atal)\b/
const FRAME_LINE = /^\s*(?:at|from|File|in|#\d+|\d+:)\s/
const CAUSE = /^\s*(?:Caused by|\[cause\]):\s*\S/
const ANSI = /\x1b\[[\d;]{0,20}[A-Za-z]/g
/** Controls, and marks that reverse, hide or break what follows. */
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+/g

/** Words of others on one line: without secrets, without characters that deceive, cut. */
export function oneLine(text: string): string {
  const start = text.slice(0, 2 * MAX_LINE_CHARS).replace(ANSI, '')
  const plain = start.replace(UNSEEN, (run) => (/[\t\n\r\u2028\u2029]/.test(run) ? ' ' : ''))
  return redactSecrets(plain.trim()).slice(0, MAX_TITLE_CHARS).trim()
}

/** A path with forward slashes, without `./` before and slashes after it; `.` for the whole tree. */
export const cleanPath = (path: string): string =>
  path
    .slice(0, MAX_LINE_CHARS)
    .replaceAll('\\', '/')
    .replace(/^(?:\.\/+)+(?=.)/, '')
    .replace(/(?<=[^/])\/+$/, '')

/** The frames that lie in the tree, the innermost dozen in the order in which they are written; null when there is none. */
export function stackTraceFocus(graph: SymbolGraph, text: string): Focus | null {
  const lines = linesOf(text)
  if (lines.length === 1 && !IN_A_LINE.test(lines[0]!)) return null
  const find = frameFinder(graph)
  const all = lines.map(find)
  const from = causeOf(lines, all)
  const frames = all.slice(from).flat()
  if (frames.length === 0) return null
  // Python writes the innermost last, the others write it first.
  const last = frames.filter(({ python }) => python).length * 2 > frames.length
  const { nodes, more } = innermost(graph, last ? frames.toReversed() : frames)
  const notes = [
    ...(from ? ['The frames of the last cause are explained.'] : []),
    ...(more ? [`Of ${frames.length} frames in the index the innermost ${MAX_FRAMES} functions are explained.`] : []),
  ]
  const title = oneLine(messageOf(lines, last))
  return { title, seeds: last ? nodes.toReversed() : nodes, others: [], note: notes.join(' '), trace: true }
}

/** Lines without colours, cut. */
function linesOf(text: string): string[] {
  const all = text.split('\n')
  const half = MAX_LINES / 2
  const lines = all.length > MAX_LINES ? [...all.slice(0, half), ...all.slice(-half)] : all
  return lines.map((line) => line.slice(0, MAX_LINE_CHARS).replace(ANSI, ''))
}

/** The line with which the last cause begins that has frames in the tree; 0 without causes. */
function causeOf(lines: readonly string[], frames: readonly (readonly Frame[])[]): number {
  let found = false
  for (let i = lines.length - 1; i > 0; i--) {
    found ||= frames[i]!.length > 0
    if (found && CAUSE.test(lines[i]!)) return i
  }
  return 0
}

/** What went wrong: the last cause, else the error nearest to the innermost frame. */
function messageOf(lines: readonly string[], last: boolean): string {
  const cause = lines.findLast((line) => CAUSE.test(line))
  if (cause) return cause.replace(/^\s*(?:Caused by|\[cause\]):/, '')
  const tells = (line: string) => ERROR.test(line) && !FRAME_LINE.test(line)
  const error = last ? lines.findLast(tells) : lines.find(tells)
  const unindented = (line: string) => /^\S/.test(line)
  return error ?? (last ? lines.findLast(unindented) : undefined) ?? lines.find((line) => line.trim()) ?? ''
}

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

/** Reads the frames of a line that lie in the tree; each path is looked up once. */
function frameFinder({ table: { files } }: SymbolGraph): (line: string) => Frame[] {
  const byName = new Map<string, number[]>()
  files.forEach(({ path }, file) => {
    const held = byName.get(fileNameOf(path))
    if (held) held.push(file)
    else byName.set(fileNameOf(path), [file])
  })
  const known = new Map<string, number>()
  const look = (path: string): number => {
    const file = known.get(path) ?? fileOfFrame(files, byName.get(fileNameOf(path)) ?? [], path)
    known.set(path, file)
    return file
  }
  return (line) =>
    [...line.matchAll(FRAME)].flatMap(([, python, pythonLine, plain = '', plainLine]) => {
      const path = cleanPath((python ?? plain).trim())
      const whole = look(path)
      // Words may stand before a path as part of it.
      const file = whole < 0 && path.includes(' ') ? look(cleanPath(path.slice(path.lastIndexOf(' ') + 1))) : whole
      const isPython = python !== undefined || /\.pyx?$/.test(path)
      return file < 0 ? [] : [{ file, line: Number(pythonLine ?? plainLine), python: isPython }]
    })
}

export const fileNameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** The longest whose path the frame's path ends with, or that ends with it; -1 for none. */
function fileOfFrame(files: readonly TreeEntry[], candidates: readonly number[], path: string): number {
  let best = -1
  for (const file of candidates) {
    const own = files[file]!.path
    const fits = path === own || endsWithPathOf(files[file]!, path) || own.endsWith(`/${path}`)
    if (fits && (best < 0 || own.length > files[best]!.path.length)) best = file
  }
  return best
}

/** Whether a path ends with that of a file, as it is shown or as it is below its root. */
export const endsWithPathOf = ({ path, inner }: Pick<TreeEntry, 'path' | 'inner'>, longer: string): boolean =>
  longer.endsWith(`/${path}`) || longer.endsWith(`/${inner}`)
