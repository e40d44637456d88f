/** Secrets are blanked where they stand; what only speaks of them is left. Forty planted kinds, and what looks like one. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SECRET_KINDS, secretsOf } from '../../src/bench/secrets.ts'
import { redactSecrets } from '../../src/engine/text/redact.ts'

test('no kind of secret is left, whatever is drawn; the text keeps its length and its lines', () => {
  assert.equal(SECRET_KINDS, 40)
  for (let seed = 1; seed <= 25; seed++)
    for (const { kind, path, text, values } of secretsOf(seed, SECRET_KINDS)) {
      // Files that are secrets by their name are not read at all.
      if (/(^|\/)(\.env|\.pgpass|\.netrc|\.htpasswd|\.npmrc|\.pypirc|id_|credentials)/.test(path)) continue
      const blank = redactSecrets(text)
      assert.equal(blank.length, text.length)
      assert.deepEqual(blank.split('\n').length, text.split('\n').length)
      for (const value of values) assert.ok(!blank.includes(value), `${kind}, seed ${seed}, ${path}: ${blank}`)
    }
})

test('code that handles secrets is no secret', () => {
  const code = [
    'const token = tokenizer.next()',
    "if (password === '') throw new Error('no password')",
    'export function readSecret(path: string): Promise<string> {',
    'api_key = os.environ["SERVICE_API_KEY"]',
    `token: ${'$'}{{ secrets.GITHUB_TOKEN }}`,
    "password: 'changeme'",
    'withCredentials: defaultToConfig2,',
    'secretKeyRef: { name: shop-secrets, key: api-key }',
    'url = "https://example.org/path?token=" + token',
    'const PASSWORD_FIELD = "password_confirmation"',
    'git clone https://github.com/owner/name.git',
    'const secret = process.env.APP_SECRET ?? ""',
    'type AuthToken = { readonly token: string; readonly expires: number }',
    'def authenticate(username: str, password: str) -> Token:',
  ]
  for (const line of code) assert.equal(redactSecrets(line), line)
})

test('blanking twice is blanking once, and never changes a length', () => {
  const text = fc.string({
    maxLength: 300,
    unit: fc.constantFrom(...'ab0Z=:"\' \n/@-_.password token secret'.split('')),
  })
  fc.assert(
    fc.property(text, (source) => {
      const once = redactSecrets(source)
      assert.equal(once.length, source.length)
      assert.equal(redactSecrets(once), once)
    }),
  )
})
