/** Listings: which or how many symbols of a kind have properties, and which come first by a measure. */
import type { SymbolKind } from '../types/symbol.ts'
import type { Filter, Listing, Measure, Subject } from './grammar.ts'
import { GERUNDS, isNoName, kindsOf, NAME, PATH, TARGET } from './words.ts'

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
/** Before the subject: `unused functions`. */
const QUALIFIERS: Readonly<Record<string, Filter>> = {
  unused: { by: 'lack', of: 'use' },
  uncalled: { by: 'lack', of: 'use' },
  unreferenced: { by: 'lack', of: 'use' },
  dead: { by: 'lack', of: 'use' },
  untested: { by: 'lack', of: 'test' },
  undocumented: { by: 'lack', of: 'documentation' },
  documented: { by: 'documentation' },
}
const QUALIFIED = `(?:(${Object.keys(QUALIFIERS).join('|')})\\s+)?${SUBJECT}`
/** Each with the qualifier and the subject as groups. */
const HEADS: readonly { readonly pattern: RegExp; readonly count: boolean }[] = [
  [`(?:how many|count(?: all)?(?: of)?(?: the)?|(?:what is )?the number of|number of)\\s+${QUALIFIED}\\b`, true],
  [
    `(?:list|show|find|enumerate|give|get|print|display|search for)(?: me)?(?: all| every| any)?(?: of)?(?: the)?\\s+${QUALIFIED}\\b`,
    false,
  ],
  [`(?:all|every)(?: of)?(?: the)?\\s+${QUALIFIED}\\b`, false],
  [`(?:what|which) are (?:all )?(?:the )?${QUALIFIED}\\b`, false],
  [`(?:is|are) there (?:any |some )?${QUALIFIED}\\b`, false],
  [`do (?:we|you) have (?:any |some )?${QUALIFIED}\\b`, false],
  [`(?:which|what)(?: of the)?\\s+${QUALIFIED}\\b`, false],
].map(([pattern, count]) => ({ pattern: new RegExp(`^${pattern}`, 'i'), count: count as boolean }))
const BARE_HEAD = new RegExp(`^(?:the\\s+)?${QUALIFIED}\\b`, 'i')
/** `how many methods does X have`: the subject, then the verb's object is the place. */
const HAS_MEMBERS = new RegExp(
  `^(how many|which|what|list the|list)\\s+${SUBJECT}\\s+(?:does|do|that)\\s+${TARGET}\\s+(?:have|has|define|defines|contain|contains|declare|declares|export|exports)$`,
  'i',
)
/** `X's methods`. */
const OWN_MEMBERS = new RegExp(`^(?:what are |list |show |find )?${TARGET}'s\\s+${SUBJECT}$`, 'i')
const EXTREME = new RegExp(
  `^(?:(?:what|which)(?: is| are|'s)?|list|show(?: me)?|find|give me)?\\s*(?:the )?(?:(\\d{1,3}|top \\d{1,3}) )?(longest|largest|biggest|shortest|smallest|most (?:called|used|referenced)|least (?:called|used|referenced))(?: (\\d{1,3}))?\\s+${QUALIFIED}\\b`,
  'i',
)
const HAS_MOST = new RegExp(
  `^(?:what|which)\\s+(?:(\\d{1,3})\\s+)?${SUBJECT}\\s+(?:has|have|takes?|defines?|contains?|makes?|is|are)\\s+(?:the )?(most|fewest|longest|largest|shortest|most called|most used)(?:\\s+(lines|parameters|arguments|callers|calls|callees|methods|members|functions|symbols|classes|often called|often used))?`,
  'i',
)

const MEASURES =
  '(lines(?: of code)?|line count|length|size|parameters|arguments|callers|calls|callees|methods|members|functions|symbols|classes)'
/** `top 5 functions by number of callers`. */
const TOP_BY = new RegExp(
  `^(?:list |show |which |what are )?(?:the )?top (?:(\\d{1,3}) )?${QUALIFIED} by (?:the )?(?:number of )?(?:their )?${MEASURES}\\b`,
  'i',
)
const BY_LINES = /^ by (?:lines(?: of code)?|line count|length|size)\b/i

export function parseListing(text: string): Listing | null {
  const [extreme, n, word, m, which, what] = EXTREME.exec(text) ?? []
  if (extreme && word && what) {
    const first = Number((n ?? m ?? '').replace(/\D/g, '')) || 1
    const order = { ...orderOf(word), first }
    return buildListing(text.slice(extreme.length).replace(BY_LINES, ''), { subject: what, order, qualifier: which })
  }
  const [top, number, topQualifier, topSubject, topMeasure] = TOP_BY.exec(text) ?? []
  if (top && topSubject) {
    const order = { ...orderOf('most', topMeasure), first: Number(number) || 1 }
    return buildListing(text.slice(top.length), { subject: topSubject, order, qualifier: topQualifier })
  }
  const [most, several, subject, how, measure] = HAS_MOST.exec(text) ?? []
  if (most && subject && how) {
    const order = { ...orderOf(how, measure), first: Number(several) || 1 }
    return buildListing(text.slice(most.length), { subject, order })
  }
  const [, asks, members, owner] = HAS_MEMBERS.exec(text) ?? []
  if (asks && members && owner) return memberListing(members, owner, /^how many/i.test(asks))
  const [, possessor, owned] = OWN_MEMBERS.exec(text) ?? []
  if (possessor && owned) return memberListing(owned, possessor, false)
  for (const { pattern, count } of HEADS) {
    const [head, qualifier, of] = pattern.exec(text) ?? []
    if (head && of) return buildListing(text.slice(head.length), { subject: of, count, qualifier })
  }
  const [head, qualifier, of] = BARE_HEAD.exec(text) ?? []
  // A single word, such as `tests`, is a search.
  if (head && of && (qualifier || text.length > head.length))
    return buildListing(text.slice(head.length), { subject: of, qualifier })
  return null
}

const memberListing = (subject: string, owner: string, count: boolean): Listing => ({
  ...{ form: 'listing', subject: SUBJECTS[subject.toLowerCase()]!, count, order: null },
  filters: [{ by: 'place', name: owner }],
})

function orderOf(word: string, measure = ''): { by: Measure; most: boolean } {
  const most = !/^(shortest|smallest|fewest|least)/i.test(word)
  if (/param|arg/i.test(measure)) return { by: 'parameters', most }
  if (/callees|^calls/i.test(measure)) return { by: 'callees', most }
  if (/callers|often|called|used|referenced/i.test(`${measure} ${word}`)) return { by: 'callers', most }
  if (/methods|members|functions|symbols|classes/i.test(measure)) return { by: 'members', most }
  return { by: 'lines', most }
}

interface ListingHead {
  readonly subject: string
  readonly count?: boolean
  readonly order?: Listing['order']
  readonly qualifier?: string | undefined
}

/** Reads the filters in the rest of the question; null when a word is not understood. */
function buildListing(rest: string, { subject, count = false, order = null, qualifier }: ListingHead): Listing | null {
  const filters = parseFilters(rest)
  const qualified = qualifier ? [QUALIFIERS[qualifier.toLowerCase()]!] : []
  return (
    filters && {
      ...{ form: 'listing', subject: SUBJECTS[subject.toLowerCase()]!, count, order },
      filters: [...qualified, ...filters],
    }
  )
}

const END =
  '(?=[\\s,?.!]*$|[\\s,]+(?:and|or|that|which|in|with|without|whose|are|is|not|but|longer|shorter|named|called|used|extended|implemented|tested|untested|unused|never|un?documented|starting|ending|containing|having|have|has|takes?|taking|over|calling|using|extending|implementing|importing)\\b)'
/** Words between filters that add no filter. */
const FILLER =
  /^(?:[\s,?!.]+|(?:and|that|which|who|there|are|is|do|does|have|has|we|exist|exists|it|defined|overall|in total|here|altogether|but)\b|(?:in|of|does|do|across) (?:this|the|our|my|whole|entire|all)(?: the)?(?: (?:whole|entire))? (?:repo(?:sitory)?|project|code ?base|workspace|tree|code)\b|the (?:repo(?:sitory)?|project|code ?base)\b)/i
const LACK: readonly (readonly [RegExp, Filter])[] = [
  [
    /^(?:(?:not|never|nowhere|n't)(?: being| ever)? (?:called|used|invoked|referenced|referred to)(?: (?:anywhere|by (?:anything|anyone|anybody)|at all|from anywhere))?|unused|dead|unreferenced|uncalled|(?:that )?(?:nobody|no one|nothing) (?:calls|uses|references|invokes)|(?:without|with no|have no|has no)(?: any)? (?:callers?|references?|usages?|uses?|users?))\b/i,
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
  `^(called|invoked|used|referenced|extended|implemented|imported|tested) by ${TARGET}${END}`,
  'i',
)
const BY_ACTIVE = new RegExp(
  `^((?:calls?|invokes?|uses?|references?|refers? to|imports?|extends?|subclass(?:es)?|inherits?(?: from)?|derives? from|(?:is |are )?derived from|implements?|tests?|depends? on|rel(?:y|ies) on|instantiates?)|${GERUNDS}) ${TARGET}${END}`,
  'i',
)
/** `subclasses of X`. */
const BY_NOUN = new RegExp(`^(?:(?:a )?(subclass(?:es)?|implementations?|implementers?) of) ${TARGET}${END}`, 'i')
const BY_BOTH = new RegExp(
  `^(calls?|invokes?|uses?|references?|refers? to|extends?|implements?|tests?) (?:both )?${NAME}(?:,| and| as well as) (?:also )?${NAME}${END}`,
  'i',
)
const BY_NAME = new RegExp(
  `^(?:(?:whose |with (?:a )?)?names? |named |called )?(?:that )?(contain(?:s|ing)?|includ(?:es?|ing)|starts? with|starting with|begins? with|ends? with|ending (?:with|in)) [\`'"]?([\\w$]+)[\`'"]?${END}`,
  'i',
)
const BY_MEASURE =
  /^(?:(?:with|having|takes?|taking|have|has|of|that are)\s+)?(?:(longer|shorter) than (\d+)(?: lines)?|(more than|over|above|fewer than|less than|under|below|at least|at most) (\d+) (lines|parameters|params|arguments|args|callers|callees|methods|members|functions))(?: long)?\b/i
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
    const [whole, length, lines, how, many, noun = 'lines'] = measure
    const { by } = orderOf('most', noun)
    const more = /^(?:longer|more than|over|above|at least)$/i.test(length ?? how!)
    const n = Number(lines ?? many)
    const than = /^at least$/i.test(how ?? '') ? n - 1 : /^at most$/i.test(how ?? '') ? n + 1 : n
    return { length: whole.length, filters: [{ by: 'measure', measure: by, more, than }] }
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

function parseRelationFilter(rest: string): ParsedFilters | null {
  for (const [pattern, direction] of [
    [BY_PASSIVE, 'in'],
    [BY_BOTH, 'out'],
    [BY_ACTIVE, 'out'],
    [BY_NOUN, 'out'],
  ] as const) {
    const [whole, verb, ...names] = pattern.exec(rest) ?? []
    // `call it and are tested` names one symbol.
    if (whole === undefined || !verb || names.slice(1).some((name) => isNoName(rest, name))) continue
    const kinds = kindsOf(verb.replace(/^(?:is|are)\s+/i, ''))
    return { length: whole.length, filters: names.map((name) => ({ by: 'relation', direction, kinds, name })) }
  }
  return null
}
