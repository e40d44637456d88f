/** repomix: the repository's signatures in one file. It knows no question; the file is cut where the budget ends. */
import { readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installed, outputOf, PINNED } from './install.ts'
import type { Count, Pack, Peer, Place } from './peer.ts'
import type { Tree } from './tree.ts'

const FLAGS = '--compress --style plain --quiet --no-file-summary --no-directory-structure --no-security-check'.split(
  ' ',
)
const RULE = '='.repeat(16)

interface Section {
  readonly path: string
  readonly lines: readonly string[]
}

export const repomixPeer: Peer = {
  id: 'repomix',
  name: 'repomix --compress',
  kind: 'tool',
  how: 'The packed file without summary and folder list, cut at the budget; it takes no question, and without history its files stand in the order of their paths. A source line counts when it stands verbatim in the output.',
  async version(cache) {
    await installed(cache, 'repomix')
    return PINNED.repomix
  },
  async open(tree, { cache, count, budgets }) {
    const script = join(await installed(cache, 'repomix'), 'node_modules', 'repomix', 'bin', 'repomix.cjs')
    const file = join(tmpdir(), `fovea-peers-${process.pid}.repomix`)
    await outputOf(process.execPath, [script, ...FLAGS, '--output', file, tree.root], { cwd: tree.root })
    const diskBytes = statSync(file).size
    const sections = sectionsOf(readFileSync(file, 'utf8'))
    rmSync(file)
    // The same for every question, so it is cut once.
    const packs = budgets.map((budget) => cut(tree, sections, budget, count))
    const places = sections.map(({ path }) => ({ path, firstLine: 1, lastLine: 1 }))
    return { diskBytes, ask: async () => ({ places, packs }) }
  },
}

export function sectionsOf(text: string): Section[] {
  const sections: { path: string; lines: string[] }[] = []
  const lines = text.split(/\r?\n/)
  for (let i = 0; i < lines.length; i++) {
    const path = /^File: (.+)$/.exec(lines[i + 1] ?? '')?.[1]
    if (lines[i] === RULE && path && lines[i + 2] === RULE) {
      sections.push({ path, lines: [] })
      i += 2
    } else sections.at(-1)?.lines.push(lines[i]!)
  }
  return sections
}

/** Whole sections as long as they fit, then as many lines of the next as do. */
function cut(tree: Tree, sections: readonly Section[], budget: number, count: Count): Pack {
  const texts: string[] = []
  const shown: Place[] = []
  let tokens = 0
  const text = ({ path, lines }: Section) => `${RULE}\nFile: ${path}\n${RULE}\n${lines.join('\n')}\n`
  const add = (section: Section) => {
    texts.push(text(section))
    shown.push(...verbatim(tree, section))
  }
  for (const section of sections) {
    const cost = count(text(section))
    if (tokens + cost <= budget) {
      tokens += cost
      add(section)
      continue
    }
    let [low, high] = [0, section.lines.length]
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      const fits = tokens + count(text({ ...section, lines: section.lines.slice(0, middle) })) <= budget
      if (fits) low = middle
      else high = middle - 1
    }
    if (low > 0) add({ ...section, lines: section.lines.slice(0, low) })
    break
  }
  return { text: texts.join(''), shown, named: [...new Set(shown.map(({ path }) => path))] }
}

/** Source lines that stand in a section; of equal ones the next after the one before. */
export function verbatim(tree: Tree, { path, lines }: Section): Place[] {
  const at = new Map<string, number[]>()
  tree.lines(path).forEach((line, i) => {
    const key = line.trimEnd()
    if (key) at.set(key, [...(at.get(key) ?? []), i + 1])
  })
  const found: Place[] = [{ path, firstLine: 0, lastLine: -1 }]
  let before = 0
  for (const line of lines) {
    const numbers = at.get(line.trimEnd())
    const number = numbers?.find((one) => one > before) ?? numbers?.[0]
    if (number === undefined) continue
    before = number
    found.push({ path, firstLine: number, lastLine: number })
  }
  return found
}
