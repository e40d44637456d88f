/** One window's session on the server: its index, its threads, and the models that answer. */
import { join } from 'node:path'
import { callTool, firstPrompt } from '../engine/engine.ts'
import type { Message } from '../engine/types/answer.ts'
import type { Explanation } from '../engine/types/explanation.ts'
import { EngineError, type Run } from '../engine/types/run.ts'
import type { Turn } from '../engine/types/thread.ts'
import { type Interests, interestsIn } from '../host/interests.ts'
import { providerOf, tryModel } from '../host/providers/providers.ts'
import { newId, type Threads, threadsIn, threadsInMemory } from '../host/threads.ts'
import type {
  AnswerPart,
  AskParams,
  ClientRequests,
  Endpoint,
  ExplainParams,
  ServerOptions,
} from '../protocol/requests.ts'
import { readCall } from '../protocol/tools.ts'
import { askThread, pinMentions, withNote } from './chat.ts'
import { type GenerateModels, GenerateRuns } from './generate.ts'
import { ClientModels, chosenModel } from './models.ts'
import { type IndexWire, WorkspaceIndex } from './workspace-index.ts'

/** What a session needs of the connection. */
export interface Wire extends IndexWire {
  /** Asks the client to run a model of the editor; its text arrives through `models.onText`. */
  complete(request: number, id: string, messages: readonly Message[], signal: AbortSignal): Promise<void>
}

type Params<M extends keyof ClientRequests> = ClientRequests[M][0]

export class Session {
  readonly index: WorkspaceIndex
  readonly threads: Threads
  readonly interests: Interests
  readonly generating: GenerateRuns
  readonly models: ClientModels

  constructor(options: ServerOptions, wire: Wire) {
    this.index = new WorkspaceIndex(options, wire)
    this.models = new ClientModels((request, id, messages, signal) => wire.complete(request, id, messages, signal))
    const folder = options.storage && join(options.storage, 'threads')
    this.interests = interestsIn(options.storage && join(options.storage, 'interests.json'))
    this.generating = new GenerateRuns({
      engine: () => this.index.current(),
      files: this.index.files,
      named: (file) => this.index.named(file),
      trusted: options.trusted,
    })
    this.threads = folder ? threadsIn(folder, (sentence) => wire.warn(sentence)) : threadsInMemory()
  }

  async context({ question, mentions, budget, overrides, mode }: Params<'fovea/context'>, signal: AbortSignal) {
    const engine = await this.index.current(signal, question)
    const found = await engine.assemble(runOf(signal), {
      ...(mode && { mode }),
      ...{ text: question, budgets: [budget] },
      overrides: [...pinMentions(mentions), ...overrides],
    })
    const context = withNote(found, await this.index.warning())
    return { context, prompt: firstPrompt(context, { outline: await engine.outline(), fence: 'context' }) }
  }

  async ask(asked: AskParams, signal: AbortSignal, onPart: (part: AnswerPart) => void) {
    this.index.requireFolder()
    const model = chosenModel(asked.model, this.models)
    const { threads, interests } = this
    const source = {
      engine: () => this.index.current(signal, asked.question),
      trouble: () => this.index.warning(),
      threads,
      interests,
    }
    const { expand = false, rerank = false } = asked.search ?? {}
    const planning = asked.roles?.planner ? chosenModel(asked.roles.planner, this.models) : model
    const planner = model && planning && (expand || rerank) ? { model: planning, expand, rerank } : undefined
    return askThread(runOf(signal), source, asked, { model, planner }, onPart)
  }

  async explain(
    { target, budget, model, roles }: ExplainParams,
    signal: AbortSignal,
    onPart: (part: AnswerPart) => void,
  ): Promise<Explanation> {
    this.index.requireFolder()
    const engine = await this.index.current(signal, target.text)
    // A role alone sends nothing: without an answering model none is asked.
    const answers = chosenModel(model, this.models)
    const writer = answers && ((roles.caller && chosenModel(roles.caller, this.models)) ?? answers)
    const summariser = (roles.summariser && chosenModel(roles.summariser, this.models)) ?? answers
    const explanation = await engine.explain(
      runOf(signal),
      target,
      writer
        ? {
            ...{ model: writer, summariser: summariser ?? writer, fence: this.fence, budget },
            onFacts: (facts) => onPart({ text: '', facts }),
            onAspect: ({ name, text }, state) => onPart({ text: '', aspect: { name, state, text } }),
          }
        : undefined,
    )
    const note = [await this.index.warning(), explanation.note].filter(Boolean).join(' ')
    return { ...explanation, note }
  }

  plan(params: Params<'fovea/generatePlan'>, signal: AbortSignal, onPart: (part: AnswerPart) => void) {
    return this.generating.plan(runOf(signal), params, this.generateModels(params), onPart)
  }

  generate(params: Params<'fovea/generate'>, signal: AbortSignal, onPart: (part: AnswerPart) => void) {
    return this.generating.generate(runOf(signal), params, this.generateModels(params), onPart)
  }

  private generateModels({ model, roles }: Pick<Params<'fovea/generatePlan'>, 'model' | 'roles'>): GenerateModels {
    this.index.requireFolder()
    const writer = chosenModel(model, this.models)
    if (!writer) throw new EngineError('model', 'Generating needs a model: set one up, or choose one of the editor.')
    return { model: writer, planner: (roles.planner && chosenModel(roles.planner, this.models)) ?? writer }
  }

  /** One cache for all explanations, by prompt. */
  private readonly fence = newId().slice(0, 8)

  async feedback({ thread: id, turn, value }: Params<'fovea/feedback'>): Promise<object> {
    const rate = (one: Turn) => (one.id === turn ? { ...one, feedback: value } : one)
    await this.threads.change(id, (thread) => thread && { ...thread, turns: thread.turns.map(rate) })
    return {}
  }

  async tool(name: string, input: unknown, signal: AbortSignal): Promise<{ text: string }> {
    const call = readCall(name, input)
    const text = await callTool(runOf(signal), await this.index.current(signal), call)
    return { text: [await this.index.warning(), text].filter(Boolean).join('\n') }
  }

  listModels(endpoint: Params<'fovea/models'>, signal: AbortSignal): Promise<readonly string[]> {
    return providerOf(endpoint).listModels(endpoint, signal)
  }

  async tryModel(endpoint: Endpoint, signal: AbortSignal): Promise<object> {
    await tryModel(endpoint, signal)
    return {}
  }

  async completeRaw(
    { endpoint, messages, tools }: Params<'fovea/complete'>,
    signal: AbortSignal,
    onPart: (part: AnswerPart) => void,
  ): Promise<ClientRequests['fovea/complete'][1]> {
    const { usage } = await providerOf(endpoint).complete(
      endpoint,
      runOf(signal),
      { messages, tools },
      { onText: (text) => onPart({ text }), onCall: (call) => onPart({ text: '', call }) },
    )
    return { usage }
  }
}

const runOf = (signal: AbortSignal): Run => ({ signal, report: () => {} })
