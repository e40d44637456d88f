/** Locations of the shipped files: next to the bundle in dist/, or in the source tree when run unbundled. */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Grammars } from '../engine/ports.ts'

const here = import.meta.dirname
const dist = existsSync(join(here, 'web-tree-sitter.wasm')) ? here : join(here, '..', '..', 'dist')

export const assets = dist

export const grammars: Grammars = {
  runtime: join(dist, 'web-tree-sitter.wasm'),
  wasm: (name) => readFile(join(dist, 'grammars', `${name}.wasm`)),
  query: (name) => readFile(join(dist === here ? dist : join(here, '..', '..'), 'syntaxes', `${name}.scm`), 'utf8'),
}
