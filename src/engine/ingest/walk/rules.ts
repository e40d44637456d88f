/**
 * Ignore rules in git's order: the deepest file with a matching line decides, by its last matching line. Reads no files
 * and knows no tracked paths; the `ignore` package matches the lines of one file.
 */
import type { Ignore } from 'ignore'
import ignore from 'ignore'

/** The lines of one ignore file, on top of those of the enclosing folders. */
interface Layer {
  readonly rules: Ignore
  /** Characters to cut from a path to make it relative to the ignore file's folder. */
  readonly base: number
  readonly above: Layer | null
}

/** The rules in effect in a folder. Paths are relative to the top of the repository. */
export interface Rules {
  /** `.gitignore` files, above them the excludes of the repository and the user. */
  readonly git: Layer | null
  /** `.foveaignore` files. */
  readonly fovea: Layer | null
  /** Case-insensitive: git's `core.ignoreCase`. */
  readonly ignoreCase: boolean
}

export type Verdict = 'ignored' | 'kept' | 'silent'

const decoder = new TextDecoder()

/** Rules at the top of a tree: `patterns` have the lowest precedence. */
export function topRules(patterns: readonly string[], ignoreCase: boolean): Rules {
  const git = patterns.length === 0 ? null : layer(patterns.join('\n'), 0, null, ignoreCase)
  return { git, fovea: null, ignoreCase }
}

/** The rules inside `folder` ('' or `a/b`), given the bytes of its ignore files. */
export function enterRules(rules: Rules, folder: string, git: Uint8Array | null, fovea: Uint8Array | null): Rules {
  if (!git && !fovea) return rules
  const base = folder === '' ? 0 : folder.length + 1
  const { ignoreCase } = rules
  return {
    git: git ? layer(decoder.decode(git), base, rules.git, ignoreCase) : rules.git,
    fovea: fovea ? layer(decoder.decode(fovea), base, rules.fovea, ignoreCase) : rules.fovea,
    ignoreCase,
  }
}

function layer(text: string, base: number, above: Layer | null, ignoreCase: boolean): Layer {
  return { rules: ignore({ ignoreCase, allowRelativePaths: true }).add(text), base, above }
}

/** What one kind of rules says about a path; folders end in a slash. */
export function verdict(rules: Layer | null, path: string): Verdict {
  for (let at = rules; at; at = at.above) {
    const result = at.rules.test(path.slice(at.base))
    if (result.ignored) return 'ignored'
    if (result.unignored) return 'kept'
  }
  return 'silent'
}

/**
 * The rules inside a folder that is entered although it is ignored. Without this, the ignoring layer would also ignore
 * everything below, where git looks at the path itself only.
 */
export function exemptFolder(rules: Rules, folder: string): Rules {
  const { git, fovea, ignoreCase } = rules
  return { git: exempt(git, folder, ignoreCase), fovea: exempt(fovea, folder, ignoreCase), ignoreCase }
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
