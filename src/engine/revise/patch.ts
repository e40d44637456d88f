/** Changes → a patch that `git apply` takes. */
import { createTwoFilesPatch } from 'diff'
import type { FileChange } from '../model/revision.ts'

export function patchOf(changes: readonly FileChange[]): string {
  return changes.map(patchOfFile).join('')
}

function patchOfFile({ path, from, before, after, mode }: FileChange): string {
  const old = from || path
  const head = [`diff --git ${name('a', old)} ${name('b', path)}`]
  if (before === null) head.push(`new file mode ${gitMode(mode)}`)
  else if (after === null) head.push(`deleted file mode ${gitMode(mode)}`)
  else if (old !== path) head.push(`rename from ${quoted(old)}`, `rename to ${quoted(path)}`)
  const body =
    before === after
      ? ''
      : createTwoFilesPatch('x', 'y', before ?? '', after ?? '', '', '', { context: 3 })
          .split('\n')
          .slice(3)
          .join('\n')
  const names = body
    ? [`--- ${before === null ? '/dev/null' : name('a', old)}`, `+++ ${after === null ? '/dev/null' : name('b', path)}`]
    : []
  return `${[...head, ...names].join('\n')}\n${body}${body && !body.endsWith('\n') ? '\n' : ''}`
}

const gitMode = (mode: number): string => (mode & 0o100 ? '100755' : '100644')

const name = (side: 'a' | 'b', path: string): string => quoted(`${side}/${path}`)

/** As git quotes names with signs that would end them. */
const quoted = (text: string): string => (/["\\\t\n]/.test(text) ? JSON.stringify(text) : text)
