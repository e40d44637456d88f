/** A task of `fovea bench generate`: a small project, what is to be done, and how it is judged. */

type Files = Readonly<Record<string, string>>

export interface GenerateTask {
  readonly name: string
  /** The program that runs the hidden test. */
  readonly runtime: 'node' | 'python3' | 'go'
  readonly files: Files
  /** A requirement a line. */
  readonly task: string
  /** Path of the hidden test, its text, and how it is run. */
  readonly hidden: Files
  readonly command: readonly string[]
  readonly solution: Files
  /** What is wrong with it: a path, a text of the solution, and what stands there instead. */
  readonly mutants: readonly (readonly [path: string, find: string, instead: string])[]
}
