/** Probe: runs its own binary, which extends ripgrep's matches to syntax blocks and ranks them. */

import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { outputOf, PINNED, unpackPackage } from './install.ts'
import type { Peer } from './peer.ts'
import { searchWords } from './terms.ts'

const NAME = '@probelabs/probe'
/** Factor on the budget given to Probe, whose tokenizer differs; the pack is cut with the common one. */
const BUDGET_SLACK = 1.5
const PLATFORMS: Readonly<Record<string, string>> = {
  'linux-x64': 'x86_64-unknown-linux-musl',
  'linux-arm64': 'aarch64-unknown-linux-musl',
  'darwin-x64': 'x86_64-apple-darwin',
  'darwin-arm64': 'aarch64-apple-darwin',
  'win32-x64': 'x86_64-pc-windows-msvc',
}

interface Results {
  readonly results?: readonly {
    readonly file: string
    readonly lines: readonly [number, number]
    readonly score: number
  }[]
}

/** Unpacks the binary for this platform from the package, as its install script would. */
async function unpackBinary(cache: string): Promise<string> {
  const folder = join(await unpackPackage(cache, NAME), 'bin', 'binaries')
  const platform = PLATFORMS[`${process.platform}-${process.arch}`]
  const archive = readdirSync(folder).find((file) => platform && file.includes(platform) && /\.(gz|zip)$/.test(file))
  if (!archive) throw new Error(`the package has no binary for ${process.platform}-${process.arch}`)
  const file = join(
    folder,
    archive.replace(/\.(tar\.gz|zip)$/, ''),
    process.platform === 'win32' ? 'probe.exe' : 'probe',
  )
  if (!existsSync(file)) execFileSync('tar', ['-xf', archive], { cwd: folder })
  return file
}

export const probePeer: Peer = {
  id: 'probe',
  name: NAME,
  kind: 'tool',
  how: '`probe search` with the question’s words, BM25, tests excluded as by its default, `--max-tokens` of one and a half times the largest budget; its blocks ordered by its score (it prints them by path). A question it does not answer within its own limit of 30 s is a miss.',
  async version(cache) {
    await unpackBinary(cache)
    return PINNED[NAME]
  },
  async open(tree, { cache, budgets }) {
    const probe = await unpackBinary(cache)
    const maxTokens = String(Math.ceil(Math.max(...budgets) * BUDGET_SLACK))
    return {
      diskBytes: 0,
      async ask(text) {
        const words = searchWords(text)
        if (words.length === 0) return { places: [] }
        const args = ['search', words.join(' '), tree.root, '--format', 'json', '--max-tokens', maxTokens]
        // Probe gives up after 30 seconds; that counts as a miss.
        const out = await outputOf(probe, args, { cwd: tree.root }).catch(() => '{}')
        const json = out.slice(Math.max(0, out.indexOf('\n{') + 1 || out.indexOf('{')))
        const { results = [] } = JSON.parse(json) as Results
        return {
          places: [...results]
            .sort((a, b) => b.score - a.score)
            .map(({ file, lines: [firstLine, lastLine] }) => ({ path: tree.relative(file), firstLine, lastLine })),
        }
      },
    }
  },
}
