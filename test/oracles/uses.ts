/**
 * The uses that a compiler or a language server sees in a repository, as JSON lines for `compare.ts`.
 *
 * usage: node tools/node24.mjs test/oracles/uses.ts LANGUAGE FOLDER > USES.jsonl
 * LANGUAGE is typescript (this project's own compiler), python (pyright), go (gopls), rust (rust-analyzer), c (clangd)
 * or java (javac). The programs must be on the PATH, and the repository's dependencies installed.
 */
import { execFileSync, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import {
  createProtocolConnection,
  DefinitionRequest,
  DidOpenTextDocumentNotification,
  InitializedNotification,
  InitializeRequest,
  type Location,
  type LocationLink,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver-protocol/node'

/** A name in a file of the repository, and where it is defined; paths are relative to the repository, lines from 1. */
export interface Use {
  readonly path: string
  readonly line: number
  readonly name: string
  /** It is called: arguments, or an element of JSX. */
  readonly called: boolean
  /** More than one when the program does not tell which is meant. */
  readonly targets: readonly { readonly path: string; readonly line: number }[]
}

interface Oracle {
  readonly files: RegExp
  readonly id: string
  readonly command: readonly string[]
}

const ORACLES: Readonly<Record<string, Oracle>> = {
  typescript: {
    files: /\.[cm]?[jt]sx?$/,
    id: 'typescript',
    command: [process.execPath, 'node_modules/typescript/bin/tsc', '--lsp', '--stdio'],
  },
  python: { files: /\.pyi?$/, id: 'python', command: ['pyright-langserver', '--stdio'] },
  go: { files: /\.go$/, id: 'go', command: ['gopls'] },
  rust: { files: /\.rs$/, id: 'rust', command: ['rust-analyzer'] },
  c: { files: /\.[ch]$/, id: 'c', command: ['clangd', '--background-index=false', '--log=error'] },
}
/** A server that is still loading answers nothing: asked again after a pause, this often. */
const READY_TRIES = 60
const READY_PAUSE_MS = 2000

/** Comments, strings, words. */
const TOKENS =
  /\/\/[^\n]*|\/\*[\s\S]*?\*\/|[fFrRbBuU]{0,2}"""[\s\S]*?"""|[fFrRbBuU]{0,2}'''[\s\S]*?'''|[fFrRbBuU]{0,2}"(?:\\.|[^"\\\n])*"|[fFrRbBuU]{0,2}'(?:\\.|[^'\\\n])*'|[A-Za-z_$][\w$]*/g
const PYTHON_COMMENT = /#[^\n]*|/.source
const CALLED = /^(?:::)?(?:<[^()\n=;{}]*>|\[[\w\s,.*[\]]*\])?!?\(/
/** An element of JSX begins with its component's name. */
const ELEMENT = /<$/

/** Keywords of scripts that a server resolves to what they stand for. */
const KEYWORDS = new Set(
  'this super return async await function class constructor new import export default yield break continue switch case'.split(
    ' ',
  ),
)

interface Word {
  readonly name: string
  readonly line: number
  readonly character: number
  readonly called: boolean
}

/** The names in a text, outside comments and strings. */
function wordsOf(text: string, path: string): Word[] {
  const tokens = path.endsWith('.py') ? new RegExp(`${PYTHON_COMMENT.slice(0, -1)}|${TOKENS.source}`, 'g') : TOKENS
  const words: Word[] = []
  let line = 0
  let start = 0
  let at = 0
  for (const { 0: word, index } of text.matchAll(tokens)) {
    for (; at < index; at++)
      if (text[at] === '\n') {
        line++
        start = at + 1
      }
    const isFormatted = path.endsWith('.py') && /^[rR]?[fF]/.test(word) && /["']$/.test(word)
    if (isFormatted)
      for (const { 1: inner = '', index: from } of word.matchAll(/(?<!\{)\{([^{}]*)\}/g))
        for (const { 0: name, index: offset } of inner.matchAll(/(?<![\w'"])[A-Za-z_]\w*/g))
          if (!word.includes('\n'))
            words.push({
              name,
              line,
              character: index - start + from + 1 + offset,
              called: inner[offset + name.length] === '(',
            })
    if (
      !/^[A-Za-z_$]/.test(word) ||
      /["']$|^(?:self|Self|this|super)$/.test(word) ||
      (/\.[cm]?[jt]sx?$/.test(path) && KEYWORDS.has(word))
    )
      continue
    const called =
      CALLED.test(text.slice(index + word.length, index + word.length + 200)) ||
      (/\.[jt]sx$/.test(path) && /^[A-Z]/.test(word) && ELEMENT.test(text.slice(0, index)))
    words.push({ name: word, line, character: index - start, called })
  }
  return words
}

async function main([language, folder]: readonly string[]): Promise<void> {
  if (!language || !folder) throw new Error('usage: uses.ts LANGUAGE FOLDER')
  const root = resolve(folder)
  if (language === 'java') {
    const program = join(import.meta.dirname, 'Uses.java')
    process.stdout.write(execFileSync('java', [program, root], { maxBuffer: 2 ** 30 }))
    return
  }
  const oracle = ORACLES[language]
  if (!oracle) throw new Error(`unknown language ${language}; known: java, ${Object.keys(ORACLES).join(', ')}`)
  const paths = execFileSync('git', ['-C', root, 'ls-files', '-z'], { encoding: 'utf8' })
    .split('\0')
    .filter((path) => oracle.files.test(path))
  await ask(oracle, root, paths)
}

/** Asks a language server where each word of the files is defined. */
async function ask({ command, id }: Oracle, root: string, paths: readonly string[]): Promise<void> {
  const server = spawn(command[0]!, command.slice(1), { stdio: ['pipe', 'pipe', 'inherit'], cwd: process.cwd() })
  const connection = createProtocolConnection(
    new StreamMessageReader(server.stdout),
    new StreamMessageWriter(server.stdin),
  )
  connection.onRequest('workspace/configuration', ({ items }: { items: readonly unknown[] }) => items.map(() => null))
  connection.onRequest('client/registerCapability', () => null)
  connection.onRequest('window/workDoneProgress/create', () => null)
  connection.listen()
  const rootUri = pathToFileURL(root).href
  await connection.sendRequest(InitializeRequest.type, {
    processId: process.pid,
    rootUri,
    workspaceFolders: [{ uri: rootUri, name: 'root' }],
    capabilities: { textDocument: { definition: { linkSupport: true } }, workspace: { configuration: true } },
  })
  await connection.sendNotification(InitializedNotification.type, {})
  const definitionsAt = async (uri: string, { line, character }: Word) => {
    const at = { textDocument: { uri }, position: { line, character } }
    // A server that is still loading may give a request up.
    const found = await connection
      .sendRequest(DefinitionRequest.type, at)
      .catch(() => connection.sendRequest(DefinitionRequest.type, at))
      .catch(() => null)
    const all = found === null ? [] : Array.isArray(found) ? found : [found]
    return all.map((one: Location | LocationLink) =>
      'uri' in one
        ? { uri: one.uri, line: one.range.start.line }
        : { uri: one.targetUri, line: one.targetSelectionRange.start.line },
    )
  }
  let isReady = false
  for (const [done, path] of paths.entries()) {
    const text = readFileSync(join(root, path), 'utf8')
    const uri = pathToFileURL(join(root, path)).href
    await connection.sendNotification(DidOpenTextDocumentNotification.type, {
      textDocument: { uri, languageId: languageId(id, path), version: 1, text },
    })
    const words = wordsOf(text, path)
    for (let tries = 0; !isReady && tries < READY_TRIES; tries++) {
      for (const word of words.slice(0, 200)) isReady ||= (await definitionsAt(uri, word)).length > 0
      if (!isReady) await new Promise((wake) => setTimeout(wake, READY_PAUSE_MS))
    }
    for (const word of words) {
      const targets = (await definitionsAt(uri, word)).flatMap(({ uri: target, line }) => {
        const to = relative(root, fileURLToPath(target))
        return to.startsWith('..') || /(?:^|\/)node_modules\//.test(to) ? [] : [{ path: to, line: line + 1 }]
      })
      const isDefinition = targets.some((one) => one.path === path && one.line === word.line + 1)
      const use: Use = { path, line: word.line + 1, name: word.name, called: word.called, targets }
      if (targets.length && !isDefinition) process.stdout.write(`${JSON.stringify(use)}\n`)
    }
    process.stderr.write(`\r${done + 1}/${paths.length} files`)
  }
  process.stderr.write('\n')
  connection.end()
  server.kill()
}

const languageId = (id: string, path: string): string =>
  id !== 'typescript'
    ? id
    : /\.[cm]?ts$/.test(path)
      ? 'typescript'
      : path.endsWith('.tsx')
        ? 'typescriptreact'
        : path.endsWith('.jsx')
          ? 'javascriptreact'
          : 'javascript'

if (import.meta.main) await main(process.argv.slice(2))
