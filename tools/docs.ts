/**
 * `npm run docs` writes the tables in README.md and ARCHITECTURE.md that repeat what the code says: folders and imports,
 * commands, benches, settings. Each stands between `<!-- generated: NAME -->` and `<!-- end -->`. `test/docs.test.ts`
 * fails when a table is out of date.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import manifest from '../package.json' with { type: 'json' }
import strings from '../package.nls.json' with { type: 'json' }
import { PLANTING } from '../src/bench/bench.ts'
import { COMMANDS } from '../src/cli/commands.ts'
import { BASE, FOLDERS, LAYERS } from './layers.ts'

export const DOCUMENTS = ['README.md', 'ARCHITECTURE.md'] as const

type Row = readonly string[]

const TABLES: Readonly<Record<string, () => string>> = {
  folders: () =>
    table(
      ['in `src/`', 'what it is for', 'may import'],
      LAYERS.map(({ path, purpose, mayImport }) => [code(path), purpose, importsOf(mayImport)]),
    ),
  'other folders': () =>
    table(
      ['folder', 'what it holds'],
      FOLDERS.map(([path, purpose]) => [code(path), purpose]),
    ),
  commands: () =>
    table(
      ['command', 'what it does'],
      COMMANDS.map(({ name, usage, summary }) => [
        code(`fovea ${name} ${name === 'bench' ? '<what>' : usage}`.trim()),
        summary,
      ]),
    ),
  benches: () =>
    table(
      ['bench', 'what it measures', 'items'],
      PLANTING.map(({ name, summary, items, unit }) => [code(name), summary, `${items} ${unit}`]),
    ),
  settings: () =>
    table(
      ['setting', 'default', 'meaning'],
      Object.entries(manifest.contributes.configuration.properties).map(([name, setting]) => [
        code(name),
        code(JSON.stringify(setting.default)),
        firstSentence(stringOf(setting.markdownDescription)),
      ]),
    ),
}

/** The text of a document with its generated tables written anew. Throws when a marker names no table. */
export function withTables(text: string): string {
  return text.replaceAll(
    /(<!-- generated: ([^\n]+?) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, start: string, name: string, end: string) => {
      const write = TABLES[name]
      if (!write) throw new Error(`There is no generated table "${name}"; tools/docs.ts lists them.`)
      return `${start}\n${write()}\n\n${end}`
    },
  )
}

/** The base that most layers share is one word, and a path below the engine goes without `engine/`. */
function importsOf(mayImport: readonly string[]): string {
  const based = BASE.every((path) => mayImport.includes(path))
  const rest = based ? mayImport.filter((path) => !BASE.includes(path)) : mayImport
  return [...(based ? ['base'] : []), ...rest.map((path) => code(path.replace(/^engine\/(?!engine\.ts)/, '')))].join(
    ', ',
  )
}

/** A Markdown table whose columns are padded as the formatter pads them. */
function table(head: Row, rows: readonly Row[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => row[column]!.length)))
  const line = (row: Row) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [line(cells[0]!), rule, ...cells.slice(1).map(line)].join('\n')
}

function code(text: string): string {
  return `\`${text}\``
}

/** What a `%key%` of the manifest stands for. */
function stringOf(key: string): string {
  const text = (strings as Readonly<Record<string, string>>)[key.slice(1, -1)]
  if (text === undefined) throw new Error(`package.nls.json has no ${key}.`)
  return text
}

/** Emphasis is written as the formatter writes it. */
function firstSentence(markdown: string): string {
  const text = markdown.replaceAll(/\*([^*]+)\*/g, '_$1_')
  return /^.*?[.](?=\s|$)/s.exec(text)?.[0] ?? text
}

if (import.meta.main) {
  for (const name of DOCUMENTS) {
    const path = join(import.meta.dirname, '..', name)
    writeFileSync(path, withTables(readFileSync(path, 'utf8')))
  }
}
