/** Measures embedding throughput in chunks per second of CPU time, without parsing. Usage: `speed.ts <folder>`. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { embedChunks } from '../../src/engine/ingest/embed/embed.ts'
import { openParser } from '../../src/engine/ingest/parse/parse.ts'
import { recordFile } from '../../src/engine/ingest/parse/record.ts'
import { languageOf } from '../../src/engine/text/language.ts'
import type { FileRecord } from '../../src/engine/types/chunk.ts'
import { grammars } from '../../src/host/assets.ts'
import { loadEmbedding } from '../../src/host/embedder-weights.ts'

const [folder] = process.argv.slice(2)
if (!folder) throw new Error('Usage: speed.ts <folder>')
const embedding = await loadEmbedding({ warn: (_topic, message) => console.warn(message) })
if (!embedding) process.exit(1)
const parser = await openParser(grammars)
const records: FileRecord[] = []
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
  if (entry.isFile() && languageOf(entry.name).grammar)
    records.push(await recordFile(parser, entry.name, readFileSync(join(entry.parentPath, entry.name))))
const chunks = records.reduce((sum, record) => sum + record.chunks.length, 0)
for (let pass = 0; pass < 5; pass++) {
  const began = process.cpuUsage()
  await embedChunks(
    embedding,
    records.flatMap((record) => record.chunks.map((chunk) => ({ chunk, record }))),
    { yieldTurn: async () => {} },
  )
  const { user, system } = process.cpuUsage(began)
  console.log(`${chunks} chunks, ${Math.round(chunks / ((user + system) / 1e6))} a second of processor time`)
}
