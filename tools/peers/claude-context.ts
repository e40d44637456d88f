/**
 * claude-context's code splitter with Fovea's embedder, ranked by cosine. Its own vector database is not used because
 * it needs a server.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Embedding } from '../../src/engine/text/embedding.ts'
import { termsOf } from '../../src/engine/text/terms.ts'
import { loadEmbedding } from '../../src/host/embedder-weights.ts'
import { installPackage, PINNED } from './install.ts'
import type { Peer, Place } from './peer.ts'

const NAME = '@zilliz/claude-context-core'
/** The splitter's defaults, in characters. */
const CHUNK_CHARS = 2500
const OVERLAP_CHARS = 300
/** Maximum number of hits of its search tool. */
const MAX_HITS = 50
/** Extensions it indexes by default → the language passed to its splitter. */
const LANGUAGES: Readonly<Record<string, string>> = {
  ts: 'typescript',
  tsx: 'typescript',
  js: 'javascript',
  jsx: 'javascript',
  py: 'python',
  java: 'java',
  cpp: 'cpp',
  c: 'c',
  h: 'c',
  hpp: 'cpp',
  cs: 'csharp',
  go: 'go',
  rs: 'rust',
  php: 'php',
  rb: 'ruby',
  swift: 'swift',
  kt: 'kotlin',
  scala: 'scala',
  m: 'objective-c',
  mm: 'objective-c',
  dart: 'dart',
  sol: 'solidity',
  md: 'markdown',
  markdown: 'markdown',
  ipynb: 'jupyter',
}

interface Split {
  readonly content: string
  readonly metadata: { readonly startLine: number; readonly endLine: number }
}

interface Core {
  readonly AstCodeSplitter: new (
    size: number,
    overlap: number,
  ) => {
    split(code: string, language: string, path: string): Promise<readonly Split[]>
  }
}

export const claudeContextPeer: Peer = {
  id: 'claude-context',
  name: `${NAME}, splitter`,
  kind: 'part of a tool',
  how: 'Its `AstCodeSplitter` (2,500 characters, overlap 300) over the files it would index, each chunk embedded with Fovea’s built-in embedder, the nearest 50 by cosine. Its own embedding models and the BM25 half of its search need a service and a Milvus server and are not included.',
  async version(cache) {
    await installPackage(cache, NAME)
    return PINNED[NAME]
  },
  async open(tree, { cache }) {
    const folder = await installPackage(cache, NAME)
    const { AstCodeSplitter } = createRequire(join(folder, 'package.json'))(NAME) as Core
    const embedding = await loadEmbedding({ warn: (_, message) => process.stderr.write(`${message}\n`) })
    if (!embedding) throw new Error('Fovea’s embedder is missing: run `npm run build` first')
    const splitter = new AstCodeSplitter(CHUNK_CHARS, OVERLAP_CHARS)
    const places: Place[] = []
    const vectors: Float32Array[] = []
    for (const { path, text } of tree.files()) {
      const language = LANGUAGES[path.split('.').at(-1) ?? '']
      if (!language) continue
      for (const { content, metadata } of await splitter.split(text, language, path)) {
        places.push({ path, firstLine: metadata.startLine, lastLine: metadata.endLine })
        vectors.push(embed(embedding, content))
      }
    }
    return {
      // The size of a flat file of 32-bit floats.
      diskBytes: vectors.length * embedding.dimensions * 4,
      async ask(text) {
        const query = embedding.embedQuery(termsOf(text))
        const near = vectors.map((vector, i) => ({ i, score: dot(query, vector) }))
        near.sort((a, b) => b.score - a.score || a.i - b.i)
        return { places: near.slice(0, MAX_HITS).map(({ i }) => places[i]!) }
      },
    }
  },
}

function embed(embedding: Embedding, text: string): Float32Array {
  const counts = new Map<string, number>()
  for (const term of termsOf(text)) counts.set(term, (counts.get(term) ?? 0) + 1)
  const into = new Float32Array(embedding.dimensions)
  const resolved = embedding.resolve([...counts.keys()])
  embedding.embedCode(
    resolved,
    Uint32Array.from(counts.keys(), (_, i) => i),
    [...counts.values()],
    into,
  )
  return into
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}
