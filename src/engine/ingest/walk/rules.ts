/**
 * Ignore rules in git's order: the deepest file that says something decides, its last matching line first.
 * Reads no files and knows nothing of tracked paths; matching of one file's lines is the `ignore` package's.
 */
import type { Ignore } from 'ignore'
import ignore from 'ignore'

/** The lines of one ignore file, above them those of the folders that enclose it. */
interface Layer {
  readonly rules: Ignore
  /** Characters to cut from a path to make it relative to the folder the file lies in. */
  readonly base: number
  readonly above: Layer | null
}

/** Rules that hold in a folder. Paths given to them start at the top of the repository. */
export interface Rules {
  /** `.gitignore` files, above them the excludes of the repository and the user. */
  readonly git: Layer | null
  /** `.foveaignore` files. */
  readonly own: Layer | null
  /** Capitals and small letters are one: git's `core.ignoreCase`. */
  readonly ignoreCase: boolean
}

export type Verdict = 'ignored' | 'kept' | 'silent'

const decoder = new TextDecoder()

/** Rules at the top of a tree: `patterns` yield to everything that is added later. */
export function topRules(patterns: readonly string[], ignoreCase: boolean): Rules {
  const git = patterns.length === 0 ? null : layer(patterns.join('\n'), 0, null, ignoreCase)
  return { git, own: null, ignoreCase }
}

/** The rules inside `folder` ('' or `a/b`), given the bytes of its ignore files. */
export function enterRules(rules: Rules, folder: string, git: Uint8Array | null, own: Uint8Array | null): Rules {
  if (!git && !own) return rules
  const base = folder === '' ? 0 : folder.length + 1
  const { ignoreCase } = rules
  return {
    git: git ? layer(decoder.decode(git), base, rules.git, ignoreCase) : rules.git,
    own: own ? layer(decoder.decode(own), base, rules.own, ignoreCase) : rules.own,
    ignoreCase,
  }
}

function layer(text: string, base: number, above: Layer | null, ignoreCase: boolean): Layer {
  return { rules: ignore({ ignoreCase, allowRelativePaths: true }).add(text), base, above }
}

/** What one kind of rules says of a path; folders end in a slash. */
export function verdict(rules: Layer | null, path: string): Verdict {
  for (let at = rules; at; at = at.above) {
    const result = at.rules.test(path.slice(at.base))
    if (result.ignored) return 'ignored'
    if (result.unignored) return 'kept'
  }
  return 'silent'
}

/**
 * The rules for the inside of a folder that is entered although one of its layers ignores it. Without this that layer
 * would go on to ignore all that lies below, where git only looks at the path itself.
 */
export function exemptFolder(rules: Rules, folder: string): Rules {
  const { git, own, ignoreCase } = rules
  return { git: exempt(git, folder, ignoreCase), own: exempt(own, folder, ignoreCase), ignoreCase }
}

function exempt(rules: Layer | null, folder: string, ignoreCase: boolean): Layer | null {
  if (!rules) return null
  const above = exempt(rules.above, folder, ignoreCase)
  const inner = folder.slice(rules.base)
  if (!rules.rules.test(`${inner}/`).ignored) return above === rules.above ? rules : { ...rules, above }
  const pattern = `!/${inner.replace(/[\\*?[\] !#]/g, '\\$&')}/`
  const copy = ignore({ ignoreCase, allowRelativePaths: true }).add(rules.rules).add({ pattern })
  return { rules: copy, base: rules.base, above }
}
