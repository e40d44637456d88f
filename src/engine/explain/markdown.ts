/** Formats an explanation as Markdown, for the command line, tools and the clipboard. */

import type { ModelAnswer } from '../types/answer.ts'
import type { Aspect, AspectName, Explanation, Fact } from '../types/explanation.ts'
import type { Context } from '../types/pack.ts'
import { mermaidOf } from './diagram.ts'

export const TITLES: Readonly<Record<AspectName, string>> = {
  purpose: 'What it is for',
  flow: 'Step by step',
  state: 'Data and state',
  errors: 'Errors',
  configuration: 'Configuration',
  tests: 'Tests',
  change: 'Changing it safely',
}

/** Text for an aspect without facts; an empty one omits the section. */
const NO_FACTS: Readonly<Record<AspectName, string>> = {
  purpose: '',
  flow: '',
  state: 'The flow uses no type or field of this repository.',
  errors: 'No line was recognised on the way that raises, catches or checks an error.',
  configuration: 'No line was recognised on the way that reads a setting or the environment.',
  tests: 'No test in the index names it, or what it calls.',
  change: '',
}

export function explanationMarkdown(explanation: Explanation): string {
  const { title, note, summary, aspects, diagram, notCovered, context, error } = explanation
  const blocks = context?.packs[0]?.blocks ?? []
  const cited = new Map(
    [...explanation.summaryCitations, ...aspects.flatMap(({ citations }) => citations)].map((one) => [one.n, one]),
  )
  const sources = [...cited.values()]
    .sort((a, b) => a.n - b.n)
    .map(
      ({ n, path, firstLine, lastLine, verdict }) =>
        `- [${n}] ${path}:${firstLine}-${lastLine}${verdict === 'verified' ? '' : ` (${verdict})`}`,
    )
  return [
    `# ${title.replaceAll('\n', ' ')}`,
    bylineOf(explanation, blocks.length),
    ...[note, error, summary].filter(Boolean),
    ...(diagram.nodes.length > 1 ? [`\`\`\`mermaid\n${mermaidOf(diagram)}\n\`\`\``] : []),
    ...aspects.flatMap(sectionOf),
    ...(notCovered.length ? ['## Not covered', list(notCovered.map((fact) => ({ ...fact, depth: 0 })))] : []),
    ...(sources.length ? ['## Sources', sources.join('\n')] : []),
  ].join('\n\n')
}

/** Says who wrote it, from what, and whether it is complete. */
function bylineOf({ model, error, end }: Explanation, blocks: number): string {
  const ending = { finished: '', stopped: ' It was stopped before it was complete.', cut: ' A part of it breaks off.' }[
    end
  ]
  if (model) return `_Written by ${model} from ${blocks} blocks; each citation is checked.${ending}_`
  if (end === 'finished' && !error) return '_Read off the index; no model was asked._'
  return `_Read off the index.${ending}_`
}

/** A model-written aspect as a section; empty if the model wrote nothing. */
export function aspectSection({ name, text }: Aspect): string {
  return text ? `## ${TITLES[name]}\n\n${text}\n\n` : ''
}

/** Turns an explanation written by `model` into the answer to a question. */
export function answerFromExplanation(explanation: Explanation, model: string, question: string): ModelAnswer {
  const { summary, aspects, context, usage, prompt, end, note, error, summaryCitations } = explanation
  const text = [summary ? `${summary}\n\n` : '', ...aspects.map(aspectSection)].join('').trim()
  const citations = new Map(
    [...summaryCitations, ...aspects.flatMap((one) => one.citations)].map((one) => [one.mark, one]),
  )
  const notes = [note, error].filter((one) => one !== null)
  const found: Context = context ?? { query: question, hits: [], packs: [], notes: [], ms: 0 }
  const packs = found.packs.map((pack) => ({ ...pack, mode: 'map-reduce' as const }))
  return {
    ...{ mode: 'model', model, text, citations: [...citations.values()], prompt, usage, end, findings: null },
    context: { ...found, query: question, notes: [...notes, ...found.notes], packs },
  }
}

function sectionOf({ name, facts, text }: Aspect): string[] {
  const body = text || (facts.length ? list(facts) : NO_FACTS[name])
  return body ? [`## ${TITLES[name]}`, body] : []
}

function list(facts: readonly Fact[]): string {
  return facts
    .map(({ text, path, firstLine, lastLine, quote, depth }) => {
      const indent = '  '.repeat(Math.max(0, depth))
      const place = `${path}:${firstLine}${lastLine > firstLine ? `-${lastLine}` : ''}`
      const lines = quote.map((line) => `\n${indent}  \`${line.replaceAll('`', "'")}\``)
      return `${indent}- ${text} (${place})${lines.join('')}`
    })
    .join('\n')
}
