/** The tools are defined once: the manifest declares them to the editor exactly as the protocol does. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { z } from 'zod'
import { readCall, TOOLS } from '../../src/protocol/tools.ts'

interface Manifest {
  readonly contributes: {
    readonly languageModelTools: readonly {
      readonly name: string
      readonly displayName: string
      readonly modelDescription: string
      readonly inputSchema: object
    }[]
  }
}

test('the manifest declares the tools as the protocol defines them', () => {
  const text = readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')
  const declared = (JSON.parse(text) as Manifest).contributes.languageModelTools.map(
    ({ name, displayName, modelDescription, inputSchema }) => ({ name, displayName, modelDescription, inputSchema }),
  )
  const defined = Object.entries(TOOLS).map(([name, { title, description, input }]) => {
    const { $schema: _, ...inputSchema } = z.toJSONSchema(z.object(input), { io: 'input' })
    return { name, displayName: title, modelDescription: description, inputSchema }
  })
  assert.deepEqual(declared, defined)
})

test('rejects an invalid call with a message for the model', () => {
  assert.deepEqual(readCall('fovea_context', { question: 'why?' }).input, { question: 'why?', budget: 8000 })
  assert.throws(() => readCall('fovea_context', { question: 3 }), /does not fit fovea_context: [\s\S]*expected string/)
  assert.throws(() => readCall('nosuch', {}), /does not fit nosuch/)
})
