/** A CPU profile → how long the extension held the host's thread. */
import type { Profiler } from 'node:inspector'

export interface Held {
  /** The longest stretch without a pause, milliseconds. */
  readonly longest: number
  readonly total: number
  /** Functions of the longest stretch, each with all it calls, the most expensive first. */
  readonly functions: readonly (readonly [name: string, ms: number])[]
}

type Node = Profiler.ProfileNode

/**
 * The extension's are the samples on whose stack stands its bundle, or the channel to its server: Node parses what
 * comes there before the bundle hears of it. The garbage collector's have no stack: they belong to what they interrupt.
 */
export function heldBy(
  { nodes, samples = [], timeDeltas = [], endTime, startTime }: Profiler.Profile,
  own: (url: string) => boolean,
): Held {
  const byId = new Map(nodes.map((node) => [node.id, node]))
  const parents = new Map(nodes.flatMap(({ id, children }) => (children ?? []).map((child) => [child, id] as const)))
  const stacks = new Map(nodes.map(({ id }) => [id, stackOf(id, byId, parents)]))
  let at = startTime
  const times = timeDeltas.map((delta) => (at += delta))
  let total = 0
  let longest = 0
  let best: readonly [from: number, to: number] = [0, 0]
  for (let from = 0; from < samples.length; from++) {
    if (!isOwn(stacks.get(samples[from]!) ?? [], own)) continue
    let to = from + 1
    for (let next = to; next < samples.length; next++) {
      const stack = stacks.get(samples[next]!) ?? []
      if (isOwn(stack, own)) to = next + 1
      else if (stack[0]?.callFrame.functionName !== '(garbage collector)') break
    }
    const length = ((times[to] ?? endTime) - times[from]!) / 1000
    total += length
    if (length > longest) {
      longest = length
      best = [from, to]
    }
    from = to
  }
  return { longest, total, functions: functionsIn(best, samples, times, endTime, stacks) }
}

/** From the inside out. */
function stackOf(id: number, byId: ReadonlyMap<number, Node>, parents: ReadonlyMap<number, number>): Node[] {
  const stack: Node[] = []
  for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
    const node = byId.get(at)
    if (node) stack.push(node)
  }
  return stack
}

function isOwn(stack: readonly Node[], own: (url: string) => boolean): boolean {
  return stack.some(
    ({ callFrame: { url, functionName } }) =>
      own(url) || (url === 'node:internal/child_process' && functionName === 'channel.onread'),
  )
}

function functionsIn(
  [from, to]: readonly [number, number],
  samples: readonly number[],
  times: readonly number[],
  endTime: number,
  stacks: ReadonlyMap<number, readonly Node[]>,
): (readonly [string, number])[] {
  const costs = new Map<string, number>()
  for (let i = from; i < to; i++) {
    const ms = ((times[i + 1] ?? endTime) - times[i]!) / 1000
    for (const name of new Set((stacks.get(samples[i]!) ?? []).map(nameOf)))
      costs.set(name, (costs.get(name) ?? 0) + ms)
  }
  return [...costs].sort(([, a], [, b]) => b - a)
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: Node): string {
  return `${functionName || '(anonymous)'} ${url.split('/').at(-1)}:${lineNumber + 1}`
}
