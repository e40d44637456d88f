/** The kills of `fovea bench soak`: each starts a process, or uses a running one, and ends it midway with `kill -9`. */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { existsSync, watch } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { workerUsage } from '../host/workers.ts'

/** Latest time of a kill; by then an indexer has usually finished. */
const MAX_KILL_MS = 1200
/** Most writes to an index before its writer is killed; a run makes a few dozen. */
const MAX_WRITES = 24
const MAX_WORKER_MS = 400
const MAX_QUESTION_MS = 40
/** A server that has not answered by then counts as hung and is killed. */
const SERVER_TIMEOUT_MS = 60_000
/** One year. */
const CLOCK_JUMP_MS = 31_536_000_000

const cli = () => process.argv[1] ?? ''
const serverScript = () => join(dirname(cli()), 'server.js')

/**
 * Whether the language server is built next to the CLI and runs on this Node; the editor's Node is newer than the
 * CLI's minimum.
 */
export const hasServer = (): boolean => 'withResolvers' in Promise && existsSync(serverScript())

const waitForExit = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve()
    else child.once('exit', () => resolve())
  })

const startIndexer = (root: string, flags: readonly string[] = []): ChildProcess =>
  spawn(process.execPath, [...flags, cli(), 'index', '--dir', root], { stdio: 'ignore' })

/** Starts an indexer process and kills it at a random time. */
export async function killIndexer(root: string, random: () => number): Promise<void> {
  const child = startIndexer(root)
  const timer = setTimeout(() => child.kill('SIGKILL'), random() * MAX_KILL_MS)
  await waitForExit(child)
  clearTimeout(timer)
}

/** Starts an indexer process and kills it while it writes to the index in `folder`. */
export async function killWriter(root: string, folder: string, random: () => number): Promise<void> {
  const child = startIndexer(root)
  let left = 1 + Math.floor(random() * MAX_WRITES)
  const watcher = watch(folder, { recursive: true }, () => {
    if (--left === 0) child.kill('SIGKILL')
  })
  watcher.on('error', () => {})
  await waitForExit(child)
  watcher.close()
}

/** Kills one of this process's workers while `work` runs. */
export async function killWorker<T>(work: Promise<T>, random: () => number): Promise<T> {
  const stop = new AbortController()
  const kill = (async () => {
    await sleep(random() * MAX_WORKER_MS, undefined, { signal: stop.signal })
    const pids = [...workerUsage.residentBytes.keys()]
    const pid = pids[Math.floor(random() * pids.length)]
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
  })().catch(() => {})
  return work.finally(async () => {
    stop.abort()
    await kill
  })
}

/** Runs an indexer whose clock is a year ahead or behind. */
export async function indexWithShiftedClock(root: string, random: () => number): Promise<void> {
  const shift = random() < 0.5 ? CLOCK_JUMP_MS : -CLOCK_JUMP_MS
  const code = `const now = Date.now; Date.now = () => now() + ${shift}`
  await waitForExit(startIndexer(root, ['--import', `data:text/javascript,${encodeURIComponent(code)}`]))
}

interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: { readonly text?: string }
  readonly error?: { readonly message: string }
}

/** Starts a language server and kills it while it indexes or answers. Returns what failed before that, or null. */
export async function killServer(root: string, random: () => number): Promise<string | null> {
  const child = fork(serverScript(), ['--node-ipc'], { silent: true, execArgv: [] })
  const timer = setTimeout(() => child.kill('SIGKILL'), SERVER_TIMEOUT_MS)
  const seen: Message[] = []
  const waiting = new Set<() => void>()
  child.on('message', (message) => {
    seen.push(message as Message)
    for (const wake of waiting) wake()
  })
  const exited = waitForExit(child)
  const waitFor = async (matches: (message: Message) => boolean): Promise<Message | undefined> => {
    for (;;) {
      const found = seen.find(matches)
      if (found || child.exitCode !== null || child.signalCode !== null) return found
      await Promise.race([exited, new Promise<void>((wake) => waiting.add(wake))])
      waiting.clear()
    }
  }
  const send = (message: object) => child.send({ jsonrpc: '2.0', ...message }, () => {})
  const ask = (id: number, question: string) =>
    send({ id, method: 'fovea/context', params: { question, mentions: [], budget: 8000, overrides: [] } })
  try {
    const options = { roots: [root], storage: null, trusted: true, paused: false, uri: null }
    const params = { processId: process.pid, rootUri: null, capabilities: {}, initializationOptions: options }
    send({ id: 1, method: 'initialize', params })
    if (!(await waitFor(({ id }) => id === 1))) return 'the server did not start'
    send({ method: 'initialized', params: {} })
    await waitFor(({ method }) => method === 'fovea/state')
    if (random() < 0.5) {
      await sleep(random() * MAX_KILL_MS)
      return null
    }
    ask(2, 'What was edited in the function?')
    const answer = await waitFor(({ id }) => id === 2)
    const logged = seen.flatMap(({ method, params: { text = '' } = {} }) => (method === 'fovea/log' ? [text] : []))
    if (!answer || answer.error)
      return `the server did not answer: ${answer?.error?.message ?? 'it ended'} ${logged.join(' ')}`
    ask(3, 'Where is the test of what was made?')
    await sleep(random() * MAX_QUESTION_MS)
    return null
  } finally {
    clearTimeout(timer)
    child.kill('SIGKILL')
    await exited
  }
}
