/**
 * Reads the past commits of a tree, with the hunks of the newer ones; commits that the previous tree knows are not read
 * again.
 */

import type { History } from '../ports.ts'
import type { Commit, Tree } from '../types/tree.ts'

/** Commits read, and how many of them with hunks. */
const MAX_COMMITS = 4000
const MAX_COMMITS_WITH_HUNKS = 1000
/** A commit that changes more files says little about any one line. */
const MAX_PATHS_WITH_HUNKS = 15

export async function readCommits(
  history: History,
  tree: Tree,
  previous: Tree | null,
  heads: Tree['heads'],
): Promise<{ readonly commits: readonly Commit[]; readonly ok: boolean }> {
  if (previous?.complete && previous.historyRead && areSameHeads(previous.heads, heads))
    return { commits: previous.commits, ok: true }
  const indexed = new Map(tree.entries.map(({ root, inner, path }) => [`${root} ${inner}`, path]))
  const known = previous && previous.roots.join() === tree.roots.join() ? previous : null
  // Commits of several roots cannot be told apart once merged, so only a single root is continued.
  const after = tree.roots.length === 1 && known?.historyRead ? (known.heads[0] ?? null) : null
  let ok = true
  const logs = await Promise.all(
    tree.roots.map(async (root, i) => {
      const log = await history.commits(root, MAX_COMMITS, after)
      if (!log.ok && heads[i] != null) ok = false
      const knownCommits = new Map(known?.commits.map((commit) => [commit.hash, commit]))
      const fresh = log.commits
        .slice(0, MAX_COMMITS_WITH_HUNKS)
        .filter(({ hash, paths }) => !knownCommits.has(hash) && paths.length <= MAX_PATHS_WITH_HUNKS)
      const hunks = fresh.length
        ? await history.hunks(
            root,
            fresh.map(({ hash }) => hash),
          )
        : new Map()
      const commits = log.commits.map((commit): Commit => {
        const paths = commit.paths.filter((path) => indexed.has(`${i} ${path}`))
        const hunksByPath = hunks.get(commit.hash) as ReadonlyMap<string, Int32Array> | undefined
        return (
          knownCommits.get(commit.hash) ?? {
            ...commit,
            paths: paths.map((path) => indexed.get(`${i} ${path}`)!),
            hunks: hunksByPath ? paths.map((path) => hunksByPath.get(path) ?? new Int32Array()) : [],
          }
        )
      })
      return log.continuesHistory ? [...commits, ...(known?.commits ?? [])].slice(0, MAX_COMMITS) : commits
    }),
  )
  return { commits: logs.flat(), ok }
}

export const areSameHeads = (a: Tree['heads'], b: Tree['heads']): boolean =>
  a.length === b.length && a.every((head, i) => head === b[i])
