/**
 * `fovea bench soak`: random edits, renames, deletes, branch switches, clock jumps and killed indexers over a copy, with
 * questions in between; now and then the index that lived through it is held against a fresh one of the same tree.
 */
import { execFileSync, spawn } from 'node:child_process'
import { renameSync, rmSync, utimesSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Engine } from '../../engine/engine.ts'
import { openWorkspace } from '../../host/open.ts'
import { log } from '../command.ts'
import { type Copy, withCopy } from './copy.ts'
import { randomOf } from './questions.ts'
import { runOf, type Setting, type SubBench, say } from './setting.ts'

/** Deeds between two comparisons. */
const TOGETHER = 10
const QUESTIONS = 8
/** Places of a ranking that must be the same. */
const TOP = 5
const BUDGET = 8000
const KILL_MS = 1200
const YEAR_S = 31_536_000

interface Beaten {
  readonly copy: Copy
  readonly random: () => number
  /** Paths as they are now. */
  paths: string[]
}

const DEEDS: Readonly<Record<string, (on: Beaten) => void | Promise<void>>> = {
  edit({ copy, random, paths }) {
    const path = pick(paths, random)
    const lines = copy.read(path).split('\n')
    const at = Math.floor(random() * lines.length)
    if (random() < 0.5) lines.splice(at, 1)
    else lines.splice(at, 0, `edited ${Math.floor(random() * 1e6)}`)
    copy.write(path, lines.join('\n'))
  },
  create(on) {
    const path = `${dirname(pick(on.paths, on.random))}/made${Math.floor(on.random() * 1e6)}.ts`
    on.copy.write(path, `export function made${Math.floor(on.random() * 1e6)}() {\n  return ${on.random()}\n}\n`)
    on.paths.push(path)
  },
  delete(on) {
    const path = pick(on.paths, on.random)
    rmSync(join(on.copy.root, path), { force: true })
    on.paths = on.paths.filter((one) => one !== path)
  },
  rename(on) {
    const path = pick(on.paths, on.random)
    const to = join(dirname(path), `moved${Math.floor(on.random() * 1e6)}-${path.slice(path.lastIndexOf('/') + 1)}`)
    renameSync(join(on.copy.root, path), join(on.copy.root, to))
    on.paths = [...on.paths.filter((one) => one !== path), to]
  },
  /** The file says that it was written in another year. */
  clock({ copy, random, paths }) {
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
    on.paths = git(on.copy.root, 'ls-files', '-z').split('\0').filter(Boolean)
  },
  kill: ({ copy, random }) => killed(copy.root, random() * KILL_MS),
}

export const soak: SubBench = {
  name: 'soak',
  summary: 'random edits, renames, branch switches and killed indexers, held against a fresh index',
  unit: 'deeds',
  items: 60,
  measure(setting) {
    return withCopy(setting, async (copy) => {
      const on: Beaten = { copy, random: randomOf(setting.seed), paths: [] }
      git(copy.root, 'init', '-q', '-b', 'first')
      git(copy.root, 'add', '-A')
      git(copy.root, 'commit', '-q', '-m', 'first')
      git(copy.root, 'checkout', '-q', '-b', 'soak')
      on.paths = git(copy.root, 'ls-files', '-z').split('\0').filter(Boolean)
      const { clusters } = await copy.engine.map()
      const questions = clusters.slice(0, QUESTIONS).map(({ label }) => `Where is ${label.join(' ')} handled?`)
      const rows: (number | string)[][] = []
      const failures: string[] = []
      for (let done = 0; done < setting.items; done += TOGETHER) {
        const deeds = await beat(on, setting, Math.min(TOGETHER, setting.items - done))
        const found = await compare(setting, copy, questions)
        failures.push(...found.failures.map((one) => `after ${done + deeds.length} deeds (${deeds.join(' ')}): ${one}`))
        const { bytes, files } = await copy.engine.status()
        const resident = Math.round(process.memoryUsage().rss / 1e6)
        rows.push([done + deeds.length, files, found.failures.length, resident, Math.round(bytes / 1e5) / 10])
        say(`soak: ${done + deeds.length} deeds, ${failures.length} differences`)
      }
      return {
        notes: copy.notes,
        tables: [
          {
            title: 'An index that lived on, against a fresh one of the same tree',
            columns: ['deeds', 'files', 'differences', 'resident, MB', 'index, MB'],
            rows: rows.map((row) => row.map(String)),
          },
        ],
        meaning: `A difference is a file whose symbols or chunks are not the same, or a question whose first ${TOP} places are not. Memory and disk should not grow with the deeds.`,
        failures,
      }
    })
  },
}

/** Names of the deeds done; each is followed by a question or by nothing, as a person would. */
async function beat(on: Beaten, setting: Setting, count: number): Promise<readonly string[]> {
  const names = Object.keys(DEEDS)
  const done: string[] = []
  for (let n = 0; n < count; n++) {
    setting.signal.throwIfAborted()
    const name = pick(names, on.random)
    await DEEDS[name]!(on)
    done.push(name)
    if (on.random() < 0.5) continue
    await on.copy.engine.index(runOf(setting))
    await on.copy.engine.context(runOf(setting), { text: 'what was edited?', budgets: [BUDGET] })
  }
  return done
}

async function compare(
  setting: Setting,
  { engine, root }: Copy,
  questions: readonly string[],
): Promise<{ readonly failures: readonly string[] }> {
  const run = runOf(setting)
  await engine.index(run)
  const home = process.env.FOVEA_HOME
  const fresh = join(setting.folder, 'fresh')
  process.env.FOVEA_HOME = fresh
  const other = await openWorkspace([root], log).finally(() => {
    process.env.FOVEA_HOME = home
  })
  try {
    await other.index(run)
    const [ours, theirs] = [await shapeOf(engine), await shapeOf(other)]
    const failures = [...new Set([...ours.keys(), ...theirs.keys()])].flatMap((path) =>
      ours.get(path) === theirs.get(path) ? [] : [`${path} is indexed differently`],
    )
    for (const text of questions) {
      const tops = await Promise.all(
        [engine, other].map(async (one) => {
          const { hits } = await one.context(run, { text, budgets: [BUDGET] })
          return hits
            .slice(0, TOP)
            .map(({ path, start }) => `${path}:${start}`)
            .join(' ')
        }),
      )
      if (tops[0] !== tops[1]) failures.push(`${text} → ${tops.join(' | ')}`)
    }
    return { failures }
  } finally {
    await other.close()
    rmSync(fresh, { recursive: true, force: true })
  }
}

/** Of each file all that its record says. */
async function shapeOf(engine: Engine): Promise<ReadonlyMap<string, string>> {
  const { records, files } = await engine.symbols()
  return new Map(records.map((record, i) => [files[i]?.path ?? '', JSON.stringify([record.symbols, record.chunks])]))
}

/** An indexer of its own process that is killed on the way. */
function killed(root: string, after: number): Promise<void> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [process.argv[1] ?? '', 'index', '--dir', root], { stdio: 'ignore' })
    const timer = setTimeout(() => child.kill('SIGKILL'), after)
    child.once('exit', () => {
      clearTimeout(timer)
      done()
    })
  })
}

const pick = <T>(all: readonly T[], random: () => number): T => all[Math.floor(random() * all.length)]!

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
