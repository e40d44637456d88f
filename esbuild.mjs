// Builds one bundle a face into dist/, next to the grammars and queries they read.
import { copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'

const root = import.meta.dirname
const dist = join(root, 'dist')

/** dist/grammars/<name>.wasm ← the package that carries it. */
export const GRAMMARS = {
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

rmSync(dist, { recursive: true, force: true })
for (const folder of ['grammars', 'syntaxes']) mkdirSync(join(dist, folder), { recursive: true })
for (const [name, from] of Object.entries(GRAMMARS))
  copyFileSync(join(root, 'node_modules', from), join(dist, 'grammars', `${name}.wasm`))
copyFileSync(join(root, 'node_modules/web-tree-sitter/web-tree-sitter.wasm'), join(dist, 'web-tree-sitter.wasm'))
for (const name of readdirSync(join(root, 'syntaxes')))
  copyFileSync(join(root, 'syntaxes', name), join(dist, 'syntaxes', name))
copyFileSync(join(root, 'media', 'embedder.bin'), join(dist, 'embedder.bin'))
writeFileSync(join(dist, 'package.json'), '{ "type": "commonjs" }\n')

await build({
  absWorkingDir: root,
  entryPoints: { cli: 'src/cli/cli.ts', tasks: 'src/host/tasks.ts' },
  outdir: dist,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  sourcemap: true,
  external: ['@lancedb/lancedb', 'apache-arrow', 'piscina', 'openai'],
  define: { 'import.meta.url': 'importMetaUrl', 'import.meta.dirname': '__dirname' },
  banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
  logLevel: 'warning',
})
