/** Runs the tests of inhost/ inside the extension host of a real VS Code and reports each as its own test. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { runTests } from '@vscode/test-electron'
import { build } from 'esbuild'
import { scriptedOpenAI } from '../scripted-openai.ts'
import { root, startHost } from './drive.ts'
import type { Result } from './inhost/index.ts'

const out = join(root, '.vscode-test', 'out')

async function bundle(): Promise<string> {
  rmSync(out, { recursive: true, force: true })
  await build({
    absWorkingDir: root,
    entryPoints: ['test/vscode/inhost/*.ts'],
    outdir: out,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    sourcemap: 'inline',
    external: ['vscode', 'mocha'],
    define: { 'import.meta.dirname': '__dirname' },
    logLevel: 'warning',
  })
  return join(out, 'index.cjs')
}

async function runInHost(testsPath: string, folder: string, env: Record<string, string>, signal: AbortSignal) {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    // Downloads the editor itself. This path has never been run where the project is developed.
    return runTests({
      extensionDevelopmentPath: root,
      extensionTestsPath: testsPath,
      launchArgs: [folder],
      extensionTestsEnv: env,
    }).then(() => '', String)
  }
  const host = await startHost({ folder, env, testsPath, smoke: true })
  // Shows the output of a suite that hangs.
  const printLog = () => console.log(host.log())
  signal.addEventListener('abort', printLog)
  try {
    await host.finished
    return host.log()
  } finally {
    signal.removeEventListener('abort', printLog)
    await host.stop()
  }
}

const openai = await scriptedOpenAI()

test('passes inside the extension host', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'fovea-inhost-'))
  const report = join(folder, 'report.json')
  const workspace = join(folder, 'workspace')
  mkdirSync(join(workspace, 'src'), { recursive: true })
  writeFileSync(join(workspace, 'src', 'greet.ts'), 'export const greet = (name: string) => name\n')
  openai.script(
    { pieces: ['It is greeted [b1].'] },
    { call: 'fovea_symbol', input: { name: 'greet' } },
    { pieces: ['Greeted in greet.ts.'] },
    { pieces: ['Step by step [b1].'] },
  )
  const env = { FOVEA_TEST_REPORT: report, FOVEA_TEST_OPENAI: openai.url, FOVEA_HOME: join(folder, 'home') }
  const log = await runInHost(await bundle(), workspace, env, t.signal)
  const results = existsSync(report) ? (JSON.parse(readFileSync(report, 'utf8')) as readonly Result[]) : []
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  assert.ok(results.length > 0, `No test ran:\n${log}`)
  for (const { title, error } of results)
    await t.test(title, () => {
      if (error !== null) assert.fail(error)
    })
  const asked = openai.requests.filter(({ path }) => path.endsWith('/chat/completions'))
  // The last ones explain, one aspect each.
  const roles = asked.map(({ body }) => body.messages?.map(({ role }) => role).join(' '))
  assert.deepEqual(roles.slice(0, 3), ['user', 'user', 'user assistant tool'])
  assert.ok(roles.length > 4 && roles.slice(3).every((one) => one === 'system user'), roles.join(', '))
  assert.deepEqual(
    asked[1]?.body.tools?.map((tool) => tool.function.name),
    ['fovea_symbol'],
  )
  assert.match(asked[2]?.body.messages?.at(-1)?.content ?? '', /greet — src\/greet\.ts:1/)
  assert.match(
    asked[3]?.body.messages?.at(-1)?.content ?? '',
    /To be explained: who is greeted\?\n<\/context-\w+>\n\n[\s\S]*What it is for\./,
  )
})
