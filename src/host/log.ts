/** The log of programs without a window: a line each on standard error, where standard output belongs to the result. */
import type { Log } from '../engine/ports.ts'

export const stderrLog: Log = { warn: (_topic, message) => process.stderr.write(`fovea: ${message}\n`) }
