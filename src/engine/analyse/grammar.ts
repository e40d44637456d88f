/**
 * The grammar of questions that static analysis answers exactly: who calls, uses, extends, implements or tests a
 * symbol; what it calls; how many or which symbols of a kind have a property; which has the most. These are the five
 * kinds of holistic questions of HoloBench (Maekawa et al., 2024): filter, count, join, order, extreme. A question is
 * accepted only if every word of it is understood, because the answer is either exact or not given.
 */
import { EDGE_KINDS, type EdgeKind, type SymbolKind } from '../types/symbol.ts'

export interface Relation {
  readonly form: 'relation'
  /** `in`: what refers to the symbol; `out`: what it refers to. */
  readonly direction: 'in' | 'out'
  readonly kinds: readonly EdgeKind[]
  /** The symbol, as written in the question. */
  readonly name: string
}

type Subject =
  | 'function'
  | 'method'
  | 'class'
  | 'interface'
  | 'struct'
  | 'enum'
  | 'trait'
  | 'type'
  | 'constant'
  | 'macro'
  | 'symbol'
  | 'test'
  | 'file'

export type Filter =
  /** `path`: the question calls it a file or a folder. */
  | { readonly by: 'place'; readonly name: string; readonly path?: true }
  /** `in`: is called … by the name; `out`: calls … it. */
  | {
      readonly by: 'relation'
      readonly direction: 'in' | 'out'
      readonly kinds: readonly EdgeKind[]
      readonly name: string
    }
  /** Without any reference of that kind. */
  | { readonly by: 'lack'; readonly of: 'use' | 'test' | 'documentation' }
  | { readonly by: 'documentation' }
  | { readonly by: 'name'; readonly how: 'contains' | 'starts' | 'ends'; readonly text: string }
  | { readonly by: 'measure'; readonly measure: Measure; readonly more: boolean; readonly than: number }

export type Measure = 'lines' | 'parameters' | 'callers' | 'callees' | 'members'

export interface Listing {
  readonly form: 'listing'
  readonly subject: Subject
  readonly filters: readonly Filter[]
  /** Only the count is asked for. */
  readonly count: boolean
  /** The first n by a measure; null lists all, by path. */
  readonly order: { readonly by: Measure; readonly most: boolean; readonly first: number } | null
}

export type Analysis = Relation | Listing

const NAME = '[`\'"]?([A-Za-z_$][\\w$]*(?:(?:\\.|::|#)[\\w$]+)*)[`\'"]?(?:\\(\\))?'
const VERBS =
  'calls?|invokes?|uses?|references?|refers? to|imports?|extends?|subclass(?:es)?|inherits? from|implements?|tests?|called|invoked|used|referenced|referred to|imported|extended|subclassed|implemented|tested'
const COUNT = '(?:how many|count(?: all)?(?: of)?(?: the)?|(?:what is )?(?:the )?number of)'
const SITES = '(?:places|spots|sites|call sites)'
const ACTIVE = new RegExp(
  `^\\W*(?:who|what|(?:${COUNT}|which|list(?: all)?(?: the)?)\\s+${SITES}(?:\\s+that)?)\\s+(${VERBS})\\s+${NAME}\\W*$`,
  'i',
)
const PASSIVE = new RegExp(
  `^\\W*(?:where|(?:in |from )?how many ${SITES})\\s+(?:is|are)\\s+${NAME}\\s+(${VERBS})(?: in| from)?\\W*$`,
  'i',
)
const NOUNS_ASKED =
  '(callers|users|usages|uses|references|subclasses|implementations|implementers|implementors|tests|callees)'
const NOUN = new RegExp(
  `^\\W*(?:(?:what|who|which|where)\\s+are\\s+|list\\s+|show\\s+(?:me\\s+)?|find\\s+|${COUNT}\\s+)?(?:all\\s+)?(?:the\\s+)?${NOUNS_ASKED}\\s+(?:are there\\s+)?(?:of|to|for)\\s+${NAME}(?:\\s+(?:are there|exist))?\\W*$`,
  'i',
)
const HAS = new RegExp(
  `^\\W*(?:how many|which|what)\\s+${NOUNS_ASKED}\\s+(?:does|do|has)\\s+${NAME}(?:\\s+have)?\\W*$`,
  'i',
)
const OUT = new RegExp(
  `^\\W*(?:what|(?:which|how many)\\s+(?:functions|methods|symbols))\\s+(?:does|do)\\s+${NAME}\\s+(call|invoke|use|refer to|reference|extend|implement|import)\\W*$`,
  'i',
)

/** The analysis a question asks for, or null when it asks for something else. */
export function analysisAsked(question: string): Analysis | null {
  const text = question.trim()
  if (text.includes('\n') || text.length > 300) return null
  return parseRelation(text) ?? parseListing(text)
}

function parseRelation(text: string): Relation | null {
  const relation = (direction: 'in' | 'out', verb: string, name: string): Relation => ({
    form: 'relation',
    direction,
    kinds: kindsOf(verb),
    name,
  })
  const [, verb, name] = ACTIVE.exec(text) ?? []
  if (verb && name) return relation('in', verb, name)
  const [, subject, passive] = PASSIVE.exec(text) ?? []
  if (subject && passive) return relation('in', passive, subject)
  const [, noun, of] = NOUN.exec(text) ?? HAS.exec(text) ?? []
  if (noun && of)
    return relation(noun.toLowerCase() === 'callees' ? 'out' : 'in', NOUNS[noun.toLowerCase()] ?? 'call', of)
  const [, from, does] = OUT.exec(text) ?? []
  return from && does ? relation('out', does, from) : null
}

const NOUNS: Readonly<Record<string, string>> = {
  ...{ callers: 'call', callees: 'call', users: 'use', usages: 'use', uses: 'use', references: 'use' },
  ...{
    subclasses: 'extend',
    implementations: 'implement',
    implementers: 'implement',
    implementors: 'implement',
    tests: 'test',
  },
}

function kindsOf(verb: string): readonly EdgeKind[] {
  if (/^(call|invoke)/i.test(verb)) return ['call', 'tests']
  if (/^(extend|subclass|inherit)/i.test(verb)) return ['extends']
  if (/^implement/i.test(verb)) return ['implements', 'extends']
  if (/^test/i.test(verb)) return ['tests']
  if (/^import/i.test(verb)) return ['import']
  return EDGE_KINDS
}

const SUBJECTS: Readonly<Record<string, Subject>> = {
  ...{
    function: 'function',
    functions: 'function',
    method: 'method',
    methods: 'method',
    class: 'class',
    classes: 'class',
  },
  ...{
    interface: 'interface',
    interfaces: 'interface',
    struct: 'struct',
    structs: 'struct',
    enum: 'enum',
    enums: 'enum',
  },
  ...{ trait: 'trait', traits: 'trait', type: 'type', types: 'type', constant: 'constant', constants: 'constant' },
  ...{
    macro: 'macro',
    macros: 'macro',
    symbol: 'symbol',
    symbols: 'symbol',
    test: 'test',
    tests: 'test',
    file: 'file',
    files: 'file',
  },
}
/** The symbol kinds of each subject; null: all kinds. */
export const KINDS: Readonly<Record<Subject, readonly SymbolKind[] | null>> = {
  ...{
    function: ['function', 'method'],
    method: ['method'],
    class: ['class'],
    interface: ['interface'],
    struct: ['struct'],
  },
  ...{
    enum: ['enum'],
    trait: ['trait'],
    type: ['type', 'class', 'interface', 'struct', 'enum', 'trait'],
    constant: ['constant'],
  },
  ...{ macro: ['macro'], symbol: null, test: ['function', 'method'], file: null },
}

const SUBJECT = `(${Object.keys(SUBJECTS)
  .sort((a, b) => b.length - a.length)
  .join('|')})`
const HEADS: readonly { readonly pattern: RegExp; readonly count: boolean }[] = [
  {
    pattern: new RegExp(
      `^(?:how many|count(?: all)?(?: the)?|(?:what is )?the number of|number of)\\s+${SUBJECT}\\b`,
      'i',
    ),
    count: true,
  },
  {
    pattern: new RegExp(
      `^(?:list|show|find|enumerate|give)(?: me)?(?: all| every)?(?: of)?(?: the)?\\s+${SUBJECT}\\b`,
      'i',
    ),
    count: false,
  },
  { pattern: new RegExp(`^(?:all|every)(?: of)?(?: the)?\\s+${SUBJECT}\\b`, 'i'), count: false },
  { pattern: new RegExp(`^(?:what|which) are (?:all )?(?:the )?${SUBJECT}\\b`, 'i'), count: false },
  { pattern: new RegExp(`^which\\s+${SUBJECT}\\b`, 'i'), count: false },
]
const EXTREME = new RegExp(
  `^(?:(?:what|which)(?: is| are)?|list|show(?: me)?|find|give me)?\\s*(?:the )?(?:(\\d{1,3}|top \\d{1,3}) )?(longest|largest|biggest|shortest|smallest|most (?:called|used|referenced)|least (?:called|used|referenced))(?: (\\d{1,3}))?\\s+${SUBJECT}\\b`,
  'i',
)
const HAS_MOST = new RegExp(
  `^(?:what|which)\\s+${SUBJECT}\\s+(?:has|have|takes?|defines?|contains?|makes?|is|are)\\s+(?:the )?(most|fewest|longest|largest|shortest|most called|most used)(?:\\s+(lines|parameters|arguments|callers|calls|callees|methods|members|functions|symbols|classes|often called|often used))?`,
  'i',
)

function parseListing(text: string): Listing | null {
  const [extreme, n, word, m, what] = EXTREME.exec(text) ?? []
  if (extreme && word && what) {
    const first = Number((n ?? m ?? '').replace(/\D/g, '')) || 1
    return buildListing(text.slice(extreme.length), what, false, { ...orderOf(word), first })
  }
  const [most, subject, how, measure] = HAS_MOST.exec(text) ?? []
  if (most && subject && how)
    return buildListing(text.slice(most.length), subject, false, { ...orderOf(how, measure), first: 1 })
  for (const { pattern, count } of HEADS) {
    const [head, of] = pattern.exec(text) ?? []
    if (head && of) return buildListing(text.slice(head.length), of, count, null)
  }
  return null
}

function orderOf(word: string, measure = ''): { by: Measure; most: boolean } {
  const most = !/^(shortest|smallest|fewest|least)/i.test(word)
  if (/param|argument/i.test(measure)) return { by: 'parameters', most }
  if (/callees|^calls/i.test(measure)) return { by: 'callees', most }
  if (/callers|often|called|used|referenced/i.test(`${measure} ${word}`)) return { by: 'callers', most }
  if (/methods|members|functions|symbols|classes/i.test(measure)) return { by: 'members', most }
  return { by: 'lines', most }
}

/** Reads the filters in the rest of the question; null when a word is not understood. */
function buildListing(rest: string, subject: string, count: boolean, order: Listing['order']): Listing | null {
  const filters = parseFilters(rest)
  return filters && { form: 'listing', subject: SUBJECTS[subject.toLowerCase()]!, filters, count, order }
}

const PATH = '[`\'"]?([\\w@./\\\\$:#-]+?)[`\'"]?'
const END =
  '(?=[\\s,?.!]*$|[\\s,]+(?:and|or|that|which|in|with|without|whose|are|is|not|but|longer|shorter|named|called|used|extended|implemented|tested|untested|unused|never|un?documented|starting|ending|containing|having|have|has)\\b)'
/** Words between filters that add no filter. */
const FILLER =
  /^(?:[\s,?!.]+|(?:and|that|which|who|there|are|is|do|does|have|has|we|exist|exists|it|defined|overall|in total|here|altogether|but)\b|(?:in|of|does|do|across) (?:this|the|our|my|whole|entire|all)(?: the)?(?: (?:whole|entire))? (?:repo(?:sitory)?|project|code ?base|workspace|tree|code)\b|the (?:repo(?:sitory)?|project|code ?base)\b)/i
const LACK: readonly (readonly [RegExp, Filter])[] = [
  [
    /^(?:(?:not|never|nowhere) (?:called|used|referenced|referred to)(?: (?:anywhere|by anything|at all))?|unused|dead)\b/i,
    { by: 'lack', of: 'use' },
  ],
  [
    /^(?:(?:not|never) tested|untested|without (?:a |any )?tests?|(?:have|has|with) no tests?)\b/i,
    { by: 'lack', of: 'test' },
  ],
  [
    /^(?:undocumented|not documented|without (?:a |any )?(?:doc(?:umentation|string|s)?|(?:doc )?comments?)|(?:have|has|with) no (?:doc(?:umentation|string|s)?|(?:doc )?comments?))\b/i,
    { by: 'lack', of: 'documentation' },
  ],
  [/^(?:documented|with (?:a |any )?(?:doc(?:umentation|string|s)?|doc comments?))\b/i, { by: 'documentation' }],
]
const BY_PASSIVE = new RegExp(
  `^(called|invoked|used|referenced|extended|implemented|imported|tested) by ${NAME}${END}`,
  'i',
)
const BY_ACTIVE = new RegExp(
  `^(calls?|invokes?|uses?|references?|refers? to|imports?|extends?|subclass(?:es)?|inherits? from|implements?|tests?) ${NAME}${END}`,
  'i',
)
const BY_BOTH = new RegExp(
  `^(calls?|invokes?|uses?|references?|refers? to|extends?|implements?|tests?) (?:both )?${NAME}(?:,| and| as well as) (?:also )?${NAME}${END}`,
  'i',
)
const BY_NAME = new RegExp(
  `^(?:(?:whose |with (?:a )?)?names? |named |called )?(?:that )?(contain(?:s|ing)?|includ(?:es?|ing)|starts? with|starting with|begins? with|ends? with|ending (?:with|in)) [\`'"]?([\\w$]+)[\`'"]?${END}`,
  'i',
)
const BY_MEASURE =
  /^(?:(longer|shorter) than (\d+)(?: lines)?|with (more|fewer|less) than (\d+) (lines|parameters|arguments|callers|callees|methods|members|functions)|(?:takes?|has|have) (more|fewer|less) than (\d+) (parameters|arguments|lines|callers|methods|members))\b/i
const BY_PLACE = new RegExp(
  `^(?:in|under|inside|within|of|from)(?: the)?(?: (?:(file|folder|directory)|module|package|class|struct|interface|trait|type))? ${PATH}${END}`,
  'i',
)

/** null when a word is not understood. */
function parseFilters(text: string): Filter[] | null {
  const filters: Filter[] = []
  let rest = text
  while (rest.length > 0) {
    const parsed = parseFilter(rest)
    if (!parsed) return null
    filters.push(...parsed.filters)
    rest = rest.slice(parsed.length)
  }
  return filters
}

/** Filters read from the start of a text, and the number of characters they took; no filters for filler words. */
interface ParsedFilters {
  readonly length: number
  readonly filters: readonly Filter[]
}

function parseFilter(rest: string): ParsedFilters | null {
  for (const [pattern, filter] of LACK) {
    const found = pattern.exec(rest)
    if (found) return { length: found[0].length, filters: [filter] }
  }
  const name = BY_NAME.exec(rest)
  if (name) {
    const how = /^(start|begin)/i.test(name[1]!) ? 'starts' : /^end/i.test(name[1]!) ? 'ends' : 'contains'
    return { length: name[0].length, filters: [{ by: 'name', how, text: name[2]! }] }
  }
  const measure = BY_MEASURE.exec(rest)
  if (measure) {
    const [whole, long, lines, more, many, noun, more2, many2, noun2] = measure
    const { by } = orderOf('most', noun ?? noun2 ?? 'lines')
    const than = Number(lines ?? many ?? many2)
    return {
      length: whole.length,
      filters: [{ by: 'measure', measure: by, more: /^(longer|more)$/i.test(long ?? more ?? more2 ?? ''), than }],
    }
  }
  const relation = parseRelationFilter(rest)
  if (relation) return relation
  // Filler comes before a location: in `in this repository`, `this` is not a name.
  const filler = FILLER.exec(rest)
  if (filler) return { length: filler[0].length, filters: [] }
  const place = BY_PLACE.exec(rest)
  if (!place) return null
  const [whole, noun, path] = place
  return { length: whole.length, filters: [{ by: 'place', name: path!, ...(noun && { path: true as const }) }] }
}

/** Words that may follow an `and` but are not names. */
const NOT_A_NAME =
  /^(?:both|that|which|who|are|is|have|has|do|does|not|in|with|without|whose|calls?|invokes?|uses?|references?|refers?|imports?|extends?|implements?|tests?|takes?|called|used|tested|untested|unused|undocumented|documented|longer|shorter|never|named)$/i

function parseRelationFilter(rest: string): ParsedFilters | null {
  for (const [pattern, direction] of [
    [BY_PASSIVE, 'in'],
    [BY_BOTH, 'out'],
    [BY_ACTIVE, 'out'],
  ] as const) {
    const [whole, verb, ...names] = pattern.exec(rest) ?? []
    // `call it and are tested` names one symbol.
    if (whole === undefined || !verb || names.slice(1).some((name) => NOT_A_NAME.test(name))) continue
    const kinds = kindsOf(verb)
    return { length: whole.length, filters: names.map((name) => ({ by: 'relation', direction, kinds, name })) }
  }
  return null
}
