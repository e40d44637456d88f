/**
 * Brings a question into the wording that the grammars read: without its polite frame, with one word for what has many,
 * and with its parts in the usual order. Only the wording changes; what is not understood stays as it is.
 */
import { COUNT, KIND, PATH, TARGET } from './words.ts'

/** Words around a question that ask for nothing. */
const OPENING =
  /^(?:(?:please|hey|hi|hello|ok(?:ay)?|so|and|now|then|well)[\s,:!.]+|(?:can|could|would|will) you (?:please |also )?(?=\w)|(?:i(?:'d| would) like to|i want to|i need to|we need to|let me|help me(?: to)?) (?:know|see|find(?: out)?|understand)[\s,:]+|i (?:need|want) (?:the |a )?(?:full )?(?:list|set) of[\s,:]+|(?:tell|show|give|get) me[\s,:]+|find out[\s,:]+|do you know[\s,]+|i wonder[\s,]+|in (?:this|the|our|my) (?:whole |entire )?(?:repo(?:sitory)?|project|code ?base|workspace|code)[\s,:]+)/i
const CLOSING =
  /(?:[\s,]+(?:please|thanks|thank you|exactly|currently|directly|right now|here|today)|\s+(?:in|within|across|throughout|of) (?:this|the|our|my|whole|entire)(?: whole| entire)? (?:repo(?:sitory)?|project|code ?base|workspace|source(?: code)?|code|app(?:lication)?))?[\s?.!]*$/i

const NUMBERS = 'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen'.split(
  ' ',
)
const NUMBER = new RegExp(`(?<![\`'"\\w])(${NUMBERS.slice(2).join('|')}|twenty|fifty|hundred)(?![\`'"\\w])`, 'gi')
const numeral = (word: string): string =>
  String({ twenty: 20, fifty: 50, hundred: 100 }[word.toLowerCase()] ?? NUMBERS.indexOf(word.toLowerCase()))

const IN = '(?:in|inside|within|under)'
const PASSIVE = '(called|invoked|used|referenced|extended|subclassed|implemented|tested|imported|instantiated)'
const ACTIVE =
  '(calls?|invokes?|uses?|references?|refers? to|extends?|implements?|inherits? from|derives? from|tests?|covers?|imports?)'
/** Base form of the passives. */
const ANY = '(?:anything|everything|everyone|anyone|any (?:code|functions?|methods?|class(?:es)?|files?))'
const rewrite = (pattern: string, replacement: string): readonly [RegExp, string] => [
  new RegExp(`^${pattern}$`, 'i'),
  replacement,
]

/** From ways to ask to the way that the grammars read; each is tried once, in order. */
const REWRITES: readonly (readonly [RegExp, string])[] = [
  [/\bwheres\b/gi, 'where is'],
  [/\bwich\b/gi, 'which'],
  [/\b(who|what|where|which) all\b/gi, '$1'],
  [/\btotal number of\b/gi, 'number of'],
  [/\blines of code\b/gi, 'lines'],
  [/^(who|where) in (?:this|the|our|my) (?:repo(?:sitory)?|project|code ?base|workspace|code)\b/i, '$1'],
  [/\bwhere does (.+) gets? (called|invoked|used|referenced)$/i, 'where is $1 $2'],
  [/\bis called by the most functions$/i, 'has the most callers'],
  [/\b(?:aren't|isn't|are n't) /gi, 'are not '],
  [/\bgets? (called|invoked|used|referenced|tested)\b/gi, 'is $1'],
  [/\b(?:cover|exercise)(s|ed)?\b(?= )/gi, 'test$1'],
  [/\b(?:covering|exercising)\b/gi, 'testing'],
  [/(?<![/\w])(?:unit|integration) tests?\b/gi, 'tests'],
  [/^(?:list|show|find|see|get) (?=(?:what|everything|everywhere|who|which|where) )/i, ''],
  // Callers and users.
  rewrite(
    `(?:is|are) there (?:any )?(?:code|functions?|methods?|files?|anything)? ?(?:that |which )?${ACTIVE} (.+)`,
    'what $1 $2',
  ),
  rewrite(`(?:does|do) ${ANY} (?:still )?${ACTIVE} (.+)`, 'what $1 $2'),
  rewrite(
    `(?:find |list |show )?(?:every|all) (?:call|invocation|caller|usage|use|reference)s? (?:to|of) ${TARGET}(.*)`,
    'callers of $1$2',
  ),
  rewrite(`everything (?:that |which )?${ACTIVE} (.+)`, 'what $1 $2'),
  rewrite(`everything (\\w+ing(?: (?:to|from|on))?) ${TARGET}`, 'what is $1 $2'),
  rewrite(
    `(?:list |show |find )?(?:all )?(?:the )?places (?:where |that )?${TARGET} (?:is|are) ${PASSIVE}(?: in| from)?`,
    'where is $1 $2',
  ),
  rewrite(`everywhere ${TARGET} (?:is|are) ${PASSIVE}`, 'where is $1 $2'),
  rewrite(`by (?:what|whom|who) is ${TARGET} ${PASSIVE}`, 'where is $1 $2'),
  rewrite(`from where is ${TARGET} ${PASSIVE}`, 'where is $1 $2'),
  rewrite(`what is ${TARGET} ${PASSIVE} by`, 'where is $1 $2'),
  rewrite(`${TARGET} is ${PASSIVE} (?:from where|where|by (?:what|whom|who)|from what)`, 'where is $1 $2'),
  rewrite(`where do (?:the )?(?:calls|references) to ${TARGET} come from`, 'where is $1 called'),
  rewrite(`where ${IN} (\\S+) do (?:we|they|you|i) (\\w+) ${TARGET}`, 'where do we $2 $3 in $1'),
  rewrite(`(?:find |list )?(callers|references|usages|uses): ?${TARGET}`, '$1 of $2'),
  rewrite(`(?:any|direct|all) (callers|references|usages|uses) of ${TARGET}(.*)`, '$1 of $2$3'),
  rewrite(`(?:list |find |see )?every (reference|usage|use|caller|call) (?:to|of) ${TARGET}(.*)`, '$1s of $2$3'),
  rewrite(`who ${IN} ${PATH} ${ACTIVE} (.+)`, 'who $2 $3 in $1'),
  rewrite(`(which|what) (${KIND}|files?) ${IN} ${PATH} ${ACTIVE} ${TARGET}`, '$1 $2 $4 $5 in $3'),
  rewrite(`(?:which|what) (?:components?|hooks?|modules?) ${ACTIVE} ${TARGET}`, 'what $1 $2'),
  // Tests.
  rewrite(`(?:is|are) there (?:a |any )?tests? (?:for|of|testing) ${TARGET}`, 'tests of $1'),
  rewrite(`(?:does|do) ${TARGET} have (?:any )?tests?`, 'tests of $1'),
  rewrite(`(?:which|what) tests? (?:do we have |are there |exist )?(?:for|of) ${TARGET}`, 'tests of $1'),
  rewrite(`(?:which|what) tests? ${IN} ${PATH} tests? ${TARGET}`, 'tests of $2 in $1'),
  rewrite(`(?:which |what )?tests? (?:test|testing|that test) ${TARGET}`, 'tests of $1'),
  // What a symbol refers to.
  rewrite(`everything ${TARGET} (call|use|import|implement|extend)s`, 'what does $1 $2'),
  rewrite(`(?:show |see )?what ${TARGET} (call|use|import|implement|extend)s`, 'what does $1 $2'),
  rewrite(`what (?:is|are) called (?:by|from|in) ${TARGET}`, 'what does $1 call'),
  rewrite(`(which|what) (functions|methods) (?:is|are) called (?:from|in) ${TARGET}`, '$1 $2 are called by $3'),
  rewrite(`(?:the )?(?:outgoing calls|calls made) (?:of|by|from) ${TARGET}`, 'callees of $1'),
  rewrite(`(?:list )?(?:the |all )?(?:functions|methods) (?:that )?${TARGET} calls`, 'what does $1 call'),
  rewrite(`(?:list )?(?:the |all )?interfaces (?:that )?${TARGET} implements`, 'what does $1 implement'),
  rewrite(`(?:which|what) functions does ${TARGET} (?:call|invoke)`, 'what does $1 call'),
  rewrite(`(?:which|what) (?:symbols|things) does ${TARGET} use`, 'what does $1 use'),
  rewrite(
    `(?:which|what) (?:class(?:es)?|types?|traits?|interfaces?|base class) does ${TARGET} (extend|implement|inherit from|derive from)`,
    'what does $1 $2',
  ),
  rewrite(`what (?:is|are) ${TARGET} derived from`, 'what does $1 extend'),
  // Markers.
  rewrite('(?:what|which) (todo|fixme|hack)s?(.*?) are there(.*)', 'list $1$2$3'),
  rewrite('(?:(?:is|are) there )?(?:find )?any (todo|fixme|hack)s?\\b(.*)', 'list $1$2'),
  rewrite(`${COUNT} (todo|fixme|hack)s?( comments?)? (?:do we have|are there|are(?= in))(.*)`, 'how many $1$2$3'),
  rewrite('number of (todo|fixme|hack)s?(.*)', 'how many $1$2'),
  // Lists.
  rewrite(`(?:what|which) (${KIND}|files?|tests?) does ${PATH} (?:contain|have|define)`, 'list $1 in $2'),
  rewrite(`(how many|what|which) (${KIND}|files?|tests?) do (?:we|you|i) have(.*)`, '$1 $2 are there$3'),
  rewrite(`(?:the )?(\\d+ )?(${KIND}|files?) with the (?:highest number of|most) (\\w+)(.*)`, 'top $1$2 by $3$4'),
]

/** Filters in other words. */
const FILTER_WORDS: readonly (readonly [RegExp, string])[] = [
  [/\b(?:not|never) (?:tested|covered) by any tests?\b/gi, 'not tested'],
  [
    /\b(?:missing|lacks?|lacking|have no|has no|with no|without(?: any| a)?) (?:documentation|doc(?: ?string|s| comments?)?|docstrings)\b/gi,
    'without documentation',
  ],
  [/\bthat have (?:documentation|docs|docstrings)\b/gi, 'with documentation'],
  [/\b(?:contains?|containing|includes?) ["'`]?(\w+)["'`]? in (?:the|their|its) names?\b/gi, 'named containing $1'],
  [
    /\b(?:with|that have|having|have|has)? ?(?:a )?["'`]?(\w+)["'`]? in (?:the|their|its) names?\b/gi,
    'named containing $1',
  ],
  [/\b(?:that )?(?:have|has|having|with) a name (?=(?:containing|starting|ending|that) )/gi, 'named '],
  [/\bthat call (more|fewer|less) than (\d+) (?:other )?functions\b/gi, 'with $1 than $2 callees'],
]

/** The question as the grammars read it. */
export function rephrase(question: string): string {
  let text = question.trim().replace(/[’‘]/g, "'")
  for (let before = ''; before !== text; ) {
    before = text
    text = text.replace(OPENING, '')
  }
  text = text.replace(CLOSING, '').trim().replace(NUMBER, numeral)
  for (const [pattern, replacement] of [...FILTER_WORDS, ...REWRITES]) text = text.replace(pattern, replacement)
  return text.trim()
}
