/** The scope of each file: what its module paths refer to, what it imports, its package. */
import { SCRIPT_LANGUAGES } from '../../text/language.ts'
import { lastName } from '../../text/owner.ts'
import { isTest, manifestOf } from '../../text/path-role.ts'
import { PACKAGE_NAME } from '../../types/receiver.ts'
import { type Definitions, pushTo } from './definitions.ts'
import { importResolver } from './imports.ts'
import { rustModules } from './rust-modules.ts'
import { reExportedBy, type Scope } from './scope.ts'

/** Languages whose imports name declared packages. */
const PACKAGED = new Set('java kotlin scala csharp php'.split(' '))

/** The scopes of the files, each made when it is first asked for. */
export class Scopes {
  private readonly files: Definitions['files']
  private readonly definitions: Definitions
  private readonly families: readonly string[]
  private readonly resolveImport: (from: string, module: string) => readonly number[]
  private readonly rustModule: (from: string, module: string) => readonly number[]
  /** Files by family and declared package. */
  private readonly packages = new Map<string, number[]>()
  /** The modules that `go.mod` files declare, and the folders of these files. */
  private readonly goModules: { readonly path: string; readonly folder: string }[] = []
  /** The packages that `package.json` files name. */
  private readonly scriptPackages: { readonly name: string; readonly folder: string }[] = []
  private readonly goFolders = new Map<string, number[]>()
  private readonly imports = new Map<number, ReadonlySet<number>>()
  private readonly scopes = new Map<number, Scope>()

  constructor(files: Definitions['files'], definitions: Definitions, families: readonly string[]) {
    this.files = files
    this.definitions = definitions
    this.families = families
    const paths = files.map(({ path }) => path)
    this.resolveImport = importResolver(paths)
    this.rustModule = rustModules(paths)
    definitions.packages.forEach((name, file) => {
      const { path, record } = files[file]!
      const declared = definitions.exports[file]!.get(PACKAGE_NAME)
      const folder = path.slice(0, path.lastIndexOf('/') + 1)
      const manifest = manifestOf(path)
      if (manifest === 'go.mod') this.goModules.push({ path: declared ?? '', folder })
      else if (manifest === 'package.json') {
        if (declared !== undefined) this.scriptPackages.push({ name: declared, folder })
      } else if (record.language === 'go') pushTo(this.goFolders, folder, file)
      else if (declared !== undefined) pushTo(this.packages, `${families[file]} ${name}`, file)
    })
    // The longest path first: a module may contain another.
    this.goModules.sort((a, b) => b.path.length - a.path.length)
    this.scriptPackages.sort((a, b) => b.name.length - a.name.length)
  }

  /** The files of its family that a module path refers to from a file. */
  targets(file: number, module: string): readonly number[] {
    return this.modules(file, module).filter((other) => other !== file && this.families[other] === this.families[file])
  }

  /** Files by module path; in languages with declared packages by these, where the tree has any. */
  private modules(file: number, module: string): readonly number[] {
    const { path, record } = this.files[file]!
    if (record.language === 'rust') return this.rustModule(path, module)
    if (record.language === 'go') return this.goPackage(module)
    if (SCRIPT_LANGUAGES.has(record.language)) return this.scriptModule(path, module)
    if (!PACKAGED.has(record.language) || this.packages.size === 0) return this.resolveImport(path, module)
    const name = module
      .replace(/^\\/, '')
      .replaceAll('\\', '.')
      .replace(/\.[*_]$/, '')
    const family = this.families[file]!
    const whole = this.packages.get(`${family} ${name}`)
    if (whole) return whole
    const last = lastName(name)
    const outer = this.packages.get(`${family} ${name.slice(0, -last.length - 1)}`) ?? []
    return outer.filter((other) => this.files[other]!.record.symbols.some((symbol) => symbol.name === last))
  }

  /** By path; a package of this tree by the name in its manifest, looked for among its sources. */
  private scriptModule(from: string, module: string): readonly number[] {
    const own = this.scriptPackages.find(({ name }) => module === name || module.startsWith(`${name}/`))
    if (!own) return this.resolveImport(from, module)
    const below = module.slice(own.name.length + 1)
    for (const sources of ['src/', '', 'lib/', 'source/']) {
      const files = this.resolveImport(`${own.folder}package.json`, `./${sources}${below || 'index'}`)
      if (files.length) return files
    }
    return this.resolveImport(from, module)
  }

  /** By the module paths that the tree's `go.mod` files declare; by folder when it has none. */
  private goPackage(module: string): readonly number[] {
    if (this.goModules.length === 0) return this.goFolder(module)
    for (const { path, folder } of this.goModules) {
      if (module !== path && !module.startsWith(`${path}/`)) continue
      return this.goFolders.get(`${folder}${module.slice(path.length + 1)}${module === path ? '' : '/'}`) ?? []
    }
    return this.goFolders.get(`vendor/${module}/`) ?? []
  }

  /** The folder whose whole path ends the module path. */
  private goFolder(module: string): readonly number[] {
    const segments = module.split('/')
    const folders = segments.map((_, i) => `${segments.slice(i).join('/')}/`)
    return this.goFolders.get(folders.find((folder) => this.goFolders.has(folder)) ?? '') ?? []
  }

  readonly importsOf = (file: number): ReadonlySet<number> => {
    const known = this.imports.get(file)
    if (known) return known
    const found = new Set<number>()
    for (const { kind, name } of this.files[file]!.record.references)
      if (kind === 'import') for (const target of this.targets(file, name)) found.add(target)
    this.imports.set(file, found)
    return found
  }

  readonly scopeOf = (file: number, within: number): Scope => {
    const known = this.scopes.get(file) ?? this.open(file)
    this.scopes.set(file, known)
    return known.test || !this.definitions.isTest(file, within) ? known : { ...known, test: true }
  }

  private open(file: number): Scope {
    const { path, record } = this.files[file]!
    const imported = this.importsOf(file)
    return {
      file,
      imported,
      reExported: reExportedBy(imported, (other) => this.files[other]!.path, this.importsOf),
      package: this.definitions.packages[file]!,
      language: record.language,
      family: this.families[file]!,
      test: isTest(path),
      modules: (module) => this.modules(file, module),
    }
  }
}
