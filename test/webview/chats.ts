/** Chat states for its tests. Contains no tests. */
import type { Answer, Citation, Findings, ModelAnswer, OfflineAnswer } from '../../src/engine/types/answer.ts'
import type { Context } from '../../src/engine/types/pack.ts'
import type { Thread, Turn } from '../../src/engine/types/thread.ts'
import type { ChatState } from '../../src/protocol/messages.ts'
import type { IndexState, NameSuggestion } from '../../src/protocol/requests.ts'

export const READY: IndexState = {
  phase: 'ready',
  stage: null,
  percent: 100,
  files: 83,
  error: null,
  fallback: null,
  restricted: false,
}

export function stateOf(part: Partial<ChatState> = {}): ChatState {
  return {
    server: 'running',
    index: READY,
    thread: null,
    threads: [
      { id: 't1', title: 'How are blueprints registered?', at: Date.now() - 7_200_000, turns: 2 },
      { id: 't2', title: 'Where is the session cookie signed?', at: Date.now() - 3 * 86_400_000, turns: 1 },
    ],
    asking: null,
    model: null,
    budget: 8000,
    examples: [
      'How does Flask.register_blueprint work?',
      'What calls Scaffold._method_route?',
      'Where is SecureCookieSessionInterface used?',
    ],
    untrusted: false,
    ...part,
  }
}

const context: Context = { query: '', hits: [], packs: [], notes: [], ms: 12 }

export const OFFLINE: OfflineAnswer = {
  mode: 'offline',
  summary: '2 places in 2 files match the question, most likely first.',
  statements: [
    {
      text: 'method Blueprint.register — Called by Flask.register_blueprint to register all views and callbacks registered on the blueprint with the application.',
      path: 'src/flask/sansio/blueprints.py',
      firstLine: 273,
      lastLine: 377,
      quote: ['310: name_prefix = options.get("name_prefix", "")', '320: if name in app.blueprints:'],
    },
    {
      text: 'method App.register_blueprint(self, blueprint: Blueprint, **options: t.Any) -> None',
      path: 'src/flask/sansio/app.py',
      firstLine: 567,
      lastLine: 593,
      quote: ['593: blueprint.register(self, options)'],
    },
  ],
  context,
}

const TEXT = `\`Flask.register_blueprint\` hands over to **\`Blueprint.register\`** [1], which replays the deferred functions:

\`\`\`python
def register(self, app: App, options: dict[str, t.Any]) -> None:
    """Called by Flask.register_blueprint()."""
    if name in app.blueprints:  # twice?
        raise ValueError(f"The name {name!r} is already registered", 42)
\`\`\`

1. A flag guards *later* setup calls [2], see [the guide](https://flask.example/blueprints).
2. No block has the number [9].

| Part | Does |
| --- | --- |
| \`setup\` | checks |
`

export function modelAnswer(part: Partial<ModelAnswer> = {}): ModelAnswer {
  return {
    mode: 'model',
    model: 'local/qwen3-coder',
    text: TEXT,
    citations: [
      {
        mark: '1',
        n: 1,
        path: 'src/flask/sansio/blueprints.py',
        firstLine: 273,
        lastLine: 377,
        symbols: ['Blueprint.register'],
        verdict: 'verified',
        missing: [],
        quote: ['213: def _check_setup_finished(self, f_name):'],
      },
      {
        mark: '2',
        n: 2,
        path: 'src/flask/sansio/blueprints.py',
        firstLine: 213,
        lastLine: 224,
        symbols: ['_check_setup_finished'],
        verdict: 'unsupported',
        missing: ['record_once'],
        quote: [],
      },
    ],
    prompt: [],
    findings: null,
    usage: { input: 7412, output: 312, cached: null },
    end: 'finished',
    context,
    ...part,
  }
}

/** A whole block, and two parts of it. */
export const RANGES: readonly Citation[] = (
  [
    ['1', 3, 40],
    ['1:12-15', 12, 15],
    ['1:20', 20, 20],
  ] as const
).map(([mark, start, end]) => ({
  mark,
  n: 1,
  path: 'a.ts',
  firstLine: start,
  lastLine: end,
  symbols: ['A'],
  verdict: 'verified',
  missing: [],
  quote: [],
}))

export const FINDINGS: Findings = {
  summary: '45 places refer to `PackBuilder`.',
  statements: Array.from({ length: 45 }, (_, i) => ({
    ...{ text: `\`caller${i}\` calls it`, path: `src/a${i}.ts`, firstLine: i + 1, lastLine: i + 1 },
    quote: i ? [] : ['1: new PackBuilder()'],
  })),
}

export function turnOf(answer: Answer | null, part: Partial<Turn> = {}): Turn {
  return {
    id: 'a',
    question: 'How are blueprints registered, and what stops a second setup?',
    mentions: [],
    budget: 8000,
    overrides: [],
    answer,
    error: null,
    feedback: null,
    nextQuestions: [],
    ...part,
  }
}

export function threadOf(...turns: Turn[]): Thread {
  return { id: 't1', title: 'How are blueprints registered?', at: Date.now(), turns }
}

export const SYMBOL: NameSuggestion = {
  kind: 'symbol',
  label: 'Flask.route',
  detail: 'src/app.py',
  path: 'src/app.py',
  firstLine: 3,
  lastLine: 9,
}

export const HOSTILE = `<script>window.hacked = 1</script> <img src="https://evil.example/a.png" onerror="window.hacked = 1">
![beacon](https://evil.example/b.png) [run](command:workbench.action.quit) [js](javascript:window.hacked=1) <javascript:x>
[code](vscode://x) [data](data:text/html,x) [ok](https://ok.example) [1](command:x) <iframe src="https://evil.example"></iframe>
<form action="https://evil.example"><input></form> <style>*{display:none}</style> <a href="https://x" onclick="window.hacked=1">x</a>

\`\`\`"><img src=x onerror=window.hacked=1>
</code></pre><script>window.hacked = 1</script>
\`\`\`

| a | b |
| :-: | --: |
| <svg onload=window.hacked=1> | [1] |
`

/** The states inspected in each theme. */
export const SCENES: Record<string, ChatState> = {
  welcome: stateOf({ untrusted: true }),
  brief: stateOf({
    thread: threadOf(turnOf(OFFLINE)),
    index: { ...READY, phase: 'indexing', stage: 'link', percent: 5 },
  }),
  answer: stateOf({ thread: threadOf(turnOf(modelAnswer({ end: 'cut' }), { feedback: 'helpful' })) }),
  exact: stateOf({ thread: threadOf(turnOf(modelAnswer({ findings: FINDINGS }))) }),
  error: stateOf({
    thread: threadOf(turnOf(null, { error: 'No.' })),
    asking: { question: 'Why?', mentions: [], replaces: null },
  }),
}
