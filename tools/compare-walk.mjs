// Compares the walker with git: the files it finds or skips for a reason must be exactly those git lists.
// Usage: node tools/node24.mjs tools/compare-walk.mjs <folder in a repository>…; exits with 1 on a difference.
import { execFileSync } from 'node:child_process'
import { lstatSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { walkFiles } from '../src/engine/ingest/walk/walk.ts'
import { nodeFiles } from '../src/host/files.ts'
import { gitHistory } from '../src/host/git-history.ts'

const MAX_SHOWN = 20

/** The paths git lists that are regular files on disk, so without deleted files, links and nested repositories. */
function listedByGit(folder) {
  const args = ['-C', folder, 'ls-files', '-co', '--exclude-standard', '-z']
  const output = execFileSync('git', args, { maxBuffer: 1 << 28, encoding: 'utf8' })
  const isFile = (path) => lstatSync(join(folder, path), { throwIfNoEntry: false })?.isFile() ?? false
  return new Set(output.split('\0').filter((path) => path !== '' && isFile(path)))
}

/** An unreadable folder is one skipped entry of the walker; git reports it on stderr and lists nothing in it. */
function isFolder(folder, path) {
  return statSync(join(folder, path), { throwIfNoEntry: false })?.isDirectory() ?? false
}

async function compare(folder) {
  const run = { signal: new AbortController().signal, report: () => {} }
  const started = performance.now()
  const { files, skipped } = await walkFiles(run, { files: nodeFiles, history: gitHistory }, [folder])
  const ms = Math.round(performance.now() - started)
  const others = skipped.filter(
    ({ path, reason }) => reason !== 'link' && reason !== 'submodule' && !isFolder(folder, path),
  )
  const found = new Set([...files, ...others].map(({ path }) => path))
  const listed = listedByGit(folder)
  const missing = [...listed].filter((path) => !found.has(path))
  const extra = [...found].filter((path) => !listed.has(path))
  const reasons = Object.entries(Object.groupBy(skipped, ({ reason }) => reason))
  const counts = reasons.map(([reason, list]) => `${list.length} ${reason}`).join(', ')
  console.log(`${folder}: git ${listed.size}, walk ${found.size} in ${ms} ms; skipped: ${counts || 'none'}`)
  for (const path of missing.slice(0, MAX_SHOWN)) console.log(`  only git:  ${JSON.stringify(path)}`)
  for (const path of extra.slice(0, MAX_SHOWN)) console.log(`  only walk: ${JSON.stringify(path)}`)
  if (missing.length + extra.length > 0) console.log(`  ${missing.length} missing, ${extra.length} too many`)
  return missing.length + extra.length === 0
}

let same = true
for (const folder of process.argv.slice(2)) same = (await compare(resolve(folder))) && same
process.exitCode = same ? 0 : 1
