/** The deeds of `fovea bench soak`: what people, tools, crashes and clocks do to a folder and to its index. */
import { execFileSync } from 'node:child_process'
import { renameSync, rmSync, utimesSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { BenchCopy } from './copy.ts'
import { type BenchSetting, runOf } from './setting.ts'
import { hasServer, indexAtAnotherTime, killIndexer, killServer, killWorker, killWriter } from './soak-kills.ts'

const YEAR_S = 31_536_000
/** Files changed at once, so that there is something to be ended in the middle of. */
const MANY = 60
const BUDGET = 2000

export interface Beaten {
  readonly setting: BenchSetting
  readonly copy: BenchCopy
  readonly random: () => number
  /** Paths as they are now. */
  paths: string[]
  /** What went wrong in a deed itself. */
  readonly wrong: string[]
}

export const pick = <T>(all: readonly T[], random: () => number): T => all[Math.floor(random() * all.length)]!

/** Puts a line in, or takes one out; the word that was put in, or ''. */
function change({ copy, random }: Beaten, path: string, always = false): string {
  const lines = copy.read(path).split('\n')
  const at = Math.floor(random() * lines.length)
  const word = always || random() < 0.5 ? `edited${Math.floor(random() * 1e9)}` : ''
  if (word) lines.splice(at, 0, word)
  else lines.splice(at, 1)
  copy.write(path, lines.join('\n'))
  return word
}

function changeMany(on: Beaten): void {
  for (let n = 0; n < MANY; n++) change(on, pick(on.paths, on.random))
}

/** An edit that is taken in at once, in memory; false when a run over all files had to do it. */
export async function typed(on: Beaten): Promise<boolean> {
  const { copy, random, setting } = on
  const run = runOf(setting)
  const path = pick(on.paths, random)
  const word = change(on, path, true)
  const taken = await copy.engine.applyEdits(run, [join(copy.root, path)])
  if (!taken) await copy.engine.index(run)
  const { hits } = await copy.engine.context(run, { text: `Where is ${word} in the function?`, budgets: [BUDGET] })
  const indexed = (await copy.engine.indexedPathOf(join(copy.root, path))) !== null
  if (indexed && !hits.some((hit) => hit.path === path))
    on.wrong.push(`${word} was typed into ${path} and is not found`)
  return taken
}

type Deed = (on: Beaten) => unknown

const FILES: Readonly<Record<string, Deed>> = {
  edit: (on) => change(on, pick(on.paths, on.random)),
  typed,
  create(on) {
    const path = join(dirname(pick(on.paths, on.random)), `made${Math.floor(on.random() * 1e6)}.ts`)
    on.copy.write(path, `export function made${Math.floor(on.random() * 1e6)}() {\n  return ${on.random()}\n}\n`)
    on.paths.push(path.replaceAll('\\', '/'))
  },
  delete(on) {
    const path = pick(on.paths, on.random)
    rmSync(join(on.copy.root, path), { force: true })
    if (on.paths.length > 1) on.paths = on.paths.filter((one) => one !== path)
  },
  rename(on) {
    const path = pick(on.paths, on.random)
    const name = path.slice(path.lastIndexOf('/') + 1).replace(/^(moved\d+-)+/, '')
    const to = join(dirname(path), `moved${Math.floor(on.random() * 1e6)}-${name}`)
    renameSync(join(on.copy.root, path), join(on.copy.root, to))
    on.paths = [...on.paths.filter((one) => one !== path), to.replaceAll('\\', '/')]
  },
  /** The file says that it was written in another year. */
  'file time'({ copy, random, paths }) {
    const path = pick(paths, random)
    copy.write(path, `${copy.read(path)}\n`)
    const at = Date.now() / 1000 + (random() < 0.5 ? YEAR_S : -YEAR_S)
    utimesSync(join(copy.root, path), at, at)
  },
  /** To the state of before all deeds, or back. */
  branch(on) {
    git(on.copy.root, 'add', '-A')
    git(on.copy.root, 'commit', '-q', '--allow-empty', '-m', 'soak')
    git(on.copy.root, 'checkout', '-q', git(on.copy.root, 'branch', '--show-current') === 'soak' ? 'first' : 'soak')
    on.paths = listed(on.copy.root)
  },
}

const CRASHES: Readonly<Record<string, Deed>> = {
  clock: ({ copy, random }) => indexAtAnotherTime(copy.root, random),
  'kill indexer'(on) {
    changeMany(on)
    return killIndexer(on.copy.root, on.random)
  },
  async 'kill writer'(on) {
    changeMany(on)
    const { folder } = await on.copy.engine.status()
    return killWriter(on.copy.root, folder, on.random)
  },
  'kill worker'(on) {
    changeMany(on)
    return killWorker(on.copy.engine.index(runOf(on.setting)), on.random)
  },
}

const SERVER: Readonly<Record<string, Deed>> = {
  async 'kill server'(on) {
    changeMany(on)
    const wrong = await killServer(on.copy.root, on.random)
    if (wrong) on.wrong.push(wrong)
  },
}

export const deeds = (): Readonly<Record<string, Deed>> => ({ ...FILES, ...CRASHES, ...(hasServer() ? SERVER : {}) })

const listed = (root: string): string[] => git(root, 'ls-files', '-z').split('\0').filter(Boolean)

/** Makes a repository of the folder, with two branches; its paths. */
export function beginHistory(root: string): string[] {
  git(root, 'init', '-q', '-b', 'first')
  git(root, 'add', '-A')
  git(root, 'commit', '-q', '-m', 'first')
  git(root, 'checkout', '-q', '-b', 'soak')
  return listed(root)
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
