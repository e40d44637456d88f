/** What `fovea bench soak` does to processes: each is begun or lent, and ended on the way as a crash would, `kill -9`. */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { existsSync, watch } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { used } from '../host/workers.ts'

/** An indexer that takes longer has been through. */
const KILL_MS = 1200
/** Writes to an index until its writer is ended: a run makes some tens. */
const WRITES = 24
const WORKER_MS = 400
const QUESTION_MS = 40
/** A server that says nothing until then hangs. */
const SILENT_MS = 60_000
const JUMP_MS = 31_536_000_000

const cli = () => process.argv[1] ?? ''
const serverScript = () => join(dirname(cli()), 'server.js')

/** Whether the language server stands beside the command line and runs on this Node, which the editor's is newer than. */
export const hasServer = (): boolean => 'withResolvers' in Promise && existsSync(serverScript())

const ended = (child: ChildProcess): Promise<void> =>
  new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) done()
    else child.once('exit', () => done())
  })

const indexer = (root: string, flags: readonly string[] = []): ChildProcess =>
  spawn(process.execPath, [...flags, cli(), 'index', '--dir', root], { stdio: 'ignore' })

/** An indexer of its own process that is ended anywhere on its way. */
export async function killIndexer(root: string, random: () => number): Promise<void> {
  const child = indexer(root)
  const timer = setTimeout(() => child.kill('SIGKILL'), random() * KILL_MS)
  await ended(child)
  clearTimeout(timer)
}

/** One that is ended as it writes to the index in `folder`. */
export async function killWriter(root: string, folder: string, random: () => number): Promise<void> {
  const child = indexer(root)
  let left = 1 + Math.floor(random() * WRITES)
  const watcher = watch(folder, { recursive: true }, () => {
    if (--left === 0) child.kill('SIGKILL')
  })
  watcher.on('error', () => {})
  await ended(child)
  watcher.close()
}

/** Ends one of this process's own workers during the work. */
export async function killWorker<T>(work: Promise<T>, random: () => number): Promise<T> {
  const stop = new AbortController()
  const killing = (async () => {
    await sleep(random() * WORKER_MS, undefined, { signal: stop.signal })
    const pids = [...used.living.keys()]
    const pid = pids[Math.floor(random() * pids.length)]
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
  })().catch(() => {})
  return work.finally(async () => {
    stop.abort()
    await killing
  })
}

/** An indexer whose clock is a year ahead or behind. */
export async function indexAtAnotherTime(root: string, random: () => number): Promise<void> {
  const shift = random() < 0.5 ? JUMP_MS : -JUMP_MS
  const code = `const now = Date.now; Date.now = () => now() + ${shift}`
  await ended(indexer(root, ['--import', `data:text/javascript,${encodeURIComponent(code)}`]))
}

interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: { readonly text?: string }
  readonly error?: { readonly message: string }
}

/** A language server over its wire, ended while it indexes or while it answers. What it failed at until then, or ''. */
export async function killServer(root: string, random: () => number): Promise<string> {
  const child = fork(serverScript(), ['--node-ipc'], { silent: true, execArgv: [] })
  const late = setTimeout(() => child.kill('SIGKILL'), SILENT_MS)
  const seen: Message[] = []
  const waiting = new Set<() => void>()
  child.on('message', (message) => {
    seen.push(message as Message)
    for (const wake of waiting) wake()
  })
  const gone = ended(child)
  const until = async (fits: (message: Message) => boolean): Promise<Message | undefined> => {
    for (;;) {
      const found = seen.find(fits)
      if (found || child.exitCode !== null || child.signalCode !== null) return found
      await Promise.race([gone, new Promise<void>((wake) => waiting.add(wake))])
      waiting.clear()
    }
  }
  const send = (message: object) => child.send({ jsonrpc: '2.0', ...message }, () => {})
  const ask = (id: number, question: string) =>
    send({ id, method: 'fovea/context', params: { question, mentions: [], budget: 8000, overrides: [] } })
  try {
    const options = { roots: [root], storage: '', trusted: true, paused: false, uri: '' }
    const params = { processId: process.pid, rootUri: null, capabilities: {}, initializationOptions: options }
    send({ id: 1, method: 'initialize', params })
    if (!(await until(({ id }) => id === 1))) return 'the server did not start'
    send({ method: 'initialized', params: {} })
    await until(({ method }) => method === 'fovea/state')
    if (random() < 0.5) {
      await sleep(random() * KILL_MS)
      return ''
    }
    ask(2, 'What was edited in the function?')
    const answer = await until(({ id }) => id === 2)
    const said = seen.flatMap(({ method, params: { text = '' } = {} }) => (method === 'fovea/log' ? [text] : []))
    if (!answer || answer.error)
      return `the server did not answer: ${answer?.error?.message ?? 'it ended'} ${said.join(' ')}`
    ask(3, 'Where is the test of what was made?')
    await sleep(random() * QUESTION_MS)
    return ''
  } finally {
    clearTimeout(late)
    child.kill('SIGKILL')
    await gone
  }
}
