/**
 * Secrets are blanked in place, and text that only mentions them is left. Covers forty planted kinds and lookalikes.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SECRET_KINDS, secretsOf } from '../../src/bench/secrets.ts'
import { redactSecrets } from '../../src/engine/text/redact.ts'

test('removes every kind of secret, whatever its value, and keeps length and lines', () => {
  assert.equal(SECRET_KINDS, 40)
  for (let seed = 1; seed <= 25; seed++)
    for (const { kind, path, text, values } of secretsOf(seed, SECRET_KINDS)) {
      // Files that are secrets by name are not read at all.
      if (/(^|\/)(\.env|\.pgpass|\.netrc|\.htpasswd|\.npmrc|\.pypirc|id_|credentials)/.test(path)) continue
      const blank = redactSecrets(text)
      assert.equal(blank.length, text.length)
      assert.deepEqual(blank.split('\n').length, text.split('\n').length)
      for (const value of values) assert.ok(!blank.includes(value), `${kind}, seed ${seed}, ${path}: ${blank}`)
    }
})

test('code that handles secrets is not a secret', () => {
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

test('blanking is idempotent and never changes the length', () => {
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
