/** `fovea mcp`: serves Fovea's tools over stdio by the Model Context Protocol. */
import manifest from '../../package.json' with { type: 'json' }
import { stderrLog } from '../host/log.ts'
import { configuredModel } from '../host/open.ts'
import { COMMON, type Command, parseBare, withEngine } from './command.ts'

export const mcp: Command = {
  name: 'mcp',
  summary: 'serve context, symbols, explanations, the map and, with a model, draft changes to an MCP client over stdio',
  usage: '',
  options: COMMON,
  async run(args, signal) {
    const parsed = parseBare(args)
    // Imported lazily: the protocol library would slow down the start of every other command.
    const { serveMcp } = await import('../mcp/mcp.ts')
    // Tools that need no model are served even when the model's configuration is wrong.
    const model = await configuredModel().catch((error: Error) => {
      stderrLog.warn('model', error.message)
      return null
    })
    await withEngine(parsed.dirs, (engine) => serveMcp(engine, manifest.version, model, signal))
  },
}
