/** A record that is packed and unpacked is unchanged; invalid bytes are rejected without a crash. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { openParser, type SyntaxParser } from '../../src/engine/ingest/parse/parse.ts'
import { recordFile } from '../../src/engine/ingest/parse/record.ts'
import { packRecord, unpackRecord } from '../../src/engine/store/record-codec.ts'
import { LANGUAGES } from '../../src/engine/text/language.ts'
import { grammars } from '../../src/host/assets.ts'
import { comparableRecord } from '../fixture.ts'

const folder = join(import.meta.dirname, '..', 'languages')
let parser: SyntaxParser

before(async () => {
  parser = await openParser(grammars)
})

const recordOf = (name: string, bytes: Uint8Array) => recordFile(parser, name, bytes)

test('round-trips the records of every language', async () => {
  for (const { id, extensions } of LANGUAGES) {
    const record = await recordOf(`a.${extensions[0]}`, readFileSync(join(folder, `${id}.txt`)))
    assert.deepEqual(comparableRecord(unpackRecord(packRecord(record).bytes)), comparableRecord(record), id)
  }
})

test('round-trips skipped files, empty values and counts above one byte', async () => {
  const texts = {
    'a.bin': Buffer.of(0, 1, 2),
    'empty.ts': Buffer.alloc(0),
    'many.md': Buffer.from('word '.repeat(700)),
  }
  for (const [name, bytes] of Object.entries(texts)) {
    const record = await recordOf(name, bytes)
    assert.deepEqual(comparableRecord(unpackRecord(packRecord(record).bytes)), comparableRecord(record), name)
  }
})

test('damaged bytes are rejected or decode to some record', async () => {
  const { bytes } = packRecord(await recordOf('a.ts', readFileSync(join(folder, 'typescript.txt'))))
  let refused = 0
  for (let i = 0; i < bytes.length; i += 3) {
    const damaged = Uint8Array.from(bytes)
    damaged[i]! ^= 0x55
    try {
      assert.ok(Array.isArray(unpackRecord(damaged).chunks))
    } catch (error) {
      assert.ok(error instanceof Error && !(error instanceof assert.AssertionError))
      refused++
    }
  }
  assert.ok(refused > 0)
  for (const cut of [0, 1, 5, bytes.length - 1]) assert.throws(() => unpackRecord(bytes.subarray(0, cut)))
})

test('every fixture was packed', () => {
  assert.equal(readdirSync(folder).length, LANGUAGES.length)
})
