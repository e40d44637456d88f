/** `fovea status`: prints what is indexed, by which store and embedder, and which files were skipped and why. */
import type { Status } from '../engine/types/workspace.ts'
import { COMMON, type Command, parseBare, print, withEngine } from './command.ts'

const MAX_SKIPPED_LISTED = 20

export const status: Command = {
  name: 'status',
  summary: 'show what is indexed, where the index is stored, and what was skipped and why',
  usage: '',
  options: COMMON,
  async run(args) {
    const parsed = parseBare(args)
    await withEngine(parsed.dirs, async (engine) => {
      const found = await engine.status()
      print(parsed.json ? JSON.stringify(found) : statusText(found))
    })
  },
}

function statusText(status: Status): string {
  const { roots, folder, store, storeReason, embedder, files, chunks, clusters, edges, bytes, skipped, at } = status
  if (at === null) return `${roots.join(', ')}: not indexed yet; run \`fovea index\`.\nindex     ${folder} (${store})`
  const state = status.complete ? '' : ' (incomplete: run `fovea index` to go on)'
  const kind = embedder.startsWith('fovea-hash') ? ' (stand-in, untrained)' : ' (built in)'
  const builtin = embedder.startsWith('fovea-') ? kind : ''
  return [
    `folder    ${roots.join(', ')}`,
    `indexed   ${files} files${status.complete ? `, ${chunks} chunks, ${clusters} clusters, ${edges} edges` : ''}${state}`,
    `when      ${new Date(at).toISOString()}`,
    `languages ${status.languages.map(([language, n]) => `${language} ${n}`).join(', ')}`,
    `store     ${store}${storeReason ? ` (${storeReason})` : ''}`,
    `embedder  ${embedder}${builtin}`,
    `index     ${folder} (${(bytes / 1e6).toFixed(1)} MB)`,
    `skipped   ${skipped.length}`,
    ...skipped.slice(0, MAX_SKIPPED_LISTED).map(({ path, reason }) => `  ${reason.padEnd(18)} ${path}`),
    ...(skipped.length > MAX_SKIPPED_LISTED ? [`  … all with --json`] : []),
  ].join('\n')
}
