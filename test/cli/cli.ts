/** Runs the built command line as a separate process on a temporary tree. Contains no tests. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after } from 'node:test'
import { untilAfter } from '../children.ts'
import { parseFixture } from '../fixture.ts'

export const cli = join(import.meta.dirname, '..', '..', 'dist', 'cli.js')

export interface Outcome {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface Options {
  readonly env?: Record<string, string>
  readonly uid?: number
  /** Runs this program with just the arguments, instead of the command line. */
  readonly command?: string
  readonly started?: (child: ChildProcess) => void
}

/** A folder that is removed when the test file ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fovea-test-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const homes: string[] = []

/** A fresh cache folder, seeded with an earlier probe result (whether LanceDB runs on this machine). */
export function temporaryHome(): string {
  const home = temporaryFolder()
  const probe = homes.map((earlier) => join(earlier, 'probe.json')).find(existsSync)
  if (probe) copyFileSync(probe, join(home, 'probe.json'))
  homes.push(home)
  return home
}

export function writeTree(folder: string, files: ReadonlyMap<string, string | Uint8Array>): void {
  for (const [path, content] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
}

/** A tree on disk with its own cache folder. */
export function workspace(files: string | ReadonlyMap<string, string | Uint8Array>) {
  const dir = temporaryFolder()
  const home = temporaryHome()
  writeTree(dir, typeof files === 'string' ? parseFixture(files) : files)
  const run = (args: readonly string[], options: Options = {}): Promise<Outcome> =>
    fovea([...args, '--dir', dir], { ...options, env: { FOVEA_HOME: home, ...options.env } })
  return { dir, home, run, index: async () => JSON.parse((await ok(run(['index', '--json']))).out) }
}

export function fovea(args: readonly string[], { env = {}, uid, command, started }: Options = {}): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const identity = uid === undefined ? {} : { uid, gid: uid }
    const [program, all] = command ? [command, args] : [process.execPath, [cli, ...args]]
    const child = untilAfter(spawn(program, all, { env: { ...process.env, ...env }, ...identity }))
    let out = ''
    let err = ''
    child.stdout.on('data', (data) => {
      out += data
    })
    child.stderr.on('data', (data) => {
      err += data
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, out, err }))
    started?.(child)
  })
}

export async function ok(outcome: Promise<Outcome>): Promise<Outcome> {
  const found = await outcome
  assert.equal(found.code, 0, found.err)
  return found
}

/** Expects an exit code and one matching sentence on stderr (besides progress). */
export async function fails(outcome: Promise<Outcome>, code: number, sentence: RegExp): Promise<void> {
  const { code: found, out, err } = await outcome
  const errorLines = err.split('\n').filter((line) => line.startsWith('fovea: '))
  assert.equal(found, code, err)
  assert.equal(errorLines.length, 1, err)
  assert.match(errorLines[0] ?? '', sentence)
  assert.doesNotMatch(err, /\n {4}at /, 'a stack is no sentence')
  assert.equal(out, '')
}
