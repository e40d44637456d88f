/**
 * The workspace as a `generate` run sees it: files, search and symbols of the index with the draft on top. After each
 * step the draft is indexed as a tree of its own beside the workspace's (`Workspace.isDraft`), so that the next step
 * finds what it wrote. Nothing is written to the user's files.
 */
import { fenced } from './answer/answer.ts'
import {
  type GenerateWorkspace,
  linesAfter,
  makePlan,
  type RunnerOptions,
  runPlan,
  workspacePath,
} from './generate/generate.ts'
import { IndexHost, type OpenIndex } from './index-host.ts'
import { diskPath, rootNames } from './ingest/ingest.ts'
import { Overlay } from './overlay.ts'
import type { Ports } from './ports.ts'
import { presentPack } from './retrieve/retrieve.ts'
import { IndexSnapshot } from './snapshot.ts'
import { unpackRecord } from './store/store.ts'
import { isTest } from './text/path-role.ts'
import { redactSecrets } from './text/redact.ts'
import type { FileRecord } from './types/chunk.ts'
import type { CheckResult, FileChange, GenerateResult, Plan, StepResult } from './types/generation.ts'
import type { Override } from './types/query.ts'
import type { Run } from './types/run.ts'
import type { Tree } from './types/tree.ts'
import type { Workspace } from './types/workspace.ts'

/** The options of a run besides its plan. */
export interface GenerateOptions extends RunnerOptions {
  readonly fence: string
  /** Whether the user allowed existing tests to be changed. */
  readonly tests: boolean
  /** Runs the command that the user approved on a copy with the changes; null when there is none. */
  readonly command: ((run: Run, changes: readonly FileChange[]) => Promise<CheckResult>) | null
  /** Code the user attached for the planner and every step, with current line numbers. */
  readonly attached?: readonly Override[]
}

const MAX_SIMILAR_PATHS = 3
/** Tells the model why an existing test was not changed. */
const EXISTING_TEST_RULE = "it is changed only with the user's leave. Make it pass as it is, or write a new test."
/** Folders of packages and environments; a check uses them in place instead of copying them. */
const DEPENDENCY_FOLDERS = new Set(['node_modules', '.venv', 'venv'])

export class DraftWorkspace {
  private readonly ports: Ports
  private readonly index: OpenIndex
  private readonly outline: string
  private readonly overlay = new Overlay()
  private readonly host: IndexHost
  private readonly draftPorts: Ports
  private snapshot: IndexSnapshot
  /** The changes that the draft's index contains. */
  private indexedChanges: readonly FileChange[] = []

  constructor(ports: Ports, workspace: Workspace, base: OpenIndex) {
    this.ports = ports
    this.index = base
    this.draftPorts = {
      ...ports,
      files: this.overlay.filesOver(ports.files),
      workers: this.overlay.workersWith(ports.workers),
    }
    this.host = new IndexHost(this.draftPorts, { ...workspace, isDraft: true })
    this.snapshot = new IndexSnapshot(this.draftPorts, base, new Map())
    this.outline = this.snapshot.outline
  }

  plan(run: Run, task: string, options: GenerateOptions): Promise<Plan> {
    return makePlan(run, this.generateWorkspace(options), options, task)
  }

  generate(
    run: Run,
    plan: Plan,
    options: GenerateOptions,
    done: { readonly results: readonly StepResult[]; readonly changes: readonly FileChange[] } | undefined,
  ): Promise<GenerateResult> {
    const checks = {
      syntax: (checkRun: Run, files: Parameters<Ports['workers']['syntax']>[1]) =>
        this.ports.workers.syntax(checkRun, files),
      command: options.command,
    }
    return runPlan(run, { workspace: this.generateWorkspace(options), checks, plan, options, finished: done })
  }

  close(): Promise<void> {
    return this.host.close()
  }

  private generateWorkspace({ fence, tests, attached = [] }: GenerateOptions): GenerateWorkspace {
    const { tree } = this.index
    const search = async (run: Run, text: string, tokens: number, overrides: readonly Override[]) => {
      const { packs } = await this.snapshot.context(run, { text, overrides, budgets: [Math.max(1, tokens)] })
      return presentPack({ blocks: packs[0]?.blocks ?? [] })
    }
    const paths = new Set(tree.entries.map(({ path }) => path))
    const secrets = new Set(tree.skipped.flatMap(({ path, reason }) => (reason === 'secret' ? [path] : [])))
    return {
      repositoryMap: this.outline,
      // A file that is not indexed is ignored, secret or binary: for a model it does not exist.
      read: async (path) => (paths.has(path) ? this.ports.files.read(diskPathAt(tree.roots, path)) : null),
      exists: (path) => paths.has(path),
      similarPaths: (path) => similarPaths(path, tree),
      search: (run, text, tokens) => search(run, text, tokens, []),
      briefFor: (run, text, tokens) =>
        search(
          run,
          text,
          tokens,
          attached.flatMap((override) => linesAfter(override, this.indexedChanges)),
        ),
      outline: (path, text) => this.outlineOf(path, text),
      mode: async (path) => (await this.ports.files.stat(diskPathAt(tree.roots, path)))?.mode ?? 0,
      guard: async (path, exists) => {
        if (secrets.has(path)) return `${path} holds a secret: it is neither shown nor changed.`
        if (path.split('/').some((part) => DEPENDENCY_FOLDERS.has(part)))
          return `${path} is in a dependency folder: it cannot be changed.`
        if (!exists && !paths.has(path) && (await this.ports.files.stat(diskPathAt(tree.roots, path))))
          return `${path} already exists, as a folder, an ignored file or a binary file: choose another name.`
        if (exists && !tests && isTest(path)) return `${path} is an existing test: ${EXISTING_TEST_RULE}`
        return null
      },
      indexChanges: (run, changes) => this.indexChanges(run, changes),
      redacted: (path, text) => (secrets.has(path) ? null : redactSecrets(text)),
      fenced: (text) => fenced(text, fence),
      count: (text) => this.ports.tokenizer.count(text),
    }
  }

  /** One line per symbol of a text. */
  private async outlineOf(path: string, text: string): Promise<readonly string[]> {
    const bytes = new TextEncoder().encode(text)
    const unsaved = { bytes, size: bytes.length, mtime: 0 }
    let record: FileRecord | null = null
    const run = { signal: new AbortController().signal, report: () => {} }
    await this.ports.workers.parse(
      run,
      [{ path, file: diskPathAt(this.index.tree.roots, path), unsaved }],
      (result) => {
        if ('packed' in result) record = unpackRecord(result.packed.bytes)
      },
    )
    const { symbols = [] } = (record as FileRecord | null) ?? {}
    return symbols.map(({ firstLine, signature, kind, name }) => `${firstLine}: ${signature || `${kind} ${name}`}`)
  }

  /** Puts all changes of the draft into the overlay, updates the draft's tree and opens a snapshot of it. */
  private async indexChanges(run: Run, changes: readonly FileChange[]): Promise<void> {
    if (changes.length === 0) return
    const { tree } = this.index
    const now = this.ports.clock.now()
    this.overlay.clear()
    for (const { path, from, after } of changes) {
      if (from && from !== path) this.overlay.hide(diskPathAt(tree.roots, from))
      if (after === null) this.overlay.hide(diskPathAt(tree.roots, path))
      else this.overlay.set(diskPathAt(tree.roots, path), after, now)
    }
    await this.host.seedFrom(run, tree)
    await this.host.index(run)
    this.snapshot = new IndexSnapshot(this.draftPorts, await this.host.openIndex(), new Map())
    this.indexedChanges = changes
  }
}

/** The file on disk for a displayed path, whether or not it exists. */
export function diskPathAt(roots: readonly string[], path: string): string {
  const name = workspacePath(path)
  const [first = ''] = name.split('/')
  const root = rootNames(roots).indexOf(first)
  return diskPath(roots, root < 0 ? { root: 0, inner: name } : { root, inner: name.slice(first.length + 1) })
}

/** Paths whose file name, without its extension, contains the given one or is contained in it; most similar first. */
function similarPaths(path: string, { entries }: Tree): readonly string[] {
  const stemOf = (file: string) =>
    file
      .slice(file.lastIndexOf('/') + 1)
      .replace(/\.\w+$/, '')
      .toLowerCase()
  const stem = stemOf(path)
  const candidates = entries
    .map((entry) => ({ path: entry.path, stem: stemOf(entry.path) }))
    .filter((entry) => entry.stem.length > 2 && (entry.stem.includes(stem) || stem.includes(entry.stem)))
  const distance = (other: string) => Math.abs(other.length - stem.length)
  return candidates
    .sort((a, b) => distance(a.stem) - distance(b.stem))
    .slice(0, MAX_SIMILAR_PATHS)
    .map((candidate) => candidate.path)
}
