/**
 * The actions of `fovea bench soak`: what people, tools, crashes and clock jumps do to a folder and to its index.
 * Labels of the actions are part of the report.
 */
import { execFileSync } from 'node:child_process'
import { renameSync, rmSync, utimesSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { BenchCopy } from './copy.ts'
import { type BenchSetting, runOf } from './setting.ts'
import { hasServer, indexWithShiftedClock, killIndexer, killServer, killWorker, killWriter } from './soak-kills.ts'

const YEAR_S = 31_536_000
/** Files changed before a process is killed, so that it is killed in the middle of work. */
const BULK_EDITS = 60
/** Tokens. */
const BUDGET_TOKENS = 2000

/** The copy under test. */
export interface SoakState {
  readonly setting: BenchSetting
  readonly copy: BenchCopy
  readonly random: () => number
  /** Current paths. */
  paths: string[]
  /** Failures of the actions themselves, one sentence each. */
  readonly failures: string[]
}

export const pick = <T>(all: readonly T[], random: () => number): T => all[Math.floor(random() * all.length)]!

/** Inserts a line with a new word at a random place; returns the word. */
function insertLine({ copy, random }: SoakState, path: string, at?: number): string {
  const lines = copy.read(path).split('\n')
  const row = at ?? Math.floor(random() * lines.length)
  const word = `edited${Math.floor(random() * 1e9)}`
  lines.splice(row, 0, word)
  copy.write(path, lines.join('\n'))
  return word
}

/** Inserts or deletes a line at a random place. */
function changeLine(state: SoakState, path: string): void {
  const { copy, random } = state
  const lines = copy.read(path).split('\n')
  const at = Math.floor(random() * lines.length)
  if (random() < 0.5) insertLine(state, path, at)
  else copy.write(path, lines.toSpliced(at, 1).join('\n'))
}

function changeMany(state: SoakState): void {
  for (let n = 0; n < BULK_EDITS; n++) changeLine(state, pick(state.paths, state.random))
}

/** Inserts a line and applies the edit to the index in memory; false when that took a full indexing run. */
export async function typeLine(state: SoakState): Promise<boolean> {
  const { copy, random, setting } = state
  const run = runOf(setting)
  const path = pick(state.paths, random)
  const word = insertLine(state, path)
  const isApplied = await copy.engine.applyEdits(run, [join(copy.root, path)])
  if (!isApplied) await copy.engine.index(run)
  const { hits } = await copy.engine.context(run, {
    text: `Where is ${word} in the function?`,
    budgets: [BUDGET_TOKENS],
  })
  const isIndexed = (await copy.engine.indexedPathOf(join(copy.root, path))) !== null
  if (isIndexed && !hits.some((hit) => hit.path === path))
    state.failures.push(`${word} was typed into ${path} and is not found`)
  return isApplied
}

type Action = (state: SoakState) => unknown

const FILES: Readonly<Record<string, Action>> = {
  edit: (state) => changeLine(state, pick(state.paths, state.random)),
  typed: typeLine,
  create(state) {
    const { copy, paths, random } = state
    const path = join(dirname(pick(paths, random)), `made${Math.floor(random() * 1e6)}.ts`)
    copy.write(path, `export function made${Math.floor(random() * 1e6)}() {\n  return ${random()}\n}\n`)
    paths.push(path.replaceAll('\\', '/'))
  },
  delete(state) {
    const path = pick(state.paths, state.random)
    rmSync(join(state.copy.root, path), { force: true })
    if (state.paths.length > 1) state.paths = state.paths.filter((one) => one !== path)
  },
  rename(state) {
    const path = pick(state.paths, state.random)
    const name = path.slice(path.lastIndexOf('/') + 1).replace(/^(moved\d+-)+/, '')
    const to = join(dirname(path), `moved${Math.floor(state.random() * 1e6)}-${name}`)
    renameSync(join(state.copy.root, path), join(state.copy.root, to))
    state.paths = [...state.paths.filter((one) => one !== path), to.replaceAll('\\', '/')]
  },
  /** Sets the file's modification time a year ahead or back. */
  'file time'({ copy, random, paths }) {
    const path = pick(paths, random)
    copy.write(path, `${copy.read(path)}\n`)
    const at = Date.now() / 1000 + (random() < 0.5 ? YEAR_S : -YEAR_S)
    utimesSync(join(copy.root, path), at, at)
  },
  /** Switches to the branch from before all actions, or back. */
  branch(state) {
    const { root } = state.copy
    git(root, 'add', '-A')
    git(root, 'commit', '-q', '--allow-empty', '-m', 'soak')
    git(root, 'checkout', '-q', git(root, 'branch', '--show-current') === 'soak' ? 'first' : 'soak')
    state.paths = listFiles(root)
  },
}

const CRASHES: Readonly<Record<string, Action>> = {
  clock: ({ copy, random }) => indexWithShiftedClock(copy.root, random),
  'kill indexer'(state) {
    changeMany(state)
    return killIndexer(state.copy.root, state.random)
  },
  async 'kill writer'(state) {
    changeMany(state)
    const { folder } = await state.copy.engine.status()
    return killWriter(state.copy.root, folder, state.random)
  },
  'kill worker'(state) {
    changeMany(state)
    return killWorker(state.copy.engine.index(runOf(state.setting)), state.random)
  },
}

const SERVER: Readonly<Record<string, Action>> = {
  async 'kill server'(state) {
    changeMany(state)
    const failure = await killServer(state.copy.root, state.random)
    if (failure !== null) state.failures.push(failure)
  },
}

/** The actions by label; killing the server only where one can run. */
export const soakActions = (): Readonly<Record<string, Action>> => ({
  ...FILES,
  ...CRASHES,
  ...(hasServer() ? SERVER : {}),
})

const listFiles = (root: string): string[] => git(root, 'ls-files', '-z').split('\0').filter(Boolean)

/** Initialises a git repository with two branches in the folder; returns its paths. */
export function initRepository(root: string): string[] {
  git(root, 'init', '-q', '-b', 'first')
  git(root, 'add', '-A')
  git(root, 'commit', '-q', '-m', 'first')
  git(root, 'checkout', '-q', '-b', 'soak')
  return listFiles(root)
}

const IDENTITY = {
  GIT_AUTHOR_NAME: 'soak',
  GIT_AUTHOR_EMAIL: 's@s',
  GIT_COMMITTER_NAME: 'soak',
  GIT_COMMITTER_EMAIL: 's@s',
}

function git(root: string, ...args: readonly string[]): string {
  return execFileSync('git', ['-C', root, '-c', 'core.autocrlf=false', ...args], {
    ...{ encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1 << 28 },
    env: { ...process.env, ...IDENTITY },
  }).trim()
}
