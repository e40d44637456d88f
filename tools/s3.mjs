// Runs a command against a real S3-compatible server: Ceph's object gateway from Debian's packages, bound to localhost
// and storing in memory. FOVEA_TEST_S3 holds the URI of its bucket. Usage: node tools/s3.mjs <command> …
import { spawn, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** The packages are unpacked here, not installed, so the system is unchanged. The folder is reused by later runs. */
const home = join(tmpdir(), 'fovea-ceph')
const usr = join(home, 'usr')
const run = mkdtempSync(join(tmpdir(), 'fovea-ceph-run-'))
const lib = ['lib', 'usr/lib'].map((name) => join(home, name, 'x86_64-linux-gnu'))
const env = {
  ...process.env,
  LD_LIBRARY_PATH: [...lib, join(lib[1], 'ceph')].join(':'),
  PYTHONPATH: join(usr, 'lib/python3/dist-packages'),
}
const config = join(run, 'ceph.conf')
const children = []
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(run, { recursive: true, force: true })
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))

/** Runs a program and returns its stdout; exits when it fails. */
function runOrExit(program, ...args) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { env, encoding: 'utf8', timeout: 120_000 })
  if (status === 0) return stdout
  process.stderr.write(`${program} ${args.join(' ')}: ${error ?? stderr}\n`)
  process.exit(1)
}
const ceph = (name, ...args) => runOrExit(join(usr, 'bin', name), '-c', config, ...args)

function start(name, ...args) {
  const child = spawn(join(usr, 'bin', name), ['-c', config, ...args, '-f'], { env, stdio: 'ignore' })
  child.on('exit', (code) => code !== null && process.stderr.write(`${name} exited with code ${code}.\n`))
  children.push(child)
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

/** Downloads and unpacks Ceph, unless an earlier run did. */
function unpack() {
  if (existsSync(join(usr, 'bin/radosgw'))) return
  const archives = mkdtempSync(join(tmpdir(), 'fovea-debs-'))
  mkdirSync(join(archives, 'partial'))
  const packages = ['ceph-mon', 'ceph-osd', 'radosgw']
  const into = ['-o', `Dir::Cache::archives=${archives}`]
  runOrExit(
    'apt-get',
    'install',
    '--yes',
    '--reinstall',
    '--no-install-recommends',
    '--download-only',
    ...into,
    ...packages,
  )
  mkdirSync(home, { recursive: true })
  for (const name of readdirSync(archives))
    if (name.endsWith('.deb')) runOrExit('dpkg', '-x', join(archives, name), home)
  rmSync(archives, { recursive: true })
}

function configure(id, monitor, gateway) {
  for (const name of ['mon', 'osd', 'rgw']) mkdirSync(join(run, name))
  const none = ['auth cluster required = none', 'auth service required = none', 'auth client required = none']
  const plain = ['mon client', 'mon service', 'mon cluster', 'client'].map((side) => `ms ${side} mode = crc`)
  const lines = [
    ...['[global]', `fsid = ${id}`, `mon host = v2:127.0.0.1:${monitor}`, 'public addr = 127.0.0.1'],
    ...['cluster addr = 127.0.0.1', ...none, ...plain, 'osd pool default size = 1', 'osd pool default min size = 1'],
    ...['osd crush chooseleaf type = 0', 'mon allow pool size one = true', 'osd pool default pg num = 4'],
    ...['mon max pg per osd = 1000', `plugin dir = ${lib[1]}/ceph`, `osd class dir = ${lib[1]}/rados-classes`],
    ...[`erasure code dir = ${lib[1]}/ceph/erasure-code`, `run dir = ${run}`, `log file = ${run}/$name.log`],
    ...[`admin socket = ${run}/$name.asok`, `pid file = ${run}/$name.pid`, `mon data = ${run}/mon`],
    ...[`osd data = ${run}/osd`, 'osd objectstore = memstore', 'memstore device bytes = 4294967296'],
    ...[`rgw data = ${run}/rgw`, `rgw frontends = beast endpoint=127.0.0.1:${gateway}`, ''],
  ]
  writeFileSync(config, lines.join('\n'))
}

unpack()
const [id, disk, monitor, gateway] = [randomUUID(), randomUUID(), await freePort(), await freePort()]
configure(id, monitor, gateway)
const map = join(run, 'monmap')
runOrExit(join(usr, 'bin/monmaptool'), '--create', '--fsid', id, '--addv', 'a', `[v2:127.0.0.1:${monitor}]`, map)
ceph('ceph-mon', '--mkfs', '-i', 'a', '--monmap', map)
start('ceph-mon', '-i', 'a')
runOrExit('/usr/bin/python3', join(usr, 'bin/ceph'), '-c', config, '--connect-timeout', '60', 'osd', 'new', disk)
ceph('ceph-osd', '-i', '0', '--mkfs', '--osd-uuid', disk)
start('ceph-osd', '-i', '0')
start('radosgw', '-n', 'client.admin')
const endpoint = `http://127.0.0.1:${gateway}`
for (let i = 0; !(await fetch(endpoint).catch(() => null)); i++) {
  if (i > 120) process.exit(1)
  await sleep(500)
}
const [key, secret] = ['fovea', randomUUID()]
ceph(
  'radosgw-admin',
  'user',
  'create',
  '--uid=fovea',
  '--display-name=fovea',
  `--access-key=${key}`,
  `--secret=${secret}`,
)
const signed = [
  '--aws-sigv4',
  'aws:amz:us-east-1:s3',
  '--user',
  `${key}:${secret}`,
  '-H',
  'x-amz-content-sha256: UNSIGNED-PAYLOAD',
]
const put = (path, ...more) =>
  runOrExit(
    'curl',
    '-s',
    '-X',
    'PUT',
    ...signed,
    ...more,
    '-w',
    '%{http_code}',
    '-o',
    '/dev/null',
    `${endpoint}/${path}`,
  )
const answers = [put('team'), ...[1, 2].map(() => put('team/once', '-H', 'If-None-Match: *', '--data-binary', 'text'))]
process.stderr.write(`Ceph at ${endpoint}; two conditional puts of one object: ${answers.slice(1).join(', ')}\n`)

const [program, ...args] = process.argv.slice(2)
const storage = { AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: secret, AWS_REGION: 'us-east-1' }
const child = spawn(program, args, {
  stdio: 'inherit',
  env: { ...process.env, ...storage, AWS_ENDPOINT: endpoint, AWS_ALLOW_HTTP: 'true', FOVEA_TEST_S3: 's3://team' },
})
child.on('exit', (code) => process.exit(code ?? 1))
