/**
 * Runs a command that the user allowed on a copy of the workspace with the changes; the workspace itself is not
 * touched.
 */
import { spawn } from 'node:child_process'
import { constants, rmSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readdir, readlink, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { redactSecrets } from '../engine/text/redact.ts'
import type { CheckResult, FileChange } from '../engine/types/generation.ts'
import { EngineError, type Run } from '../engine/types/run.ts'
import { ALLOCATOR } from './allocator.ts'
import { type Disk, isWithin } from './apply.ts'

/** Installed dependencies: used in place, not copied. */
const ENVIRONMENTS = new Set(['.venv', 'venv'])
const MODULES = 'node_modules'
/** Folders of package managers that contain more than a cache. */
const PACKAGE_MANAGER_FOLDERS = new Set(['.bin', '.pnpm', '.store', '.deno'])
const EXCLUDED = new Set(['.git'])
const MAX_DETAIL_CHARS = 4000
const MAX_OUTPUT_CHARS = 200_000
/** A shell's exit code for a missing command. */
const COMMAND_NOT_FOUND = 127
/** How long output of background processes is read after the command has ended. */
const KILL_GRACE_MS = 500
const COPY_PREFIX = 'fovea-check-'
/** A copy whose process has ended is removed when it was last modified longer ago than this. */
const STALE_MS = 3_600_000

export interface CommandCheck {
  check(run: Run, changes: readonly FileChange[]): Promise<CheckResult>
  /** Removes the copy. */
  close(): Promise<void>
}

/** The command runs in the copy of the first root; the other roots are copied next to it. */
export function commandCheck(command: string, disk: Disk, limitMs: number): CommandCheck {
  let copy: Promise<WorkspaceCopy> | null = null
  let written: (readonly [file: string, original: string])[] = []
  return {
    async check(run, changes) {
      copy ??= copyWorkspace(run, disk.roots)
      let current = await copy
      const inside = await Promise.all(written.map(([file]) => isWithin(file, [current.base])))
      if (inside.every(Boolean))
        for (const [file, original] of written) {
          await rm(file, { force: true })
          await copyFile(original, file).catch(() => {})
        }
      else {
        // The command replaced a file or folder by a link that leads out of the copy, which must not be written through.
        await current.remove()
        copy = copyWorkspace(run, disk.roots)
        current = await copy
      }
      written = []
      const fileToWrite = async (path: string) => {
        const original = await disk.placeFor(path)
        const file = current.fileFor(original)
        if (!file || !(await isWithin(file, [current.base])))
          throw new EngineError(
            'input',
            `${path} is behind a link that leads out of the copy being checked, so it was not written.`,
          )
        written.push([file, original])
        return file
      }
      for (const { path, from } of changes)
        for (const old of new Set([from || path, path])) await rm(await fileToWrite(old), { force: true })
      for (const { path, after, mode } of changes) {
        if (after === null) continue
        const file = await fileToWrite(path)
        await mkdir(dirname(file), { recursive: true })
        await writeFile(file, after, mode ? { mode } : {})
      }
      return runCommand(run, command, current.folder, limitMs)
    },
    async close() {
      const current = await copy?.catch(() => null)
      if (current) await current.remove()
    },
  }
}

interface WorkspaceCopy {
  /** Contains the copies of all roots. */
  readonly base: string
  /** The copy of the first root. */
  readonly folder: string
  /** The location of a root's file in the copy; null for a file in no root. */
  fileFor(original: string): string | null
  remove(): Promise<void>
}

async function copyWorkspace(run: Run, roots: readonly string[]): Promise<WorkspaceCopy> {
  await removeStale()
  const base = await realpath(await mkdtemp(join(tmpdir(), `${COPY_PREFIX}${process.pid}-`)))
  const removeNow = () => rmSync(base, { recursive: true, force: true })
  process.once('exit', removeNow)
  const remove = async () => {
    process.off('exit', removeNow)
    await rm(base, { recursive: true, force: true })
  }
  const copies = roots.map((root, i) => ({ root, folder: join(base, String(i), basename(root) || 'root') }))
  const innermost = [...copies].sort((a, b) => b.root.length - a.root.length)
  const fileFor = (original: string) => {
    for (const { root, folder } of innermost) {
      const inner = relative(root, original)
      if (!isAbsolute(inner) && inner.split(sep)[0] !== '..') return join(folder, inner)
    }
    return null
  }
  try {
    for (const { root, folder } of copies) await copyFolder({ run, base, fileFor }, root, folder)
  } catch (error) {
    await remove()
    run.signal.throwIfAborted()
    throw new EngineError(
      'input',
      `The workspace cannot be copied for the check: ${(error as Error).message}. Free some disk space, or make its files readable.`,
    )
  }
  return { base, fileFor, remove, folder: copies[0]!.folder }
}

interface CopyJob extends Pick<WorkspaceCopy, 'base' | 'fileFor'> {
  readonly run: Run
}

/** Files, folders and links; anything else is left out, and so is the copy itself. */
async function copyFolder(job: CopyJob, from: string, to: string): Promise<void> {
  if (from === job.base) return
  await mkdir(to, { recursive: true })
  for (const entry of await readdir(from, { withFileTypes: true })) {
    job.run.signal.throwIfAborted()
    const { name } = entry
    const [source, target] = [join(from, name), join(to, name)]
    if (EXCLUDED.has(name)) continue
    if (entry.isSymbolicLink()) await copyLink(job, source, target)
    else if (entry.isFile()) await copyFile(source, target, constants.COPYFILE_FICLONE)
    else if (!entry.isDirectory()) continue
    else if (name === MODULES) await linkModules(job, source, target)
    else if (ENVIRONMENTS.has(name)) await symlink(source, target, 'junction')
    else await copyFolder(job, source, target)
  }
}

/** Links within the workspace point into the copy; broken links stay broken. */
async function copyLink({ fileFor }: CopyJob, source: string, target: string): Promise<void> {
  const real = await realpath(source).catch(() => null)
  const to = real === null ? await readlink(source) : (fileFor(real) ?? real)
  await symlink(to, target, 'junction')
}

/**
 * Dependencies are used in place; but links to packages of the workspace point to their copies, which contain the
 * changes, and caches start empty because they would be written to.
 */
async function linkModules(job: CopyJob, from: string, to: string): Promise<void> {
  await mkdir(to)
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const { name } = entry
    const [source, target] = [join(from, name), join(to, name)]
    if (entry.isSymbolicLink()) await copyLink(job, source, target)
    else if (entry.isFile()) await copyFile(source, target)
    else if (name.startsWith('@')) await linkModules(job, source, target)
    else if (name.startsWith('.') && !PACKAGE_MANAGER_FOLDERS.has(name)) await mkdir(target)
    else await symlink(source, target, 'junction')
  }
}

/** Removes copies of killed processes. */
async function removeStale(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(new RegExp(`^${COPY_PREFIX}(\\d+)-`).exec(name)?.[1] ?? 0)
    if (!pid || isAlive(pid)) continue
    const folder = join(tmpdir(), name)
    const info = await stat(folder).catch(() => null)
    if (info && Date.now() - info.mtimeMs > STALE_MS) await rm(folder, { recursive: true, force: true }).catch(() => {})
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function runCommand(run: Run, command: string, cwd: string, limitMs: number): Promise<CheckResult> {
  run.signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    const windows = process.platform === 'win32'
    const child = spawn(command, {
      ...{
        cwd,
        shell: true,
        detached: !windows,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: checkEnvironment(process.env),
      },
    })
    let output = ''
    let timedOut = false
    const kill = () => {
      try {
        // Including the shell's children.
        if (!windows && child.pid) process.kill(-child.pid, 'SIGKILL')
        else child.kill('SIGKILL')
      } catch {
        // It has ended meanwhile.
      }
    }
    const timer = setTimeout(() => {
      timedOut = true
      kill()
    }, limitMs)
    const collect = (data: Buffer) => {
      output = (output + data.toString()).slice(-MAX_OUTPUT_CHARS)
    }
    child.stdout?.on('data', collect)
    child.stderr?.on('data', collect)
    run.signal.addEventListener('abort', kill, { once: true })
    process.once('exit', kill)
    let ended = false
    const end = (code: number | null) => {
      if (ended) return
      ended = true
      clearTimeout(timer)
      run.signal.removeEventListener('abort', kill)
      process.off('exit', kill)
      kill()
      child.stdout?.destroy()
      child.stderr?.destroy()
      if (run.signal.aborted) return reject(run.signal.reason)
      if (code === COMMAND_NOT_FOUND)
        return reject(
          new EngineError(
            'input',
            `The check \`${command}\` could not be run: ${lastLine(output) || 'there is no such command'}. Name another command.`,
          ),
        )
      // Before it is shortened: a secret that is cut in two is not recognised.
      const text = redactSecrets(stripVTControlCharacters(output))
      const detail = text.length > MAX_DETAIL_CHARS ? `⋯\n${text.slice(-MAX_DETAIL_CHARS)}` : text
      if (timedOut)
        resolve({ name: command, outcome: 'timeout', detail: `Stopped after ${limitMs / 1000} s.\n${detail}` })
      else resolve({ name: command, outcome: code === 0 ? 'pass' : 'fail', detail: code === 0 ? '' : detail })
    }
    child.once('error', (error) => {
      ended = true
      clearTimeout(timer)
      reject(
        new EngineError('input', `The check \`${command}\` could not be run: ${error.message}. Name another command.`),
      )
    })
    child.once('close', end)
    // Background processes keep the pipes open.
    child.once('exit', (code) => setTimeout(() => end(code), KILL_GRACE_MS))
  })
}

/** A check must not see the model's address and key, nor our allocator settings. */
const checkEnvironment = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
  const ours = new Map<string, string>(Object.entries(ALLOCATOR))
  return Object.fromEntries(
    Object.entries(env).filter(([name, value]) => !name.startsWith('FOVEA_') && ours.get(name) !== value),
  )
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? ''
