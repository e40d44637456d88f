/**
 * Fake secrets of the kinds people commit by accident, each in the file where it usually occurs and in an ordinary
 * source file. They are assembled at run time from parts and random characters, so none is valid and no secret scanner
 * flags this file.
 */
import { randomOf } from './questions.ts'

export interface Secret {
  readonly kind: string
  /** Name of the constant in a source file. */
  readonly name: string
  readonly place: 'own file' | 'source file'
  readonly path: string
  readonly text: string
  /** Text that must not reach a prompt: the secret, or every line of a key block. */
  readonly values: readonly string[]
  readonly question: string
}

/** Random text of the given length, alphanumeric unless an alphabet is given. */
type Draw = (length: number, alphabet?: string) => string

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const HEX = '0123456789abcdef'
const ALNUM = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const BASE64 = `${ALNUM}+/`
const DIGITS = '0123456789'

/** Joins parts at run time, so that a secret scanner does not flag this file. */
const glue = (...parts: readonly string[]): string => parts.join('')

interface Kind {
  readonly kind: string
  /** Name of the constant in a source file. */
  readonly name: string
  readonly path: string
  /** Makes the secret, or the first line of a key block. */
  value(draw: Draw): string
  /** Text of the file it usually occurs in. */
  file(value: string, draw: Draw): string
}

const password: Kind['value'] = (draw) => `${draw(6)}-${draw(5)}!${draw(3, DIGITS)}`
const hex: Kind['value'] = (draw) => draw(32, HEX)
const basic = (user: string, secret: string): string => Buffer.from(`${user}:${secret}`).toString('base64')

/** A PEM block: lines of base64, the first of them `secret`, between its two delimiters. */
function keyBlock(label: string, secret: string, draw: Draw): string {
  const delimiter = (word: string) => glue('-----', word, ' ', label, '-----')
  const body = Array.from({ length: 6 }, () => draw(64, BASE64))
  return `${[delimiter('BEGIN'), secret, ...body, `${draw(20, BASE64)}=`, delimiter('END')].join('\n')}\n`
}

const keyLine: Kind['value'] = (draw) => `MII${draw(61, BASE64)}`
const key = (kind: string, name: string, path: string, label: string): Kind => ({
  kind,
  name,
  path,
  value: keyLine,
  file: (value, draw) => keyBlock(label, value, draw),
})
const RSA = glue('RSA PRI', 'VATE KEY')
const EC = glue('EC PRI', 'VATE KEY')
const OPENSSH = glue('OPENSSH PRI', 'VATE KEY')
const PGP = glue('PGP PRI', 'VATE KEY BLOCK')
const PKCS8 = glue('PRI', 'VATE KEY')

const CLOUD: readonly Kind[] = [
  {
    kind: 'AWS access key id',
    name: 'AWS_ACCESS_KEY_ID',
    path: 'deploy/aws.ini',
    value: (d) => glue('AK', 'IA', d(16, UPPER)),
    file: (v) => `[default]\naws_access_key_id = ${v}\n`,
  },
  {
    kind: 'AWS secret access key',
    name: 'AWS_SECRET_ACCESS_KEY',
    path: '.aws/credentials',
    value: (d) => d(40, BASE64),
    file: (v) => `[default]\naws_secret_access_key = ${v}\n`,
  },
  {
    kind: 'GCP service account',
    name: 'GCP_PRIVATE_KEY',
    path: 'deploy/service-account.json',
    value: keyLine,
    file: (v, d) =>
      `${JSON.stringify({ type: 'service_account', project_id: 'shop', private_key: keyBlock(PKCS8, v, d) }, null, 2)}\n`,
  },
  {
    kind: 'Google API key',
    name: 'GOOGLE_API_KEY',
    path: 'android/local.properties',
    value: (d) => glue('AI', 'za', d(35)),
    file: (v) => `maps.key=${v}\n`,
  },
  {
    kind: 'Firebase server key',
    name: 'FIREBASE_SERVER_KEY',
    path: 'push/firebase.json',
    value: (d) => glue('AAAA', d(7), ':APA91b', d(134)),
    file: (v) => `{ "server_key": "${v}" }\n`,
  },
  {
    kind: 'Azure storage key',
    name: 'AZURE_STORAGE_KEY',
    path: 'appsettings.json',
    value: (d) => `${d(86, BASE64)}==`,
    file: (v) =>
      `{ "Storage": "DefaultEndpointsProtocol=https;AccountName=shop;${glue('Account', 'Key')}=${v};EndpointSuffix=core.windows.net" }\n`,
  },
  {
    kind: 'DigitalOcean token',
    name: 'DIGITALOCEAN_TOKEN',
    path: 'infra/main.tf',
    value: (d) => glue('dop', '_v1_', d(64, HEX)),
    file: (v) => `provider "digitalocean" {\n  token = "${v}"\n}\n`,
  },
  {
    kind: 'Heroku API key',
    name: 'HEROKU_API_KEY',
    path: 'app.json',
    value: (d) => [8, 4, 4, 4, 12].map((n) => d(n, HEX)).join('-'),
    file: (v) => `{ "env": { "HEROKU_API_KEY": "${v}" } }\n`,
  },
  {
    kind: 'Terraform variable',
    name: 'DB_ADMIN_PASSWORD',
    path: 'infra/prod.tfvars',
    value: password,
    file: (v) => `region = "eu-1"\ndb_admin_password = "${v}"\n`,
  },
  {
    kind: 'kubeconfig token',
    name: 'KUBE_TOKEN',
    path: '.kube/config',
    value: (d) => d(64),
    file: (v) => `apiVersion: v1\nkind: Config\nusers:\n- name: admin\n  user:\n    token: ${v}\n`,
  },
]

const SERVICES: readonly Kind[] = [
  {
    kind: 'GitHub token',
    name: 'GITHUB_TOKEN',
    path: '.github/workflows/release.yml',
    value: (d) => glue('gh', 'p_', d(36)),
    file: (v) => `on: push\nenv:\n  GITHUB_TOKEN: ${v}\n`,
  },
  {
    kind: 'GitHub fine-grained token',
    name: 'GITHUB_PAT',
    path: 'scripts/release.sh',
    value: (d) => glue('github', '_pat_', d(22), '_', d(59)),
    file: (v) => `#!/bin/sh\nGH_TOKEN=${v} gh release create\n`,
  },
  {
    kind: 'GitLab token',
    name: 'GITLAB_TOKEN',
    path: '.gitlab-ci.yml',
    value: (d) => glue('gl', 'pat-', d(20)),
    file: (v) => `variables:\n  GITLAB_TOKEN: "${v}"\n`,
  },
  {
    kind: 'Slack bot token',
    name: 'SLACK_BOT_TOKEN',
    path: 'config/slack.yml',
    value: (d) => glue('xo', 'xb-', d(12, DIGITS), '-', d(12, DIGITS), '-', d(24)),
    file: (v) => `slack:\n  bot_token: ${v}\n`,
  },
  {
    kind: 'Slack webhook',
    name: 'SLACK_WEBHOOK',
    path: 'config/alerts.toml',
    value: (d) => glue('https://hooks.', 'slack.com/services/T', d(8, UPPER), '/B', d(8, UPPER), '/', d(24)),
    file: (v) => `[alerts]\nwebhook = "${v}"\n`,
  },
  {
    kind: 'Stripe live key',
    name: 'STRIPE_SECRET_KEY',
    path: 'config/payments.yaml',
    value: (d) => glue('sk', '_live_', d(24)),
    file: (v) => `stripe:\n  secret: ${v}\n`,
  },
  {
    kind: 'Twilio auth token',
    name: 'TWILIO_AUTH_TOKEN',
    path: 'config/twilio.json',
    value: hex,
    file: (v, d) => `{ "account_sid": "${glue('A', 'C')}${d(32, HEX)}", "auth_token": "${v}" }\n`,
  },
  {
    kind: 'SendGrid key',
    name: 'SENDGRID_API_KEY',
    path: 'config/mail.toml',
    value: (d) => glue('S', 'G.', d(22), '.', d(43)),
    file: (v) => `[mail]\nsendgrid_api_key = "${v}"\n`,
  },
  {
    kind: 'Mailgun key',
    name: 'MAILGUN_API_KEY',
    path: 'config/mailgun.ini',
    value: (d) => glue('key', '-', d(32, HEX)),
    file: (v) => `[mailgun]\napi_key = ${v}\n`,
  },
  {
    kind: 'Datadog key',
    name: 'DATADOG_API_KEY',
    path: 'datadog.yaml',
    value: hex,
    file: (v) => `site: datadoghq.eu\napi_key: ${v}\n`,
  },
  {
    kind: 'Telegram bot token',
    name: 'TELEGRAM_TOKEN',
    path: 'config/bot.json',
    value: (d) => `${d(10, DIGITS)}:AA${d(33)}`,
    file: (v) => `{ "telegram_token": "${v}" }\n`,
  },
  {
    kind: 'OpenAI key',
    name: 'OPENAI_API_KEY',
    path: '.env.local',
    value: (d) => glue('sk', '-proj-', d(48)),
    file: (v) => `OPENAI_API_KEY=${v}\n`,
  },
  {
    kind: 'Anthropic key',
    name: 'ANTHROPIC_API_KEY',
    path: 'config/assistant.yaml',
    value: (d) => glue('sk', '-ant-api03-', d(93), 'AA'),
    file: (v) => `assistant:\n  key: ${v}\n`,
  },
  {
    kind: 'Hugging Face token',
    name: 'HF_TOKEN',
    path: 'train.sh',
    value: (d) => glue('h', 'f_', d(34)),
    file: (v) => `#!/bin/sh\nexport HF_TOKEN=${v}\n`,
  },
  {
    kind: 'npm token',
    name: 'NPM_TOKEN',
    path: '.npmrc',
    value: (d) => glue('np', 'm_', d(36)),
    file: (v) => `//npm.example.org/:${glue('_auth', 'Token')}=${v}\n`,
  },
  {
    kind: 'PyPI token',
    name: 'PYPI_TOKEN',
    path: '.pypirc',
    value: (d) => glue('pypi', '-AgEIcHlwaS5vcmc', d(120)),
    file: (v) => `[pypi]\nusername = __token__\npassword = ${v}\n`,
  },
]

const FILES: readonly Kind[] = [
  key('RSA private key', 'SIGNING_KEY', 'deploy/signing-key', RSA),
  key('EC private key', 'TLS_KEY', 'certs/server.key', EC),
  key('OpenSSH private key', 'DEPLOY_KEY', 'deploy/id_ed25519', OPENSSH),
  key('PGP private key', 'RELEASE_KEY', 'keys/release.asc', PGP),
  {
    kind: 'password in .env',
    name: 'MAIL_PASSWORD',
    path: '.env.production',
    value: password,
    file: (v) => `MAIL_USER=shop\nMAIL_PASSWORD=${v}\n`,
  },
  {
    kind: 'database URL',
    name: 'DATABASE_URL',
    path: 'docker-compose.yml',
    value: password,
    file: (v) =>
      `services:\n  app:\n    environment:\n      DATABASE_URL: ${glue('postgres', '://shop:')}${v}@db:5432/shop\n`,
  },
  {
    kind: 'JWT',
    name: 'SESSION_JWT',
    path: 'requests/session.http',
    value: (d) => glue('ey', 'J', d(33), '.ey', 'J', d(61), '.', d(43)),
    file: (v) => `GET https://shop.example.org/me\nAuthorization: ${glue('Bea', 'rer')} ${v}\n`,
  },
  {
    kind: 'basic-auth URL',
    name: 'MIRROR_URL',
    path: 'scripts/mirror.sh',
    value: password,
    file: (v) => `#!/bin/sh\nwget ${glue('https', '://mirror:')}${v}@files.example.org/all.tar\n`,
  },
  {
    kind: '.netrc',
    name: 'MACHINE_PASSWORD',
    path: '.netrc',
    value: password,
    file: (v) => `machine files.example.org login shop password ${v}\n`,
  },
  {
    kind: '.pgpass',
    name: 'PG_PASSWORD',
    path: '.pgpass',
    value: password,
    file: (v) => `db.example.org:5432:shop:admin:${v}\n`,
  },
  {
    kind: 'htpasswd',
    name: 'ADMIN_HASH',
    path: '.htpasswd',
    value: (d) => glue('$ap', 'r1$', d(8), '$', d(22)),
    file: (v) => `admin:${v}\n`,
  },
  {
    kind: 'Docker config auth',
    name: 'REGISTRY_AUTH',
    path: '.docker/config.json',
    value: (d) => basic('shop', d(20)),
    file: (v) => `{ "auths": { "hub.example.org": { "auth": "${v}" } } }\n`,
  },
  {
    kind: 'Ansible password',
    name: 'BECOME_PASSWORD',
    path: 'group_vars/all.yml',
    value: password,
    file: (v) => `ansible_user: deploy\nansible_become_password: "${v}"\n`,
  },
  {
    kind: 'password in a runbook',
    name: 'RUNBOOK_PASSWORD',
    path: 'docs/runbook.md',
    value: password,
    file: (v) => `# Runbook\n\nLog in as admin, password: ${v}\n`,
  },
]

const KINDS: readonly Kind[] = [...CLOUD, ...SERVICES, ...FILES]
export const SECRET_KINDS = KINDS.length

/** A source file with a constant and a function that uses it, cycling through three languages. */
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

/** Makes two secrets of each of the first `kinds` kinds: one in its usual file, one in a source file. */
export function secretsOf(seed: number, kinds: number): readonly Secret[] {
  const random = randomOf(seed)
  const draw: Draw = (length, alphabet = ALNUM) =>
    Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join('')
  return KINDS.slice(0, kinds).flatMap((one, i): Secret[] => {
    const fileSecret = one.value(draw)
    const sourceSecret = one.value(draw)
    // The literal in the source file is the whole key block, the whole URL, or the secret alone.
    const whole = one.file(sourceSecret, draw)
    const isUrl = /^(database URL|basic-auth URL)$/.test(one.kind)
    const url = isUrl ? /\w+:\/\/\S+/.exec(whole)?.[0] : undefined
    const literal = whole.startsWith('-----') ? whole : (url ?? sourceSecret)
    const isKey = one.kind === 'GCP service account'
    const source = sourceFile(one, isKey ? keyBlock(PKCS8, sourceSecret, draw) : literal, i)
    const file = one.file(fileSecret, draw)
    const isBlock = isKey || whole.startsWith('-----')
    const valuesOf = (value: string, text: string) => (isBlock ? (text.match(/[\w+/]{60,}/g) ?? []) : [value])
    const { kind, name, path } = one
    const ask = (place: string) => `What is the value of ${name} in ${place}?`
    return [
      {
        ...{ kind, name, path, text: file, place: 'own file' },
        ...{ values: valuesOf(fileSecret, file), question: ask(path) },
      },
      {
        ...{ kind, name, ...source, place: 'source file' },
        ...{ values: valuesOf(sourceSecret, source.text), question: ask(source.path) },
      },
    ]
  })
}
