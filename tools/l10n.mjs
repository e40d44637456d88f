// Writes l10n/bundle.l10n.json: every message that the client and the webviews hand to `t`, from which translations are made.
// Usage: node tools/node24.mjs tools/l10n.mjs [--check] [folder]; `--check` writes nothing and says what is wrong.
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
const wrong = []
const messages = new Set()

for (const folder of ['src/client', 'src/webview'])
  for (const name of readdirSync(join(root, folder), { recursive: true }).sort())
    if (/\.tsx?$/.test(name)) await read(`${folder}/${name.replaceAll('\\', '/')}`)

async function read(path) {
  const text = readFileSync(join(root, path), 'utf8')
  const { tree } = await parser.parse(languageOf(path), text)
  // Either way of importing it: `import { t } from '@vscode/l10n'`, or `l10n.t` of the editor's or of that package.
  const isT = ({ type, text: name, parent }) =>
    type === 'member_expression' ? name === 'l10n.t' : name === 't' && parent?.type === 'call_expression'
  for (const node of tree.rootNode.descendantsOfType(['identifier', 'member_expression'])) {
    if (!isT(node)) continue
    const message = node.parent?.childForFieldName('arguments')?.namedChild(0)
    if (message?.type === 'string') messages.add(meaningOf(message))
    else
      wrong.push(
        `${path}:${node.startPosition.row + 1}: a message is written there and then, as a string in quotes: ${(message ?? node).text}`,
      )
  }
  tree.delete()
}

/** What a string in the source means: escapes are JSON's where they are used here. */
function meaningOf({ namedChildren }) {
  return namedChildren
    .map(({ type, text }) => (type === 'escape_sequence' ? (text === "\\'" ? "'" : JSON.parse(`"${text}"`)) : text))
    .join('')
}

const sorted = [...messages].sort()
if (values.check) {
  const kept = Object.keys(JSON.parse(readFileSync(bundle, 'utf8')))
  for (const message of sorted) if (!kept.includes(message)) wrong.push(`not in the bundle: ${message}`)
  for (const message of kept) if (!messages.has(message)) wrong.push(`in the bundle, but nobody says it: ${message}`)
  if (wrong.length) wrong.push('To write the bundle anew: node tools/node24.mjs tools/l10n.mjs')
} else {
  const entries = Object.fromEntries(sorted.map((message) => [message, message]))
  writeFileSync(bundle, `${JSON.stringify(entries, null, 2)}\n`)
  console.log(`${sorted.length} messages`)
}
for (const sentence of wrong) console.error(sentence)
process.exitCode = wrong.length ? 1 : 0
