/** `fovea mcp`: the tools for models over stdio, as the Model Context Protocol has it. */
import manifest from '../../package.json' with { type: 'json' }
import { stderrLog } from '../host/log.ts'
import { configuredModel } from '../host/open.ts'
import { COMMON, type Command, parseBare, withEngine } from './command.ts'

export const mcp: Command = {
  name: 'mcp',
  summary:
    'serve context, symbols, explanations, the map and, with a model, drafts of changes to an MCP client over stdio',
  usage: '',
  options: COMMON,
  async run(args, signal) {
    const parsed = parseBare(args)
    // Only here: the protocol's library would slow the start of every other command.
    const { serveMcp } = await import('../mcp/mcp.ts')
    // What needs no model is served all the same.
    const model = await configuredModel().catch((error: Error) => {
      stderrLog.warn('model', error.message)
      return null
    })
    await withEngine(parsed.dirs, (engine) => serveMcp(engine, manifest.version, model, signal))
  },
}
