/**
 * Types and helpers of the question generators of `fovea bench retrieval`: a question with its gold, posed to an
 * indexed tree; which code may be gold; seeded sampling.
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Engine } from '../engine/engine.ts'
import { symbolTableOf } from '../engine/measure.ts'
import { languageOf } from '../engine/text/language.ts'
import { isGenerated, isTest } from '../engine/text/path-role.ts'
import type { SourceSymbol } from '../engine/types/symbol.ts'
import type { SymbolTable } from '../engine/types/workspace.ts'
import type { Gold } from './score.ts'

export const GENERATORS = ['documentation', 'tests', 'commits'] as const
export type Generator = (typeof GENERATORS)[number]

export interface Question {
  readonly generator: Generator
  readonly text: string
  /** For people: the symbol, test or commit the question was made from. */
  readonly source: string
  readonly gold: readonly Gold[]
}

/** An indexed tree on disk. */
export interface World {
  readonly engine: Engine
  readonly root: string
  readonly table: SymbolTable
  /** The lines of a file of the table; empty when the file can no longer be read. */
  lines(file: number): readonly string[]
}

/** A question and the tree to ask, valid until the generator is asked for the next question. */
export interface Posed {
  readonly question: Question
  readonly world: World
}

/** The context of a run, passed to its generators. */
export interface Bench {
  readonly signal: AbortSignal
  /** Maximum number of questions per generator. */
  readonly count: number
  readonly seed: number
  /** The measured folder, unmodified. */
  readonly world: World
  /** A temporary folder that exists until the run ends. */
  readonly folder: string
  /** Indexes a folder and opens it. */
  open(root: string): Promise<World>
  /** Reports in one sentence why a generator makes no questions. */
  refuse(generator: Generator, sentence: string): void
}

export async function readWorld(engine: Engine, root: string): Promise<World> {
  const table = await symbolTableOf(engine)
  const cache = new Map<number, readonly string[]>()
  return {
    engine,
    root,
    table,
    lines(file) {
      const lines = cache.get(file) ?? readLines(join(root, table.files[file]!.inner))
      cache.set(file, lines)
      return lines
    },
  }
}

function readLines(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split(/\r?\n/)
  } catch {
    // Removed since it was indexed.
    return []
  }
}

const DATA = new Set('html css json yaml toml hcl markdown'.split(' '))
const CODE_KINDS = new Set('function method class interface struct enum trait type'.split(' '))
/** For a longer symbol only the file is gold, not its lines: they would take most of a budget. */
const MAX_LINES = 200

/**
 * Whether the file may be gold: handwritten code that people search for, not data, tests, generated or vendored files.
 */
export function isAnswer(path: string): boolean {
  const { grammar, id } = languageOf(path)
  return grammar !== null && !DATA.has(id) && !isTest(path) && !isGenerated(path)
}

export const isCode = ({ kind }: SourceSymbol): boolean => CODE_KINDS.has(kind)

/** The non-blank lines of symbols of one file. */
export function goldOf(path: string, symbols: readonly SourceSymbol[], lines: readonly string[]): Gold {
  const found = new Set<number>()
  for (const { firstLine, lastLine } of symbols)
    if (lastLine - firstLine < MAX_LINES)
      for (let n = firstLine; n <= lastLine; n++) if (lines[n - 1]?.trim()) found.add(n)
  return { path, lines: [...found].sort((a, b) => a - b) }
}

/** Whether a text has at least that many words that contain a letter. */
export const saysSomething = (text: string, words: number): boolean =>
  text.split(/\s+/).filter((word) => /\p{L}/u.test(word)).length >= words

/** Draws up to `count` of the items in a random order, reproducible by seed (partial Fisher-Yates shuffle). */
export function sample<T>(items: readonly T[], count: number, seed: number): T[] {
  const next = randomOf(seed)
  const rest = [...items]
  for (let i = 0; i < Math.min(count, rest.length); i++) {
    const j = i + Math.floor(next() * (rest.length - i))
    const swapped = rest[i]!
    rest[i] = rest[j]!
    rest[j] = swapped
  }
  return rest.slice(0, count)
}

/** Mulberry32 (Tommy Ettinger, public domain): a seeded generator of numbers in [0, 1). */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
