/**
 * `fovea bench unanswerable`: questions about names that do not exist, or about parameters a symbol does not have,
 * mixed with answerable ones. Scored like MMLongBench-Doc (Ma et al. 2024), where 22.8 % have no answer; here it is
 * half.
 */

import { subTokens, wholeName } from '../engine/text/terms.ts'
import type { OfflineAnswer } from '../engine/types/answer.ts'
import { withCopy } from './copy.ts'
import { type Fact, lastName, plantableFacts, uniqueNames } from './facts.ts'
import { randomOf, sample, type World } from './questions.ts'
import { conversationOf } from './script.ts'
import { type BenchSetting, NO_MODEL, Requests, runOf, type SubBench, shareOf, type Table } from './setting.ts'

const KINDS = ['absent symbol', 'wrong attribute', 'answerable'] as const
const BUDGET_TOKENS = 8000
const INSTRUCTION =
  'Answer in one sentence. When the context does not hold the answer, say: not found in the indexed context.'

interface Asked {
  readonly kind: (typeof KINDS)[number]
  readonly text: string
  /** The name that does not exist, or that the answer is about. */
  readonly name: string
  /** What an answer must contain; absent when there is no answer. */
  readonly gold?: string
}

interface Outcome {
  readonly asked: Asked
  /** The brief's notes and summary. */
  readonly brief: string
  /** Whether a sentence says that the name does not exist. */
  readonly saidAbsent: boolean
  /** Whether the reader gets any warning. */
  readonly warned: boolean
  readonly abstained: boolean | null
  readonly correct: boolean | null
}

export const unanswerable: SubBench = {
  name: 'unanswerable',
  summary: 'questions without an answer among others: is it said that a name is absent',
  unit: 'questions',
  items: 80,
  measure(setting) {
    return withCopy(setting, async (copy, world) => {
      const requests = new Requests(setting)
      const outcomes: Outcome[] = []
      for (const asked of questionsOf(world, setting)) {
        const question = { text: asked.text, budgets: [BUDGET_TOKENS] }
        const brief = await copy.engine.ask(runOf(setting), question)
        let [abstained, correct]: [boolean | null, boolean | null] = [null, null]
        if (setting.model) {
          const conversation = conversationOf(setting.model, setting.seed, { instruction: INSTRUCTION })
          const answer = await requests.try(() => copy.engine.ask(runOf(setting), question, conversation))
          const text = answer?.mode === 'model' ? answer.text : ''
          abstained = abstains(text)
          correct = !abstained && asked.gold !== undefined && text.includes(asked.gold)
        }
        outcomes.push({ asked, ...readBrief(brief, asked.name), abstained, correct })
      }
      return {
        notes: [...copy.notes, ...requests.notes, ...(setting.model ? [] : [NO_MODEL])],
        tables: tablesOf(setting, outcomes),
        meaning:
          'Said absent: a sentence of the notes or the summary names it and says it is not there; 1.00 is right for the first two kinds, 0.00 for answerable ones.',
        failures: outcomes.flatMap(({ asked, saidAbsent, brief }) =>
          saidAbsent === (asked.kind !== 'answerable') ? [] : [`${asked.kind}: ${asked.text} → ${brief}`],
        ),
      }
    })
  },
}

/** Makes a quarter of questions about absent symbols, a quarter about wrong attributes, the rest answerable. */
export function questionsOf(world: World, { items, seed }: Pick<BenchSetting, 'items' | 'seed'>): readonly Asked[] {
  const facts = plantableFacts(world)
  const quarter = Math.max(1, Math.round(items / 4))
  const names = [...uniqueNames(world).keys()]
  const known = new Set(world.table.records.flatMap(({ terms }) => terms))
  const absent = sample(absentNames(names, known, seed), quarter, seed).map((name, i): Asked => {
    const text = [`What does \`${name}\` return?`, `How does \`${name}\` work?`, `Where is \`${name}\` defined?`][
      i % 3
    ]!
    return { kind: 'absent symbol', text, name }
  })
  const wrong = sample(names, quarter, seed).map((name, i): Asked => {
    const attribute = attributeFor(name, known, i)
    const text = `What is the default of the parameter \`${attribute}\` of \`${name}\`?`
    return { kind: 'wrong attribute', text, name: attribute }
  })
  const answerable = sample(facts, Math.max(1, items - 2 * quarter), seed).map(answerableOf)
  return [...absent, ...wrong, ...answerable]
}

function answerableOf({ kind, subject, object, path }: Fact): Asked {
  const text = {
    calls: `What does \`${subject}\` call?`,
    extends: `Which class does \`${subject}\` extend?`,
    number: `To what number is \`${subject}\` set in \`${path.slice(path.lastIndexOf('/') + 1)}\`?`,
    file: `In which file is \`${subject}\` defined?`,
  }[kind]
  return { kind: 'answerable', text, name: subject, gold: kind === 'file' ? object.replace(/^.*\//, '') : object }
}

/**
 * Names that look like the repository's but do not occur in it: the first half of one name with the second of another.
 */
function absentNames(names: readonly string[], known: ReadonlySet<string>, seed: number): readonly string[] {
  const random = randomOf(seed)
  const found = new Set<string>()
  for (const name of names) {
    const [heads, others] = [subTokens(name), subTokens(names[Math.floor(random() * names.length)]!)]
    if (heads.length < 2 || others.length < 2) continue
    const words = [...heads.slice(0, Math.ceil(heads.length / 2)), ...others.slice(Math.floor(others.length / 2))]
    const made = styled(words, name)
    if (new Set(words).size === words.length && !known.has(`=${wholeName(made)}`)) found.add(made)
  }
  return [...found]
}

/** Joins the words in the style of the pattern: snake case, camel case or Pascal case. */
function styled(words: readonly string[], pattern: string): string {
  if (pattern.includes('_')) return words.join('_')
  const isUpper = /^[A-Z]/.test(pattern)
  return words.map((word, i) => (i || isUpper ? word[0]!.toUpperCase() + word.slice(1) : word)).join('')
}

const ATTRIBUTES = ['retry budget', 'max drift', 'soft limit', 'warmup rounds', 'grace window', 'probe interval']

/** An invented attribute, in the style of the name, that does not occur in the repository. */
function attributeFor(name: string, known: ReadonlySet<string>, i: number): string {
  for (let n = 0; ; n++) {
    const words = `${ATTRIBUTES[(i + n) % ATTRIBUTES.length]!}${n < ATTRIBUTES.length ? '' : ` v${n}`}`.split(' ')
    const made = styled(words, name.includes('_') ? 'a_b' : 'aB')
    if (!known.has(`=${wholeName(made)}`)) return made
  }
}

const ABSENCE = /\b(no|not|nothing|nowhere|never|neither|absent|unknown|missing)\b|n't\b/i

/** Reads the brief's notes and summary: whether they say that the name is absent, and whether they warn at all. */
export function readBrief({ summary, context }: Pick<OfflineAnswer, 'summary' | 'context'>, name: string) {
  const brief = [...new Set([...context.notes, summary])].join(' ')
  const sentences = brief.split(/(?<=[.!?])\s+/)
  // The clause after a semicolon names what exists instead.
  const isAbsent = ([clause = '']: readonly string[]) =>
    clause.toLowerCase().includes(lastName(name).toLowerCase()) &&
    ABSENCE.test(clause.replaceAll(name, ' ').replace('not ranked', ' '))
  const warned = context.notes.length > 0 || /^(Nothing|No) /.test(summary)
  return { brief, saidAbsent: sentences.some((sentence) => isAbsent(sentence.split(';'))), warned }
}

/** Whether the answer abstains, by its wording, like LoCoMo's check (Maharana et al. 2024). */
export function abstains(answer: string): boolean {
  return /not (found|mentioned|shown|defined|present|included|available|in the)\b|no (such|information|mention|parameter|function|definition)\b|(does|do|is|are|was|were|can) ?n[o']t (exist|appear|hold|contain|show|include|have|defin|mention|find|answer|determin|tell)|cannot|unanswerable|there is no\b/i.test(
    answer,
  )
}

/**
 * Precision over the answers given, recall over the answerable questions, their F1, and the share of unanswerable
 * questions that were abstained from.
 */
export function scoreAbstention(
  outcomes: readonly { readonly answerable: boolean; readonly abstained: boolean; readonly correct: boolean }[],
) {
  const correct = outcomes.filter((one) => one.answerable && one.correct).length
  const share = (all: number) => (all ? correct / all : 0)
  const recall = share(outcomes.filter(({ answerable }) => answerable).length)
  const precision = share(outcomes.filter(({ abstained }) => !abstained).length)
  const f1 = recall + precision ? (2 * recall * precision) / (recall + precision) : 0
  return {
    recall,
    precision,
    f1,
    abstained: shareOf(outcomes.flatMap((one) => (one.answerable ? [] : [one.abstained]))),
  }
}

function tablesOf({ model }: BenchSetting, outcomes: readonly Outcome[]): Table[] {
  const briefTable: Table = {
    title: 'What the brief says, without a model',
    columns: ['kind', 'questions', 'said absent', 'warned at all'],
    rows: KINDS.map((kind) => {
      const part = outcomes.filter(({ asked }) => asked.kind === kind)
      return [
        kind,
        String(part.length),
        shareOf(part.map(({ saidAbsent }) => saidAbsent)),
        shareOf(part.map(({ warned }) => warned)),
      ]
    }),
  }
  if (!model) return [briefTable]
  const { recall, precision, f1, abstained } = scoreAbstention(
    outcomes.map((one) => ({
      answerable: one.asked.kind === 'answerable',
      abstained: one.abstained === true,
      correct: one.correct === true,
    })),
  )
  const columns = ['measure', 'value']
  const rows = Object.entries({ recall, precision, F1: f1, 'abstained where there is no answer': abstained })
  return [briefTable, { title: `Answered by the model with ${BUDGET_TOKENS} tokens of context`, columns, rows }]
}
