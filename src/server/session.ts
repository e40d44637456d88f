/** One window's session on the server: its index, its threads, its generate runs and the models that answer. */
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
  ExplainParams,
  ModelEndpoint,
  ServerOptions,
} from '../protocol/requests.ts'
import { readCall } from '../protocol/tools.ts'
import { askThread, pinMentions, withNote } from './chat.ts'
import { type GenerateModels, GenerateRuns } from './generate.ts'
import { ClientModels, chosenModel } from './models.ts'
import { type IndexWire, WorkspaceIndex } from './workspace-index.ts'

/** What a session needs from the connection. */
export interface Wire extends IndexWire {
  /** Asks the client to run a model of the editor; its text arrives through `models.onText`. */
  complete(request: number, id: string, messages: readonly Message[], signal: AbortSignal): Promise<void>
}

type Params<M extends keyof ClientRequests> = ClientRequests[M][0]

export class Session {
  readonly index: WorkspaceIndex
  readonly threads: Threads
  readonly interests: Interests
  readonly generateRuns: GenerateRuns
  readonly models: ClientModels

  constructor(options: ServerOptions, wire: Wire) {
    this.index = new WorkspaceIndex(options, wire)
    this.models = new ClientModels((request, id, messages, signal) => wire.complete(request, id, messages, signal))
    const { storage } = options
    const folder = storage && join(storage, 'threads')
    this.interests = interestsIn(storage && join(storage, 'interests.json'))
    this.generateRuns = new GenerateRuns({
      engine: () => this.index.current(),
      files: this.index.files,
      editorPathOf: (file) => this.index.editorPathOf(file),
      trusted: options.trusted,
    })
    this.threads = folder ? threadsIn(folder, (sentence) => wire.warn(sentence)) : threadsInMemory()
  }

  async context({ question, mentions, budget, overrides, mode }: Params<'fovea/context'>, signal: AbortSignal) {
    const engine = await this.index.current(signal, question)
    const assembled = await engine.assemble(runOf(signal), {
      ...(mode && { mode }),
      ...{ text: question, budgets: [budget] },
      overrides: [...pinMentions(mentions), ...overrides],
    })
    const context = withNote(assembled, await this.index.warning())
    return { context, prompt: firstPrompt(context, { outline: await engine.outline(), fence: 'context' }) }
  }

  async ask(params: AskParams, signal: AbortSignal, onPart: (part: AnswerPart) => void) {
    this.index.requireFolder()
    const model = chosenModel(params.model, this.models)
    const { threads, interests } = this
    const services = {
      engine: () => this.index.current(signal, params.question),
      warning: () => this.index.warning(),
      threads,
      interests,
    }
    const { expand = false, rerank = false } = params.search ?? {}
    const plannerModel = params.roles?.planner ? chosenModel(params.roles.planner, this.models) : model
    const planner = model && plannerModel && (expand || rerank) ? { model: plannerModel, expand, rerank } : undefined
    return askThread(runOf(signal), services, params, { model, planner, onPart })
  }

  async explain(
    { target, budget, model, roles }: ExplainParams,
    signal: AbortSignal,
    onPart: (part: AnswerPart) => void,
  ): Promise<Explanation> {
    this.index.requireFolder()
    const engine = await this.index.current(signal, target.text)
    // Without an answering model no model is called, whatever the roles name.
    const answerer = chosenModel(model, this.models)
    const writer = answerer && ((roles.caller && chosenModel(roles.caller, this.models)) ?? answerer)
    const summariser = (roles.summariser && chosenModel(roles.summariser, this.models)) ?? answerer
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
    return this.generateRuns.plan(runOf(signal), params, this.generateModels(params), onPart)
  }

  generate(params: Params<'fovea/generate'>, signal: AbortSignal, onPart: (part: AnswerPart) => void) {
    return this.generateRuns.generate(runOf(signal), params, this.generateModels(params), onPart)
  }

  private generateModels({ model, roles }: Pick<Params<'fovea/generatePlan'>, 'model' | 'roles'>): GenerateModels {
    this.index.requireFolder()
    const writer = chosenModel(model, this.models)
    if (!writer) throw new EngineError('model', 'Generating needs a model: set one up, or choose one of the editor.')
    return { model: writer, planner: (roles.planner && chosenModel(roles.planner, this.models)) ?? writer }
  }

  /** The same for all explanations of a session, so that their prompts share a prefix the endpoint can cache. */
  private readonly fence = newId().slice(0, 8)

  async feedback({ thread: id, turn, value }: Params<'fovea/feedback'>): Promise<object> {
    const withFeedback = (one: Turn) => (one.id === turn ? { ...one, feedback: value } : one)
    await this.threads.change(id, (thread) => thread && { ...thread, turns: thread.turns.map(withFeedback) })
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

  async tryModel(endpoint: ModelEndpoint, signal: AbortSignal): Promise<object> {
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
