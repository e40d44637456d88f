/**
 * The folders of the project: what each is for, and what its files may import. `test/tidy.test.ts` holds the sources
 * against it and `tools/docs.ts` writes ARCHITECTURE.md's tables from it, so that there is one statement of the layout.
 */

export interface Layer {
  /** Relative to `src/`. A folder ends in a slash; the first layer that a file's path begins with is the file's own. */
  readonly path: string
  readonly purpose: string
  /**
   * Besides files of the same folder. A name that ends in `/` or `:` allows all that begin with it; any other name is one
   * file or package.
   */
  readonly mayImport: readonly string[]
}

const TYPES = ['engine/types/', 'engine/text/']
/** What nearly every layer may import. */
export const BASE: readonly string[] = [...TYPES, 'engine/ports.ts']
/** Of a folder of the engine, the one file that others import. */
const doors = (...names: readonly string[]) => names.map((name) => `engine/${name}/${name}.ts`)
const host = (...names: readonly string[]) => names.map((name) => `host/${name}.ts`)

export const LAYERS: readonly Layer[] = [
  {
    path: 'engine/types/',
    purpose: 'the data that everything else is expressed in: plain, read-only, no behaviour beyond checking itself',
    mayImport: [],
  },
  {
    path: 'engine/text/',
    purpose: 'what indexing and asking must do alike: tokenizing, stemming, languages, path roles, secrets, embedding',
    mayImport: ['engine/types/'],
  },
  {
    path: 'engine/ports.ts',
    purpose: 'what the engine needs from the world: files, clock, workers, git, tokenizer, model, embedder',
    mayImport: TYPES,
  },
  {
    path: 'engine/store/',
    purpose: 'records, vectors and trees on disk, and the writer’s lock; the only folder that knows LanceDB',
    mayImport: [...BASE, 'node:', '@lancedb/lancedb', 'apache-arrow'],
  },
  {
    path: 'engine/ingest/walk/',
    purpose: 'which files belong to a workspace: roots, git’s ignore rules, names to skip, such as secrets',
    mayImport: ['engine/types/', 'engine/ports.ts', 'ignore'],
  },
  {
    path: 'engine/ingest/parse/',
    purpose: 'one file’s text → screened for secrets and generated code → symbols, references, chunks, term counts',
    mayImport: [...BASE, 'node:crypto', 'web-tree-sitter'],
  },
  {
    path: 'engine/ingest/link/',
    purpose: 'references → edges of the symbol graph, each with a weight',
    mayImport: BASE,
  },
  {
    path: 'engine/ingest/embed/',
    purpose: 'chunks → vectors → clusters with centroids and titles',
    mayImport: [...BASE, 'engine/ingest/parse/', 'engine/ingest/walk/walk.ts', 'engine/store/store.ts'],
  },
  {
    path: 'engine/ingest/share/',
    purpose: 'records and trees fetched from a shared index, or published to it',
    mayImport: [
      ...BASE,
      'engine/ingest/embed/cluster-tree.ts',
      'engine/ingest/walk/walk.ts',
      'engine/store/store.ts',
      'node:crypto',
    ],
  },
  {
    path: 'engine/ingest/',
    purpose: 'a workspace → a tree: the stages above in order, incremental and interruptible',
    mayImport: [...BASE, 'engine/store/store.ts'],
  },
  {
    path: 'engine/retrieve/',
    purpose: 'a question → ranked hits → a pack of blocks that fits the budget',
    mayImport: BASE,
  },
  {
    path: 'engine/graph/',
    purpose: 'the symbol graph: looking up, describing and comparing symbols',
    mayImport: TYPES,
  },
  {
    path: 'engine/analyse/',
    purpose: 'questions with an exact answer: lists and counts read off the graph',
    mayImport: [...TYPES, 'engine/graph/'],
  },
  {
    path: 'engine/answer/',
    purpose: 'a context → an answer: route, offline brief, conversation with a model, citation checks',
    mayImport: [...BASE, 'engine/graph/', 'engine/analyse/analyse.ts'],
  },
  {
    path: 'engine/explain/',
    purpose: 'a symbol, file or stack trace → how it works across files, with a diagram',
    mayImport: [
      ...BASE,
      'engine/graph/',
      ...['citations', 'converse', 'prompt', 'verify'].map((name) => `engine/answer/${name}.ts`),
    ],
  },
  {
    path: 'engine/generate/',
    purpose: 'a task → requirements → plan → checked steps → a patch, all in memory',
    mayImport: [...BASE, 'node:crypto', 'diff'],
  },
  {
    path: 'engine/worker.ts',
    purpose: 'the engine’s entry point in a worker process',
    mayImport: [...BASE, 'engine/ingest/', 'engine/store/record-codec.ts'],
  },
  {
    path: 'engine/overlay.ts',
    purpose: 'unsaved or drafted text over the files on disk',
    mayImport: ['engine/types/', 'engine/ports.ts'],
  },
  {
    path: 'engine/index-host.ts',
    purpose: 'the open index of a workspace: who may write it, when it is read again',
    mayImport: [...BASE, ...doors('ingest', 'retrieve', 'store')],
  },
  {
    path: 'engine/snapshot.ts',
    purpose: 'one state of the index, and the questions that are put to it',
    mayImport: [...BASE, 'engine/index-host.ts', 'engine/graph/', ...doors('answer', 'explain', 'ingest', 'retrieve')],
  },
  {
    path: 'engine/draft-workspace.ts',
    purpose: 'the workspace as a run of `generate` sees it: drafted files over the index',
    mayImport: [
      ...BASE,
      ...['index-host', 'overlay', 'snapshot'].map((name) => `engine/${name}.ts`),
      ...doors('answer', 'generate', 'ingest', 'retrieve', 'store'),
    ],
  },
  {
    path: 'engine/tool-calls.ts',
    purpose: 'the tools a model may call, answered as text',
    mayImport: ['engine/types/', ...doors('analyse', 'explain')],
  },
  {
    path: 'engine/engine.ts',
    purpose: 'the engine’s only entry point',
    mayImport: [
      'engine/types/',
      'engine/ports.ts',
      ...['draft-workspace', 'index-host', 'overlay', 'snapshot', 'tool-calls'].map((name) => `engine/${name}.ts`),
      ...doors('answer', 'explain', 'generate', 'ingest', 'retrieve', 'store'),
    ],
  },
  {
    path: 'engine/measure.ts',
    purpose: 'the engine internals that benches measure; no front end uses it',
    mayImport: [
      'engine/types/',
      'engine/ports.ts',
      'engine/engine.ts',
      'engine/snapshot.ts',
      ...doors('ingest', 'retrieve', 'store'),
    ],
  },
  {
    path: 'host/providers/',
    purpose: 'models and embedders behind one seam: one file per provider',
    mayImport: ['engine/types/', 'engine/ports.ts', 'host/calibrate.ts', 'openai'],
  },
  {
    path: 'host/',
    purpose: 'the ports on Node: files, git, worker processes, the watcher, journals; `open.ts` puts all together',
    mayImport: [...BASE, 'engine/engine.ts', 'engine/worker.ts', 'node:', 'gpt-tokenizer/'],
  },
  {
    path: 'protocol/',
    purpose: 'what both ends of a wire agree on: requests, messages to webviews, tools of a model',
    mayImport: ['engine/types/', 'zod'],
  },
  {
    path: 'server/',
    purpose: 'the language server’s process: hosts the engine, keeps the index current, answers requests',
    mayImport: [
      'engine/types/',
      'engine/ports.ts',
      'engine/engine.ts',
      ...host('apply', 'checks', 'files', 'interests', 'journal', 'heap', 'open', 'threads'),
      'host/providers/providers.ts',
      'protocol/',
      '../package.json',
      'node:',
      'vscode-languageserver/node',
      'vscode-languageserver-textdocument',
    ],
  },
  {
    path: 'client/',
    purpose: 'the VS Code front end: views, commands, native chat; talks to the server, never runs the engine',
    mayImport: [
      'engine/types/',
      'host/allocator.ts',
      'protocol/',
      'node:child_process',
      'node:crypto',
      'vscode',
      'vscode-languageclient/',
      'vscode-languageserver-protocol/node',
    ],
  },
  {
    path: 'webview/',
    purpose: 'the pages of the views (`chat/`, `context/`, `explain/`, `generate/`): states in, checked messages out',
    mayImport: [
      'engine/types/',
      'protocol/',
      '@vscode/l10n',
      'preact',
      'preact/',
      'markdown-it',
      'dompurify',
      'highlight.js/',
    ],
  },
  {
    path: 'mcp/',
    purpose: 'the MCP front end: the tools and the map over stdio',
    mayImport: [...TYPES, 'engine/engine.ts', 'protocol/tools.ts', '@modelcontextprotocol/sdk/'],
  },
  {
    path: 'bench/',
    purpose: '`fovea bench`: one file per bench; `bench.ts` is their entry point',
    mayImport: [
      ...BASE,
      'engine/engine.ts',
      'engine/measure.ts',
      ...host('log', 'heap', 'open', 'scratch', 'workers'),
      'node:',
    ],
  },
  {
    path: 'cli/',
    purpose: 'the command line: one file per command; converts, decides nothing',
    mayImport: [
      'engine/types/',
      'engine/ports.ts',
      'engine/engine.ts',
      ...host('allocator', 'apply', 'calibrate', 'checks', 'journal', 'log', 'heap', 'open', 'watch'),
      'mcp/mcp.ts',
      'bench/bench.ts',
      '../package.json',
      'node:',
    ],
  },
]

/** Folders beside `src/`, as ARCHITECTURE.md lists them. */
export const FOLDERS: readonly (readonly [path: string, purpose: string])[] = [
  ['syntaxes/', 'one tree-sitter query per language; the fixture of the same name is in `test/languages/`'],
  [
    'test/',
    'mirrors `src/`; `fixture.ts` and `engine.ts` are the helpers, `vscode/` drives a real VS Code, `ranking/golden/` records ranks, `oracles/` holds the symbol graph against compilers',
  ],
  ['tools/', 'development scripts; `peers/` holds Fovea against other ways to find context'],
  ['training/', 'how the ranking weights and the embedder are made; not shipped'],
  ['media/', 'icon, pictures, the built-in embedder and its [model card](media/EMBEDDER.md)'],
  ['l10n/', 'translations of the strings of the client and the views'],
  ['docs/', 'benchmarks against other tools, written by `tools/peers/compare.ts`'],
]
