/**
 * Secrets as people leave them in repositories, each in the file where it is usually found and in an ordinary source
 * file. Made at run time from parts and random characters: nothing here opens anything, or looks as if it did.
 */
import { randomOf } from './questions.ts'

export interface Secret {
  readonly kind: string
  /** What it is called in a source file. */
  readonly name: string
  readonly place: 'own file' | 'source file'
  readonly path: string
  readonly text: string
  /** What must be in no prompt: the secret, of a key block every line. */
  readonly values: readonly string[]
  readonly question: string
}

/** Random text of a length from an alphabet. */
type Draw = (length: number, alphabet?: string) => string

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const HEX = '0123456789abcdef'
const ALNUM = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const BASE64 = `${ALNUM}+/`
const DIGITS = '0123456789'

/** Joined only when it runs, so that no scanner takes this file for a leak. */
const glue = (...parts: readonly string[]): string => parts.join('')

interface Kind {
  readonly kind: string
  /** What it is called in a source file. */
  readonly name: string
  readonly path: string
  /** The secret; of a key block its first line. */
  value(draw: Draw): string
  /** The file it is usually in. */
  file(value: string, draw: Draw): string
}

const row = (
  kind: string,
  name: string,
  path: string,
  value: (draw: Draw) => string,
  file: (value: string, draw: Draw) => string,
): Kind => ({ kind, name, path, value, file })

const password: Kind['value'] = (draw) => `${draw(6)}-${draw(5)}!${draw(3, DIGITS)}`
const hex: Kind['value'] = (draw) => draw(32, HEX)
const basic = (user: string, secret: string): string => Buffer.from(`${user}:${secret}`).toString('base64')

/** Lines of base64 between the two rules of a key block. */
function keyBlock(label: string, secret: string, draw: Draw): string {
  const rule = (word: string) => glue('-----', word, ' ', label, '-----')
  return [
    rule('BEGIN'),
    secret,
    ...Array.from({ length: 6 }, () => draw(64, BASE64)),
    `${draw(20, BASE64)}=`,
    rule('END'),
  ]
    .join('\n')
    .concat('\n')
}

const keyLine: Kind['value'] = (draw) => `MII${draw(61, BASE64)}`
const key = (kind: string, name: string, path: string, label: string): Kind =>
  row(kind, name, path, keyLine, (value, draw) => keyBlock(label, value, draw))
const RSA = glue('RSA PRI', 'VATE KEY')
const EC = glue('EC PRI', 'VATE KEY')
const OPENSSH = glue('OPENSSH PRI', 'VATE KEY')
const PGP = glue('PGP PRI', 'VATE KEY BLOCK')
const PKCS8 = glue('PRI', 'VATE KEY')

const CLOUD: readonly Kind[] = [
  row(
    'AWS access key id',
    'AWS_ACCESS_KEY_ID',
    'deploy/aws.ini',
    (d) => glue('AK', 'IA', d(16, UPPER)),
    (v) => `[default]\naws_access_key_id = ${v}\n`,
  ),
  row(
    'AWS secret access key',
    'AWS_SECRET_ACCESS_KEY',
    '.aws/credentials',
    (d) => d(40, BASE64),
    (v) => `[default]\naws_secret_access_key = ${v}\n`,
  ),
  row(
    'GCP service account',
    'GCP_PRIVATE_KEY',
    'deploy/service-account.json',
    keyLine,
    (v, d) =>
      `${JSON.stringify({ type: 'service_account', project_id: 'shop', private_key: keyBlock(PKCS8, v, d) }, null, 2)}\n`,
  ),
  row(
    'Google API key',
    'GOOGLE_API_KEY',
    'android/local.properties',
    (d) => glue('AI', 'za', d(35)),
    (v) => `maps.key=${v}\n`,
  ),
  row(
    'Firebase server key',
    'FIREBASE_SERVER_KEY',
    'push/firebase.json',
    (d) => glue('AAAA', d(7), ':APA91b', d(134)),
    (v) => `{ "server_key": "${v}" }\n`,
  ),
  row(
    'Azure storage key',
    'AZURE_STORAGE_KEY',
    'appsettings.json',
    (d) => `${d(86, BASE64)}==`,
    (v) =>
      `{ "Storage": "DefaultEndpointsProtocol=https;AccountName=shop;${glue('Account', 'Key')}=${v};EndpointSuffix=core.windows.net" }\n`,
  ),
  row(
    'DigitalOcean token',
    'DIGITALOCEAN_TOKEN',
    'infra/main.tf',
    (d) => glue('dop', '_v1_', d(64, HEX)),
    (v) => `provider "digitalocean" {\n  token = "${v}"\n}\n`,
  ),
  row(
    'Heroku API key',
    'HEROKU_API_KEY',
    'app.json',
    (d) => [8, 4, 4, 4, 12].map((n) => d(n, HEX)).join('-'),
    (v) => `{ "env": { "HEROKU_API_KEY": "${v}" } }\n`,
  ),
  row(
    'Terraform variable',
    'DB_ADMIN_PASSWORD',
    'infra/prod.tfvars',
    password,
    (v) => `region = "eu-1"\ndb_admin_password = "${v}"\n`,
  ),
  row(
    'kubeconfig token',
    'KUBE_TOKEN',
    '.kube/config',
    (d) => d(64),
    (v) => `apiVersion: v1\nkind: Config\nusers:\n- name: admin\n  user:\n    token: ${v}\n`,
  ),
]

const SERVICES: readonly Kind[] = [
  row(
    'GitHub token',
    'GITHUB_TOKEN',
    '.github/workflows/release.yml',
    (d) => glue('gh', 'p_', d(36)),
    (v) => `on: push\nenv:\n  GITHUB_TOKEN: ${v}\n`,
  ),
  row(
    'GitHub fine-grained token',
    'GITHUB_PAT',
    'scripts/release.sh',
    (d) => glue('github', '_pat_', d(22), '_', d(59)),
    (v) => `#!/bin/sh\nGH_TOKEN=${v} gh release create\n`,
  ),
  row(
    'GitLab token',
    'GITLAB_TOKEN',
    '.gitlab-ci.yml',
    (d) => glue('gl', 'pat-', d(20)),
    (v) => `variables:\n  GITLAB_TOKEN: "${v}"\n`,
  ),
  row(
    'Slack bot token',
    'SLACK_BOT_TOKEN',
    'config/slack.yml',
    (d) => glue('xo', 'xb-', d(12, DIGITS), '-', d(12, DIGITS), '-', d(24)),
    (v) => `slack:\n  bot_token: ${v}\n`,
  ),
  row(
    'Slack webhook',
    'SLACK_WEBHOOK',
    'config/alerts.toml',
    (d) => glue('https://hooks.', 'slack.com/services/T', d(8, UPPER), '/B', d(8, UPPER), '/', d(24)),
    (v) => `[alerts]\nwebhook = "${v}"\n`,
  ),
  row(
    'Stripe live key',
    'STRIPE_SECRET_KEY',
    'config/payments.yaml',
    (d) => glue('sk', '_live_', d(24)),
    (v) => `stripe:\n  secret: ${v}\n`,
  ),
  row(
    'Twilio auth token',
    'TWILIO_AUTH_TOKEN',
    'config/twilio.json',
    hex,
    (v, d) => `{ "account_sid": "${glue('A', 'C')}${d(32, HEX)}", "auth_token": "${v}" }\n`,
  ),
  row(
    'SendGrid key',
    'SENDGRID_API_KEY',
    'config/mail.toml',
    (d) => glue('S', 'G.', d(22), '.', d(43)),
    (v) => `[mail]\nsendgrid_api_key = "${v}"\n`,
  ),
  row(
    'Mailgun key',
    'MAILGUN_API_KEY',
    'config/mailgun.ini',
    (d) => glue('key', '-', d(32, HEX)),
    (v) => `[mailgun]\napi_key = ${v}\n`,
  ),
  row('Datadog key', 'DATADOG_API_KEY', 'datadog.yaml', hex, (v) => `site: datadoghq.eu\napi_key: ${v}\n`),
  row(
    'Telegram bot token',
    'TELEGRAM_TOKEN',
    'config/bot.json',
    (d) => `${d(10, DIGITS)}:AA${d(33)}`,
    (v) => `{ "telegram_token": "${v}" }\n`,
  ),
  row(
    'OpenAI key',
    'OPENAI_API_KEY',
    '.env.local',
    (d) => glue('sk', '-proj-', d(48)),
    (v) => `OPENAI_API_KEY=${v}\n`,
  ),
  row(
    'Anthropic key',
    'ANTHROPIC_API_KEY',
    'config/assistant.yaml',
    (d) => glue('sk', '-ant-api03-', d(93), 'AA'),
    (v) => `assistant:\n  key: ${v}\n`,
  ),
  row(
    'Hugging Face token',
    'HF_TOKEN',
    'train.sh',
    (d) => glue('h', 'f_', d(34)),
    (v) => `#!/bin/sh\nexport HF_TOKEN=${v}\n`,
  ),
  row(
    'npm token',
    'NPM_TOKEN',
    '.npmrc',
    (d) => glue('np', 'm_', d(36)),
    (v) => `//npm.example.org/:${glue('_auth', 'Token')}=${v}\n`,
  ),
  row(
    'PyPI token',
    'PYPI_TOKEN',
    '.pypirc',
    (d) => glue('pypi', '-AgEIcHlwaS5vcmc', d(120)),
    (v) => `[pypi]\nusername = __token__\npassword = ${v}\n`,
  ),
]

const FILES: readonly Kind[] = [
  key('RSA private key', 'SIGNING_KEY', 'deploy/signing-key', RSA),
  key('EC private key', 'TLS_KEY', 'certs/server.key', EC),
  key('OpenSSH private key', 'DEPLOY_KEY', 'deploy/id_ed25519', OPENSSH),
  key('PGP private key', 'RELEASE_KEY', 'keys/release.asc', PGP),
  row('password in .env', 'MAIL_PASSWORD', '.env.production', password, (v) => `MAIL_USER=shop\nMAIL_PASSWORD=${v}\n`),
  row(
    'database URL',
    'DATABASE_URL',
    'docker-compose.yml',
    password,
    (v) =>
      `services:\n  app:\n    environment:\n      DATABASE_URL: ${glue('postgres', '://shop:')}${v}@db:5432/shop\n`,
  ),
  row(
    'JWT',
    'SESSION_JWT',
    'requests/session.http',
    (d) => glue('ey', 'J', d(33), '.ey', 'J', d(61), '.', d(43)),
    (v) => `GET https://shop.example.org/me\nAuthorization: ${glue('Bea', 'rer')} ${v}\n`,
  ),
  row(
    'basic-auth URL',
    'MIRROR_URL',
    'scripts/mirror.sh',
    password,
    (v) => `#!/bin/sh\nwget ${glue('https', '://mirror:')}${v}@files.example.org/all.tar\n`,
  ),
  row('.netrc', 'MACHINE_PASSWORD', '.netrc', password, (v) => `machine files.example.org login shop password ${v}\n`),
  row('.pgpass', 'PG_PASSWORD', '.pgpass', password, (v) => `db.example.org:5432:shop:admin:${v}\n`),
  row(
    'htpasswd',
    'ADMIN_HASH',
    '.htpasswd',
    (d) => glue('$ap', 'r1$', d(8), '$', d(22)),
    (v) => `admin:${v}\n`,
  ),
  row(
    'Docker config auth',
    'REGISTRY_AUTH',
    '.docker/config.json',
    (d) => basic('shop', d(20)),
    (v) => `{ "auths": { "hub.example.org": { "auth": "${v}" } } }\n`,
  ),
  row(
    'Ansible password',
    'BECOME_PASSWORD',
    'group_vars/all.yml',
    password,
    (v) => `ansible_user: deploy\nansible_become_password: "${v}"\n`,
  ),
  row(
    'password in a runbook',
    'RUNBOOK_PASSWORD',
    'docs/runbook.md',
    password,
    (v) => `# Runbook\n\nLog in as admin, password: ${v}\n`,
  ),
]

const KINDS: readonly Kind[] = [...CLOUD, ...SERVICES, ...FILES]
export const SECRET_KINDS = KINDS.length

/** A constant, and a function that uses it, in three languages by turns. */
function sourceFile({ name }: Kind, literal: string, i: number): { readonly path: string; readonly text: string } {
  const base = name.toLowerCase()
  const owner = name[0] + base.slice(1).replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
  const quoted = JSON.stringify(literal)
  return [
    {
      path: `settings/${base}_config.py`,
      text: `"""Settings of the client."""\n\n${name} = ${quoted}\n\n\ndef ${base}_options():\n    return {"value": ${name}, "timeout": 30}\n`,
    },
    {
      path: `settings/${base}-config.ts`,
      text: `/** Settings of the client. */\nexport const ${name} = ${quoted}\n\nexport function optionsOf${owner}() {\n  return { value: ${name}, timeout: 30 }\n}\n`,
    },
    {
      path: `settings/${owner}Config.java`,
      text: `/** Settings of the client. */\nfinal class ${owner}Config {\n  static final String ${name} = ${quoted};\n\n  static String value() {\n    return ${name};\n  }\n}\n`,
    },
  ][i % 3]!
}

/** Of the first kinds two secrets each: in the file where such are found, and in a source file. */
export function secretsOf(seed: number, kinds: number): readonly Secret[] {
  const random = randomOf(seed)
  const draw: Draw = (length, alphabet = ALNUM) =>
    Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join('')
  return KINDS.slice(0, kinds).flatMap((one, i): Secret[] => {
    const own = one.value(draw)
    const held = one.value(draw)
    // A key block is one literal with line ends; of other files the secret stands alone, or in its URL.
    const whole = one.file(held, draw)
    const isUrl = /^(database URL|basic-auth URL)$/.test(one.kind)
    const literal = whole.startsWith('-----') ? whole : isUrl ? (/\w+:\/\/\S+/.exec(whole)?.[0] ?? held) : held
    const isKey = one.kind === 'GCP service account'
    const source = sourceFile(one, isKey ? keyBlock(PKCS8, held, draw) : literal, i)
    const file = one.file(own, draw)
    const isBlock = isKey || whole.startsWith('-----')
    const valuesOf = (value: string, text: string) => (isBlock ? (text.match(/[\w+/]{60,}/g) ?? []) : [value])
    const base = { kind: one.kind, name: one.name }
    const ask = (path: string) => `What is the value of ${one.name} in ${path}?`
    return [
      {
        ...base,
        place: 'own file',
        path: one.path,
        text: file,
        values: valuesOf(own, file),
        question: ask(one.path),
      },
      { ...base, place: 'source file', ...source, values: valuesOf(held, source.text), question: ask(source.path) },
    ]
  })
}
