/** universal-ctags: ranks symbols by the words their names share with the question. */
import { readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { termsOfWord } from '../../src/engine/text/terms.ts'
import { outputOf } from './install.ts'
import { byScore, Inverted } from './inverted.ts'
import type { Peer, Place } from './peer.ts'
import { searchTerms } from './terms.ts'
import type { Tree } from './tree.ts'

interface Tag extends Place {
  readonly terms: readonly string[]
}

export const ctagsPeer: Peer = {
  id: 'ctags',
  name: 'universal-ctags',
  kind: 'tool',
  how: 'Symbols ranked by the idf of the words their names share with the question, times the share of the name that is covered; shown from the first line of a symbol to its last, where ctags knows it.',
  async version() {
    const text = await outputOf('ctags', ['--version']).catch(() => '')
    const version = /Universal Ctags ([^,\s]+)/.exec(text)?.[1]
    if (!version) throw new Error('universal-ctags is not installed on this machine')
    return version
  },
  async open(tree) {
    const file = join(tmpdir(), `fovea-peers-${process.pid}.tags`)
    const args = ['-R', '--output-format=json', '--fields=+ne', '--sort=no', '-f', file, '.']
    await outputOf('ctags', args, { cwd: tree.root })
    const diskBytes = statSync(file).size
    const tags = readTags(tree, readFileSync(file, 'utf8'))
    rmSync(file)
    const index = new Inverted()
    for (const { terms } of tags) index.add(terms)
    return {
      diskBytes,
      async ask(text) {
        const queryTerms = searchTerms(text)
        const idf = new Map(queryTerms.map((term) => [term, Math.log(1 + tags.length / (1 + index.frequency(term)))]))
        const scores = index.sum(queryTerms, (term, _, id) => idf.get(term)! / tags[id]!.terms.length)
        const matched = index.sum(queryTerms, () => 1)
        return {
          places: byScore(new Map([...scores].map(([id, score]) => [id, score * matched.get(id)!]))).map(
            (id) => tags[id]!,
          ),
        }
      },
    }
  },
}

function readTags(tree: Tree, text: string): Tag[] {
  return text.split('\n').flatMap((row) => {
    if (!row.startsWith('{')) return []
    const { _type, name, path, line, end } = JSON.parse(row) as Record<string, unknown>
    if (_type !== 'tag' || typeof line !== 'number') return []
    const terms = [...new Set(termsOfWord(String(name)))]
    if (terms.length === 0) return []
    return [
      {
        path: tree.relative(String(path)),
        firstLine: line,
        lastLine: typeof end === 'number' ? Math.max(line, end) : line,
        terms,
      },
    ]
  })
}
