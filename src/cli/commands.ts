/** The commands of `fovea`, in the order that help and README.md list them. */
import { ask } from './ask.ts'
import { bench } from './bench.ts'
import type { Command } from './command.ts'
import { context } from './context.ts'
import { explain } from './explain.ts'
import { generate } from './generate.ts'
import { index } from './index.ts'
import { map } from './map.ts'
import { mcp } from './mcp.ts'
import { status } from './status.ts'
import { tour } from './tour.ts'

export const COMMANDS: readonly Command[] = [index, status, context, ask, explain, generate, map, mcp, bench, tour]
