// Builds one bundle a face into dist/, next to the grammars and queries they read; dist/ needs nothing beside it.
// Usage: node esbuild.mjs [--production] [--target <platform as vsce names it>] [--watch]
//        node esbuild.mjs --assets   brings only what is copied up to date: bundles stay as they are, or missing
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  constants,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'

const root = import.meta.dirname
const dist = join(root, 'dist')
/** What is being built takes the place of dist/ when it is whole: who runs the old one meanwhile is not disturbed. */
const making = join(root, `dist.${process.pid}`)
process.on('exit', () => rmSync(making, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))
const options = parseArgs({
  options: {
    assets: { type: 'boolean', default: false },
    production: { type: 'boolean', default: false },
    target: { type: 'string', default: `${process.platform}-${process.arch}` },
    watch: { type: 'boolean', default: false },
  },
}).values
const { production, target, assets } = options

/** A change below these is built by `--watch`, once the editor has written all its files. */
const WATCHED = ['src', 'syntaxes', 'media']
const SETTLE_MS = 100

/** dist/grammars/<name>.wasm ← the package that carries it. */
const GRAMMARS = {
  ...Object.fromEntries(
    'bash c-sharp cpp css go java javascript php python ruby rust tsx typescript'
      .split(' ')
      .map((name) => [name, `@vscode/tree-sitter-wasm/wasm/tree-sitter-${name}.wasm`]),
  ),
  ...Object.fromEntries(
    'c elixir haskell html json julia objc ocaml scala solidity'
      .split(' ')
      .map((name) => [name, `tree-sitter-${name}/tree-sitter-${name}.wasm`]),
  ),
  ...Object.fromEntries(
    'hcl kotlin lua toml yaml zig'
      .split(' ')
      .map((name) => [name, `@tree-sitter-grammars/tree-sitter-${name}/tree-sitter-${name}.wasm`]),
  ),
  ocaml_interface: 'tree-sitter-ocaml/tree-sitter-ocaml_interface.wasm',
  r: '@eagleoutice/tree-sitter-r/tree-sitter-r.wasm',
}

/** Which build of LanceDB a platform runs; null where there is none, and Fovea keeps its index in plain files. */
const NATIVE = {
  'alpine-arm64': 'linux-arm64-musl',
  'alpine-x64': 'linux-x64-musl',
  'darwin-arm64': 'darwin-arm64',
  'darwin-x64': null,
  'linux-arm64': 'linux-arm64-gnu',
  'linux-armhf': null,
  'linux-x64': 'linux-x64-gnu',
  'win32-arm64': 'win32-arm64-msvc',
  'win32-ia32': null,
  'win32-x64': 'win32-x64-msvc',
}

function nativeFile() {
  const name = NATIVE[target]
  if (name === undefined) fail(`There is no platform ${target}: choose one of ${Object.keys(NATIVE).join(', ')}.`)
  if (name === null) return null
  const file = join(root, 'node_modules', '@lancedb', `lancedb-${name}`, `lancedb.${name}.node`)
  if (existsSync(file)) return file
  return fail(
    `LanceDB for ${target} is not installed: run \`npm install --no-save --force @lancedb/lancedb-${name}\` first.`,
  )
}

function fail(sentence) {
  console.error(sentence)
  process.exit(1)
}

if (options.watch) await rebuildOnChange()

/** Never ends. Every build is a process of its own: one that fails leaves dist/ as it was. */
async function rebuildOnChange() {
  const args = process.argv.slice(2).filter((arg) => arg !== '--watch')
  for (;;) {
    let changed
    const change = new Promise((resolve) => {
      changed = resolve
    })
    // Folder by folder and anew each time: on Linux a recursive watch loses files that an editor replaces.
    const watchers = WATCHED.flatMap(foldersIn).map((folder) => watch(folder, changed))
    const started = performance.now()
    const [status] = await once(spawn(process.execPath, [import.meta.filename, ...args], { stdio: 'inherit' }), 'exit')
    const outcome =
      status === 0 ? `Built in ${Math.round(performance.now() - started)} ms` : 'The build failed, dist/ is as it was'
    console.log(`${outcome}; watching ${WATCHED.join(', ')} …`)
    await change
    await sleep(SETTLE_MS)
    for (const watcher of watchers) watcher.close()
    console.log('Building …')
  }
}

function foldersIn(name) {
  const below = readdirSync(join(root, name), { recursive: true, withFileTypes: true })
  const folders = below.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name))
  return [join(root, name), ...folders]
}

const native = nativeFile()
for (const folder of ['grammars', 'native', 'syntaxes']) mkdirSync(join(making, folder), { recursive: true })
if (native) copyFileSync(native, join(making, 'native', 'lancedb.node'), constants.COPYFILE_FICLONE)
for (const [name, from] of Object.entries(GRAMMARS))
  copyFileSync(join(root, 'node_modules', from), join(making, 'grammars', `${name}.wasm`))
copyFileSync(join(root, 'node_modules/web-tree-sitter/web-tree-sitter.wasm'), join(making, 'web-tree-sitter.wasm'))
for (const name of readdirSync(join(root, 'syntaxes')).filter((name) => name.endsWith('.scm')))
  copyFileSync(join(root, 'syntaxes', name), join(making, 'syntaxes', name))
copyFileSync(join(root, 'media', 'embedder.bin'), join(making, 'embedder.bin'))
writeFileSync(join(making, 'package.json'), '{ "type": "commonjs" }\n')
if (assets) {
  if (existsSync(dist)) cpSync(dist, making, { recursive: true, force: false })
  putInPlace()
  process.exit()
}

const common = {
  absWorkingDir: root,
  bundle: true,
  minify: production,
  sourcemap: !production,
  logLevel: 'warning',
}

/** Bundles of their own, which no other loads before it needs them: LanceDB and the tokenizer's table are large. */
const APART = { lance: 'src/engine/store/lance.ts', tokenizer: 'gpt-tokenizer/encoding/o200k_base' }
/** Likewise, of the client: reading them would take most of its start. */
const CLIENT_APART = { library: 'src/client/library.ts', messages: 'src/protocol/messages.ts' }
/** The protocol, which the language client builds on, is read and run before it: two short halts of the editor, not a long one. */
const PROTOCOL = 'vscode-languageserver-protocol/node'
const protocolApart = {
  name: 'protocol-apart',
  setup({ onResolve }) {
    onResolve({ filter: /^vscode-languageserver-protocol(\/node)?$/ }, ({ kind }) =>
      kind === 'entry-point' ? undefined : { path: './protocol.js', external: true },
    )
  },
}
const apart = {
  name: 'apart',
  setup({ onResolve }) {
    for (const [name, entry] of Object.entries({ ...APART, ...CLIENT_APART }))
      onResolve({ filter: new RegExp(`(^|/)${entry.split('/').at(-1)}$`) }, ({ kind }) =>
        kind === 'dynamic-import' ? { path: `./${name}.js`, external: true } : undefined,
      )
  },
}

const node = {
  ...common,
  outdir: making,
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  // LanceDB compares the names of Arrow's classes.
  keepNames: true,
  define: { 'import.meta.url': 'importMetaUrl', 'import.meta.dirname': '__dirname' },
}
const URL_BANNER = "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;"
/** The command line under an older Node: in a checkout it goes on under the Node that npm has installed. */
const NODE_BANNER = `if (require.main === module && parseInt(process.versions.node) < 22) {
  process.argv.splice(2, 0, __filename);
  return import('../tools/node24.mjs').catch(() => {
    console.error('fovea: Fovea needs Node 22 or newer and this is Node ' + process.versions.node + ': install a newer one from nodejs.org, then run the command again.');
    process.exit(1);
  });
}`
const NATIVE_BANNER =
  "process.env.NAPI_RS_NATIVE_LIBRARY_PATH = require('node:path').join(__dirname, 'native', 'lancedb.node');"

// Each to its end: one that failed must not be cleaned up after while another still writes.
const builds = await Promise.allSettled([
  build({
    ...node,
    entryPoints: {
      cli: 'src/cli/cli.ts',
      extension: 'src/client/client.ts',
      server: 'src/server/server.ts',
      tasks: 'src/host/tasks.ts',
    },
    external: ['vscode'],
    plugins: [apart],
    banner: { js: `${NODE_BANNER}\n${URL_BANNER}` },
  }),
  build({
    ...node,
    entryPoints: { ...CLIENT_APART, protocol: PROTOCOL },
    external: ['vscode'],
    plugins: [protocolApart],
    banner: { js: URL_BANNER },
  }),
  build({
    ...node,
    entryPoints: APART,
    // Its own embedding functions are not used; the platform's module is found by the variable.
    external: ['*.node', '@lancedb/lancedb-*', '@huggingface/transformers', 'openai'],
    banner: { js: URL_BANNER + NATIVE_BANNER },
  }),
  build({
    ...common,
    entryPoints: Object.fromEntries(
      ['chat', 'context', 'explain', 'generate'].map((view) => [view, `src/webview/${view}/${view}.tsx`]),
    ),
    outdir: join(making, 'webview'),
    platform: 'browser',
    target: 'chrome120',
    format: 'iife',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    loader: { '.ttf': 'file' },
  }),
])
const failed = builds.find(({ status }) => status === 'rejected')
if (failed) fail(failed.reason.message)
putInPlace()

function putInPlace() {
  if (existsSync(dist)) renameSync(dist, `${making}.old`)
  renameSync(making, dist)
  rmSync(`${making}.old`, { recursive: true, force: true })
}
