/** The type of a task of `fovea bench generate`: a small project, what to do, and the hidden test that judges it. */

type Files = Readonly<Record<string, string>>

export interface GenerateTask {
  readonly name: string
  /** The program that runs the hidden test. */
  readonly runtime: 'node' | 'python3' | 'go'
  readonly files: Files
  /** One requirement per line. */
  readonly task: string
  /** Path → text of the hidden test. */
  readonly hidden: Files
  /** Arguments for `runtime` that run the hidden test. */
  readonly command: readonly string[]
  /** Reference solution: path → text; an empty text deletes the file. */
  readonly solution: Files
  /** Mutations of the solution: replace `find` in the file `path` by `instead`. */
  readonly mutants: readonly (readonly [path: string, find: string, instead: string])[]
}
