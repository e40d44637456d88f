#!/usr/bin/env node
/**
 * The CLI entry point: runs the command and reports failures as one sentence and an exit code (1 failed, 2 wrong
 * usage).
 */
import manifest from '../../package.json' with { type: 'json' }
import { EngineError } from '../engine/types/run.ts'
import { type Command, print, UsageError } from './command.ts'
import { COMMANDS } from './commands.ts'

/** Time a command has to stop after Ctrl-C before the process exits. */
const GRACE_MS = 900
const STOPPED = 'Stopped; what was done is kept.'

function help(): string {
  const rows = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(9)} ${summary}`)
  return `fovea: repo-scale code context\n\nusage: fovea <command> [options]\n\n${rows.join('\n')}\n\nfovea <command> --help shows a command's options. FOVEA_HOME sets where indexes are stored.`
}

function commandHelp({ name, summary, usage, options }: Command): string {
  const rows = options.map(([flags, meaning]) => `  ${flags.padEnd(14)} ${meaning}`)
  return `${summary}\n\nusage: fovea ${name} ${usage} [options]\n\n${rows.join('\n')}`
}

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    print(help())
    return name === undefined ? 2 : 0
  }
  if (name === '--version') {
    print(manifest.version)
    return 0
  }
  const command = COMMANDS.find((one) => one.name === name)
  const stop = new AbortController()
  const onSignal = () => {
    stop.abort()
    setTimeout(() => {
      process.stderr.write(`fovea: ${STOPPED}\n`)
      process.exit(1)
    }, GRACE_MS).unref()
  }
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal).on('SIGHUP', onSignal)
  try {
    if (!command) throw new UsageError(`Unknown command ${name}.`)
    if (rest.includes('--help') || rest.includes('-h')) print(commandHelp(command))
    else await command.run(rest, stop.signal)
    return 0
  } catch (error) {
    return explain(error, stop.signal, command)
  }
}

function explain(error: unknown, signal: AbortSignal, command: Command | undefined): number {
  const say = (text: string) => process.stderr.write(`fovea: ${text}\n`)
  if (error instanceof UsageError) {
    say(`${error.message} See \`fovea ${command ? `${command.name} ` : ''}--help\`.`)
    return 2
  }
  if (signal.aborted) say(STOPPED)
  else if (error instanceof EngineError) say(error.message)
  else say(`Something went wrong inside Fovea: ${error instanceof Error ? error.stack : String(error)}`)
  return 1
}

// A reader that closes the pipe early (`| head`) is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
main(process.argv.slice(2)).then((code) => {
  process.exitCode = code
  // Exits once all output is written, without waiting for storage that never answers.
  setInterval(() => {
    if (process.stdout.writableLength + process.stderr.writableLength === 0) process.exit()
  }, GRACE_MS).unref()
})
