/** What keeps the project in shape: the import table, sizes, and that every folder is described. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative } from 'node:path'
import { before, test } from 'node:test'
import { openParser, type SyntaxParser } from '../src/engine/ingest/parse/parse.ts'
import { findSymbols } from '../src/engine/ingest/parse/symbols.ts'
import { languageOf } from '../src/engine/text/language.ts'
import { grammars } from '../src/host/assets.ts'

const root = join(import.meta.dirname, '..')

/** Who may import what: the first row whose folder fits a file says what it may import besides its own folder. */
const TABLE: readonly (readonly [folder: string, allowed: readonly string[]])[] = [
  ['engine/model/', []],
  ['engine/ports.ts', ['engine/model/']],
  [
    'engine/ingest/',
    ['engine/model/', 'engine/ports.ts', 'engine/store/store.ts', 'node:crypto', 'ignore', 'web-tree-sitter'],
  ],
  ['engine/store/', ['engine/model/', 'engine/ports.ts', 'node:', '@lancedb/lancedb', 'apache-arrow']],
  ['engine/retrieve/', ['engine/model/', 'engine/ports.ts']],
  ['engine/answer/', ['engine/model/', 'engine/ports.ts']],
  ['engine/revise/', ['engine/model/', 'engine/ports.ts', 'node:crypto', 'diff']],
  ['engine/overlay.ts', ['engine/model/', 'engine/ports.ts']],
  ['engine/worker.ts', ['engine/model/', 'engine/ports.ts', 'engine/ingest/', 'engine/store/packed.ts']],
  [
    'engine/keep.ts',
    ['engine/model/', 'engine/ports.ts', ...['ingest', 'store', 'retrieve'].map((name) => `engine/${name}/${name}.ts`)],
  ],
  [
    'engine/ask.ts',
    [
      'engine/keep.ts',
      'engine/model/',
      'engine/ports.ts',
      ...['ingest', 'retrieve', 'answer'].map((name) => `engine/${name}/${name}.ts`),
    ],
  ],
  [
    'engine/revising.ts',
    [
      ...['ask', 'keep', 'overlay', 'ports'].map((name) => `engine/${name}.ts`),
      'engine/model/',
      ...['ingest', 'store', 'retrieve', 'answer', 'revise'].map((name) => `engine/${name}/${name}.ts`),
    ],
  ],
  [
    'engine/engine.ts',
    [
      ...['ask', 'keep', 'overlay', 'ports', 'revising'].map((name) => `engine/${name}.ts`),
      'engine/model/',
      ...['ingest', 'store', 'retrieve', 'answer', 'revise'].map((name) => `engine/${name}/${name}.ts`),
    ],
  ],
  [
    'host/',
    ['engine/model/', 'engine/ports.ts', 'engine/engine.ts', 'engine/worker.ts', 'node:', 'openai', 'gpt-tokenizer/'],
  ],
  ['protocol/', ['engine/model/', 'zod']],
  [
    'server/',
    [
      'engine/model/',
      'engine/ports.ts',
      'engine/engine.ts',
      ...['open', 'model', 'calibrate', 'interests', 'threads', 'apply', 'checks', 'files', 'journal', 'memory'].map(
        (name) => `host/${name}.ts`,
      ),
      '../package.json',
      'protocol/',
      'node:',
      'vscode-languageserver/node',
      'vscode-languageserver-textdocument',
    ],
  ],
  [
    'client/',
    [
      'engine/model/',
      'host/allocator.ts',
      'protocol/',
      'node:child_process',
      'node:crypto',
      'vscode',
      'vscode-languageclient/',
      'vscode-languageserver-protocol/node',
    ],
  ],
  [
    'webview/',
    [
      'engine/model/',
      'protocol/',
      '@vscode/l10n',
      '@vscode/codicons/',
      'preact',
      'preact/',
      'markdown-it',
      'dompurify',
      'highlight.js/',
    ],
  ],
  ['mcp/', ['engine/model/', 'engine/engine.ts', 'protocol/tools.ts', '@modelcontextprotocol/sdk/']],
  [
    'cli/',
    [
      'engine/model/',
      'engine/ports.ts',
      'engine/engine.ts',
      'host/allocator.ts',
      'host/calibrate.ts',
      'host/memory.ts',
      'host/open.ts',
      'host/watch.ts',
      'host/workers.ts',
      'host/scratch.ts',
      'host/apply.ts',
      'host/checks.ts',
      'host/journal.ts',
      'mcp/mcp.ts',
      '../package.json',
      'node:',
    ],
  ],
]
const MAX_FILE = 400
const MAX_FUNCTION = 80

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

test('files import only what the table allows', async () => {
  const wrong: string[] = []
  for (const name of sources) {
    const row = TABLE.find(([folder]) => name.startsWith(folder))
    if (!row) {
      wrong.push(`${name} stands in no row of the table`)
      continue
    }
    const [folder, allowed] = row
    for (const { kind, name: module } of (await symbolsOf(name)).references) {
      if (kind !== 'import') continue
      const target = module.startsWith('.') ? posix.join(posix.dirname(name), module) : module
      const own = folder.endsWith('/') && target.startsWith(folder)
      if (
        !own &&
        !allowed.some((prefix) =>
          prefix.endsWith('/') || prefix.endsWith(':') ? target.startsWith(prefix) : target === prefix,
        )
      )
        wrong.push(`${name} imports ${target}`)
    }
  }
  assert.deepEqual(wrong, [])
})

test('no file and no function is too long', async () => {
  const long: string[] = []
  const peers = readdirSync(join(root, 'tools', 'peers')).map((name) => `../tools/peers/${name}`)
  for (const name of [...sources, ...peers]) {
    const lines = textOf(name).split('\n').length - 1
    if (lines > MAX_FILE) long.push(`${name} has ${lines} lines`)
    for (const { kind, name: symbol, firstLine, lastLine } of (await symbolsOf(name)).symbols)
      if ((kind === 'function' || kind === 'method') && lastLine - firstLine + 1 > MAX_FUNCTION)
        long.push(`${name} ${symbol} has ${lastLine - firstLine + 1} lines`)
  }
  assert.deepEqual(long, [])
})

test('every folder of src is named in ARCHITECTURE.md, which fits 200 lines', () => {
  const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')
  const folders = new Set(sources.map((name) => dirname(name).split('/').at(-1)))
  assert.deepEqual(
    [...folders].filter((folder) => !text.includes(`${folder}/`)),
    [],
  )
  assert.ok(text.split('\n').length <= 200)
})

test('the project speaks of no machine', () => {
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
