/** Scores files, modules and symbols that the question names, fully or partially. */

import { termsOf } from '../text/terms.ts'
import type { QueryPlan } from '../types/query.ts'
import type { Corpus } from './corpus.ts'

/** Files the question names: by path, by the longest matching suffix of a stack frame's path, by module name (× .7). */
export function mentionedFiles(corpus: Corpus, plan: QueryPlan): Float32Array {
  const scores = new Float32Array(corpus.files.length)
  if (plan.paths.length + plan.modules.length === 0) return scores
  const paths = corpus.files.map(({ path }) => path.toLowerCase())
  const matching = (tail: string) =>
    paths.flatMap((path, file) => (path === tail || path.endsWith(`/${tail}`) ? [file] : []))
  for (const path of plan.paths) {
    const segments = path.split('/')
    let found: number[] = []
    for (let cut = 0; cut < segments.length && !found.length; cut++) found = matching(segments.slice(cut).join('/'))
    for (const file of found) scores[file]! += 1 / Math.sqrt(found.length)
  }
  for (const module of plan.modules) {
    const segments = module.split('.')
    for (let n = segments.length; n >= 2; n--) {
      const tail = `/${segments.slice(0, n).join('/')}.`
      const found = paths.flatMap((path, file) => (`/${path}`.includes(tail) ? [file] : []))
      for (const file of found) scores[file] = Math.max(scores[file]!, 0.7 / Math.sqrt(found.length))
      if (found.length) break
    }
  }
  return scores
}

/** Chunks that define a symbol the question names; a name with many definitions counts less for each. */
export function definedSymbols(corpus: Corpus, plan: QueryPlan): Float32Array {
  const scores = new Float32Array(corpus.chunks.length)
  for (const [name, weight] of plan.identifiers) {
    const found = corpus.definitions.get(name) ?? []
    for (const chunk of found) scores[chunk]! += weight / Math.sqrt(found.length)
  }
  return scores
}

const SCOPE = /^(?:\[([^\]]{2,40})\]|(?:\w+)\(([^)]{2,40})\)!?:|([\w/.,* -]{2,40}?):\s)/
/** Conventional-commit types, which name no part of the tree. */
const NO_SCOPE = /^(fix|feat|perf|refactor|chore|bug|feature|docs?|test)$/i

/** Scope prefix of a title (`net/http: …`, `fix(css): …`): share of its words that each path contains. */
export function scopedFiles(corpus: Corpus, plan: QueryPlan): Float32Array {
  const scores = new Float32Array(corpus.files.length)
  const match = SCOPE.exec(plan.text)
  const scope = match?.[1] ?? match?.[2] ?? match?.[3] ?? ''
  const words = NO_SCOPE.test(scope) ? [] : termsOf(scope).filter((term) => !term.startsWith('='))
  for (const word of words) {
    const term = corpus.term(word)
    for (const [file] of (term !== undefined && corpus.inPath.get(term)) || []) scores[file]! += 1 / words.length
  }
  return scores
}
