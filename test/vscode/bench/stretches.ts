/** Computes from a CPU profile how long the extension held the host's thread. */
import type { Profiler } from 'node:inspector'

export interface HostTime {
  /** The longest stretch without a pause, milliseconds. */
  readonly longest: number
  readonly total: number
  /** Functions of the longest stretch, each including its callees, the most expensive first. */
  readonly functions: readonly (readonly [name: string, ms: number])[]
}

type Node = Profiler.ProfileNode
type Stacks = ReadonlyMap<number, readonly Node[]>

interface Sample {
  readonly stack: readonly Node[]
  /** Time until the next sample, milliseconds. */
  readonly ms: number
}

/**
 * Attributes to the extension the samples with its bundle, or the channel to its server, on the stack: Node parses
 * messages there before the bundle sees them. Garbage collection has no stack and belongs to what it interrupts.
 */
export function hostTimeOf(profile: Profiler.Profile, isExtensionUrl: (url: string) => boolean): HostTime {
  let stretch: Sample[] = []
  const stretches: Sample[][] = []
  const close = () => {
    while (stretch.length && isCollector(stretch.at(-1)!)) stretch.pop()
    if (stretch.length) stretches.push(stretch)
    stretch = []
  }
  for (const sample of samplesOf(profile)) {
    if (isExtension(sample, isExtensionUrl) || (stretch.length && isCollector(sample))) stretch.push(sample)
    else close()
  }
  close()
  const lengths = stretches.map((samples) => samples.reduce((sum, { ms }) => sum + ms, 0))
  const longest = Math.max(0, ...lengths)
  return {
    longest,
    total: lengths.reduce((sum, ms) => sum + ms, 0),
    functions: functionsIn(stretches[lengths.indexOf(longest)] ?? []),
  }
}

function samplesOf({ nodes, samples = [], timeDeltas = [], startTime, endTime }: Profiler.Profile): Sample[] {
  const stacks = stacksOf(nodes)
  let at = startTime
  const times = timeDeltas.map((delta) => (at += delta))
  return samples.map((id, i) => ({
    stack: stacks.get(id) ?? [],
    ms: ((times[i + 1] ?? endTime) - times[i]!) / 1000,
  }))
}

/** The stack of a sample, innermost frame first, by its node. */
function stacksOf(nodes: readonly Node[]): Stacks {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const stacks = new Map<number, readonly Node[]>()
  const visit = (node: Node, above: readonly Node[]) => {
    const stack = [node, ...above]
    stacks.set(node.id, stack)
    for (const child of node.children ?? []) visit(byId.get(child)!, stack)
  }
  if (nodes[0]) visit(nodes[0], [])
  return stacks
}

function isCollector({ stack }: Sample): boolean {
  return stack[0]?.callFrame.functionName === '(garbage collector)'
}

function isExtension({ stack }: Sample, isExtensionUrl: (url: string) => boolean): boolean {
  return stack.some(
    ({ callFrame: { url, functionName } }) =>
      isExtensionUrl(url) || (url === 'node:internal/child_process' && functionName === 'channel.onread'),
  )
}

function functionsIn(samples: readonly Sample[]): (readonly [string, number])[] {
  const costs = new Map<string, number>()
  for (const { stack, ms } of samples)
    for (const name of new Set(stack.map(nameOf))) costs.set(name, (costs.get(name) ?? 0) + ms)
  return [...costs].sort(([, a], [, b]) => b - a)
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: Node): string {
  return `${functionName || '(anonymous)'} ${url.split('/').at(-1)}:${lineNumber + 1}`
}
