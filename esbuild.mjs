// Builds the CLI, extension, server and webviews into dist/, together with the grammars and queries they read. dist/
// runs without node_modules. What is large or slow to start (LanceDB, the tokenizer, the client's libraries) is a
// separate bundle that is loaded when first needed. Grammars are .wasm files copied from their packages; install
// scripts are off (.npmrc), so nothing is compiled, and package.json replaces packages that only native builds need by
// empty ones.
// Usage: node esbuild.mjs [--production] [--target <vsce platform>] [--watch]
//        node esbuild.mjs --assets   updates only the copied files; bundles stay as they are
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
/**
 * The build goes here and replaces dist/ when complete, so that processes running from the old one are not disturbed.
 */
const staging = join(root, `dist.${process.pid}`)
process.on('exit', () => rmSync(staging, { recursive: true, force: true }))
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

/** Folders whose changes `--watch` builds. */
const WATCHED = ['src', 'syntaxes', 'media']
/** Debounce, so that the editor has written all files of a save. */
const DEBOUNCE_MS = 100

/** Name in dist/grammars/<name>.wasm → file in node_modules. */
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

/** Platform → LanceDB build; null where there is none, and Fovea stores its index in plain files. */
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
  if (name === undefined) fail(`Unknown platform ${target}: use one of ${Object.keys(NATIVE).join(', ')}.`)
  if (name === null) return null
  const file = join(root, 'node_modules', '@lancedb', `lancedb-${name}`, `lancedb.${name}.node`)
  if (existsSync(file)) return file
  return fail(
    `LanceDB for ${target} is not installed: run \`npm install --no-save --force @lancedb/lancedb-${name}\` and build again.`,
  )
}

function fail(sentence) {
  console.error(sentence)
  process.exit(1)
}

if (options.watch) await rebuildOnChange()

/** Never returns. Every build is a separate process; a failed one leaves dist/ unchanged. */
async function rebuildOnChange() {
  const args = process.argv.slice(2).filter((arg) => arg !== '--watch')
  for (;;) {
    let changed
    const change = new Promise((resolve) => {
      changed = resolve
    })
    // One watcher per folder, recreated each time: on Linux a recursive watch loses files an editor replaces.
    const watchers = WATCHED.flatMap(foldersIn).map((folder) => watch(folder, changed))
    const started = performance.now()
    const [status] = await once(spawn(process.execPath, [import.meta.filename, ...args], { stdio: 'inherit' }), 'exit')
    const outcome =
      status === 0 ? `Built in ${Math.round(performance.now() - started)} ms` : 'The build failed; dist/ is unchanged'
    console.log(`${outcome}; watching ${WATCHED.join(', ')} …`)
    await change
    await sleep(DEBOUNCE_MS)
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
for (const folder of ['grammars', 'native', 'syntaxes']) mkdirSync(join(staging, folder), { recursive: true })
if (native) copyFileSync(native, join(staging, 'native', 'lancedb.node'), constants.COPYFILE_FICLONE)
for (const [name, from] of Object.entries(GRAMMARS))
  copyFileSync(join(root, 'node_modules', from), join(staging, 'grammars', `${name}.wasm`))
copyFileSync(join(root, 'node_modules/web-tree-sitter/web-tree-sitter.wasm'), join(staging, 'web-tree-sitter.wasm'))
for (const name of readdirSync(join(root, 'syntaxes')).filter((name) => name.endsWith('.scm')))
  copyFileSync(join(root, 'syntaxes', name), join(staging, 'syntaxes', name))
copyFileSync(join(root, 'media', 'embedder.bin'), join(staging, 'embedder.bin'))
writeFileSync(join(staging, 'package.json'), '{ "type": "commonjs" }\n')
if (assets) {
  if (existsSync(dist)) cpSync(dist, staging, { recursive: true, force: false })
  replaceDist()
  process.exit()
}

const common = {
  absWorkingDir: root,
  bundle: true,
  minify: production,
  sourcemap: !production,
  logLevel: 'warning',
}

/** Separate bundles, loaded by dynamic import when first needed: LanceDB and the tokenizer's table are large. */
const LAZY = { lance: 'src/engine/store/lance.ts', tokenizer: 'gpt-tokenizer/encoding/o200k_base' }
/** Separate bundles of the client: loading them eagerly would take most of its start-up time. */
const CLIENT_LAZY = { library: 'src/client/library.ts', messages: 'src/protocol/messages.ts' }
/**
 * Loaded separately, before the language client that needs it: the editor blocks twice briefly instead of once longer.
 */
const PROTOCOL = 'vscode-languageserver-protocol/node'
const externalProtocol = {
  name: 'external-protocol',
  setup({ onResolve }) {
    onResolve({ filter: /^vscode-languageserver-protocol(\/node)?$/ }, ({ kind }) =>
      kind === 'entry-point' ? undefined : { path: './protocol.js', external: true },
    )
  },
}
/** Makes dynamic imports of the separate bundles external. */
const externalLazy = {
  name: 'external-lazy',
  setup({ onResolve }) {
    for (const [name, entry] of Object.entries({ ...LAZY, ...CLIENT_LAZY }))
      onResolve({ filter: new RegExp(`(^|/)${entry.split('/').at(-1)}$`) }, ({ kind }) =>
        kind === 'dynamic-import' ? { path: `./${name}.js`, external: true } : undefined,
      )
  },
}

const node = {
  ...common,
  outdir: staging,
  platform: 'node',
  target: 'node22',
  format: 'cjs',
  // LanceDB compares Arrow's class names.
  keepNames: true,
  define: { 'import.meta.url': 'importMetaUrl', 'import.meta.dirname': '__dirname' },
}
const URL_BANNER = "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;"
/** Under a too old Node, the CLI restarts itself in a checkout with the Node that npm has installed. */
const NODE_BANNER = `if (require.main === module && parseInt(process.versions.node) < 22) {
  process.argv.splice(2, 0, __filename);
  return import('../tools/node24.mjs').catch(() => {
    console.error('fovea: Fovea needs Node 22 or newer, but this is Node ' + process.versions.node + ': install a newer version from nodejs.org and run the command again.');
    process.exit(1);
  });
}`
const NATIVE_BANNER =
  "process.env.NAPI_RS_NATIVE_LIBRARY_PATH = require('node:path').join(__dirname, 'native', 'lancedb.node');"

// Waits for all builds: the clean-up after a failed one must not run while another still writes.
const builds = await Promise.allSettled([
  build({
    ...node,
    entryPoints: {
      cli: 'src/cli/cli.ts',
      extension: 'src/client/client.ts',
      server: 'src/server/server.ts',
      'worker-main': 'src/host/worker-main.ts',
    },
    external: ['vscode'],
    plugins: [externalLazy],
    banner: { js: `${NODE_BANNER}\n${URL_BANNER}` },
  }),
  build({
    ...node,
    entryPoints: { ...CLIENT_LAZY, protocol: PROTOCOL },
    external: ['vscode'],
    plugins: [externalProtocol],
    banner: { js: URL_BANNER },
  }),
  build({
    ...node,
    entryPoints: LAZY,
    // LanceDB's own embedding functions are not used; NATIVE_BANNER tells it where the native module is.
    external: ['*.node', '@lancedb/lancedb-*', '@huggingface/transformers', 'openai'],
    banner: { js: URL_BANNER + NATIVE_BANNER },
  }),
  build({
    ...common,
    entryPoints: Object.fromEntries(
      ['chat', 'context', 'explain', 'generate'].map((view) => [view, `src/webview/${view}/${view}.tsx`]),
    ),
    outdir: join(staging, 'webview'),
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
replaceDist()

function replaceDist() {
  if (existsSync(dist)) renameSync(dist, `${staging}.old`)
  renameSync(staging, dist)
  rmSync(`${staging}.old`, { recursive: true, force: true })
}
