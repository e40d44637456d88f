/** Ends the processes that tests start, however the test ends. Contains no tests. */
import { type ChildProcess, spawnSync } from 'node:child_process'
import { after } from 'node:test'

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) endTree(child.pid)
})

/** Kills `child` when this process exits, at the latest. */
export function untilExit<Child extends ChildProcess>(child: Child): Child {
  running.add(child)
  return child.once('exit', () => running.delete(child))
}

/**
 * Kills `child` after the test that starts it, or after the file. A process started in a hook would end with the hook.
 */
export function untilAfter<Child extends ChildProcess>(child: Child): Child {
  after(() => {
    if (running.has(child)) endTree(child.pid)
  })
  return untilExit(child)
}

/** Kills a process, its descendants, and its process group if it leads one. */
export function endTree(pid: number | undefined): void {
  if (pid === undefined) return
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/T', '/F', '/PID', String(pid)], { stdio: 'ignore' })
    return
  }
  for (const one of treeOf(pid)) kill(one)
  endGroup(pid)
}

/** Kills what remains of the group that a process led. Windows has no process groups. */
export function endGroup(pid: number): void {
  if (process.platform !== 'win32') kill(-pid)
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Already ended.
  }
}

/** Descendants are needed because some, a browser for one, lead their own group. */
function treeOf(root: number): ReadonlySet<number> {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
  const rows = (stdout ?? '').split('\n').map((line) => line.trim().split(/\s+/).map(Number))
  const tree = new Set([root])
  // Iterating a Set also visits elements added during the iteration.
  for (const parent of tree) for (const [pid = 0, ppid] of rows) if (ppid === parent) tree.add(pid)
  return tree
}
