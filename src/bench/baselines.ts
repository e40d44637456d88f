/**
 * Baselines for `fovea bench retrieval`: BM25 over line windows, and ripgrep. Both search the same files as Fovea and
 * pack windows of 50 lines into the same token budgets, so the numbers are comparable.
 */
import { execFile } from 'node:child_process'
import { termsOf, wordsOf } from '../engine/text/terms.ts'
import type { World } from './questions.ts'
import { type SearchAnswer, type ShownBlock, TOKEN_BUDGETS } from './score.ts'

/** Window length in lines. */
export const WINDOW_LINES = 50
/** Lines from the start of one window to the start of the next. */
const STRIDE_LINES = 40
const K1 = 1.2
const B = 0.75

export interface Searcher {
  readonly name: string
  ask(world: World, text: string, signal: AbortSignal): Promise<SearchAnswer>
}

type Count = (text: string) => number

interface Window {
  readonly file: number
  /** 1-based, inclusive. */
  readonly firstLine: number
  readonly lastLine: number
}

/** The windows of one file content. */
interface Windows {
  readonly lengths: readonly number[]
  /** Term → posting list: window and term frequency, alternating. */
  readonly postings: ReadonlyMap<string, readonly number[]>
}

/** BM25 over line windows. Uses the engine's tokenizer, but no fields, paths, names or history. */
export function windowSearcher(count: Count): Searcher {
  const cache = new Map<string, Windows>()
  const windowsOf = (world: World, file: number): Windows => {
    const { key } = world.table.files[file]!
    const windows = cache.get(key) ?? cutWindows(world.lines(file))
    cache.set(key, windows)
    return windows
  }
  return {
    name: 'BM25 windows',
    async ask(world, text) {
      const all = world.table.files.map((_, file) => windowsOf(world, file))
      const began = performance.now()
      const ranked = rankWindows(all, [...new Set(termsOf(text))])
      const windows = ranked.map(({ file, window }) => {
        const first = window * STRIDE_LINES + 1
        return { file, firstLine: first, lastLine: Math.min(first + WINDOW_LINES - 1, world.lines(file).length) }
      })
      return answer(world, windows, count, began)
    },
  }
}

function cutWindows(lines: readonly string[]): Windows {
  const postings = new Map<string, number[]>()
  const lengths: number[] = []
  for (let start = 0; start === 0 || start + WINDOW_LINES - STRIDE_LINES < lines.length; start += STRIDE_LINES) {
    const terms = termsOf(lines.slice(start, start + WINDOW_LINES).join('\n'))
    for (const term of terms) {
      const list = postings.get(term)
      if (!list) postings.set(term, [lengths.length, 1])
      else if (list.at(-2) === lengths.length) list[list.length - 1]!++
      else list.push(lengths.length, 1)
    }
    lengths.push(terms.length)
  }
  return { lengths, postings }
}

/** Ranks the windows that contain any of the terms by BM25, best first. */
function rankWindows(all: readonly Windows[], terms: readonly string[]) {
  const total = all.reduce((sum, { lengths }) => sum + lengths.length, 0)
  const mean = all.reduce((sum, { lengths }) => sum + lengths.reduce((a, b) => a + b, 0), 0) / Math.max(1, total)
  const found = new Map<string, { readonly file: number; readonly window: number; score: number }>()
  for (const term of terms) {
    const frequency = all.reduce((sum, { postings }) => sum + (postings.get(term)?.length ?? 0) / 2, 0)
    const gain = Math.log(1 + (total - frequency + 0.5) / (frequency + 0.5)) * (K1 + 1)
    all.forEach(({ lengths, postings }, file) => {
      const list = postings.get(term) ?? []
      for (let i = 0; i < list.length; i += 2) {
        const [window, tf] = [list[i]!, list[i + 1]!]
        const hit = found.get(`${file} ${window}`) ?? { file, window, score: 0 }
        hit.score += (gain * tf) / (tf + K1 * (1 - B + (B * lengths[window]!) / mean))
        found.set(`${file} ${window}`, hit)
      }
    })
  }
  return [...found.values()].sort((a, b) => b.score - a.score || a.file - b.file || a.window - b.window)
}

const STOP = new Set(
  'the and for with that this from not are when should has have which how what why where does into than then there was were will would can its all any but'.split(
    ' ',
  ),
)

/**
 * `rg` for any word of the question: ranks files by distinct words, then by matches; packs windows around the matches.
 */
export function ripgrepSearcher(count: Count): Searcher {
  return {
    name: 'ripgrep',
    async ask(world, text, signal) {
      const began = performance.now()
      const words = [...new Set(wordsOf(text).map((word) => word.toLowerCase()))].filter(
        (word) => word.length > 2 && !STOP.has(word),
      )
      const fileOf = new Map(world.table.files.map(({ inner }, file) => [inner, file]))
      const hits = new Map<number, { readonly words: Set<string>; readonly found: Match[] }>()
      for (const match of words.length ? await matches(world.root, words, signal) : []) {
        const file = fileOf.get(match.path)
        if (file === undefined) continue
        const hit = hits.get(file) ?? { words: new Set(), found: [] }
        hits.set(file, hit)
        hit.words.add(match.word)
        hit.found.push(match)
      }
      const ranked = [...hits].sort(
        ([a, one], [b, other]) => other.words.size - one.words.size || other.found.length - one.found.length || a - b,
      )
      const windows = ranked.map(([file, { found }]) => aroundMatches(file, found, world.lines(file).length))
      // Round robin: the best window of every file, then the second best, so that no long file takes the whole budget.
      const rounds = windows.reduce((max, inFile) => Math.max(max, inFile.length), 0)
      const order = Array.from({ length: rounds }, (_, round) =>
        windows.flatMap((inFile) => inFile[round] ?? []),
      ).flat()
      return answer(world, order, count, began)
    },
  }
}

/** Whether `rg` is on the PATH and runs. */
export function hasRipgrep(): Promise<boolean> {
  return new Promise((done) => execFile('rg', ['--version'], (error) => done(!error)))
}

const MAX_OUTPUT_BYTES = 256 * 1024 * 1024

interface Match {
  readonly path: string
  readonly line: number
  readonly word: string
}

function matches(root: string, words: readonly string[], signal: AbortSignal): Promise<Match[]> {
  const args = ['--no-config', '-oniF0', '--hidden', '--glob=!.git', '--no-heading', '--with-filename', '--color=never']
  const patterns = words.flatMap((word) => ['-e', word])
  return new Promise((done, fail) => {
    const options = { cwd: root, signal, maxBuffer: MAX_OUTPUT_BYTES }
    execFile('rg', [...args, ...patterns, '.'], options, (error, text) => {
      // Exit code 1: no match; 2: some file could not be read. On too much output, use the part that was read.
      const isExpected = typeof error?.code === 'number' || String(error?.code).endsWith('MAXBUFFER')
      if (error && !isExpected) return fail(error)
      const found = [...text.matchAll(/^(?:\.[/\\])?(.*?)\0(\d+):(.*)$/gm)]
      done(
        found.map(([, path = '', line, word = '']) => ({
          path: path.replaceAll('\\', '/'),
          line: Number(line),
          word: word.toLowerCase(),
        })),
      )
    })
  })
}

/** Non-overlapping windows that cover the matches, those with the most distinct words first. */
function aroundMatches(file: number, found: readonly Match[], length: number): Window[] {
  const windows: (Window & { readonly words: Set<string> })[] = []
  for (const { line, word } of found) {
    const previous = windows.at(-1)?.lastLine ?? 0
    if (line > previous) {
      const first = Math.max(1, line - WINDOW_LINES / 2 + 1, previous + 1)
      windows.push({ file, firstLine: first, lastLine: Math.min(length, first + WINDOW_LINES - 1), words: new Set() })
    }
    windows.at(-1)!.words.add(word)
  }
  return windows.sort((a, b) => b.words.size - a.words.size || a.firstLine - b.firstLine)
}

function answer(world: World, windows: readonly Window[], count: Count, began: number): SearchAnswer {
  const pathOf = (file: number) => world.table.files[file]!.path
  const text = ({ file, firstLine, lastLine }: Window) =>
    `${pathOf(file)}:${firstLine}-${lastLine}\n${world
      .lines(file)
      .slice(firstLine - 1, lastLine)
      .join('\n')}\n`
  const packs = packWindows(windows, TOKEN_BUDGETS, (window) => count(text(window)))
  return {
    files: [...new Set(windows.map(({ file }) => pathOf(file)))],
    packs: packs.map((pack) =>
      pack.map(
        ({ file, firstLine, lastLine }): ShownBlock => ({
          path: pathOf(file),
          resolution: 'full',
          lines: [[firstLine, lastLine]],
        }),
      ),
    ),
    ms: performance.now() - began,
  }
}

/**
 * Packs windows in order, each line once, for each of the ascending `budgets` (tokens). The first window that does not
 * fit is cut to its leading lines and ends the pack, so every pack starts with the pack of the next smaller budget.
 */
export function packWindows(
  windows: Iterable<Window>,
  budgets: readonly number[],
  tokensOf: (window: Window) => number,
): readonly (readonly Window[])[] {
  const packs: (readonly Window[])[] = []
  const whole: Window[] = []
  const shown = new Map<number, Window[]>()
  let tokens = 0
  for (const window of windows) {
    const fresh = without(window, shown.get(window.file) ?? [])
    if (fresh.lastLine < fresh.firstLine) continue
    const cost = tokensOf(fresh)
    while (packs.length < budgets.length && tokens + cost > budgets[packs.length]!)
      packs.push([...whole, ...head(fresh, budgets[packs.length]! - tokens, tokensOf)])
    if (packs.length === budgets.length) return packs
    tokens += cost
    whole.push(fresh)
    shown.set(window.file, [...(shown.get(window.file) ?? []), fresh])
  }
  while (packs.length < budgets.length) packs.push(whole)
  return packs
}

/** The lines of a window that are not shown yet. All windows have the same length, so one run of lines remains. */
function without({ file, firstLine, lastLine }: Window, shown: readonly Window[]): Window {
  let [from, to] = [firstLine, lastLine]
  for (const other of shown) {
    if (other.firstLine <= from && from <= other.lastLine) from = other.lastLine + 1
    if (other.firstLine <= to && to <= other.lastLine) to = other.firstLine - 1
  }
  return { file, firstLine: from, lastLine: to }
}

/** As many leading lines as fit, found by binary search. */
function head(window: Window, free: number, tokensOf: (window: Window) => number): Window[] {
  let [low, high] = [window.firstLine - 1, window.lastLine]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (tokensOf({ ...window, lastLine: middle }) <= free) low = middle
    else high = middle - 1
  }
  return low < window.firstLine ? [] : [{ ...window, lastLine: low }]
}
