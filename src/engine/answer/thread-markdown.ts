/** Exports a conversation as Markdown: questions, answers, notes and what the citations refer to. */
import type { Answer, Citation } from '../types/answer.ts'
import type { Thread, Turn } from '../types/thread.ts'

export function threadMarkdown({ title, turns }: Thread): string {
  return [`# ${title}`, ...turns.flatMap(turnParts)].join('\n\n')
}

function turnParts({ question, mentions, answer, error }: Turn): string[] {
  const attached = mentions.map(({ path, firstLine, lastLine }) => `\`${placeOf(path, firstLine, lastLine)}\``)
  const heading = question.includes('\n') ? ['## Question', question] : [`## ${question}`]
  return [
    ...heading,
    ...(attached.length ? [`With ${attached.join(', ')}`] : []),
    ...(answer ? answerParts(answer) : [`_${error || 'Not answered.'}_`]),
  ]
}

function answerParts(answer: Answer): string[] {
  const notes = answer.context.notes.map((note) => `> ${note}`)
  if (answer.mode === 'offline') {
    const rows = answer.statements.map(({ text, path, firstLine, lastLine, quote }) =>
      [`- ${text} (\`${placeOf(path, firstLine, lastLine)}\`)`, ...quote.map((line) => `      ${line}`)].join('\n'),
    )
    return ['_Offline: no model was asked._', answer.summary, ...(rows.length ? [rows.join('\n')] : []), ...notes]
  }
  const { model, text, citations, end, findings } = answer
  const cut = end === 'finished' ? [] : ['_The answer breaks off here._']
  const rows =
    findings?.statements.map(
      ({ text: finding, path, firstLine, lastLine }) => `- ${finding} (\`${placeOf(path, firstLine, lastLine)}\`)`,
    ) ?? []
  return [
    text,
    ...cut,
    ...notes,
    ...(findings ? [findings.summary, ...(rows.length ? [rows.join('\n')] : [])] : []),
    ...(citations.length ? [citations.map(citationRow).join('\n')] : []),
    `_${model}_`,
  ]
}

function citationRow({ mark, path, firstLine, lastLine, symbols, verdict, missing, quote }: Citation): string {
  const absent = missing.length ? `, not there: ${missing.join(', ')}` : ''
  const row = `- [${mark}] \`${placeOf(path, firstLine, lastLine)}\`${symbols.length ? ` ${symbols.join(', ')}` : ''} (${verdict}${absent})`
  return [row, ...quote.map((line) => `      ${line}`)].join('\n')
}

function placeOf(path: string, start: number, end: number): string {
  if (start === 0) return path
  return start === end ? `${path}:${start}` : `${path}:${start}-${end}`
}
