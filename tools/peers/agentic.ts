/**
 * A script that searches with ripgrep as a coding agent would: four greps with reading in between. No model takes
 * part.
 */

import { isDocument, isTest } from '../../src/engine/text/path-role.ts'
import type { Peer, Place } from './peer.ts'
import { byFile, grep, inTurn, type Match, ripgrep, ripgrepVersion, windowsOf } from './ripgrep.ts'
import { isNameLike, searchWords } from './terms.ts'
import type { Tree } from './tree.ts'

/** The rarest words are searched for again, as whole words. */
const RARE_WORDS = 8
const FIRST_FILES = 3
/** Files read before the script follows the calls of the first ones. */
const READ_FILES = 8
/** Called names whose definitions are followed. */
const FOLLOWED = 8
/** Lines read from a definition on. */
const BODY_LINES = 60
/** How a definition begins in most languages. */
const DEFINES = String.raw`\b(?:def|class|function|func|fn|fun|interface|struct|enum|trait|type|module|impl|const|let|var|static|public|private|protected|void|int)\b[^=;()\n]{0,60}?\b`

const escaped = (word: string): string => word.replace(/[$]/g, '\\$')
/** The name that a definition's match ends with. */
const definedName = (text: string): string => /[\w$]+$/.exec(text)?.[0] ?? text

export const agenticPeer: Peer = {
  id: 'agentic',
  name: 'ripgrep, scripted agent',
  kind: 'tool',
  how: 'Four calls: any of the words; the 8 rarest as whole words; definitions of the words; definitions of the names called most in the top three files. Files are ranked by idf of words, definitions and paths, with documents and tests at half weight; it reads bodies of 60 lines and windows of 50. The output of the greps is not charged to its budget.',
  version: ripgrepVersion,
  async open(tree, { cache }) {
    const rg = await ripgrep(cache)
    return { diskBytes: 0, ask: async (text) => ({ places: await search(rg, tree, text) }) }
  },
}

async function search(rg: string, tree: Tree, text: string): Promise<Place[]> {
  const words = searchWords(text).map((word) => word.toLowerCase())
  const all = await grep(rg, tree.root, words, ['-F'])
  const filesOf = new Map<string, Set<string>>()
  for (const { path, text: word } of all) filesOf.set(word, (filesOf.get(word) ?? new Set()).add(path))
  const total = new Set(all.map(({ path }) => path)).size
  const idf = (word: string): number => Math.log(1 + total / Math.max(1, filesOf.get(word)?.size ?? total))
  const rare = words
    .filter((word) => filesOf.has(word))
    .sort((a, b) => idf(b) - idf(a))
    .slice(0, RARE_WORDS)
  const whole = await grep(rg, tree.root, rare.map(escaped), ['-w'])
  const defined = await definitions(rg, tree, words)

  const scores = new Map<string, number>()
  const add = (path: string, score: number) => scores.set(path, (scores.get(path) ?? 0) + score)
  for (const [word, paths] of filesOf) for (const path of paths) add(path, idf(word))
  for (const [path, found] of byFile(whole))
    for (const word of new Set(found.map((one) => one.text))) add(path, idf(word))
  for (const [path, found] of byFile(defined))
    for (const name of new Set(found.map((one) => definedName(one.text)))) add(path, 2 * idf(name))
  for (const path of scores.keys())
    for (const word of words) if (path.toLowerCase().includes(word)) add(path, 2 * idf(word))
  const asksTests = words.some((word) => word.startsWith('test'))
  for (const [path, score] of scores) if (isDocument(path) || (isTest(path) && !asksTests)) scores.set(path, score / 2)
  const ranked = [...scores].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1)).map(([path]) => path)

  const called = calledIn(tree, ranked.slice(0, FIRST_FILES), new Set(words))
  const followed = await definitions(rg, tree, called)
  const matches = byFile(all)
  const windows = ranked.map((path) => windowsOf(tree, path, matches.get(path) ?? [], idf))
  const bodies = Map.groupBy(bodiesOf(tree, defined), ({ path }) => path)
  const read = ranked.map((path, i) => [...(bodies.get(path) ?? []).slice(0, 2), ...windows[i]!])
  return [
    ...read.slice(0, FIRST_FILES).flatMap((places) => places.slice(0, 3)),
    ...read.slice(FIRST_FILES, READ_FILES).flatMap((places) => places.slice(0, 1)),
    ...bodiesOf(tree, followed).slice(0, FOLLOWED),
    ...inTurn(read),
  ]
}

const definitions = (rg: string, tree: Tree, words: readonly string[]): Promise<Match[]> =>
  words.length ? grep(rg, tree.root, [`${DEFINES}(?:${words.map(escaped).join('|')})\\b`], []) : Promise.resolve([])

/** The names called most often in the files, which an agent would notice while reading. */
function calledIn(tree: Tree, paths: readonly string[], known: ReadonlySet<string>): string[] {
  const counts = new Map<string, number>()
  for (const path of paths)
    for (const [, name = ''] of tree
      .lines(path)
      .join('\n')
      .matchAll(/([A-Za-z_]\w{3,})\(/g))
      if (isNameLike(name) && !known.has(name.toLowerCase())) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .slice(0, FOLLOWED)
    .map(([name]) => name)
}

/** The lines read from each definition on. */
const bodiesOf = (tree: Tree, defined: readonly Match[]): Place[] =>
  defined.map(({ path, line }) => ({
    path,
    firstLine: line,
    lastLine: Math.min(tree.lines(path).length, line + BODY_LINES - 1),
  }))
