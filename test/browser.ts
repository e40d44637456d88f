/** A headless Chromium for tests: the system's if there is one, else the one from an npm package (Linux x64). */
import { existsSync } from 'node:fs'
import { type Browser, chromium, type LaunchOptions } from 'playwright-core'

const SYSTEM = [
  process.env.CHROMIUM ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]
const ARGS = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-sync']

/**
 * Flags meant for cloud functions: in single-process mode closing a page ends the browser, and tests need web security.
 */
const UNWANTED = /^--(headless|single-process|no-zygote|disable-web-security)/

const systemBrowser = () => SYSTEM.find((path) => path && existsSync(path))

/** Unpacks the packaged browser up front. If two processes did so at once, one could start a half-written binary. */
export async function prepareBrowser(): Promise<void> {
  if (systemBrowser() || process.platform !== 'linux' || process.arch !== 'x64') return
  const { default: packaged } = await import('@sparticuz/chromium')
  await packaged.executablePath()
}

export async function openBrowser(): Promise<Browser> {
  const system = systemBrowser()
  if (system) return launch({ executablePath: system, headless: true, args: ARGS })
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error('No browser for the tests: install Chromium or Chrome, or set CHROMIUM to its path.')
  const { default: packaged } = await import('@sparticuz/chromium')
  return launch({
    executablePath: await packaged.executablePath(),
    headless: true,
    args: [...packaged.args.filter((arg) => !UNWANTED.test(arg)), ...ARGS],
  })
}

/** The packaged browser has been seen to crash (SIGSEGV) at its very first start, never at the second. */
async function launch(options: LaunchOptions): Promise<Browser> {
  try {
    return await chromium.launch(options)
  } catch (error) {
    console.log(`Chromium did not start, and is started once more: ${String(error).split('\n')[0]}`)
    return chromium.launch(options)
  }
}
