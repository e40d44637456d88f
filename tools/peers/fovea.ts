/** Fovea itself, through the engine's public interface. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { present } from '../../src/engine/engine.ts'
import { openWorkspace } from '../../src/host/open.ts'
import type { Peer } from './peer.ts'

const log = { warn: (_topic: string, message: string) => process.stderr.write(`${message}\n`) }
const run = { signal: new AbortController().signal, report: () => {} }

/** Opens and indexes a folder; the index is stored below FOVEA_HOME. */
export async function openIndexed(root: string) {
  const engine = await openWorkspace([root], log)
  await engine.index(run)
  return engine
}

export function foveaVersion(): string {
  const manifest = join(import.meta.dirname, '..', '..', 'package.json')
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version
}

export const foveaPeer: Peer = {
  id: 'fovea',
  name: 'Fovea',
  kind: 'Fovea',
  how: '`engine.context` with the budgets; hits as ranked, packs as shown. The trees have no history, so its past-commits signal is inactive.',
  version: async () => foveaVersion(),
  async open(tree, { budgets }) {
    const engine = await openIndexed(tree.root)
    return {
      diskBytes: (await engine.status()).bytes,
      async ask(text) {
        const { hits, packs } = await engine.context(run, { text, budgets })
        return {
          places: hits.map(({ path, firstLine, lastLine }) => ({ path, firstLine, lastLine })),
          packs: packs.map((pack) => ({
            text: present(pack),
            shown: pack.blocks.flatMap(({ path, shown }) =>
              shown.map(([first, last]) => ({ path, firstLine: first, lastLine: last })),
            ),
            named: [...new Set(pack.blocks.map(({ path }) => path))],
          })),
        }
      },
      close: () => engine.close(),
    }
  },
}
