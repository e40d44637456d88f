/** `fovea tour` (`npm start`): indexes a folder, asks a question and shows the cost: a first look for newcomers. */
import { resolve } from 'node:path'
import { DEFAULT_BUDGET_TOKENS } from '../engine/types/query.ts'
import { answerText } from './ask.ts'
import { COMMON, type Command, parseCommand, print, progressRun, withEngine } from './command.ts'
import { reportText } from './index.ts'

const QUESTION = 'How does packing keep the context within its token budget?'

export const tour: Command = {
  name: 'tour',
  summary: 'index a folder, ask a question about it, and show the cost',
  usage: '["<question>"]',
  options: COMMON,
  async run(args, signal) {
    const parsed = parseCommand(args)
    const text = parsed.words.join(' ') || QUESTION
    await withEngine(parsed.dirs, async (engine) => {
      const run = progressRun(signal)
      const report = await engine.index(run)
      run.clear()
      signal.throwIfAborted()
      print(`${parsed.dirs.map((dir) => resolve(dir)).join(', ')}: ${reportText(report)}\n\n> ${text}\n`)
      print(answerText(await engine.ask(run, { text, budgets: [DEFAULT_BUDGET_TOKENS] })))
      const { folder, bytes, store, embedder } = await engine.status()
      print(`Index: ${folder} (${(bytes / 1e6).toFixed(1)} MB, ${store}, embedder ${embedder})`)
      print('Next: npm start -- --dir PATH "question", or node dist/cli.js --help')
    })
  },
}
