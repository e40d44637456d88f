/**
 * Takes the extension's place inside the extension host: loads it under the profiler, then performs and profiles what
 * the benchmark requests over HTTP. Writes its port to the file FOVEA_BENCH_PORT.
 */
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { type Profiler, Session } from 'node:inspector'
import type { AddressInfo } from 'node:net'
import type { ExtensionContext } from 'vscode'

/** A request of the benchmark. `begun` returns the profile of loading and activation. */
export type ProbeRequest =
  | { readonly what: 'begun' }
  | { readonly what: 'start' }
  | { readonly what: 'stop' }
  | { readonly what: 'command'; readonly name: string; readonly args: readonly unknown[] }
  | { readonly what: 'tool'; readonly name: string; readonly input: object }

const SAMPLE_US = 200

const session = new Session()
session.connect()
session.post('Profiler.enable')
session.post('Profiler.setSamplingInterval', { interval: SAMPLE_US })

function start(): void {
  session.post('Profiler.start')
}

/** The session belongs to this thread, so it calls back synchronously. */
function stop(): Profiler.Profile | null {
  let profile: Profiler.Profile | null = null
  session.post('Profiler.stop', (_, stopped) => {
    profile = stopped?.profile ?? null
  })
  return profile
}

start()
const extension = require('./dist/extension.js') as { activate(context: ExtensionContext): unknown }

export function activate(context: ExtensionContext): unknown {
  const api = extension.activate(context)
  const activationProfile = stop()
  // Work that the activation deferred goes into the next profile.
  start()
  serve(activationProfile)
  return api
}

function serve(activationProfile: Profiler.Profile | null): void {
  // Required this late because VS Code creates its API for the extension while loading it.
  const { commands, lm } = require('vscode') as typeof import('vscode')
  const perform = (probeRequest: ProbeRequest): unknown => {
    if (probeRequest.what === 'begun') return activationProfile
    if (probeRequest.what === 'start') return start()
    if (probeRequest.what === 'stop') return stop()
    if (probeRequest.what === 'command') return commands.executeCommand(probeRequest.name, ...probeRequest.args)
    return lm.invokeTool(probeRequest.name, { input: probeRequest.input, toolInvocationToken: undefined })
  }
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const piece of request) text += piece
    try {
      const probeRequest = JSON.parse(text) as ProbeRequest
      const result = await perform(probeRequest)
      // Commands may return anything.
      response.end(probeRequest.what === 'command' || probeRequest.what === 'tool' ? '' : JSON.stringify(result))
    } catch (error) {
      response.writeHead(500).end(String(error))
    }
  })
  server.listen(0, '127.0.0.1', () =>
    writeFileSync(process.env.FOVEA_BENCH_PORT ?? '', String((server.address() as AddressInfo).port)),
  )
}
