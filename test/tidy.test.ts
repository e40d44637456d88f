/** What keeps the project in shape: the import table, sizes, and that every folder is described. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative } from 'node:path'
import { before, test } from 'node:test'
import { openParser, type SyntaxParser } from '../src/engine/ingest/parse/parse.ts'
import { findSymbols } from '../src/engine/ingest/parse/symbols.ts'
import { languageOf } from '../src/engine/text/language.ts'
import { grammars } from '../src/host/assets.ts'
import { LAYERS } from '../tools/layers.ts'

const root = join(import.meta.dirname, '..')

const MAX_FILE_LINES = 400
const MAX_FUNCTION_LINES = 80

const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => /\.tsx?$/.test(name))
const textOf = (name: string) => readFileSync(join(root, 'src', name), 'utf8')
let parser: SyntaxParser

before(async () => {
  parser = await openParser(grammars)
})

async function symbolsOf(name: string) {
  const text = textOf(name)
  const parsed = await parser.parse(languageOf(name), text)
  assert.ok(parsed)
  try {
    return findSymbols(parsed, text, text.split('\n'))
  } finally {
    parsed.tree.delete()
  }
}

test('files import only what tools/layers.ts allows, and all that it allows is imported', async () => {
  const wrong: string[] = []
  const unused = new Set(
    LAYERS.flatMap(({ path, mayImport }) => mayImport.map((allowed) => `${path} may import ${allowed}`)),
  )
  for (const name of sources) {
    const layer = LAYERS.find(({ path }) => name.startsWith(path))
    if (!layer) {
      wrong.push(`${name} is in no layer`)
      continue
    }
    const { path, mayImport } = layer
    for (const { kind, name: module } of (await symbolsOf(name)).references) {
      if (kind !== 'import') continue
      const target = module.startsWith('.') ? posix.join(posix.dirname(name), module) : module
      if (path.endsWith('/') && target.startsWith(path)) continue
      const allowed = mayImport.find((one) => (/[/:]$/.test(one) ? target.startsWith(one) : target === one))
      if (allowed) unused.delete(`${path} may import ${allowed}`)
      else wrong.push(`${name} imports ${target}`)
    }
  }
  assert.deepEqual([...wrong, ...unused], [])
})

test('no file and no function is too long', async () => {
  const long: string[] = []
  const peers = readdirSync(join(root, 'tools', 'peers')).map((name) => `../tools/peers/${name}`)
  for (const name of [...sources, ...peers]) {
    const lines = textOf(name).split('\n').length - 1
    if (lines > MAX_FILE_LINES) long.push(`${name} has ${lines} lines`)
    for (const { kind, name: symbol, firstLine, lastLine } of (await symbolsOf(name)).symbols)
      if ((kind === 'function' || kind === 'method') && lastLine - firstLine + 1 > MAX_FUNCTION_LINES)
        long.push(`${name} ${symbol} has ${lastLine - firstLine + 1} lines`)
  }
  assert.deepEqual(long, [])
})

/** Set by the editor's interface, and inner loops in which an object per call would be allocated. */
const MANY_PARAMETERS = ['provideLanguageModelChatResponse', 'addEight', 'dot', 'dots']

test('no function has more than four parameters', async () => {
  const found: string[] = []
  for (const name of sources) {
    const parsed = await parser.parse(languageOf(name), textOf(name))
    for (const parameters of parsed?.tree.rootNode.descendantsOfType('formal_parameters') ?? [])
      if ((parameters?.namedChildren.filter((one) => one?.type !== 'comment').length ?? 0) > 4)
        found.push(parameters?.parent?.childForFieldName('name')?.text ?? name)
    parsed?.tree.delete()
  }
  assert.deepEqual(found.sort(), [...MANY_PARAMETERS].sort())
})

test('every folder of src is a layer, and ARCHITECTURE.md is a page', () => {
  const layers = LAYERS.map(({ path }) => path)
  const folders = new Set(sources.map((name) => `${dirname(name)}/`))
  assert.deepEqual(
    [...folders].filter((folder) => folder !== 'engine/' && !layers.some((path) => folder.startsWith(path))),
    [],
  )
  assert.ok(readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8').split('\n').length <= 130)
})

test('the project names no machine', () => {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (name) => /\.(ts|mjs|md|json|scm|yml)$/.test(name) && !/^(node_modules|dist|test|\.git|\.vscode-test)\b/.test(name),
  )
  const wrong = files.filter((name) =>
    /\/work\/[a-z]+\/|registry\.[a-z]+\.[a-z]/.test(readFileSync(join(root, name), 'utf8')),
  )
  assert.deepEqual(
    wrong.map((name) => relative('.', name)),
    [],
  )
})
