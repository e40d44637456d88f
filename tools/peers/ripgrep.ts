/** ripgrep: one search for any of the question's words. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { installPackage, outputOf } from './install.ts'
import type { Peer, Place } from './peer.ts'
import { searchWords } from './terms.ts'
import type { Tree } from './tree.ts'

/** Window length in lines. */
const WINDOW = 50
/** Matches per file; more say nothing more about it. */
const MAX_MATCHES = 200

export interface Match {
  readonly path: string
  readonly line: number
  /** The matched text in lower case. */
  readonly text: string
}

/** Path of the binary in the npm package for this platform. */
export async function ripgrep(cache: string): Promise<string> {
  const folder = await installPackage(cache, '@vscode/ripgrep')
  const file = process.platform === 'win32' ? 'rg.exe' : 'rg'
  const platform = `${process.platform}-${process.arch}`
  const binary = join(folder, 'node_modules', '@vscode', `ripgrep-${platform}`, 'bin', file)
  if (!existsSync(binary)) throw new Error(`npm has no ripgrep for ${platform}`)
  return binary
}

export async function ripgrepVersion(cache: string): Promise<string> {
  const text = await outputOf(await ripgrep(cache), ['--version'])
  return /ripgrep (\S+)/.exec(text)?.[1] ?? '?'
}

/** All matches of any pattern, case-insensitive. */
export async function grep(
  rg: string,
  root: string,
  patterns: readonly string[],
  options: readonly string[],
): Promise<Match[]> {
  if (patterns.length === 0) return []
  const fixed = ['--no-config', '-oniH0', '--no-heading', '--color=never', `--max-count=${MAX_MATCHES}`]
  const args = [...fixed, ...options, ...patterns.flatMap((pattern) => ['-e', pattern]), '.']
  // Exit code 1: no match; 2: some file could not be read.
  const text = await outputOf(rg, args, { cwd: root, allowed: 2 })
  return [...text.matchAll(/^(?:\.[/\\])?(.*?)\0(\d+):(.*)$/gm)].map(([, path = '', line, match = '']) => ({
    path: path.replaceAll('\\', '/'),
    line: Number(line),
    text: match.toLowerCase(),
  }))
}

export function byFile(matches: readonly Match[]): Map<string, Match[]> {
  const files = new Map<string, Match[]>()
  for (const match of matches) {
    const list = files.get(match.path)
    if (list) list.push(match)
    else files.set(match.path, [match])
  }
  return files
}

/**
 * Non-overlapping windows that cover the matches of a file, best first; a window's score counts each distinct text
 * once.
 */
export function windowsOf(
  tree: Tree,
  path: string,
  matches: readonly Match[],
  worth: (text: string) => number = () => 1,
): (Place & { readonly score: number })[] {
  const length = tree.lines(path).length
  const windows: { path: string; firstLine: number; lastLine: number; texts: Set<string> }[] = []
  for (const { line, text } of [...matches].sort((a, b) => a.line - b.line)) {
    const previous = windows.at(-1)?.lastLine ?? 0
    if (line > previous) {
      const first = Math.max(1, line - WINDOW / 2 + 1, previous + 1)
      windows.push({ path, firstLine: first, lastLine: Math.min(length, first + WINDOW - 1), texts: new Set() })
    }
    windows.at(-1)!.texts.add(text)
  }
  return windows
    .map(({ texts, ...place }) => ({ ...place, score: [...texts].reduce((sum, text) => sum + worth(text), 0) }))
    .sort((a, b) => b.score - a.score || a.firstLine - b.firstLine)
}

/** Round robin: the first place of every file, then the second, and so on. */
export function inTurn(files: readonly (readonly Place[])[]): Place[] {
  const rounds = files.reduce((max, places) => Math.max(max, places.length), 0)
  return Array.from({ length: rounds }, (_, round) => files.flatMap((places) => places[round] ?? [])).flat()
}

export const ripgrepPeer: Peer = {
  id: 'ripgrep',
  name: 'ripgrep, OR of words',
  kind: 'tool',
  how: 'One call for any of the question’s words (`-F -i`); files ranked by distinct words, then by matches; windows of 50 lines around the matches, the best of each file first.',
  version: ripgrepVersion,
  async open(tree, { cache }) {
    const rg = await ripgrep(cache)
    return {
      diskBytes: 0,
      async ask(text) {
        const files = [...byFile(await grep(rg, tree.root, searchWords(text), ['-F']))]
        const distinct = new Map(files.map(([path, found]) => [path, new Set(found.map((one) => one.text)).size]))
        files.sort(
          ([a, one], [b, other]) =>
            distinct.get(b)! - distinct.get(a)! || other.length - one.length || (a < b ? -1 : 1),
        )
        const windows = files.map(([path, found]) => windowsOf(tree, path, found))
        // Round robin, so that no long file takes the whole budget.
        return { places: inTurn(windows) }
      },
    }
  },
}
