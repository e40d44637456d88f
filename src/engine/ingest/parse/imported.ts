/** What a file imports by name, read from the text of its import statements. */
import { SCRIPT_LANGUAGES } from '../../text/language.ts'
import { lastName } from '../../text/owner.ts'
import { DEFAULT, DOT_IMPORT, EXPORTS, IMPORTS, PACKAGE_NAME, STAR } from '../../types/receiver.ts'
import type { Field } from '../../types/symbol.ts'
import { splitOutside } from './type-names.ts'

/** `import Name, { a, type b as c } from 'module'`, and the same of `export … from`. */
const SCRIPT_IMPORT =
  /^[ \t]*(?:import|export)\s+(?:type\s+)?(?:(?<whole>[\w$]+)\s*,?\s*)?(?:\{(?<list>[^}]*)\}|\*\s+as\s+(?<namespace>[\w$]+))?\s*from\s*['"](?<module>[^'"\n]+)['"]/gm
const SCRIPT_REQUIRE =
  /\b(?:const|let|var)\s+(?:(?<whole>[\w$]+)|\{(?<list>[^}]*)\})\s*=\s*require\(\s*['"](?<module>[^'"\n]+)['"]\s*\)(?!\s*[.([])/g
const PYTHON_IMPORT = /^[ \t]*from\s+(?<module>[.\w]+)\s+import\s+(?:\((?<list>[^)]*)\)|(?<line>[^\n(]*))/gm
const PYTHON_MODULES = /^[ \t]*import\s+([\w.]+(?:\s+as\s+\w+)?(?:\s*,\s*[\w.]+(?:\s+as\s+\w+)?)*)/gm
const LUA_REQUIRE = /\blocal\s+(?<whole>\w+)\s*=\s*require\s*\(?\s*['"](?<module>[^'"\n]+)['"]/g
const GO_IMPORTS = /^import\s*(?:\((?<list>[^)]*)\)|(?<line>[^\n(]*))/gm
const GO_IMPORT = /(?:(?<alias>[\w.]+)\s+)?"(?<module>[^"]+)"/g

/** `use a::{b, c as d, e::{f, *}};` */
const RUST_USE = /^[ \t]*(?:pub(?:\([^)]*\))?\s+)?use\s+(?<tree>[^;]+);/gm
/** Imports of one name each: the module, the name there and the local name. */
const NAMED_IMPORTS: Readonly<Record<string, RegExp>> = {
  java: /^[ \t]*import\s+(?:static\s+)?(?<module>[\w.]+)\.(?<name>\w+)\s*;/gm,
  kotlin: /^[ \t]*import\s+(?<module>[\w.]+)\.(?<name>\w+)(?:\s+as\s+(?<alias>\w+))?\s*;?\s*$/gm,
  scala: /^[ \t]*import\s+(?<module>[\w.]+)\.(?<name>[A-Za-z]\w*)\s*;?\s*$/gm,
  php: /^[ \t]*use\s+(?:function\s+|const\s+)?\\?(?<module>[\w\\]+)\\(?<name>\w+)(?:\s+as\s+(?<alias>\w+))?\s*;/gm,
  csharp: /^[ \t]*using\s+(?<alias>\w+)\s*=\s*(?<module>[\w.]+)\.(?<name>\w+)\s*;/gm,
}
/** Everything that another module exports is handed on. */
const STARS: Readonly<Record<string, RegExp>> = {
  script: /^[ \t]*export\s+(?:type\s+)?\*\s*from\s*['"](?<module>[^'"\n]+)['"]/gm,
  python: /^[ \t]*from\s+(?<module>[.\w]+)\s+import\s+\*/gm,
}
/** Other names for namespaces and modules of the tree. */
const ALIASES: Readonly<Record<string, RegExp>> = {
  cpp: /^[ \t]*(?:namespace\s+(?<alias>\w+)\s*=|using(?=[\s\w]*::)(?!\s+namespace\b))\s*(?<path>\w+(?:::\w+)*)\s*;/gm,
  elixir: /^[ \t]*alias\s+(?<path>[A-Z]\w*(?:\.[A-Z]\w*)+)(?:\s*,\s*as:\s*(?<alias>\w+))?/gm,
}
/** What other files import under another name: `export { a as b }`, `export default a`, `module.exports = a`. */
const SCRIPT_EXPORT = /^[ \t]*export\s+(?:type\s+)?\{(?<list>[^}]*)\}(?!\s*from\b)/gm
const DEFAULT_EXPORT =
  /^[ \t]*(?:export\s+default\s+(?:async\s+|abstract\s+)*(?:(?:function\s*\*?|class)\s+)?|module\.exports\s*=\s*(?:exports\s*=\s*)?(?:(?:function|class)\s+)?)(?<name>[A-Za-z_$][\w$]*)/gm
/** `exports.a = b` */
const COMMON_EXPORT = /^[ \t]*(?:module\.)?exports\.(?<alias>[\w$]+)\s*=\s*(?<name>[A-Za-z_$][\w$]*)\s*;?[ \t]*$/gm
/** What a file imports by name, for a reference's `on`. */
export interface Imported {
  /** Local name → the module as written, and its name there. */
  readonly names: ReadonlyMap<string, { readonly module: string; readonly name: string }>
  /** Local name of a whole module → the module as written. */
  readonly modules: ReadonlyMap<string, string>
}

export function importedNames(text: string, language: string): Imported {
  const names = new Map<string, { readonly module: string; readonly name: string }>()
  const modules = new Map<string, string>()
  const add = (list: string, module: string) => {
    for (const [name, alias] of aliasesOf(list)) names.set(alias, { module, name })
  }
  if (SCRIPT_LANGUAGES.has(language)) {
    for (const { groups } of text.matchAll(SCRIPT_IMPORT)) {
      const { whole, list, namespace, module = '' } = groups ?? {}
      if (whole && whole !== 'type') names.set(whole, { module, name: DEFAULT })
      if (namespace) modules.set(namespace, module)
      add(list ?? '', module)
    }
    for (const { groups } of text.matchAll(SCRIPT_REQUIRE)) {
      const { whole, list, module = '' } = groups ?? {}
      if (whole) modules.set(whole, module)
      add((list ?? '').replaceAll(':', ' as '), module)
    }
  }
  if (language === 'python') {
    for (const { groups } of text.matchAll(PYTHON_IMPORT)) {
      const { module = '', list, line } = groups ?? {}
      add(list ?? line ?? '', module)
    }
    for (const [, list = ''] of text.matchAll(PYTHON_MODULES))
      for (const part of list.split(',')) {
        const [, module = '', alias] = /^\s*([\w.]+)(?:\s+as\s+(\w+))?/.exec(part) ?? []
        // `import a.b` binds the name `a`.
        const bound = alias ?? module.split('.')[0]!
        modules.set(bound, alias ? module : bound)
      }
  }
  if (language === 'lua')
    for (const { groups } of text.matchAll(LUA_REQUIRE)) modules.set(groups!.whole!, groups!.module!)
  if (language === 'go')
    for (const { groups } of text.matchAll(GO_IMPORTS))
      for (const { groups: one } of (groups?.list ?? groups?.line ?? '').matchAll(GO_IMPORT))
        modules.set(one?.alias ?? goPackage(one!.module!), one!.module!)
  if (language === 'rust')
    for (const { groups } of text.matchAll(RUST_USE))
      for (const [alias, module, name] of rustNames(groups?.tree ?? '', '')) names.set(alias, { module, name })
  const named = NAMED_IMPORTS[language]
  if (named)
    for (const { groups } of text.matchAll(named)) {
      const { module = '', name = '', alias = name } = groups ?? {}
      names.set(alias, { module, name })
    }
  return { names, modules }
}

/** Where a plain name comes from; in scripts a whole module that is called or constructed is its default export. */
export function importedFrom(
  { names, modules }: Imported,
  name: string,
  language: string,
): { module: string; name: string } | undefined {
  const module = SCRIPT_LANGUAGES.has(language) ? modules.get(name) : undefined
  return names.get(name) ?? (module === undefined ? undefined : { module, name: DEFAULT })
}

/** What a file imports by name, and the namespaces it gives other names, as fields. */
export function importsOf(text: string, language: string, { names }: Imported): Field[] {
  const fields = [...names].map(([name, from]) => ({ owner: IMPORTS, name, type: `@${from.module}|${from.name}` }))
  const stars = STARS[SCRIPT_LANGUAGES.has(language) ? 'script' : language]
  if (stars)
    for (const [i, { groups }] of [...text.matchAll(stars)].entries())
      fields.push({ owner: IMPORTS, name: `${STAR}${i}`, type: `@${groups!.module}` })
  const aliases = ALIASES[language]
  if (aliases)
    for (const { groups } of text.matchAll(aliases)) {
      const path = (groups?.path ?? '').split(/::|\./)
      fields.push({ owner: IMPORTS, name: groups?.alias ?? path.at(-1)!, type: path.join('|') })
    }
  if (language === 'go')
    for (const { groups } of text.matchAll(GO_IMPORT))
      if (groups?.alias === DOT_IMPORT) fields.push({ owner: IMPORTS, name: DOT_IMPORT, type: `@${groups.module}` })
  return fields
}

/** `a, type b as c` → [a, a], [b, c]. */
function* aliasesOf(list: string): Generator<readonly [name: string, alias: string]> {
  for (const part of list.replace(/\/\/.*|#.*|\/\*[\s\S]*?\*\//g, '').split(',')) {
    const [, name, alias = name] = /^\s*(?:type\s+)?([\w$]+)(?:\s+as\s+([\w$]+))?\s*$/.exec(part) ?? []
    if (name && alias) yield [name, alias]
  }
}

/** The names that a tree of `use` brings in: local name, module, name there. */
function* rustNames(tree: string, prefix: string): Generator<readonly [string, string, string]> {
  const text = tree.trim()
  const brace = text.indexOf('{')
  if (brace >= 0) {
    const module = prefix + text.slice(0, brace)
    for (const part of splitOutside(text.slice(brace + 1, text.lastIndexOf('}')), ',')) yield* rustNames(part, module)
    return
  }
  const [, path = '', alias] = /^(?:::)?([\w:]+?)(?:\s+as\s+(\w+))?$/.exec(prefix + text) ?? []
  const whole = path.replace(/::self$/, '')
  const name = lastName(whole)
  if (name && name !== whole) yield [alias ?? name, whole.slice(0, -name.length - 2), name]
}

/** The name of a package as its import path suggests it: the last segment without a version. */
function goPackage(path: string): string {
  const segments = path.replace(/\.v\d+$/, '').split('/')
  const last = segments.at(-1)!
  return /^v\d+$/.test(last) && segments.length > 1 ? segments.at(-2)! : last
}

/** The package or namespace that a file says it belongs to, or that a manifest names. */
const PACKAGE: Readonly<Record<string, RegExp>> = {
  java: /^[ \t]*package\s+([\w.]+)/m,
  kotlin: /^[ \t]*package\s+([\w.]+)/m,
  scala: /^[ \t]*package\s+([\w.]+)/m,
  go: /^package\s+(\w+)/m,
  csharp: /^[ \t]*namespace\s+([\w.]+)/m,
  php: /^[ \t]*namespace\s+([\w\\]+)/m,
  'go.mod': /^module\s+"?([^\s"]+)/m,
  'package.json': /"name"\s*:\s*"([^"\n]+)"/,
}

/** What a file exports though no symbol of it has the name, as fields. */
export function exportsOf(text: string, language: string, imported = importedNames(text, language)): Field[] {
  return [...exportedNames(text, language, imported)].map(([name, type]) => ({ owner: EXPORTS, name, type }))
}

/** What a file exports under another name than it is defined by: the name, and the receiver that it stands for. */
function exportedNames(text: string, language: string, imported: Imported): Map<string, string> {
  const exported = new Map<string, string>()
  const own = PACKAGE[language]?.exec(text)?.[1]
  if (own) exported.set(PACKAGE_NAME, own)
  const add = (alias: string, name: string) => {
    const from = imported.names.get(name)
    const target = from ? `@${from.module}|${from.name}` : name
    if (from || alias !== name) exported.set(alias, target)
  }
  if (SCRIPT_LANGUAGES.has(language)) {
    for (const { groups } of text.matchAll(SCRIPT_IMPORT)) {
      const { list = '', namespace, module = '' } = groups ?? {}
      for (const [name, alias] of aliasesOf(list)) if (alias !== name) exported.set(alias, `@${module}|${name}`)
      if (namespace) exported.set(namespace, `@${module}`)
    }
    for (const { groups } of text.matchAll(SCRIPT_EXPORT))
      for (const [name, alias] of aliasesOf(groups?.list ?? '')) add(alias, name)
    for (const { groups } of text.matchAll(DEFAULT_EXPORT)) if (groups?.name) add(DEFAULT, groups.name)
    for (const { groups } of text.matchAll(COMMON_EXPORT)) add(groups!.alias!, groups!.name!)
  }
  if (language === 'python')
    for (const [alias, { module, name }] of imported.names)
      if (alias !== name) exported.set(alias, `@${module}|${name}`)
  return exported
}
