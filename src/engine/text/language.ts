/**
 * The table of supported languages, and language detection by file name. `grammar` names a wasm file (copied into dist/
 * by esbuild.mjs from the grammar's package), `queries` name files in syntaxes/.
 */

export interface Language {
  readonly id: string
  /** null when the language is read by line windows, without a parser. */
  readonly grammar: string | null
  /** Names of the queries that are used together. */
  readonly queries: readonly string[]
  /** Without the leading dot. */
  readonly extensions: readonly string[]
  /** Whole file names, such as `Rakefile`. */
  readonly names?: readonly string[]
  /** Only the `<script>` part is parsed. */
  readonly scriptOnly?: boolean
}

const row = (id: string, grammar: string | null, extensions: string, more: Partial<Language> = {}): Language => ({
  id,
  grammar,
  queries: [id],
  extensions: extensions.split(' ').filter(Boolean),
  ...more,
})

export const LANGUAGES: readonly Language[] = [
  row('typescript', 'typescript', 'ts mts cts'),
  row('tsx', 'tsx', 'tsx', { queries: ['typescript', 'jsx'] }),
  row('javascript', 'javascript', 'js mjs cjs jsx', { queries: ['javascript', 'jsx'] }),
  row('python', 'python', 'py pyi pyx pxd', { names: ['SConstruct', 'SConscript'] }),
  row('go', 'go', 'go'),
  row('rust', 'rust', 'rs'),
  row('java', 'java', 'java'),
  row('c', 'c', 'c'),
  row('cpp', 'cpp', 'cpp cc cxx c++ h hh hpp hxx ipp inl cu cuh'),
  row('csharp', 'c-sharp', 'cs csx'),
  row('php', 'php', 'php phtml'),
  row('ruby', 'ruby', 'rb rake gemspec', { names: ['Rakefile', 'Gemfile'] }),
  row('kotlin', 'kotlin', 'kt kts'),
  row('scala', 'scala', 'scala sc sbt'),
  row('bash', 'bash', 'sh bash zsh ksh', { names: ['.bashrc', '.profile', '.zshrc'] }),
  row('lua', 'lua', 'lua'),
  row('elixir', 'elixir', 'ex exs'),
  row('haskell', 'haskell', 'hs'),
  row('ocaml', 'ocaml', 'ml'),
  row('ocaml-interface', 'ocaml_interface', 'mli', { queries: ['ocaml-interface'] }),
  row('julia', 'julia', 'jl'),
  row('zig', 'zig', 'zig zon'),
  row('solidity', 'solidity', 'sol'),
  row('objc', 'objc', 'm mm'),
  row('r', 'r', 'r R'),
  row('html', 'html', 'html htm xhtml'),
  row('css', 'css', 'css'),
  row('json', 'json', 'json jsonc json5 webmanifest'),
  row('yaml', 'yaml', 'yaml yml'),
  row('toml', 'toml', 'toml'),
  row('hcl', 'hcl', 'hcl tf tfvars'),
  row('svelte', 'typescript', 'svelte', { queries: ['typescript'], scriptOnly: true }),
  row('vue', 'typescript', 'vue', { queries: ['typescript'], scriptOnly: true }),
  row('markdown', null, 'md markdown mdx'),
]

/** JavaScript, its typed dialects and the components that contain it: alike in imports, calls and tests. */
export const SCRIPT_LANGUAGES: ReadonlySet<string> = new Set(['typescript', 'tsx', 'javascript', 'vue', 'svelte'])

const byExtension = new Map(
  LANGUAGES.flatMap((language) => language.extensions.map((extension) => [extension, language] as const)),
)
const byName = new Map(LANGUAGES.flatMap((language) => (language.names ?? []).map((name) => [name, language] as const)))
const TEXT: Language = { id: 'text', grammar: null, queries: [], extensions: [] }

/** Extensions of source files that are read by line windows, because no grammar for them is shipped. */
const UNPARSED_EXTENSIONS = 'swift dart groovy gradle proto sql graphql'.split(' ')
/** Extensions that in prose usually are a member access, as in `self.r`. */
const AMBIGUOUS_EXTENSIONS = new Set(['m', 'r', 'R'])

/**
 * Regular expression alternatives for the extension of a path in prose, a stack trace or code, longest first. The only
 * list of file extensions: everything that recognises paths uses it.
 */
export const PATH_EXTENSIONS: string = [...byExtension.keys(), ...UNPARSED_EXTENSIONS]
  .filter((extension) => !AMBIGUOUS_EXTENSIONS.has(extension))
  .sort((a, b) => b.length - a.length || (a < b ? -1 : 1))
  .map((extension) => extension.replaceAll('+', '\\+'))
  .join('|')

/** The language of a path, by file name or extension; `text` (line windows, no symbols) when it is unknown. */
export function languageOf(path: string): Language {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const dot = name.lastIndexOf('.')
  const extension = dot < 0 ? '' : name.slice(dot + 1)
  return byName.get(name) ?? byExtension.get(extension) ?? byExtension.get(extension.toLowerCase()) ?? TEXT
}
