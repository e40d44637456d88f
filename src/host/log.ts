/**
 * The log of command-line programs: one line per message on standard error, because standard output carries the result.
 */
import type { Log } from '../engine/ports.ts'

export const stderrLog: Log = { warn: (_topic, message) => process.stderr.write(`fovea: ${message}\n`) }
