/** The treemap: cells that fill their rectangle, and a tree of areas merged where they would be too small. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type AreaNode, type Cell, layout, ranksOf, stepOf, treeOf } from '../../src/webview/context/areas.ts'
import { type Rect, squarify } from '../../src/webview/context/squarify.ts'

const box = fc.record({
  x: fc.integer({ min: -50, max: 50 }),
  y: fc.integer({ min: -50, max: 50 }),
  width: fc.integer({ min: 10, max: 2000 }),
  height: fc.integer({ min: 10, max: 2000 }),
})
const weights = fc
  .array(fc.integer({ min: 1, max: 100_000 }), { minLength: 1, maxLength: 80 })
  .map((list) => list.sort((a, b) => b - a))
const areaOf = ({ width, height }: Rect) => width * height
const EPSILON = 1e-6

test('each cell has its share of the area', () => {
  fc.assert(
    fc.property(weights, box, (list, rect) => {
      const cells = squarify(list, rect)
      const total = list.reduce((sum, weight) => sum + weight, 0)
      assert.equal(cells.length, list.length)
      for (const [i, cell] of cells.entries())
        assert.ok(Math.abs(areaOf(cell) - (areaOf(rect) * list[i]!) / total) < EPSILON * areaOf(rect))
    }),
  )
})

test('cells stay within the rectangle and do not overlap', () => {
  fc.assert(
    fc.property(weights, box, (list, rect) => {
      const cells = squarify(list, rect)
      const slack = EPSILON * (rect.width + rect.height)
      for (const cell of cells) {
        assert.ok(cell.x >= rect.x - slack && cell.y >= rect.y - slack)
        assert.ok(cell.x + cell.width <= rect.x + rect.width + slack)
        assert.ok(cell.y + cell.height <= rect.y + rect.height + slack)
      }
      for (const [i, a] of cells.entries())
        for (const b of cells.slice(i + 1)) {
          const across = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x)
          const down = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y)
          assert.ok(across <= slack || down <= slack, 'two cells overlap')
        }
    }),
    { numRuns: 60 },
  )
})

test('reproduces the paper’s example: 6 6 4 3 2 2 1 in 6 by 4', () => {
  const cells = squarify([6, 6, 4, 3, 2, 2, 1], { x: 0, y: 0, width: 6, height: 4 })
  const ratios = cells.map(({ width, height }) => Math.max(width / height, height / width))
  assert.deepEqual(
    cells.slice(0, 2).map(({ x, y, width, height }) => [x, y, width, height]),
    [
      [0, 0, 3, 2],
      [0, 2, 3, 2],
    ],
  )
  assert.ok(Math.max(...ratios) < 2.8, `the worst cell is ${Math.max(...ratios)} times as long as wide`)
})

test('a tree’s size is the lines of its files, and a folder with a single folder is merged with it', () => {
  const root = treeOf([
    { path: 'src/main/java/a.java', lines: 10, folder: false },
    { path: 'src/main/java/b.java', lines: 30, folder: false },
    { path: 'README.md', lines: 5, folder: false },
  ])
  assert.deepEqual([root.path, root.lines], ['', 45])
  assert.deepEqual(
    root.children.map(({ path, name, lines }) => [path, name, lines]),
    [
      ['src/main/java', 'src/main/java', 40],
      ['README.md', 'README.md', 5],
    ],
  )
  assert.deepEqual(
    root.children[0]!.children.map(({ path }) => path),
    ['src/main/java/b.java', 'src/main/java/a.java'],
  )
})

test('a folder ranks as high as its best file', () => {
  const ranks = ranksOf([
    ['a/x.ts', 9],
    ['b/y.ts', 8],
    ['a/z.ts', 7],
  ])
  assert.deepEqual([...ranks].sort(), [
    ['a', 1],
    ['a/x.ts', 1],
    ['a/z.ts', 3],
    ['b', 2],
    ['b/y.ts', 2],
  ])
  assert.deepEqual([1, 4, 11, 31, 101, undefined].map(stepOf), [5, 4, 3, 2, 1, 0])
})

const files = (node: AreaNode): number =>
  node.children.length ? node.children.reduce((sum, child) => sum + files(child), 0) : 1
/** Cells without children. */
const innermost = (cells: readonly Cell[]) => cells.filter(({ open }) => !open)

test('draws any tree in few cells without losing a file', () => {
  const area = fc.record({
    path: fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { minLength: 1, maxLength: 4 }),
    lines: fc.nat(3000),
  })
  fc.assert(
    fc.property(fc.array(area, { minLength: 1, maxLength: 300 }), (list) => {
      const root = treeOf(
        list.map(({ path, lines }, i) => ({ path: [...path, `file${i}`].join('/'), lines, folder: false })),
      )
      const cells = layout(root, 400, 300)
      assert.ok(cells.length < 400)
      assert.equal(
        innermost(cells).reduce((sum, { node }) => sum + files(node), 0),
        list.length,
      )
      assert.equal(new Set(cells.map(({ node }) => node.path)).size, cells.length)
    }),
  )
})
