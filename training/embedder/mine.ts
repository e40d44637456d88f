/**
 * Mines training pairs from git directories into pairs.jsonl. Usage: `mine.ts --git <folder of git directories> --out
 * <folder>`.
 */

import { once } from 'node:events'
import { createWriteStream, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openParser, type SyntaxParser } from '../../src/engine/ingest/parse/parse.ts'
import { linesOf } from '../../src/engine/ingest/parse/record.ts'
import { screenText } from '../../src/engine/ingest/parse/screen.ts'
import { findSymbols } from '../../src/engine/ingest/parse/symbols.ts'
import { LANGUAGES, languageOf } from '../../src/engine/text/language.ts'
import { isGenerated, isTest } from '../../src/engine/text/path-role.ts'
import { grammars } from '../../src/host/assets.ts'
import { type Blob, blobsOf, touchedFiles } from './git.ts'
import { KINDS, type Pair, type PairKind, pairOfCommit, pairsOfFile } from './pairs.ts'
import { seededRandom, shuffle } from './random.ts'
import { type Repository, readRepositories } from './repositories.ts'

const SEED = 1
/** Commits read per repository. */
const COMMITS = 4000
/** Share of test files that are used. */
const TEST_SHARE = 0.15
/** Maximum pairs per repository, so that none dominates. */
const CAPS: Record<PairKind, number> = { doc: 6000, name: 4500, path: 1500, commit: 3500 }
const CODE = new Set('python typescript tsx javascript go rust java c cpp csharp php ruby kotlin'.split(' '))
const EXTENSIONS = LANGUAGES.filter(({ id }) => CODE.has(id)).flatMap(({ extensions }) => extensions)

async function pairsOf(
  parser: SyntaxParser,
  { repository, commit }: Repository,
  folder: string,
  seen: Set<string>,
): Promise<Pair[]> {
  const random = seededRandom(SEED)
  const wanted = (path: string) =>
    CODE.has(languageOf(path).id) && !isGenerated(path) && (!isTest(path) || random() < TEST_SHARE)
  const pairs: Pair[] = []
  const add = (path: string, drafts: readonly Pick<Pair, 'kind' | 'query' | 'code'>[]) => {
    for (const draft of drafts) {
      const key = `${draft.query}|${draft.code.slice(0, 200)}`
      if (seen.size < seen.add(key).size) pairs.push({ repository, language: languageOf(path).id, ...draft })
    }
  }
  for (const blob of blobsOf(folder, commit, wanted)) add(blob.path, await pairsOfBlob(parser, blob, random))
  for (const touched of touchedFiles(folder, commit, { limit: COMMITS, extensions: EXTENSIONS, wanted }))
    add(touched.path, pairOfCommit(touched))
  shuffle(pairs, random)
  return KINDS.flatMap((kind) => pairs.filter((pair) => pair.kind === kind).slice(0, CAPS[kind]))
}

async function pairsOfBlob(parser: SyntaxParser, { path, bytes }: Blob, random: () => number) {
  const screened = screenText(bytes, path)
  if ('reason' in screened) return []
  const language = languageOf(path)
  const parsed = await parser.parse(language, screened.text)
  if (!parsed) return []
  try {
    const lines = linesOf(screened.text)
    return pairsOfFile(path, language.id, lines, findSymbols(parsed, screened.text, lines).symbols, random)
  } finally {
    parsed.tree.delete()
  }
}

function tally(pairs: readonly Pair[], key: (pair: Pair) => string, into: Map<string, number>): void {
  for (const pair of pairs) into.set(key(pair), (into.get(key(pair)) ?? 0) + 1)
}

const { values } = parseArgs({ options: { git: { type: 'string' }, out: { type: 'string' } } })
const home = values.git ?? process.env.FOVEA_TRAINING_GIT
if (!home || !values.out) throw new Error('Usage: mine.ts --git <folder of git directories> --out <folder>')
mkdirSync(values.out, { recursive: true })
const out = createWriteStream(join(values.out, 'pairs.jsonl'))
const seen = new Set<string>()
const kinds = new Map<string, number>()
const languages = new Map<string, number>()
for (const repository of readRepositories()) {
  const folder = [`${repository.repository.replace('/', '+')}/repo`, `${repository.repository}.git`]
    .map((name) => join(home, name))
    .find(existsSync)
  if (!folder) throw new Error(`${home} has no git directory of ${repository.repository}: clone it with --bare first.`)
  const pairs = await pairsOf(await openParser(grammars), repository, folder, seen)
  tally(pairs, ({ kind }) => kind, kinds)
  tally(pairs, ({ language }) => language, languages)
  if (!out.write(pairs.map((pair) => `${JSON.stringify(pair)}\n`).join(''))) await once(out, 'drain')
  console.log(repository.repository, pairs.length)
}
out.end()
console.log(Object.fromEntries(kinds), Object.fromEntries(languages))
