/** The tools a model may call: names, descriptions written for a model, and input schemas. The only definition. */
import { z } from 'zod'
import { DEFAULT_LIMITS } from '../engine/types/generation.ts'
import { DEFAULT_BUDGET_TOKENS } from '../engine/types/query.ts'
import { EngineError } from '../engine/types/run.ts'

const MAX_TOOL_BUDGET_TOKENS = 200_000

export const TOOLS = {
  fovea_context: {
    title: 'Assemble code context',
    description:
      'Finds the code that answers a question about this repository and returns it packed under a token budget: numbered blocks with path, line range and the lines themselves. Ask in plain words, or paste an issue, an error or a stack trace; name symbols and files you know. Cite blocks by path and line.',
    input: {
      question: z.string().min(1).describe('What you want to know, or the text of the issue or error.'),
      budget: z
        .int()
        .min(100)
        .max(MAX_TOOL_BUDGET_TOKENS)
        .default(DEFAULT_BUDGET_TOKENS)
        .describe('Tokens the answer may take; 2000 for one place, 8000 for a mechanism across files.'),
    },
  },
  fovea_symbol: {
    title: 'Look up a symbol',
    description:
      'Says where a symbol (function, class, method, type, constant) is defined in this repository, its signature and documentation, who refers to it and what it refers to. Give the name as written in code; `Class.method` narrows it.',
    input: {
      name: z.string().min(1).describe('Name of the symbol, for example `parse_args` or `Parser.parse_args`.'),
      path: z.string().optional().describe('Only definitions in files whose path contains this.'),
    },
  },
  fovea_explain: {
    title: 'Explain across files',
    description:
      'Explains a mechanism of this repository across files, read off its graph of references: what a symbol, file or folder is for, the calls step by step with path and line, data and state, errors, configuration, tests, what to look at before changing it, and what is not covered. Give a symbol, a path, path:line, or a stack trace.',
    input: {
      target: z
        .string()
        .min(1)
        .describe('What to explain: `Parser.parse`, `src/parser.ts`, `src/parser.ts:120`, a folder, or a stack trace.'),
    },
  },
  fovea_map: {
    title: 'Map of the repository',
    description:
      'An overview of this repository: its folders with their sizes, and clusters of similar code, each with its typical words and a representative place. Use it first when you do not know the repository.',
    input: {},
  },
} as const

/** For MCP only, and only when a model is configured: an editor's agent changes files itself. */
export const GENERATE_TOOL = {
  title: 'Draft a change over many files',
  description:
    'Lets the model that Fovea was set up with carry out a task over many files of this repository, step by step, in a draft: returns which requirements are met and a patch for `git apply`. Writes no file and runs no command; only syntax is checked, so test the patch. Takes minutes.',
  input: {
    task: z
      .string()
      .min(1)
      .describe('What is to be done, in sentences or a list: each sentence or item is a requirement.'),
    steps: z
      .int()
      .min(1)
      .max(DEFAULT_LIMITS.steps)
      .default(DEFAULT_LIMITS.steps)
      .describe('Steps the plan may have; fewer cost less.'),
  },
} as const

const TOOL_CALL = z.discriminatedUnion('name', [
  z.object({ name: z.literal('fovea_context'), input: z.object(TOOLS.fovea_context.input) }),
  z.object({ name: z.literal('fovea_symbol'), input: z.object(TOOLS.fovea_symbol.input) }),
  z.object({ name: z.literal('fovea_explain'), input: z.object(TOOLS.fovea_explain.input) }),
  z.object({ name: z.literal('fovea_map'), input: z.object(TOOLS.fovea_map.input) }),
])

/** Validates a model's call; a mismatch is an `EngineError` for the model to read. */
export function readCall(name: string, input: unknown): z.infer<typeof TOOL_CALL> {
  const parsed = TOOL_CALL.safeParse({ name, input: input ?? {} })
  if (parsed.success) return parsed.data
  throw new EngineError('input', `The input does not fit ${name}: ${z.prettifyError(parsed.error)}`)
}
