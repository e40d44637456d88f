/** The order in which files are read during a first index: those the user looks at or asks about come first. */
import { type Language, languageOf } from '../text/language.ts'
import { termsOf } from '../text/terms.ts'
import { fileKey } from '../types/source.ts'

/** What the user is working on: open files (absolute paths) and words of questions. It may change during a run. */
export interface Interest {
  readonly files: readonly string[]
  readonly text: string
}

export const NO_INTEREST: Interest = { files: [], text: '' }

/** Where a run reads the current interest, and reports that the files it selected can be asked about. */
export interface InterestSource {
  current(): Interest
  notifyServed(interest: Interest): void
}

export const NO_INTEREST_SOURCE: InterestSource = { current: () => NO_INTEREST, notifyServed: () => {} }

const DATA: ReadonlySet<string> = new Set(['json', 'yaml', 'toml', 'css', 'html', 'markdown', 'text'])

/** Sorts the jobs by likely interest; ties keep their order. */
export function sortByInterest<T extends { readonly path: string; readonly file: string }>(
  jobs: readonly T[],
  { files, text }: Interest,
): T[] {
  const open = new Set(files.map(fileKey))
  const folders = new Set([...open].map(folderOf))
  const words = new Set(termsOf(text).filter((term) => term.length > 2))
  const rank = ({ path, file }: T): number => {
    const key = fileKey(file)
    if (open.has(key)) return 100
    const named = new Set(termsOf(path).filter((term) => words.has(term))).size
    return 10 * named + (folders.has(folderOf(key)) ? 5 : 0) + (isCode(languageOf(path)) ? 1 : 0)
  }
  const ranks = new Map(jobs.map((job) => [job, rank(job)] as const))
  return [...jobs].sort((a, b) => ranks.get(b)! - ranks.get(a)!)
}

const folderOf = (key: string): string => key.slice(0, key.lastIndexOf('/') + 1)
const isCode = ({ id }: Language): boolean => !DATA.has(id)
