/**
 * The log of programs without a window: one line per message on standard error, because standard output is for the
 * result.
 */
import type { Log } from '../engine/ports.ts'

export const stderrLog: Log = { warn: (_topic, message) => process.stderr.write(`fovea: ${message}\n`) }
