/** Answers questions from one immutable state of the index: combines retrieval, graph, answers and explanations. */
import {
  type AnswerSources,
  answerOffline,
  answerWithModel,
  asksAboutRepository,
  type Conversation,
  chooseRoute,
  commitStatements,
  commitsNaming,
  expandQuestion,
  HISTORY_BUDGET_SHARE,
  pinCallees,
  pinNode,
  pinsFromLastAnswer,
  placesForCommits,
  type Route,
  rerankHits,
  withCommitBlocks,
} from './answer/answer.ts'
import {
  answerFromExplanation,
  aspectSection,
  type ExplainSources,
  type ExplanationCache,
  explain,
  writeExplanation,
} from './explain/explain.ts'
import { compareUnits } from './graph/compare.ts'
import { lookUpSymbol } from './graph/lookup.ts'
import { describeSymbol, findDefinitions, namedNodes } from './graph/place.ts'
import { SymbolGraph } from './graph/symbol-graph.ts'
import type { OpenIndex } from './index-host.ts'
import { hasFileChanged, readLines } from './ingest/ingest.ts'
import type { Ports } from './ports.ts'
import {
  headingOf,
  identifiersIn,
  mapOf,
  presentOutline,
  presentPack,
  priceBlock,
  retrieveContext,
  searchText,
} from './retrieve/retrieve.ts'
import { termsOf } from './text/terms.ts'
import type { Answer, Findings, Statement } from './types/answer.ts'
import type { ExplainTarget, Explanation } from './types/explanation.ts'
import type { SymbolCard } from './types/map.ts'
import type { Block, Context, Pack, PackTrace } from './types/pack.ts'
import { checkBudgets, checkQuestion, type Question } from './types/query.ts'
import { ModelError, type Run } from './types/run.ts'
import type { Lines } from './types/source.ts'
import type { Tree } from './types/tree.ts'

/**
 * Cosine from which two questions count as nearly the same, so that the blocks of one answer are candidates for the
 * other.
 */
const SIMILAR_QUESTION_COSINE = 0.9
/** Files shown to a question that asks for whole files. */
const MAX_WHOLE_FILES = 4

/** The models that write an explanation, and the callbacks that follow it. */
export interface ExplainWriters extends Pick<Conversation, 'model' | 'fence'> {
  readonly summariser?: Conversation['model'] | undefined
  readonly budget: number
  /** Called with what the graph says, before a model writes anything. */
  onFacts(explanation: Explanation): void
  onAspect(aspect: Explanation['aspects'][number], state: 'running' | 'done'): void
}

/** An open index with the symbol graph and the lines that answering needs. */
export class IndexSnapshot {
  private readonly ports: Ports
  private readonly index: OpenIndex
  private readonly explanationCache: ExplanationCache
  private readonly fileLines = new Map<string, readonly string[]>()
  readonly graph: SymbolGraph
  readonly outline: string

  /** `explanationCache` outlives the snapshot: text that a model wrote for the same prompt is not requested again. */
  constructor(ports: Ports, opened: OpenIndex, explanationCache: ExplanationCache) {
    this.ports = ports
    this.index = opened
    this.explanationCache = explanationCache
    const { tree, retriever } = opened
    this.graph = new SymbolGraph({ files: tree.entries, records: retriever.corpus.records, edges: tree.edges })
    this.outline = presentOutline(mapOf(retriever.corpus))
  }

  /** Definitions of a name, with what refers to them and what they refer to. */
  lookUp(name: string, path?: string): Promise<SymbolCard[]> {
    return lookUpSymbol({ graph: this.graph, read: (file) => this.readFileLines(file) }, name, path)
  }

  /** The lines as indexed; cached for this state of the tree. */
  private readFileLines(file: number): Promise<Lines> {
    return readLines(
      this.ports.files,
      { tree: this.index.tree, records: this.graph.table.records },
      file,
      this.fileLines,
    )
  }

  context(run: Run, question: Question): Promise<Context> {
    checkQuestion(question.text)
    checkBudgets(question.budgets)
    const { retriever } = this.index
    return retrieveContext(run, retriever, question, { ports: this.ports, read: (file) => this.readFileLines(file) })
  }

  /** How a question would be answered if a model answered it. */
  route(question: Question): Promise<Route> {
    return this.chooseRoute(question, true)
  }

  private chooseRoute(question: Question, hasModel: boolean): Promise<Route> {
    return chooseRoute({ graph: this.graph, read: (file) => this.readFileLines(file) }, question, hasModel)
  }

  /** The rows that answer a question exactly, or null when the question has no exact answer. */
  async exactFindings(text: string): Promise<Findings | null> {
    return (await this.chooseRoute({ text, budgets: [] }, false)).findings
  }

  /** The routed context, without an answer. */
  async assemble(run: Run, question: Question): Promise<Context> {
    checkQuestion(question.text)
    return this.contextForRoute(run, question, await this.chooseRoute(question, false))
  }

  /** Lets a planner model expand the question and rerank the hits. A failing planner is skipped with a warning. */
  private async expandAndRerank(run: Run, question: Question, { planner }: Conversation): Promise<Question> {
    if (!planner) return question
    const { model, expand, rerank } = planner
    try {
      const hints = expand ? await expandQuestion(run, model, question.text) : ''
      const hinted = hints ? { ...question, hints } : question
      if (!rerank) return hinted
      const { hits } = await this.context(run, { ...hinted, budgets: [] })
      const best = await rerankHits(run, model, question.text, hits)
      const pins = best.map(({ path, firstLine, lastLine }) => ({
        path,
        firstLine,
        lastLine,
        kind: 'pin' as const,
      }))
      return { ...hinted, overrides: [...pins, ...(question.overrides ?? [])] }
    } catch (error) {
      if (!(error instanceof ModelError)) throw error
      this.ports.log.warn('planner', `${error.message} The question was searched for as it stands.`)
      return question
    }
  }

  /**
   * The context for a route, packed for each budget: compared symbols in full, callees of named symbols, and the
   * commits behind the code.
   */
  private async contextForRoute(run: Run, question: Question, route: Route): Promise<Context> {
    checkBudgets(question.budgets)
    const contexts: Context[] = []
    for (const budget of question.budgets) contexts.push(await this.contextForBudget(run, question, route, budget))
    const [first] = contexts
    if (!first) return this.context(run, question)
    return {
      ...first,
      packs: contexts.flatMap(({ packs }) => packs),
      notes: [...new Set(contexts.flatMap(({ notes }) => notes))],
      ms: contexts.reduce((sum, { ms }) => sum + ms, 0),
    }
  }

  private async contextForBudget(run: Run, question: Question, route: Route, budget: number): Promise<Context> {
    const named = route.mode === 'retrieved' ? namedNodes(this.graph, identifiersIn(question.text)) : []
    const overrides = [
      ...pinCallees(this.graph, named, budget),
      ...route.pinnedNodes.map((node) => pinNode(this.graph, node)),
      ...(route.mode === 'full' ? await this.pinBestFiles(run, question) : []),
      // The user's overrides come last: of two overrides of the same lines the later wins.
      ...(question.overrides ?? []),
    ]
    const share = route.history ? 1 - HISTORY_BUDGET_SHARE : 1
    const found = await this.context(run, { ...question, overrides, budgets: [Math.ceil(budget * share)] })
    const { mode, reason, scope } = route
    const routeScope = named.length ? `${named.length} ${named.length === 1 ? 'symbol' : 'symbols'}` : scope
    const packs = found.packs.map((pack) => ({
      ...pack,
      budget,
      trace: { ...pack.trace, route: { mode, reason, scope: routeScope, diffusion: diffusionOf(pack) } },
      mode: pack.mode === 'full' ? pack.mode : mode,
    }))
    const context = { ...found, notes: [...found.notes, ...(route.note ? [route.note] : [])], packs }
    return route.history ? this.withCommits(context, question.text) : context
  }

  /** Pins the best-ranked files as a whole. */
  private async pinBestFiles(run: Run, question: Question) {
    const { hits } = await this.context(run, { ...question, budgets: [] })
    const paths = [...new Set(hits.map(({ path }) => path))].slice(0, MAX_WHOLE_FILES)
    return paths.map((path) => ({ path, firstLine: 0, lastLine: 0, kind: 'pin' as const }))
  }

  /** Adds blocks with the commits that wrote the shown lines or name their symbols. */
  private async withCommits(context: Context, question: string): Promise<Context> {
    const { tree } = this.index
    const entries = new Map(tree.entries.map((entry) => [entry.path, entry]))
    const originsByPlace = placesForCommits(context).map(async (place) => {
      const { root, inner } = entries.get(place.path)!
      const blamed = await this.ports.history.blame(tree.roots[root]!, inner, place.firstLine, place.lastLine)
      const naming = commitsNaming(tree.commits, place.path, place.symbols, blamed)
      return { place, origins: [...blamed, ...naming] }
    })
    return withCommitBlocks(context, question, await Promise.all(originsByPlace), (block, previous) =>
      priceBlock(this.ports.tokenizer, block, previous ? headingOf(previous) : ''),
    )
  }

  /** Answers with the model of the conversation or, without one, from the index alone. */
  async ask(run: Run, question: Question, conversation: Conversation | undefined): Promise<Answer> {
    checkQuestion(question.text)
    const route = await this.chooseRoute(question, conversation !== undefined)
    if (!conversation) return this.answerFromIndex(run, question, route)
    if (route.mode === 'map-reduce') return this.answerByExplaining(run, question, conversation)
    const previousPins = this.continuesLast(question) ? pinsFromLastAnswer(conversation.earlier) : []
    const overrides = [...previousPins, ...(question.overrides ?? [])]
    const planned = await this.expandAndRerank(run, { ...question, overrides }, conversation)
    const pack = (budget: number) => this.contextForRoute(run, { ...planned, budgets: [budget] }, route)
    const sources = this.answerSources(run, question, pack)
    try {
      return await answerWithModel(run, conversation, sources, {
        ...{ budget: question.budgets[0] ?? 1, findings: route.findings },
      })
    } catch (error) {
      // An exact answer needs no model.
      if (!route.findings || !(error instanceof ModelError)) throw error
      const { summary, statements } = route.findings
      const context = await this.contextForRoute(run, question, route)
      return { mode: 'offline', summary: `${error.message} ${summary}`, statements, context }
    }
  }

  private async answerFromIndex(run: Run, question: Question, route: Route): Promise<Answer> {
    const context = await this.contextForRoute(run, question, route)
    if (route.findings) return { mode: 'offline', ...route.findings, context }
    const answer = answerOffline({ files: this.graph.table.files, records: this.graph.table.records }, context)
    const leading = [
      ...this.placeStatements(question.text, route.pinnedNodes),
      ...compareUnits(this.graph, route.pinnedNodes),
      ...commitStatements(context),
    ]
    return { ...answer, statements: [...leading, ...answer.statements] }
  }

  /**
   * Whether a question continues the previous one: it refers back to it, or means nearly the same (TokenSelect: cosine
   * ≥ .9).
   */
  private continuesLast({ text, previousQuestions = [] }: Question): boolean {
    const last = previousQuestions.at(-1)
    if (last === undefined) return false
    if (searchText({ text, previousQuestions }) !== text) return true
    const { embedding } = this.ports
    if (!embedding) return false
    const [a, b] = [text, last].map((asked) => embedding.embedQuery(termsOf(asked)))
    return a!.reduce((sum, value, i) => sum + value * b![i]!, 0) >= SIMILAR_QUESTION_COSINE
  }

  /** Describes where the symbols of a question are defined. */
  private placeStatements(text: string, units: readonly number[]): Statement[] {
    const named = namedNodes(this.graph, identifiersIn(text))
    return [...new Set([...units, ...named])].map((node) => {
      const { firstLine, lastLine } = this.graph.symbol(node) ?? {
        firstLine: 1,
        lastLine: this.graph.record(node).lines,
      }
      const place = { path: this.graph.path(node), firstLine, lastLine }
      return { text: describeSymbol(this.graph, node), ...place, quote: [] }
    })
  }

  /** What answering with a model reads from this snapshot. `units`: nodes to describe besides those named. */
  private answerSources(
    run: Run,
    question: Question,
    pack: AnswerSources['pack'],
    units: readonly number[] = [],
  ): AnswerSources {
    return {
      pack,
      expand: async ({ path, firstLine, lastLine }, budget) => {
        const overrides = [{ path, firstLine, lastLine, kind: 'full' as const }]
        const { packs } = await this.context(run, { text: question.text, budgets: [budget], overrides })
        return (packs[0]?.blocks ?? []).filter(
          (block) =>
            block.path === path &&
            (firstLine === 0 || (block.firstLine <= lastLine && block.lastLine >= firstLine)) &&
            block.shown.length > 0,
        )
      },
      show: (blocks, notes) => [...notes.map((note) => `${note}\n`), presentPack({ blocks })].join(''),
      outline: this.outline,
      places: [...this.placeStatements(question.text, units), ...compareUnits(this.graph, units)].map(
        ({ text }) => text,
      ),
      staleBlockIds: (blocks) => staleBlockIds(this.ports, this.index.tree, blocks),
      find: (name) =>
        findDefinitions(this.graph, name).map((node) => {
          const { firstLine, lastLine } = this.graph.symbol(node)!
          return { path: this.graph.path(node), firstLine, lastLine }
        }),
      count: (text) => this.ports.tokenizer.count(text),
    }
  }

  /** Answers a broad question by explaining its parts and combining them. */
  private async answerByExplaining(
    run: Run,
    question: Question,
    { model, fence, onText }: Conversation,
  ): Promise<Answer> {
    const budget = question.budgets[0] ?? 1
    const place = asksAboutRepository(question.text) ? { path: '.', firstLine: 0, lastLine: 0 } : null
    const onAspect: ExplainWriters['onAspect'] = (aspect, state) => {
      if (state === 'done') onText(aspectSection(aspect))
    }
    const explanation = await this.explain(
      run,
      { text: question.text, place },
      { ...{ model, fence, budget, onAspect }, onFacts: () => {} },
    )
    if (explanation.model === null && !run.signal.aborted)
      throw new ModelError(explanation.error ?? 'The model wrote nothing: ask again.')
    return answerFromExplanation(explanation, model.name, question.text)
  }

  async explain(run: Run, target: ExplainTarget, writers: ExplainWriters | undefined): Promise<Explanation> {
    const { tree } = this.index
    const sources: ExplainSources = {
      graph: this.graph,
      commits: tree.commits,
      read: (file) => this.readFileLines(file),
      search: async (text) => (await this.context(run, { text, budgets: [] })).hits,
    }
    const explained = await explain(sources, target)
    if (!writers) return explained.explanation
    writers.onFacts(explained.explanation)
    const { words, pins } = explained
    const question = { text: words, budgets: [], overrides: pins }
    const { show, staleBlockIds, find, count } = this.answerSources(run, question, () => this.context(run, question))
    return writeExplanation(run, explained, {
      ...{ caller: writers.model, summariser: writers.summariser ?? writers.model, fence: writers.fence },
      ...{
        budget: writers.budget,
        memo: this.explanationCache,
        staleBlockIds,
        find,
        count,
        onAspect: writers.onAspect,
      },
      pack: (budget) => this.context(run, { ...question, budgets: [budget] }),
      show: ({ packs: [pack], notes }) => show(pack?.blocks ?? [], notes),
    })
  }
}

/** The smallest number of files that hold half of the code shown (diffusion; Goldman et al., 2024). */
function diffusionOf({ blocks }: Pack): NonNullable<PackTrace['route']>['diffusion'] {
  const files = new Map<string, number>()
  for (const { path, tokens, shown } of blocks) if (shown.length) files.set(path, (files.get(path) ?? 0) + tokens)
  const sizes = [...files.values()].sort((a, b) => b - a)
  const total = sizes.reduce((sum, size) => sum + size, 0)
  let half = 0
  for (let sum = 0; sum < total / 2; half++) sum += sizes[half]!
  return { half, files: sizes.length }
}

/** Ids of the blocks whose file has changed since it was shown. */
export async function staleBlockIds(
  { files }: Pick<Ports, 'files'>,
  tree: Tree,
  blocks: readonly Pick<Block, 'id' | 'path' | 'hash'>[],
): Promise<readonly string[]> {
  const checks = new Map<string, Promise<boolean>>()
  const checked = blocks.map(async ({ id, path, hash }) => {
    const check = checks.get(`${path} ${hash}`) ?? hasFileChanged(files, tree, path, hash)
    checks.set(`${path} ${hash}`, check)
    return (await check) ? [id] : []
  })
  return (await Promise.all(checked)).flat()
}
