/**
 * Entry point of answer: a question and its context → a brief without a model, or a conversation with one, whose
 * citations are checked.
 */
export { answerOffline } from './brief.ts'
export {
  commitStatements,
  commitsNaming,
  HISTORY_BUDGET_SHARE,
  placesForCommits,
  withCommitBlocks,
} from './commit-evidence.ts'
export { pinsFromLastAnswer } from './conversation-memory.ts'
export { type AnswerSources, answerWithModel, type Conversation } from './converse.ts'
export { pinCallees } from './follow-calls.ts'
export { composePrompt, fenced, type Opening } from './prompt.ts'
export { expandQuestion, type QueryModel, rerankHits } from './query-model.ts'
export { asksAboutRepository, chooseRoute, pinNode, type Route } from './route.ts'
export { exampleQuestions, nextQuestions } from './suggest.ts'
export { threadMarkdown } from './thread-markdown.ts'
