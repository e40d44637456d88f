/** Classifies a file by its path (test, generated, example, …). Shared because ranking and linking must agree on it. */

const TEST =
  /(^|\/)(tests?|testing|__tests__|spec|specs|testdata|test_data|fixtures?|e2e|integration|mocks?|__mocks__|snapshots?|__snapshots__|testutils?)(\/|$)|(^|\/)test_[^/]*\.py$|_test\.(py|go|rb|cc|cpp|exs)$|\.(test|spec|e2e|stories)\.[jt]sx?$|Tests?\.(java|cs|php|kt|scala)$|TestCase\.java$|(^|\/)conftest\.py$|_spec\.rb$|(^|\/)tests?\.rs$/i
const GENERATED =
  /(^|\/)(vendor|third_party|node_modules|dist|build|generated|deps|contrib|single_include|locale|legacy|compat)(\/|$)|\.min\.js$|\.pb\.go$|_generated|\.d\.ts$/i
const EXAMPLE =
  /(^|\/)(examples?|docs?|doc|website|playground|benches|bench|benchmarks?|demos?|samples?|scripts?|tools?)(\/|$)/i

export const isTest = (path: string): boolean => TEST.test(path)
export const isGenerated = (path: string): boolean => GENERATED.test(path)
export const isExample = (path: string): boolean => EXAMPLE.test(path)

const DOCUMENT = /\.(md|mdx|markdown|rst|adoc|txt)$/i
const CONFIGURATION = /\.(json|jsonc|ya?ml|toml|ini|cfg|xml|lock|gradle|properties)$/i

/** Prose written for people. */
export const isDocument = (path: string): boolean => DOCUMENT.test(path)
/** Data, settings and build configuration. */
export const isConfiguration = (path: string): boolean => CONFIGURATION.test(path)

/** All roles of a path, for callers that cache them. */
export interface PathRoles {
  readonly test: boolean
  readonly generated: boolean
  readonly example: boolean
  readonly document: boolean
  readonly configuration: boolean
}

export function rolesOf(path: string): PathRoles {
  return {
    test: isTest(path),
    generated: isGenerated(path),
    example: isExample(path),
    document: isDocument(path),
    configuration: isConfiguration(path),
  }
}

/** Name of a test module within a source file, as in Rust. */
const TEST_MODULE = /^(?:tests?|\w+_tests?|tests?_\w+)$/

/** Whether a symbol is inside a test module of its file. */
export function isInTestModule(
  symbols: readonly { readonly kind: string; readonly name: string; readonly parent: number }[],
  symbol: number,
): boolean {
  for (let i = symbol; i >= 0; i = symbols[i]!.parent)
    if (symbols[i]!.kind === 'module' && TEST_MODULE.test(symbols[i]!.name)) return true
  return false
}

/** Files that say by which name a package is imported. */
const MANIFESTS = ['go.mod', 'package.json'] as const
export type Manifest = (typeof MANIFESTS)[number]

/** Which kind of manifest a path is, null for none. */
export function manifestOf(path: string): Manifest | null {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return MANIFESTS.find((one) => one === name) ?? null
}
