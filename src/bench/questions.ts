/** What a generator hands out: questions with their gold, each posed to a tree; and what all generators share. */

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
  /** What it was made of: a symbol, a test or a commit, for people. */
  readonly source: string
  readonly gold: readonly Gold[]
}

/** An indexed tree on disk. */
export interface World {
  readonly engine: Engine
  readonly root: string
  readonly table: SymbolTable
  /** The lines of a file of the table; none when it can no longer be read. */
  lines(file: number): readonly string[]
}

/** A question and the tree it is to be put to before the next one is asked for. */
export interface Posed {
  readonly question: Question
  readonly world: World
}

/** What a run lends its generators. */
export interface Bench {
  readonly signal: AbortSignal
  /** Questions a generator is to make at most. */
  readonly count: number
  readonly seed: number
  /** The folder that is measured, as it stands. */
  readonly world: World
  /** A temporary folder, there until the run ends. */
  readonly folder: string
  open(root: string): Promise<World>
  /** Says in one sentence why a generator makes none. */
  refuse(generator: Generator, sentence: string): void
}

export async function readWorld(engine: Engine, root: string): Promise<World> {
  const table = await symbolTableOf(engine)
  const held = new Map<number, readonly string[]>()
  return {
    engine,
    root,
    table,
    lines(file) {
      const known = held.get(file) ?? readLines(join(root, table.files[file]!.inner))
      held.set(file, known)
      return known
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
/** Of a longer symbol the file counts and the lines do not: they would ask for most of a budget. */
const MAX_LINES = 200

/** Whether code a person wrote and would look for may stand there: no data, no tests, nothing generated or vendored. */
export function isAnswer(path: string): boolean {
  const { grammar, id } = languageOf(path)
  return grammar !== null && !DATA.has(id) && !isTest(path) && !isGenerated(path)
}

export const isCode = ({ kind }: SourceSymbol): boolean => CODE_KINDS.has(kind)

/** The lines of symbols of one file that hold anything. */
export function goldOf(path: string, symbols: readonly SourceSymbol[], lines: readonly string[]): Gold {
  const found = new Set<number>()
  for (const { firstLine, lastLine } of symbols)
    if (lastLine - firstLine < MAX_LINES)
      for (let n = firstLine; n <= lastLine; n++) if (lines[n - 1]?.trim()) found.add(n)
  return { path, lines: [...found].sort((a, b) => a - b) }
}

/** Whether a text has so many words with a letter in them. */
export const saysSomething = (text: string, words: number): boolean =>
  text.split(/\s+/).filter((word) => /\p{L}/u.test(word)).length >= words

/** So many of the items, the same ones for the same seed, in a random order. */
export function sample<T>(items: readonly T[], count: number, seed: number): T[] {
  const next = randomOf(seed)
  const rest = [...items]
  for (let i = 0; i < Math.min(count, rest.length); i++) {
    const j = i + Math.floor(next() * (rest.length - i))
    const held = rest[i]!
    rest[i] = rest[j]!
    rest[j] = held
  }
  return rest.slice(0, count)
}

/** Mulberry32 (Tommy Ettinger, public domain): numbers from 0 to 1. */
export function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}
