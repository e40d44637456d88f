/** The diagram's layout: boxes never overlap, edges connect existing boxes, the result is deterministic and fast. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Diagram, DiagramEdge, DiagramNode, Fact, NodeRole } from '../../src/engine/types/explanation.ts'
import { type Layout, layOut } from '../../src/webview/explain/layout.ts'
import { stepsOf } from '../../src/webview/explain/steps.ts'

const ROLES: readonly NodeRole[] = ['entry', 'caller', 'focus', 'step', 'kin']

function nodeOf(id: string, layer: number, role: NodeRole = 'step'): DiagramNode {
  return { ...{ id, label: id, role, layer, path: 'src/a.ts', firstLine: 1, lastLine: 2 } }
}
const edgeOf = (from: string, to: string): DiagramEdge => ({ from, to, kind: 'calls', certain: true })
const widthOf = ({ label }: DiagramNode) => 90 + label.length * 7

/** Any graph: cycles, self-loops, dangling edges, duplicate ids. */
const diagrams = fc
  .tuple(
    fc.array(fc.tuple(fc.integer({ min: -4, max: 6 }), fc.constantFrom(...ROLES)), { minLength: 1, maxLength: 40 }),
    fc.array(fc.tuple(fc.nat(44), fc.nat(44), fc.boolean(), fc.boolean()), { maxLength: 120 }),
  )
  .map(([nodes, edges]): Diagram => {
    return {
      nodes: nodes.map(([layer, role], i) => nodeOf(`n${i % 37}`, layer, role)),
      edges: edges.map(([from, to, calls, certain]) => ({
        ...{ from: `n${from}`, to: `n${to}`, kind: calls ? ('calls' as const) : ('extends' as const), certain },
      })),
    }
  })

function check({ boxes, lines, width, height }: Layout): void {
  for (const [i, a] of boxes.entries()) {
    assert.ok(a.x >= 0 && a.y >= 0 && a.x + a.width <= width && a.y + a.height <= height, `${a.node.id} is outside`)
    for (const b of boxes.slice(i + 1))
      assert.ok(
        a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y,
        `${a.node.id} and ${b.node.id} overlap`,
      )
  }
  for (const { path } of lines) assert.match(path, /^M[\d. ]+([CL][\d. -]+)+$/)
}

test('boxes do not overlap, stay within bounds, and go left to right by layer; edges join boxes', () => {
  fc.assert(
    fc.property(diagrams, (diagram) => {
      const layout = layOut(diagram, widthOf)
      check(layout)
      const ids = new Set(diagram.nodes.map(({ id }) => id))
      assert.deepEqual(new Set(layout.boxes.map(({ node }) => node.id)), ids)
      assert.equal(layout.boxes.length, ids.size)
      const known = diagram.edges.filter(({ from, to }) => ids.has(from) && ids.has(to) && from !== to)
      assert.deepEqual(
        layout.lines.map(({ edge }) => edge),
        known,
      )
      const byLayer = layout.boxes.toSorted((a, b) => a.node.layer - b.node.layer)
      for (const [i, box] of byLayer.slice(1).entries())
        assert.equal(box.x > byLayer[i]!.x, box.node.layer > byLayer[i]!.node.layer)
      assert.deepEqual(layOut(structuredClone(diagram), widthOf), layout)
    }),
    { numRuns: 60 },
  )
})

test('an edge starts at one box and ends at the other', () => {
  const nodes = [nodeOf('a', -1), nodeOf('b', 0), nodeOf('c', 3), nodeOf('d', 0)]
  const edges = [edgeOf('a', 'c'), edgeOf('c', 'b'), edgeOf('b', 'd')]
  const { boxes, lines } = layOut({ nodes, edges }, widthOf)
  const [a, b, c, d] = boxes
  const ends = lines.map(({ path }) => {
    const numbers = path.match(/-?[\d.]+/g)!.map(Number)
    return [numbers.slice(0, 2), numbers.slice(-2)]
  })
  const middle = (box: typeof a, lower = 0) => Math.round((box!.y + box!.height / 2 + lower) * 10) / 10
  const right = (box: typeof a) => [box!.x + box!.width, middle(box)]
  const left = (box: typeof a) => [box!.x, middle(box)]
  assert.deepEqual(ends, [
    [right(a), left(c)],
    [
      [c!.x, middle(c, 10)],
      [b!.x + b!.width, middle(b, 10)],
    ],
    [right(b), right(d)],
  ])
})

test('draws without crossings what can be drawn so', () => {
  const nodes = ['a0', 'a1', 'a2', 'b0', 'b1', 'b2'].map((id) => nodeOf(id, id.startsWith('a') ? 0 : 1))
  const { boxes } = layOut({ nodes, edges: [edgeOf('a0', 'b2'), edgeOf('a1', 'b1'), edgeOf('a2', 'b0')] }, widthOf)
  const y = new Map(boxes.map(({ node, y: at }) => [node.id, at]))
  const down = (ids: readonly string[]) => ids.toSorted((p, q) => y.get(p)! - y.get(q)!).join(' ')
  const order = down(['a0', 'a1', 'a2'])
  assert.equal(
    down(['b0', 'b1', 'b2']),
    order.replace(/a(\d)/g, (_, i) => `b${2 - Number(i)}`),
  )
})

test('lays out 200 boxes with 600 edges, and an empty graph', () => {
  const nodes = Array.from({ length: 200 }, (_, i) => nodeOf(`n${i}`, (i * 7) % 9))
  const edges = Array.from({ length: 600 }, (_, i) => edgeOf(`n${(i * 31) % 200}`, `n${(i * 17 + 3) % 200}`))
  check(layOut({ nodes, edges }, widthOf))
  assert.deepEqual(layOut({ nodes: [], edges: [edgeOf('a', 'b')] }, widthOf).boxes, [])
})

test('layers with distant numbers are adjacent', () => {
  const nodes = [nodeOf('a', -1e9), nodeOf('b', 1e9)]
  const { boxes, width } = layOut({ nodes, edges: [edgeOf('a', 'b')] }, widthOf)
  assert.equal(boxes.length, 2)
  assert.ok(width < 400)
})

test('steps are numbered hierarchically, entry paths are not numbered, and depths may be skipped', () => {
  const facts = [
    ...[
      ['Reached from `a`', -1],
      ['Begins in `b`', 0],
      ['calls `c`', 1],
      ['calls `d`', 2],
      ['calls `e`', 1],
    ],
    ...[
      ['calls `f`', 4],
      ['calls `g`', 4],
      ['calls `h`', 3],
      ['Begins in `i`', 0],
      ['deep', 1e9],
    ],
  ].map(
    ([text, depth]): Fact => ({
      text: String(text),
      depth: Number(depth),
      path: 'a',
      firstLine: 1,
      lastLine: 1,
      quote: [],
    }),
  )
  const { reached, steps } = stepsOf(facts)
  const flat = (list: typeof steps): string[] =>
    list.flatMap(({ number, fact, steps: inner }) => [`${number} ${fact.text}`, ...flat(inner)])
  assert.deepEqual(
    reached.map(({ text }) => text),
    ['Reached from `a`'],
  )
  assert.deepEqual(flat(steps), [
    ...['1 Begins in `b`', '1.1 calls `c`', '1.1.1 calls `d`', '1.2 calls `e`', '1.2.1 calls `f`'],
    ...['1.2.2 calls `g`', '1.2.3 calls `h`', '2 Begins in `i`', '2.1 deep'],
  ])
})
