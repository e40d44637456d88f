/** Strings of the views and the manifest can be translated, and every translation covers the same strings. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

type Words = Readonly<Record<string, string>>

const root = join(import.meta.dirname, '..')
const wordsIn = (...path: readonly string[]): Words => JSON.parse(readFileSync(join(root, ...path), 'utf8'))
const translations = [...readdirSync(root), ...readdirSync(join(root, 'l10n')).map((name) => `l10n/${name}`)].filter(
  (name) => /(package\.nls|bundle\.l10n)\.[\w-]+\.json$/.test(name),
)

function check(folder: string): string {
  const tool = join(root, 'tools', 'l10n.mjs')
  return spawnSync(process.execPath, [tool, '--check', folder], { encoding: 'utf8' }).stderr
}

test('the bundle holds exactly the strings used in the sources', () => {
  assert.equal(check(root), '')
})

test('detects messages that are missing, unused, or not string literals', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fovea-l10n-'))
  after(() => rmSync(folder, { recursive: true }))
  for (const name of ['src/client', 'src/webview/chat', 'l10n']) mkdirSync(join(folder, name), { recursive: true })
  writeFileSync(
    join(folder, 'src', 'client', 'some.ts'),
    "l10n.t('It\\'s {0}', 1)\nl10n.t(`made of parts`)\nl10n.t(message)\nl10n.t('a' + 'b')\nwords.map(l10n.t)\n",
  )
  writeFileSync(
    join(folder, 'src', 'webview', 'chat', 'some.tsx'),
    "const Some = () => <p title={t('new')}>{known ? t('two', t('known')) : l10n.t('three')}</p>\n",
  )
  writeFileSync(join(folder, 'l10n', 'bundle.l10n.json'), '{ "It\'s {0}": "", "known": "", "three": "", "old": "" }')
  assert.deepEqual(
    check(folder)
      .split('\n')
      .map((line) => line.replace(/:.*: /, ': ')),
    [
      'src/client/some.ts: `made of parts`',
      'src/client/some.ts: message',
      "src/client/some.ts: 'a' + 'b'",
      'src/client/some.ts: l10n.t',
      'missing from the bundle: new',
      'missing from the bundle: two',
      'in the bundle, but not used: old',
      'To rewrite the bundle: node tools/node24.mjs tools/l10n.mjs',
      '',
    ],
  )
})

test('the table of the manifest holds exactly the keys it uses', () => {
  const used = readFileSync(join(root, 'package.json'), 'utf8').matchAll(/"%([\w.]+)%"/g)
  assert.deepEqual(
    [...new Set([...used].map(([, key]) => key))].sort(),
    Object.keys(wordsIn('package.nls.json')).sort(),
  )
})

/** What stays the same in every language: placeholders, links, icons, code. */
function fixed(text: string): string[] {
  return (text.match(/\{\d+\}|\(command:[^)]*\)|\$\([\w-]+\)|`[^`]*`|\n/g) ?? []).sort()
}

for (const name of translations)
  test(`${name} translates everything, with the same places for values`, () => {
    const english = wordsIn(name.replace(/\.[\w-]+\.json$/, '.json'))
    const words = wordsIn(name)
    assert.deepEqual(Object.keys(words).sort(), Object.keys(english).sort())
    for (const [key, text] of Object.entries(words)) {
      assert.notEqual(text.trim(), '', key)
      assert.deepEqual(fixed(text), fixed(english[key] ?? ''), key)
    }
  })

test('both the bundle and the manifest are translated', () => {
  assert.ok(translations.includes('package.nls.de.json') && translations.includes('l10n/bundle.l10n.de.json'))
})
