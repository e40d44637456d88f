/** The documents match the code: generated tables are current, and every file they name exists. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { DOCUMENTS, withTables } from '../tools/docs.ts'

const root = join(import.meta.dirname, '..')
const textOf = (name: string) => readFileSync(join(root, name), 'utf8')
/** Paths that exist only after something is built, run or installed. */
const MADE = /^(dist|node_modules|\.vscode-test)\b/
/** Files that the worked example of CONTRIBUTING.md adds, and a file of a grammar's package. */
const EXAMPLES = ['syntaxes/make.scm', 'test/languages/make.txt', 'src/node-types.json']

for (const name of DOCUMENTS)
  test(`the generated tables of ${name} are current; \`npm run docs\` writes them`, () => {
    assert.equal(textOf(name), withTables(textOf(name)))
  })

test('every file that a document names exists', () => {
  const missing: string[] = []
  for (const name of ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'training/README.md', 'media/EMBEDDER.md'])
    for (const path of namedFiles(textOf(name)))
      if (!MADE.test(path) && !EXAMPLES.includes(path) && !exists(path, dirname(name)))
        missing.push(`${name} names ${path}`)
  assert.deepEqual(missing, [])
})

test('detects the name of a file that does not exist', () => {
  const named = namedFiles('See `src/no/such.ts`, [this](gone.md#part), `engine/engine.ts` and `--dir`.')
  assert.deepEqual(named, ['gone.md', 'src/no/such.ts', 'engine/engine.ts'])
  assert.deepEqual(
    named.map((path) => exists(path, '.')),
    [false, false, true],
  )
})

/** Links to files, and inline code that looks like a path: a slash or a known extension, and only path characters. */
function namedFiles(text: string): readonly string[] {
  const links = [...text.matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)].map((found) => found[1]!)
  const code = [...text.matchAll(/`([\w.@-]+(?:\/[\w.@-]+)*\/?)`/g)]
    .map((found) => found[1]!)
    .filter((path) =>
      /\.(?:ts|tsx|mjs|md|scm|json|yml|py|txt)$|^(?:src|test|tools|training|media|syntaxes|engine)\/.*\/$/.test(path),
    )
  return [...links, ...code]
}

/**
 * Resolves a path from the root, the document's folder, `src/` or the engine; a bare name may be anywhere in the
 * project.
 */
function exists(path: string, folder: string): boolean {
  const places = ['.', folder, 'src', 'src/engine', 'test']
  if (places.some((place) => existsSync(join(root, place, path)))) return true
  return !path.includes('/') && names().has(path)
}

let all: ReadonlySet<string> | undefined
function names(): ReadonlySet<string> {
  all ??= new Set(
    ['src', 'test', 'tools', 'training', 'media', 'syntaxes'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => name.split(/[/\\]/).at(-1)!),
    ),
  )
  return all
}
