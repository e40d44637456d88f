/** Draws a walk as a layered call diagram: callers before what is explained, its steps after it. */

import { isCertain, type SymbolGraph } from '../graph/symbol-graph.ts'
import type { Diagram, DiagramEdge, DiagramNode, NodeRole } from '../types/explanation.ts'
import type { CallWalk } from './call-walk.ts'

const MAX_CALLERS = 6
const MAX_STEPS = 26
const MAX_KIN = 5

/** Builds the diagram, with at most `MAX_STEPS` steps. */
export function diagramOf(graph: SymbolGraph, { steps, entries, callers, kin, focus }: CallWalk): Diagram {
  const nodes = new Map<number, DiagramNode>()
  const add = (node: number, role: NodeRole, layer: number) => {
    if (nodes.has(node)) return
    const { firstLine, lastLine } = graph.symbol(node) ?? { firstLine: 1, lastLine: 1 }
    const label = graph.symbol(node) ? graph.title(node) : graph.path(node).split('/').at(-1)!
    nodes.set(node, { id: `n${nodes.size + 1}`, label, role, layer, path: graph.path(node), firstLine, lastLine })
  }
  for (const seed of focus.seeds) add(seed, 'focus', 0)
  for (const { node, depth } of steps.slice(0, MAX_STEPS)) add(node, depth ? 'step' : 'focus', depth)
  for (const path of entries)
    path.forEach((node, i) => void add(node, i === 0 ? 'entry' : 'caller', i - path.length + 1))
  for (const { node } of callers.filter(isCertain).slice(0, MAX_CALLERS)) add(node, 'caller', -1)
  for (const node of kin.slice(0, MAX_KIN)) add(node, 'kin', 1)
  const edges = new Map<string, DiagramEdge>()
  const connect = (from: number, to: number, kind: DiagramEdge['kind'], certain: boolean) => {
    const [a, b] = [nodes.get(from), nodes.get(to)]
    if (a && b && a !== b) edges.set(`${a.id} ${b.id}`, { from: a.id, to: b.id, kind, certain })
  }
  for (const { node, from, how } of steps)
    if (from >= 0 && how !== 'is implemented by') connect(steps[from]!.node, node, 'calls', how === 'calls')
    else if (from >= 0) connect(node, steps[from]!.node, 'extends', true)
  for (const path of entries) path.slice(1).forEach((node, i) => void connect(path[i]!, node, 'calls', true))
  for (const { node } of callers.filter(isCertain))
    for (const seed of focus.seeds)
      if (graph.whole(seed).some((one) => graph.in(one).some((link) => link.node === node)))
        connect(node, seed, 'calls', true)
  for (const node of kin)
    for (const seed of focus.seeds)
      if (graph.symbol(seed)?.name === graph.symbol(node)?.name || graph.isType(seed))
        connect(node, seed, 'extends', true)
  return { nodes: [...nodes.values()], edges: [...edges.values()] }
}

/** Mermaid brackets of each role. */
const SHAPES: Readonly<Record<NodeRole, readonly [string, string]>> = {
  entry: ['([', '])'],
  caller: ['[', ']'],
  focus: ['[[', ']]'],
  step: ['[', ']'],
  kin: ['{{', '}}'],
}

/** The diagram as a Mermaid flowchart (mermaid.js.org), for Markdown. */
export function mermaidOf({ nodes, edges }: Diagram): string {
  // Quotes and angle brackets in a name would end the label.
  const label = (text: string) => text.replaceAll('"', '#quot;').replaceAll('<', '#lt;').replaceAll('>', '#gt;')
  const rows = nodes.map(({ id, label: name, role, path, firstLine }) => {
    const [open, close] = SHAPES[role]
    return `  ${id}${open}"${label(name)}<br/>${label(path.split('/').at(-1)!)}:${firstLine}"${close}`
  })
  const arrows = edges.map(({ from, to, kind, certain }) => {
    const arrow = kind === 'extends' ? '-. extends .->' : certain ? '-->' : '-. may be .->'
    return `  ${from} ${arrow} ${to}`
  })
  return ['flowchart LR', ...rows, ...arrows].join('\n')
}
