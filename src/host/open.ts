/** The composition root: opens an engine on Node's ports, for everything that runs in Node (server, CLI, MCP, benches). */
import { createHash } from 'node:crypto'
import { realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { type Engine, Overlay, openEngine, sharedUri } from '../engine/engine.ts'
import type { Embedder, Log, Model, Ports, Tokenizer } from '../engine/ports.ts'
import { EngineError } from '../engine/types/run.ts'
import type { Workspace } from '../engine/types/workspace.ts'
import { loadEmbedding } from './embedder-weights.ts'
import { nodeFiles } from './files.ts'
import { gitHistory, noHistory, repositoryOf } from './git-history.ts'
import { collectGarbage, usedMemory } from './heap.ts'
import { cacheHome } from './home.ts'
import { paceMonitor } from './pace.ts'
import { probeLance } from './probe.ts'
import { poolWorkers } from './workers.ts'

/** How long this process pauses between two pieces of work while the pace is slowed down. */
const TURN_REST_MS = 50

export interface OpenOptions {
  /** False: git is not run, because a repository's settings can start programs. */
  readonly trusted?: boolean
  /** Unsaved text of an editor. */
  readonly overlay?: Overlay
  /** Whether the user is typing, so that indexing slows down. */
  readonly typing?: () => boolean
  /** Most worker processes; 0: as suits the machine. */
  readonly processes?: number
  /** The team's shared index; if absent, FOVEA_INDEX_URI. An untrusted folder uses none. */
  readonly uri?: string | null
}

export async function openWorkspace(folders: readonly string[], log: Log, options: OpenOptions = {}): Promise<Engine> {
  const { ports, workspace } = await resolveWorkspace(folders, log, options)
  return openEngine(ports, workspace)
}

/** What an engine is opened with: Node's ports, and the location of the folders' index. */
export async function resolveWorkspace(
  folders: readonly string[],
  log: Log,
  { trusted = true, overlay = new Overlay(), typing = () => false, processes, uri }: OpenOptions = {},
): Promise<{ readonly ports: Ports; readonly workspace: Workspace }> {
  const pace = paceMonitor(typing, processes ?? allowedProcesses())
  const roots = await rootsOf(folders)
  const home = cacheHome()
  const lanceSupport = await probeLance(home)
  const tokenizer = await loadTokenizer()
  const embedder = await configuredEmbedder()
  return {
    ports: {
      files: overlay.filesOver(nodeFiles),
      history: trusted ? gitHistory : noHistory,
      embedder,
      embedding: embedder ? null : await loadEmbedding(log),
      tokenizer,
      clock: {
        now: Date.now,
        // This process pauses like its workers.
        yieldTurn: () => (pace().rest > 0 ? sleep(TURN_REST_MS) : setImmediate()),
      },
      log,
      workers: overlay.workersWith(poolWorkers(undefined, pace)),
      memory: { usedShare: usedMemory, collectGarbage },
    },
    workspace: {
      ...{ roots, folder: await indexFolder(home, roots, log, trusted), lanceSupport },
      shared: trusted ? sharedIndexUri(uri || process.env.FOVEA_INDEX_URI, log) : null,
    },
  }
}

/** FOVEA_PROCESSES, if it is a number of processes; 0: as suits the machine. */
function allowedProcesses(): number {
  const { FOVEA_PROCESSES: text = '' } = process.env
  return /^[1-9]\d?$/.test(text) ? Number(text) : 0
}

/** null when none is set, and, with a warning, when it is unusable: indexing works without. */
function sharedIndexUri(uri: string | null | undefined, log: Log): string | null {
  if (!uri?.trim()) return null
  try {
    return sharedUri(uri)
  } catch (error) {
    log.warn('shared', (error as Error).message)
    return null
  }
}

/** The folders in canonical form; throws when one is not a folder. */
export function rootsOf(folders: readonly string[]): Promise<readonly string[]> {
  return Promise.all(folders.map(rootOf))
}

async function rootOf(folder: string): Promise<string> {
  const info = await stat(folder).catch(() => null)
  if (!info) throw new EngineError('input', `The folder ${folder} does not exist: choose another.`)
  if (!info.isDirectory())
    throw new EngineError('input', `${folder} is not a folder: choose the folder that contains it.`)
  return realpath(resolve(folder))
}

/** One index per repository: its worktrees share what they have in common. */
async function indexFolder(home: string, roots: readonly string[], log: Log, trusted: boolean): Promise<string> {
  const [root = ''] = roots
  const gitFolder = trusted ? await repositoryOf(root) : undefined
  // Typical of containers, where the folder often belongs to another user.
  if (gitFolder === null && (await stat(join(root, '.git')).catch(() => null)))
    log.warn(
      'history',
      `git cannot read the repository in ${root}, so its commit history is not used: install git, or, if another user owns the folder, run \`git config --global --add safe.directory "${root}"\`.`,
    )
  const repository = gitFolder ?? root
  const hash = createHash('sha256').update(repository).digest('hex').slice(0, 12)
  const folder = basename(repository) === '.git' ? dirname(repository) : repository
  return join(home, 'indexes', `${basename(folder) || 'root'}-${hash}`)
}

export async function loadTokenizer(): Promise<Tokenizer> {
  const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base')
  // Text that looks like a control token is ordinary text.
  const options = { allowedSpecial: new Set<string>(), disallowedSpecial: new Set<string>() }
  return { id: 'o200k_base', count: (text) => countTokens(text, options) }
}

/**
 * The embedding endpoint named by FOVEA_EMBED_URL, FOVEA_EMBED_MODEL and FOVEA_EMBED_KEY; null when unset, and then
 * nothing is sent.
 */
async function configuredEmbedder(): Promise<Embedder | null> {
  const { FOVEA_EMBED_URL: url, FOVEA_EMBED_MODEL: model, FOVEA_EMBED_KEY: key } = process.env
  if (!url) return null
  if (!model) throw new EngineError('input', 'FOVEA_EMBED_URL is set without FOVEA_EMBED_MODEL: name the model too.')
  // Imported lazily: loading the library would slow down every start without an endpoint.
  const { openaiEmbedder } = await import('./providers/openai-embedder.ts')
  return openaiEmbedder({ url, model, key: key ?? '' })
}

/**
 * The model named by FOVEA_MODEL_URL (including `/v1`), FOVEA_MODEL and, where needed, FOVEA_MODEL_KEY and
 * FOVEA_MODEL_WINDOW (tokens); null when unset, and then nothing is sent.
 */
export async function configuredModel(): Promise<Model | null> {
  const { FOVEA_MODEL_URL: url, FOVEA_MODEL: model, FOVEA_MODEL_KEY: key, FOVEA_MODEL_WINDOW: window } = process.env
  if (!url) return null
  if (!model) throw new EngineError('input', 'FOVEA_MODEL_URL is set without FOVEA_MODEL: name the model too.')
  if (window && !/^[1-9]\d*$/.test(window))
    throw new EngineError('input', `FOVEA_MODEL_WINDOW is ${window}: give a whole number of tokens.`)
  const { modelOf } = await import('./providers/providers.ts')
  return modelOf({ url, model, key: key ?? '', headers: {}, window: Number(window ?? 0) })
}
