/** Processes that are started for tests end with them, whatever comes of the test. Tests nothing itself. */
import { type ChildProcess, spawnSync } from 'node:child_process'
import { after } from 'node:test'

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) endTree(child.pid)
})

/** Ended with this process at the latest. */
export function untilExit<Child extends ChildProcess>(child: Child): Child {
  running.add(child)
  return child.once('exit', () => running.delete(child))
}

/** Ended with the test that starts it, or with the file; what a hook starts would end with the hook. */
export function untilAfter<Child extends ChildProcess>(child: Child): Child {
  after(() => {
    if (running.has(child)) endTree(child.pid)
  })
  return untilExit(child)
}

/** Kills a process, all that descend from it, and its group, where it leads one. */
export function endTree(pid: number | undefined): void {
  if (pid === undefined) return
  if (process.platform === 'win32') {
    spawnSync('taskkill', ['/T', '/F', '/PID', String(pid)], { stdio: 'ignore' })
    return
  }
  for (const one of treeOf(pid)) kill(one)
  endGroup(pid)
}

/** What a process that led a group has left in it; Windows knows no groups. */
export function endGroup(pid: number): void {
  if (process.platform !== 'win32') kill(-pid)
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}

/** A browser, for one, leads a group of its own. */
function treeOf(root: number): ReadonlySet<number> {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
  const rows = (stdout ?? '').split('\n').map((line) => line.trim().split(/\s+/).map(Number))
  const tree = new Set([root])
  // A set that grows while it is walked is walked to its end.
  for (const parent of tree) for (const [pid = 0, ppid] of rows) if (ppid === parent) tree.add(pid)
  return tree
}
