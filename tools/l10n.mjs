// Writes l10n/bundle.l10n.json, the base for translations: every message the client and the webviews pass to `t`. The
// sources are parsed with tree-sitter.
// Usage: node tools/node24.mjs tools/l10n.mjs [--check] [folder]; `--check` only reports problems.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openParser } from '../src/engine/ingest/parse/parse.ts'
import { languageOf } from '../src/engine/text/language.ts'
import { grammars } from '../src/host/assets.ts'

const { values, positionals } = parseArgs({ options: { check: { type: 'boolean' } }, allowPositionals: true })
const [root = join(import.meta.dirname, '..')] = positionals
const bundle = join(root, 'l10n', 'bundle.l10n.json')
const parser = await openParser(grammars)
const problems = []
const messages = new Set()

for (const folder of ['src/client', 'src/webview'])
  for (const name of readdirSync(join(root, folder), { recursive: true }).sort())
    if (/\.tsx?$/.test(name)) await read(`${folder}/${name.replaceAll('\\', '/')}`)

async function read(path) {
  const text = readFileSync(join(root, path), 'utf8')
  const { tree } = await parser.parse(languageOf(path), text)
  // Both ways of importing it: `import { t } from '@vscode/l10n'`, or `l10n.t` of the editor or of that package.
  const isT = ({ type, text: name, parent }) =>
    type === 'member_expression' ? name === 'l10n.t' : name === 't' && parent?.type === 'call_expression'
  for (const node of tree.rootNode.descendantsOfType(['identifier', 'member_expression'])) {
    if (!isT(node)) continue
    const message = node.parent?.childForFieldName('arguments')?.namedChild(0)
    if (message?.type === 'string') messages.add(stringValue(message))
    else
      problems.push(
        `${path}:${node.startPosition.row + 1}: pass the message as a string literal in quotes: ${(message ?? node).text}`,
      )
  }
  tree.delete()
}

/** The value of a string literal in the source; the escapes used here are those of JSON, and \'. */
function stringValue({ namedChildren }) {
  return namedChildren
    .map(({ type, text }) => (type === 'escape_sequence' ? (text === "\\'" ? "'" : JSON.parse(`"${text}"`)) : text))
    .join('')
}

const sorted = [...messages].sort()
if (values.check) {
  const bundled = Object.keys(JSON.parse(readFileSync(bundle, 'utf8')))
  for (const message of sorted) if (!bundled.includes(message)) problems.push(`missing from the bundle: ${message}`)
  for (const message of bundled) if (!messages.has(message)) problems.push(`in the bundle, but not used: ${message}`)
  if (problems.length) problems.push('To rewrite the bundle: node tools/node24.mjs tools/l10n.mjs')
} else {
  const entries = Object.fromEntries(sorted.map((message) => [message, message]))
  writeFileSync(bundle, `${JSON.stringify(entries, null, 2)}\n`)
  console.log(`${sorted.length} messages`)
}
for (const problem of problems) console.error(problem)
process.exitCode = problems.length ? 1 : 0
