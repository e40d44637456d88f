/** repomix: packs the repository's signatures into one file. It takes no question; the file is cut at the budget. */
import { readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installPackage, outputOf, PINNED } from './install.ts'
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
  how: 'The packed file without summary and folder list, cut at the budget; it takes no question, and without history its files are in path order. A source line counts when it appears verbatim in the output.',
  async version(cache) {
    await installPackage(cache, 'repomix')
    return PINNED.repomix
  },
  async open(tree, { cache, count, budgets }) {
    const script = join(await installPackage(cache, 'repomix'), 'node_modules', 'repomix', 'bin', 'repomix.cjs')
    const file = join(tmpdir(), `fovea-peers-${process.pid}.repomix`)
    await outputOf(process.execPath, [script, ...FLAGS, '--output', file, tree.root], { cwd: tree.root })
    const diskBytes = statSync(file).size
    const sections = sectionsOf(readFileSync(file, 'utf8'))
    rmSync(file)
    // The output does not depend on the question, so it is cut only once.
    const packs = budgets.map((budget) => cut(tree, sections, budget, count))
    const places = sections.map(({ path }) => ({ path, firstLine: 1, lastLine: 1 }))
    return { diskBytes, ask: async () => ({ places, packs }) }
  },
}

/** Splits repomix's plain output into the sections of its files. */
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

/** Packs whole sections while they fit, then as many lines of the next one as fit. */
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

/** Maps the lines of a section to source lines; of identical lines, to the next one after the previous match. */
export function verbatim(tree: Tree, { path, lines }: Section): Place[] {
  const at = new Map<string, number[]>()
  tree.lines(path).forEach((line, i) => {
    const key = line.trimEnd()
    if (key) at.set(key, [...(at.get(key) ?? []), i + 1])
  })
  const found: Place[] = [{ path, firstLine: 0, lastLine: -1 }]
  let previous = 0
  for (const line of lines) {
    const numbers = at.get(line.trimEnd())
    const number = numbers?.find((one) => one > previous) ?? numbers?.[0]
    if (number === undefined) continue
    previous = number
    found.push({ path, firstLine: number, lastLine: number })
  }
  return found
}
