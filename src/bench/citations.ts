/**
 * `fovea bench citations`: generates true, cited sentences from the index, mutates them, and measures whether the
 * citation check flags the mutants (the deterministic part of L-CiteEval, Tang et al. 2024). A script plays the model,
 * so none is needed.
 */
import type { ModelAnswer } from '../engine/types/answer.ts'
import type { Block } from '../engine/types/pack.ts'
import { type Reading, readAnswer } from './cited.ts'
import { type BenchCopy, withCopy } from './copy.ts'
import { type Fact, falseObject, plantableFacts } from './facts.ts'
import { shows } from './pairs.ts'
import { randomOf, sample, type World } from './questions.ts'
import { conversationOf, scriptOf, silentScript } from './script.ts'
import { type BenchSetting, NO_MODEL, Requests, runOf, type SubBench, shareOf, type Table } from './setting.ts'

const BUDGET_TOKENS = 8000
const KINDS = {
  'true sentence': 'as it is',
  'block off by one to three': 'cites a neighbour that does not say it',
  'block that is not there': 'cites a number no block has',
  'wrong file': 'names another file',
  'invented identifier': 'calls what exists nowhere',
  'swapped callee': 'calls another function of the repository',
  'stale file': 'its file changes while it is written',
  'reversed relation': 'callee and caller change places',
  negation: 'says that it does not call',
} as const
type Kind = keyof typeof KINDS
const SHIFTS = [1, -1, 2, -2, 3, -3]
/** A block number that no pack contains. */
const NOWHERE = 9999

interface Sentence {
  readonly text: string
  /** Number of the cited block. */
  readonly n: number
  /** Runs while the answer is being written. */
  readonly meanwhile?: () => void
}

interface Case {
  readonly fact: Fact
  readonly question: string
  readonly block: Block
  readonly blocks: readonly Block[]
}

interface Outcome {
  readonly kind: Kind
  readonly text: string
  /** Whether the reader sees that something is wrong. */
  readonly flagged: boolean
  /** Verdict of the citation check, with the names it did not find. */
  readonly verdict: string
}

export const citations: SubBench = {
  name: 'citations',
  summary: 'true and mutated sentences with citations: what the check of citations tells apart',
  unit: 'true sentences',
  items: 60,
  measure(setting) {
    return withCopy(setting, async (copy, world) => {
      const facts = plantableFacts(world)
      const calls = sample(
        facts.filter(({ kind }) => kind === 'calls'),
        setting.items,
        setting.seed,
      )
      const random = randomOf(setting.seed)
      const outcomes: Outcome[] = []
      let notPacked = 0
      for (const fact of calls) {
        const found = await caseOf(setting, copy, fact)
        if (!found) notPacked++
        else outcomes.push(...(await mutate(setting, copy, found, mutations(found, { copy, world, facts, random }))))
      }
      const requests = new Requests(setting)
      const answers = setting.model ? await askModel(setting, copy, calls, requests) : []
      return {
        notes: [
          ...copy.notes,
          ...(calls.length
            ? []
            : ['The index holds no sure call between functions with names of their own: nothing can be said.']),
          ...(notPacked
            ? [`${notPacked} of ${calls.length} sentences are left out: their line was not in the pack.`]
            : []),
          ...requests.notes,
          ...(setting.model ? [] : [NO_MODEL]),
        ],
        tables: [mutationTable(outcomes), ...(answers.length ? [answerTable(answers)] : [])],
        meaning:
          'Flagged: not verified, or left out. 0.00 is right for the true sentence (else a false alarm), 1.00 for the others.',
        failures: inTurns(outcomes.filter(({ kind, flagged }) => flagged === (kind === 'true sentence'))).map(
          ({ kind, text, verdict }) => `${kind} (${verdict}): ${text}`,
        ),
      }
    })
  },
}

/** Round robin over the kinds: the first outcome of each, then the second, and so on. */
function inTurns(outcomes: readonly Outcome[]): readonly Outcome[] {
  const seen = new Map<Kind, number>()
  return outcomes
    .map((outcome) => {
      const turn = seen.get(outcome.kind) ?? 0
      seen.set(outcome.kind, turn + 1)
      return { outcome, turn }
    })
    .sort((a, b) => a.turn - b.turn)
    .map(({ outcome }) => outcome)
}

const questionOf = ({ subject, object }: Fact): string => `How does \`${subject}\` use \`${object}\`?`

/** Finds the block that shows the fact among those an answer can cite; null when none does. */
async function caseOf(setting: BenchSetting, { engine }: BenchCopy, fact: Fact): Promise<Case | null> {
  const question = questionOf(fact)
  const conversation = conversationOf(silentScript, setting.seed)
  const answer = await engine.ask(runOf(setting), { text: question, budgets: [BUDGET_TOKENS] }, conversation)
  const blocks = answer.context.packs[0]?.blocks ?? []
  const block = blocks.find((one) => shows({ blocks: [one] }, fact.path, fact.lines.slice(0, 1)) && names(one, fact))
  return block ? { fact, question, block, blocks } : null
}

/** Whether the block by itself contains both names of the fact. */
function names({ path, symbols, text }: Block, { subject, object }: Fact): boolean {
  const content = `${path}\n${symbols.join(', ')}\n${text}`
  return content.includes(subject) && content.includes(object)
}

const numberOf = ({ id }: Block): number => Number(id.slice(1))

interface MutationSource {
  readonly copy: BenchCopy
  readonly world: World
  readonly facts: readonly Fact[]
  readonly random: () => number
}

/** The true sentence and its mutants; a kind the repository offers no material for is left out. */
function mutations(
  { fact, block, blocks }: Case,
  { copy, world, facts, random }: MutationSource,
): Partial<Record<Kind, Sentence>> {
  const { subject, object, path } = fact
  const n = numberOf(block)
  const sentence = (caller: string, callee: string, file = path, verb = 'calls') =>
    `\`${caller}\` in \`${file}\` ${verb} \`${callee}\``
  const neighbours = SHIFTS.map((shift) => blocks.find((one) => numberOf(one) === n + shift))
  const neighbour = neighbours.find((one) => one?.path && !names(one, fact))
  const other = falseObject(world, fact, facts, random)
  const elsewhere = falseObject(world, { ...fact, kind: 'file' }, facts, random)
  const invented = `${object}${/_/.test(object) ? '_quorum' : 'Quorum'}`
  const plain = sentence(subject, object)
  const meanwhile = () => copy.write(path, `${copy.read(path)}\n`)
  return {
    'true sentence': { text: plain, n },
    ...(neighbour ? { 'block off by one to three': { text: plain, n: numberOf(neighbour) } } : {}),
    'block that is not there': { text: plain, n: NOWHERE },
    ...(elsewhere ? { 'wrong file': { text: sentence(subject, object, elsewhere), n } } : {}),
    'invented identifier': { text: sentence(subject, invented), n },
    ...(other ? { 'swapped callee': { text: sentence(subject, other), n } } : {}),
    'stale file': { text: plain, n, meanwhile },
    'reversed relation': { text: sentence(object, subject), n },
    negation: { text: sentence(subject, object, path, 'never calls'), n },
  }
}

async function mutate(
  setting: BenchSetting,
  copy: BenchCopy,
  { fact, question }: Case,
  sentences: Partial<Record<Kind, Sentence>>,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const [kind, { text, n, meanwhile }] of Object.entries(sentences) as [Kind, Sentence][]) {
    const answerText = `${text} [${n}].`
    const before = copy.read(fact.path)
    const model = scriptOf(() => {
      meanwhile?.()
      return answerText
    })
    const answer = await copy.engine.ask(
      runOf(setting),
      { text: question, budgets: [BUDGET_TOKENS] },
      conversationOf(model, setting.seed),
    )
    if (meanwhile) {
      copy.write(fact.path, before)
      await copy.index()
    }
    const citation = answer.mode === 'model' ? answer.citations.find((one) => one.n === n) : undefined
    const { verdict, missing } = citation ?? { verdict: 'left out', missing: [] }
    const reason = missing.length ? `, not there: ${missing.join(', ')}` : ''
    outcomes.push({ kind, text: answerText, flagged: verdict !== 'verified', verdict: verdict + reason })
  }
  return outcomes
}

function mutationTable(outcomes: readonly Outcome[]): Table {
  return {
    title: 'Sentences the check of citations flags',
    columns: ['sentence', 'what it does', 'said', 'flagged'],
    rows: (Object.keys(KINDS) as Kind[]).map((kind) => {
      const part = outcomes.filter((one) => one.kind === kind)
      return [kind, KINDS[kind], String(part.length), shareOf(part.map(({ flagged }) => flagged))]
    }),
  }
}

type CheckedReading = Reading & { readonly verdicts: readonly string[] }

async function askModel(
  setting: BenchSetting,
  copy: BenchCopy,
  facts: readonly Fact[],
  requests: Requests,
): Promise<CheckedReading[]> {
  const readings: CheckedReading[] = []
  for (const fact of facts) {
    const question = { text: questionOf(fact), budgets: [BUDGET_TOKENS] }
    const conversation = conversationOf(setting.model!, setting.seed)
    const answer = await requests.try(() => copy.engine.ask(runOf(setting), question, conversation))
    if (answer?.mode === 'model') readings.push(readingOf(answer))
  }
  return readings
}

const readingOf = (answer: ModelAnswer): CheckedReading => ({
  ...readAnswer(answer),
  verdicts: answer.citations.map(({ verdict }) => verdict),
})

function answerTable(answers: readonly CheckedReading[]): Table {
  const sum = (of: (one: CheckedReading) => number) => answers.reduce((total, one) => total + of(one), 0)
  const share = (part: number, whole: number) => (whole ? part / whole : null)
  const verdicts = answers.flatMap((one) => one.verdicts)
  const count = (verdict: string) => share(verdicts.filter((one) => one === verdict).length, verdicts.length)
  const sentences = sum((one) => one.sentences)
  const marks = sum((one) => one.marks)
  const quotes = sum((one) => one.quotes)
  return {
    title: `Answers of the model: ${answers.length}, ${sentences} sentences, ${marks} marks, ${quotes} quotes`,
    columns: ['measure', 'share'],
    rows: [
      [
        'sentences with a citation',
        share(
          sum((one) => one.cited),
          sentences,
        ),
      ],
      [
        'sentences with more than three',
        share(
          sum((one) => one.overCited),
          sentences,
        ),
      ],
      [
        'marks that name no block of a file',
        share(
          sum((one) => one.invalid),
          marks,
        ),
      ],
      ['citations verified', count('verified')],
      ['citations unsupported', count('unsupported')],
      ['citations stale', count('stale')],
      [
        'quotes that stand in no cited block',
        share(
          sum((one) => one.invented.length),
          quotes,
        ),
      ],
    ],
  }
}
