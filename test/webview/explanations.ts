/** States of the Explain view for its tests. Contains no tests. */
import type { Citation } from '../../src/engine/types/answer.ts'
import type {
  Aspect,
  AspectName,
  DiagramNode,
  Explanation,
  Fact,
  NodeRole,
} from '../../src/engine/types/explanation.ts'
import type { ExplainState } from '../../src/protocol/messages.ts'

const PACK = 'src/engine/retrieve/pack.ts'
const BUILDER = 'src/engine/retrieve/pack-builder.ts'

type NodeRow = readonly [label: string, role: NodeRole, layer: number, path: string, start: number, end: number]

const NODES: readonly NodeRow[] = [
  ['context.run', 'entry', -4, 'src/cli/context.ts', 34, 55],
  ['OpenEngine.context', 'caller', -3, 'src/engine/engine.ts', 151, 160],
  ['IndexSnapshot.context', 'caller', -2, 'src/engine/snapshot.ts', 64, 69],
  ['IndexSnapshot.sources.expand', 'entry', -3, 'src/engine/snapshot.ts', 170, 176],
  ['retrieveContext', 'caller', -1, 'src/engine/retrieve/retrieve.ts', 58, 106],
  ['packContext', 'focus', 0, PACK, 79, 91],
  ['packWhole', 'step', 1, PACK, 94, 111],
  ['addBodies', 'step', 1, PACK, 113, 159],
  ['LastPacker', 'kin', 1, 'src/engine/retrieve/last.ts', 5, 40],
  ['PackBuilder', 'step', 2, BUILDER, 28, 111],
  ['PackBuilder.add', 'step', 2, BUILDER, 47, 59],
  ['PackBuilder.close', 'step', 2, BUILDER, 78, 99],
  ['Ranking.why', 'step', 2, 'src/engine/retrieve/rank.ts', 36, 36],
  ['presentPack', 'step', 3, 'src/engine/retrieve/present.ts', 34, 43],
]

const EDGES = `context.run OpenEngine.context, OpenEngine.context IndexSnapshot.context, IndexSnapshot.sources.expand IndexSnapshot.context,
  IndexSnapshot.context retrieveContext, retrieveContext packContext, packContext packWhole, packContext addBodies,
  packWhole PackBuilder, packWhole PackBuilder.add, packWhole ?Ranking.why, addBodies PackBuilder.add, addBodies PackBuilder.close,
  PackBuilder.close presentPack, packContext presentPack, LastPacker <packContext, PackBuilder.add PackBuilder.close`

const nodes = NODES.map(([label, role, layer, path, start, end], i): DiagramNode => {
  return { id: `n${i + 1}`, label, role, layer, path, firstLine: start, lastLine: end }
})
const idOf = (label: string) => nodes.find((node) => node.label === label)!.id

export const DIAGRAM: Explanation['diagram'] = {
  nodes,
  edges: EDGES.split(/,\s+/).map((edge) => {
    const [from = '', to = ''] = edge.split(' ')
    const kind = to.startsWith('<') ? ('extends' as const) : ('calls' as const)
    return { from: idOf(from), to: idOf(to.replace(/^[?<]/, '')), kind, certain: !to.startsWith('?') }
  }),
}

type FactRow = readonly [depth: number, text: string, path: string, start: number, end: number, quote?: string]

const factsOf = (rows: readonly FactRow[]): Fact[] =>
  rows.map(([depth, text, path, start, end, quote]) => ({
    depth,
    text,
    path,
    firstLine: start,
    lastLine: end,
    quote: quote ? [quote] : [],
  }))

const FACTS: Readonly<Record<AspectName, readonly FactRow[]>> = {
  purpose: [
    [
      0,
      '`packContext` is a function, used in 1 place in 1 file.',
      PACK,
      79,
      91,
      '79: async function packContext(input)',
    ],
  ],
  flow: [
    [-1, 'Reached from `context.run` → `OpenEngine.context` → `packContext`', 'src/cli/context.ts', 34, 55],
    [0, 'Begins in `packContext`', PACK, 79, 91],
    [
      1,
      'calls `packWhole` — The whole tree when all of it fits: nothing to choose then.',
      PACK,
      81,
      81,
      '81: await packWhole(input, budget)',
    ],
    [
      2,
      'calls `PackBuilder` (explained in its own step)',
      PACK,
      98,
      98,
      '98: const builder = new PackBuilder(corpus, input.tokenizer, budget)',
    ],
    [2, 'calls `PackBuilder.add`', PACK, 108, 108, '108: if (builder.add(pending, budget) >= 0) return null'],
    [1, 'calls `addBodies`', PACK, 86, 86, '86: addBodies(input, room)'],
    [2, 'calls `PackBuilder.close`', PACK, 150, 150, "150: return builder.close('full')"],
  ],
  state: [
    [0, 'Works on class `PackBuilder` — What is packed so far, and what it costs.', BUILDER, 28, 111],
    [
      0,
      '`tokens` is written in `PackBuilder.add`, and in line 58',
      BUILDER,
      55,
      55,
      '55: this.tokens += pending.tokens',
    ],
  ],
  errors: [],
  configuration: [],
  tests: [[0, '`pack.test.ts` uses `packContext`, `PackBuilder.add` and 2 more', 'test/retrieve/pack.test.ts', 12, 40]],
  change: [
    [0, '`packContext` is used in 1 place outside of tests, in 1 file', PACK, 79, 91],
    [1, 'used in `retrieveContext`', 'src/engine/retrieve/retrieve.ts', 58, 106],
    [1, 'changed together with src/engine/retrieve/pack.ts in 9 of its 14 commits', BUILDER, 1, 1],
  ],
}

const NAMES = Object.keys(FACTS) as AspectName[]

const NOT_COVERED = [
  ['Calls that lead out of the index: `performance.now`, `structuredClone`', PACK, 84],
  ['`titleOf`: deeper than 3 calls', 'src/engine/retrieve/title.ts', 5],
  ['`renderFull`: deeper than 3 calls', 'src/engine/retrieve/compress.ts', 16],
  ['what `PackBuilder.close` calls: one of many', BUILDER, 78],
  ['`policyOf`: has fewer references than what is explained', PACK, 62],
  ['`order`: has fewer references than what is explained', PACK, 162],
  ['3 more symbols', PACK, 62],
] as const

/** Facts from the index only; no model was asked. */
export const OFFLINE: Explanation = {
  ...{
    title: 'packContext',
    note: null,
    summary: '',
    summaryCitations: [],
    context: null,
    prompt: [],
    model: null,
    usage: null,
  },
  ...{ diagram: DIAGRAM, end: 'finished', error: null },
  aspects: NAMES.map((name): Aspect => ({ name, facts: factsOf(FACTS[name]), text: '', citations: [] })),
  notCovered: NOT_COVERED.map(([text, path, start]) => ({ text, path, firstLine: start, lastLine: start, quote: [] })),
}

const CITED: readonly Citation[] = [
  {
    mark: '1',
    n: 1,
    path: PACK,
    firstLine: 79,
    lastLine: 91,
    symbols: ['packContext'],
    verdict: 'verified',
    missing: [],
    quote: [],
  },
  {
    mark: '3:12-15',
    n: 3,
    path: BUILDER,
    firstLine: 12,
    lastLine: 15,
    symbols: ['PackBuilder'],
    verdict: 'stale',
    missing: [],
    quote: [],
  },
  {
    mark: '3',
    n: 3,
    path: BUILDER,
    firstLine: 28,
    lastLine: 111,
    symbols: ['PackBuilder'],
    verdict: 'unsupported',
    missing: ['close'],
    quote: [],
  },
]

const FLOW = `1. \`packContext\` first tries the whole tree [1].
2. What does not fit is dropped [3:12-15], see [the paper](https://paper.example), and closed [3].

\`\`\`typescript
if (builder.add(pending, budget) >= 0) return null // over budget
\`\`\`
`

/** Written by a model, except where there are no facts. */
export const WRITTEN: Explanation = {
  ...OFFLINE,
  note: 'packContext is defined in 2 places: the one with more references is explained.',
  summary: '`packContext` fits what was found into a budget [1]; the whole tree when it can.',
  summaryCitations: CITED.slice(0, 1),
  model: 'local/qwen3-coder',
  usage: { input: 48_210, output: 2210, cached: 39_100 },
  aspects: OFFLINE.aspects.map((aspect) => {
    if (aspect.facts.length === 0) return aspect
    return aspect.name === 'flow'
      ? { ...aspect, text: FLOW, citations: CITED }
      : { ...aspect, text: `What a model says of ${aspect.name} [1].`, citations: CITED.slice(0, 1) }
  }),
}

export function stateOf(explanation: Explanation | null, part: Partial<ExplainState> = {}): ExplainState {
  return {
    ...{ server: 'running', title: explanation?.title ?? 'packContext', explanation, writing: [], working: false },
    ...{ error: null, stale: false },
    ...part,
  }
}

/** The states inspected in each theme. */
export const SCENES: Readonly<Record<string, ExplainState>> = {
  offline: stateOf(OFFLINE),
  written: stateOf(WRITTEN, { stale: true }),
  writing: stateOf(OFFLINE, { working: true, writing: ['flow', 'state'] }),
  working: stateOf(null, { working: true }),
  failed: stateOf(null, { error: 'Nothing in the index is called `packContexts`: check the name.' }),
  cut: stateOf(
    { ...WRITTEN, end: 'cut', error: 'Not all parts were written. The endpoint refused.' },
    { server: 'stopped' },
  ),
}

const NAME = '<img src=x onerror=window.hacked=1>](command:workbench.action.quit)"><script>window.hacked=1</script>'
/** Arabic with a bidirectional override that reverses what follows. */
const RIGHT_TO_LEFT = '\u202eمرحبا بالعالم\u202e'

/** Names, paths and texts that would do harm or overflow. */
export function hostile(): Explanation {
  const names = [NAME, 'x'.repeat(4000), RIGHT_TO_LEFT, `${'漢字'.repeat(40)}`, '\n\n', '__proto__']
  const facts = names.map((name, i) => ({
    ...{ text: `calls \`${name}\` — ${name}`, path: name, firstLine: 1, lastLine: 2, quote: [name], depth: i % 3 },
  }))
  return {
    ...WRITTEN,
    ...{ title: NAME, note: NAME, summary: `${NAME} [1]`, model: NAME, error: NAME },
    aspects: WRITTEN.aspects.map((aspect) => ({
      ...aspect,
      facts,
      text: aspect.name === 'flow' ? '' : names.join('\n\n'),
    })),
    diagram: {
      nodes: names.map((label, i): DiagramNode => {
        return {
          id: `${label} ${i}`,
          label,
          role: i ? 'step' : 'focus',
          layer: i % 3,
          path: label,
          firstLine: 1,
          lastLine: 2,
        }
      }),
      edges: names.flatMap((label, i) => [
        {
          from: `${label} ${i}`,
          to: `${names[(i + 1) % names.length]} ${(i + 1) % names.length}`,
          kind: 'calls',
          certain: false,
        },
        { from: `${label} ${i}`, to: `${label} ${i}`, kind: 'extends', certain: true },
        { from: `${label} ${i}`, to: 'nowhere', kind: 'calls', certain: true },
      ]),
    },
    notCovered: facts,
  }
}
