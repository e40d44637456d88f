/** Runs a command that the user allowed over a copy of the workspace with the changes: the workspace itself stays as it is. */
import { spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import type { CheckResult, FileChange } from '../engine/model/revision.ts'
import { EngineError, type Run } from '../engine/model/run.ts'

/** What programs fetched or built lies here: it is used where it is, and not copied. */
const LINKED = new Set(['node_modules', '.venv', 'venv'])
const LEFT_OUT = new Set(['.git'])
const SHOWN_CHARS = 4000
const KEPT_CHARS = 200_000
/** A shell's word for a command that is not there. */
const MISSING = 127

export interface CommandCheck {
  check(run: Run, changes: readonly FileChange[]): Promise<CheckResult>
  /** Removes the copy. */
  close(): Promise<void>
}

/** `placeFor` names the file on disk of a path below the root. */
export function commandCheck(
  command: string,
  root: string,
  placeFor: (path: string) => Promise<string>,
  limitMs: number,
): CommandCheck {
  let copy: Promise<string> | null = null
  let written: string[] = []
  return {
    async check(run, changes) {
      copy ??= copyOf(root)
      const folder = await copy
      const at = async (path: string) => {
        const file = await placeFor(path)
        return join(folder, relative(root, file))
      }
      for (const file of written) {
        await rm(file, { force: true })
        await cp(join(root, relative(folder, file)), file).catch(() => {})
      }
      written = []
      for (const { path, from, after } of changes) {
        for (const old of new Set([from || path, path])) {
          const file = await at(old)
          written.push(file)
          await rm(file, { force: true })
        }
        if (after === null) continue
        const file = await at(path)
        await mkdir(dirname(file), { recursive: true })
        await writeFile(file, after)
      }
      return runCommand(run, command, folder, limitMs)
    },
    async close() {
      if (copy) await rm(dirname(await copy), { recursive: true, force: true })
    },
  }
}

async function copyOf(root: string): Promise<string> {
  const folder = join(await mkdtemp(join(tmpdir(), 'fovea-check-')), basename(root) || 'root')
  await mkdir(folder)
  for (const name of await readdir(root)) {
    if (LEFT_OUT.has(name)) continue
    if (LINKED.has(name)) await symlink(join(root, name), join(folder, name), 'junction')
    else await cp(join(root, name), join(folder, name), { recursive: true, verbatimSymlinks: true })
  }
  return folder
}

function runCommand(run: Run, command: string, cwd: string, limitMs: number): Promise<CheckResult> {
  return new Promise((done, fail) => {
    const windows = process.platform === 'win32'
    const child = spawn(command, { cwd, shell: true, detached: !windows, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    let late = false
    const end = () => {
      // The shell's children, too.
      if (!windows && child.pid) process.kill(-child.pid, 'SIGKILL')
      else child.kill('SIGKILL')
    }
    const stop = () => {
      try {
        end()
      } catch {
        // It has ended meanwhile.
      }
    }
    const timer = setTimeout(() => {
      late = true
      stop()
    }, limitMs)
    const hear = (data: Buffer) => {
      output = (output + data.toString()).slice(-KEPT_CHARS)
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    run.signal.addEventListener('abort', stop, { once: true })
    child.once('error', fail)
    child.once('close', (code) => {
      clearTimeout(timer)
      run.signal.removeEventListener('abort', stop)
      if (run.signal.aborted) return fail(run.signal.reason)
      if (code === MISSING)
        return fail(
          new EngineError(
            'input',
            `The check \`${command}\` cannot be run: ${lastLine(output) || 'there is no such command'}. Name another.`,
          ),
        )
      const detail = output.length > SHOWN_CHARS ? `⋯\n${output.slice(-SHOWN_CHARS)}` : output
      if (late) done({ name: command, outcome: 'timeout', detail: `Stopped after ${limitMs / 1000} s.\n${detail}` })
      else done({ name: command, outcome: code === 0 ? 'pass' : 'fail', detail: code === 0 ? '' : detail })
    })
  })
}

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? ''
