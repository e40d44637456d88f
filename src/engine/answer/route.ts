/**
 * Decides how a question is answered: by its level (RAG and Beyond, Zhao et al., 2024), its scope (Goldman et al.,
 * 2024, whose other axis, diffusion, shows only in the results), and whether it compares units (LaRA, Li et al., 2025:
 * retrieval for what may be absent, whole units for comparisons). Exact analysis, where the index can answer alone,
 * comes first.
 */

import { type AnalysisSources, analyse, analysisAsked } from '../analyse/analyse.ts'
import { findDefinitions } from '../graph/place.ts'
import type { SymbolGraph } from '../graph/symbol-graph.ts'
import type { Findings } from '../types/answer.ts'
import type { Mode, Override, Question } from '../types/query.ts'

/** How a question is answered. */
export interface Route {
  readonly mode: Mode
  /** Short reason for the mode. */
  readonly reason: string
  /** How much of the repository the question is about, judged by its wording. */
  readonly scope: string
  /** Nodes to pack first: two compared units, or the file asked about; usually none. */
  readonly pinnedNodes: readonly number[]
  /** Exact answer of the analysis; null if it can't answer. */
  readonly findings: Findings | null
  /** Whether it asks for reasons, so that past commits are evidence. */
  readonly history: boolean
  /** A sentence on what couldn't be done as requested; null otherwise. */
  readonly note: string | null
}

const NAME = '[`\'"]?([A-Za-z_$][\\w$]*(?:(?:\\.|::|#)[\\w$]+)*|[\\w@./-]+\\.\\w{1,5})[`\'"]?(?:\\(\\))?'
const COMPARISON: readonly RegExp[] = [
  new RegExp(`\\bdifferences?\\s+between\\s+(?:the\\s+)?${NAME}\\s+and\\s+(?:the\\s+)?${NAME}`, 'i'),
  new RegExp(`\\bcompare\\s+(?:the\\s+)?${NAME}\\s+(?:and|with|to)\\s+(?:the\\s+)?${NAME}`, 'i'),
  new RegExp(`\\bhow\\s+(?:do|does|is|are)\\s+${NAME}\\s+(?:differ|different)\\s+from\\s+${NAME}`, 'i'),
  new RegExp(`\\bhow\\s+do\\s+${NAME}\\s+and\\s+${NAME}\\s+differ`, 'i'),
  new RegExp(`${NAME}\\s+(?:vs\\.?|versus)\\s+${NAME}`, 'i'),
]
/** Text that contains something written like code. */
const NAMES_CODE = /`|\w_\w|[a-z][A-Z]|\w\(/
const FILE_NAME = /[\w@-][\w@./-]*\.\w{1,5}\b/g
/** Longer questions are about more than the file they name. */
const SHORT_QUESTION_CHARS = 200
const RATIONALE = /\bwhy\b|\brationale\b|\bfor what reason\b|\bwhat (?:was|is) the reason\b|\bhow come\b|\bmotivat/i
/** Asks for a cause in the code, not for the reason behind a decision. */
const CAUSE =
  /\bwhy (?:do i|am i|does (?:it|this|my)|is (?:it|this) (?:fail|throw|crash|slow))|\b(?:error|exception|traceback|fails?|crash)/i
const WIDE =
  /\b(?:architecture|overview|big picture|high.level|(?:sum up|summari[sz]e|describe|explain) (?:this|the|whole|entire|all)(?: whole| entire)? (?:repo(?:sitory)?|project|code ?base|system)|how is (?:this|the) (?:repo(?:sitory)?|project|code ?base) (?:organi[sz]ed|structured)|what does (?:this|the) (?:repo(?:sitory)?|project|code ?base) do)\b/i

/** Asks to list or count things. */
const COUNTING =
  /^\s*(?:how many|count\b|list (?:all|every|each|the)|number of|(?:which|what) (?:functions|methods|classes|symbols|files|types|interfaces|structs)\b)/i
const NOT_COUNTED = 'Nothing was counted or listed exactly: the index cannot answer the question as phrased.'
const NO_ANALYSIS = 'The index alone cannot answer this exactly: the best matches are shown instead.'
const NO_PARTS = 'Reading in parts needs a model: the best matches are shown instead.'

/** Chooses the route; `hasModel` allows wide questions to be read in parts. */
export async function chooseRoute(
  sources: AnalysisSources,
  { text, mode }: Question,
  hasModel: boolean,
): Promise<Route> {
  const { graph } = sources
  const plain: Route = {
    mode: 'retrieved',
    reason: 'the best matches',
    scope: 'unspecified',
    pinnedNodes: [],
    findings: null,
    history: asksForReasons(text),
    note: null,
  }
  if (mode === 'map-reduce' && !hasModel) return { ...plain, note: NO_PARTS }
  if (mode && mode !== 'analysis') {
    const pinnedNodes = mode === 'hybrid' ? comparedNodes(graph, text) : []
    return { ...plain, mode, pinnedNodes, reason: 'your choice' }
  }
  const analysis = analysisAsked(text)
  const findings = analysis && (await analyse(sources, analysis))
  if (findings)
    return {
      ...plain,
      mode: 'analysis',
      reason: 'the index answers it exactly',
      scope: 'all',
      findings,
      history: false,
    }
  if (mode === 'analysis') return { ...plain, note: NO_ANALYSIS }
  const compared = comparedNodes(graph, text)
  if (compared.length > 1)
    return {
      ...plain,
      mode: 'hybrid',
      reason: 'the units compared are shown in full',
      scope: 'two units',
      pinnedNodes: compared,
    }
  if (hasModel && asksAboutRepository(text))
    return { ...plain, mode: 'map-reduce', reason: 'it spans the repository', scope: 'the repository' }
  const file = findFileAsked(graph, text)
  if (file !== undefined && !plain.history)
    return {
      ...plain,
      mode: 'hybrid',
      reason: 'the file asked about comes first',
      scope: 'a file',
      pinnedNodes: [file],
    }
  if (plain.history) return { ...plain, reason: 'past commits are searched for the reason, too' }
  return COUNTING.test(text) ? { ...plain, note: NOT_COUNTED } : plain
}

/** Whether a question is about the whole repository. */
export const asksAboutRepository = (text: string): boolean => WIDE.test(text) && !NAMES_CODE.test(text)

const asksForReasons = (text: string): boolean => RATIONALE.test(text.slice(0, 300)) && !CAUSE.test(text.slice(0, 300))

/** The two units a question compares; empty if it compares none or one of them isn't in the index. */
function comparedNodes(graph: SymbolGraph, text: string): number[] {
  const title = text.slice(0, 400)
  for (const pattern of COMPARISON) {
    const [, one, other] = pattern.exec(title) ?? []
    const [a, b] = [one, other].map((name) => (name ? findNode(graph, name) : undefined))
    if (a !== undefined && b !== undefined) return [a, b]
  }
  return []
}

/** The file a short question asks about; undefined if it names none, several, an ambiguous one, or a symbol, too. */
function findFileAsked(graph: SymbolGraph, text: string): number | undefined {
  if (text.length > SHORT_QUESTION_CHARS) return undefined
  const names = [...new Set(text.match(FILE_NAME))]
  const [name] = names
  if (!name || names.length > 1 || NAMES_CODE.test(text.replace(name, ''))) return undefined
  const found = graph.table.files.flatMap(({ path }, i) => (path === name || path.endsWith(`/${name}`) ? [i] : []))
  const exact = found.filter((i) => graph.table.files[i]!.path === name)
  const [one, ...others] = exact.length ? exact : found
  return one === undefined || others.length ? undefined : graph.node(one, -1)
}

/** Node of a file or, preferring types and callables outside of tests, of a symbol. */
function findNode(graph: SymbolGraph, name: string): number | undefined {
  const file = graph.table.files.findIndex(({ path }) => path === name || path.endsWith(`/${name}`))
  if (file >= 0) return graph.node(file, -1)
  const users = (node: number) => graph.referenceCount(node) - (graph.rolesOf(node).test ? 1e6 : 0)
  const kind = (node: number) => Number(graph.isType(node) || graph.isCallable(node))
  const [best] = findDefinitions(graph, name).sort((a, b) => kind(b) - kind(a) || users(b) - users(a))
  return best
}

/** Pin for a whole symbol, or for a whole file (lines 0). */
export function pinNode(graph: SymbolGraph, node: number): Override {
  const { docFirstLine, lastLine } = graph.symbol(node) ?? { docFirstLine: 0, lastLine: 0 }
  return { path: graph.path(node), firstLine: docFirstLine, lastLine, kind: 'pin' }
}
