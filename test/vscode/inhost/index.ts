/** Runs inside the extension host: every test file beside this one, with each result written to FOVEA_TEST_REPORT. */
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Mocha from 'mocha'

export interface Result {
  readonly title: string
  readonly error: string | null
}

const TIME_LIMIT_MS = 30_000

export function run(): Promise<void> {
  const mocha = new Mocha({ timeout: TIME_LIMIT_MS })
  for (const name of readdirSync(import.meta.dirname).sort())
    if (name.endsWith('.test.cjs')) mocha.addFile(join(import.meta.dirname, name))
  const results: Result[] = []
  return new Promise((done, fail) => {
    const runner = mocha.run((failures) => {
      writeFileSync(process.env.FOVEA_TEST_REPORT ?? '', JSON.stringify(results))
      if (failures) fail(new Error(`${failures} tests failed`))
      else done()
    })
    runner.on('pass', (test) => results.push({ title: test.fullTitle(), error: null }))
    runner.on('pending', (test) => results.push({ title: test.fullTitle(), error: 'skipped' }))
    runner.on('fail', (test, error: Error) =>
      results.push({ title: test.fullTitle(), error: error.stack ?? error.message }),
    )
  })
}
