/**
 * Checks out a repository's past elsewhere: an empty repository in a temporary folder borrows the objects of the first,
 * so that nothing is written to the user's repository, nothing is cloned, and no filters or hooks run. Only benches use it.
 */
import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { EngineError } from '../engine/types/run.ts'
import { type GitOptions, git, line } from './git-history.ts'

/** A commit with one parent, and the files of its parent that it changed or removed. */
export interface Change {
  readonly commit: string
  readonly parent: string
  readonly subject: string
  /** Below the root. */
  readonly paths: readonly string[]
}

export interface ScratchCheckout {
  /** The counterpart of the root: the work tree, or the root's subfolder in it. */
  readonly root: string
  readonly head: string
  /** Non-merge commits below the root, newest first. */
  changes(limit: number): Promise<readonly Change[]>
  /** Checks out a commit. */
  checkout(commit: string): Promise<void>
  /** Sets HEAD and the index to a commit, without touching the work tree. */
  adopt(commit: string): Promise<void>
  /** Lines of the parent's file that the commit changed or removed, 1-based and inclusive. */
  changedLines(change: Change, path: string): Promise<readonly (readonly [first: number, last: number])[]>
}

const CHECKOUT_TIMEOUT_MS = 300_000
/** The user's git settings (filters, line endings, hooks) do not apply in the scratch repository. */
const ISOLATED_GIT = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' }

/** null when the root is in no repository, or the repository has no commit. */
export async function openScratch(root: string, folder: string, signal: AbortSignal): Promise<ScratchCheckout | null> {
  const head = await line(root, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'])
  const objects = await line(root, ['rev-parse', '--git-path', 'objects'])
  if (head === null || objects === null) return null
  const shallow = await line(root, ['rev-parse', '--git-path', 'shallow'])
  const prefix = (await line(root, ['rev-parse', '--show-prefix'])) ?? ''
  const format = (await line(root, ['rev-parse', '--show-object-format'])) ?? 'sha1'
  await mkdir(folder, { recursive: true })
  const options: GitOptions = { signal, env: ISOLATED_GIT, limitMs: CHECKOUT_TIMEOUT_MS }
  const runGit = async (args: readonly string[]): Promise<string> => {
    const { ok, text } = await git(folder, args, options)
    signal.throwIfAborted()
    if (!ok) throw new EngineError('input', `The history of ${root} cannot be read: git ${args[0]} failed.`)
    return text
  }
  await runGit(['init', '--quiet', '--template=', `--object-format=${format}`])
  const gitFolder = join(folder, '.git')
  const sharedObjects = resolve(root, objects).replaceAll('\\', '/')
  await mkdir(join(gitFolder, 'objects', 'info'), { recursive: true })
  await writeFile(join(gitFolder, 'objects', 'info', 'alternates'), `${sharedObjects}\n`)
  if (shallow !== null) await copyFile(resolve(root, shallow), join(gitFolder, 'shallow')).catch(() => {})
  const scratchRoot = join(folder, prefix)
  await mkdir(scratchRoot, { recursive: true })
  return {
    root: scratchRoot,
    head,
    async changes(limit) {
      const log = ['log', '--no-merges', '--no-renames', '--no-ext-diff', '--name-status', '-z', '--relative']
      const format = '--format=%x01%H %P%x02%s%x02'
      const { text } = await git(scratchRoot, [...log, format, '-n', String(limit), head, '--', '.'], options)
      signal.throwIfAborted()
      return parseChanges(text)
    },
    async checkout(commit) {
      await runGit(['checkout', '--quiet', '--force', '--detach', commit])
      // The folder may not exist at this commit.
      await mkdir(scratchRoot, { recursive: true })
    },
    async adopt(commit) {
      await runGit(['update-ref', '--no-deref', 'HEAD', commit])
      await runGit(['read-tree', commit])
    },
    async changedLines({ commit, parent }, path) {
      const diff = ['diff', '-U0', '--no-renames', '--no-ext-diff', '--no-textconv', '--no-color', parent, commit]
      const { text } = await git(scratchRoot, ['--literal-pathspecs', ...diff, '--', path], options)
      signal.throwIfAborted()
      return [...text.matchAll(/^@@ -(\d+)(?:,(\d+))? /gm)].flatMap(([, first, count = '1']) =>
        Number(count) ? [[Number(first), Number(first) + Number(count) - 1] as const] : [],
      )
    },
  }
}

/** Records of `\x01 commit parents \x02 subject \x02`, then status and path alternating, each ended by NUL. */
export function parseChanges(text: string): readonly Change[] {
  return text.split('\x01').flatMap((record) => {
    const [hashes, subject, rest] = record.split('\x02')
    const [commit, parent, otherParent] = hashes?.trim().split(' ') ?? []
    if (!commit || !parent || otherParent || subject === undefined || rest === undefined) return []
    const fields = rest.replace(/^[\0\n]+/, '').split('\0')
    const paths = fields.filter((_, i) => i % 2 === 1 && /^[MDT]/.test(fields[i - 1] ?? ''))
    return [{ commit, parent, subject, paths }]
  })
}
