/** `fovea mcp`: the tools for models over stdio, as the Model Context Protocol has it. */
import manifest from '../../package.json' with { type: 'json' }
import { COMMON, type Command, parseCommand, withEngine } from './command.ts'

export const mcp: Command = {
  name: 'mcp',
  summary: 'serve fovea_context, fovea_symbol and fovea_map to an MCP client over stdio',
  usage: '',
  options: COMMON,
  async run(args, signal) {
    const parsed = parseCommand(args)
    // Only here: the protocol's library would slow the start of every other command.
    const { serveMcp } = await import('../mcp/mcp.ts')
    await withEngine(parsed.dirs, (engine) => serveMcp(engine, manifest.version, signal))
  },
}
