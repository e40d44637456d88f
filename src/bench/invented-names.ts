/** Invented names, reproducible by seed. They use words rare in code, so that a name matches only what was planted. */
const VERBS =
  'grant settle weigh braid ferry polish gather ripen anchor kindle thatch carve mend harvest varnish tally ration steep quarry brew'.split(
    ' ',
  )
const THINGS =
  'lantern walnut glacier orchard pigeon saddle marble thimble meadow oyster cradle pebble trellis kettle badger violin chimney almond beacon ribbon goblet heron juniper lobster mitten nutmeg paddle quilt rafter saffron teapot turnip velvet walrus yarrow zither acorn bramble clover dahlia'.split(
    ' ',
  )
const MEASURES = 'quota levy dose span depth pitch toll yield girth tempo grade wage'.split(' ')

/** Synonyms of the verbs and measures, for questions that do not use the words of the name. */
const SYNONYMS: Readonly<Record<string, string>> = Object.fromEntries(
  'grant:allow settle:resolve weigh:balance braid:twist ferry:carry polish:shine gather:collect ripen:mature anchor:fasten kindle:ignite thatch:roof carve:cut mend:repair harvest:reap varnish:coat tally:sum ration:share steep:soak quarry:dig brew:cook quota:allowance levy:tax dose:portion span:width depth:profundity pitch:slope toll:fee yield:output girth:circumference tempo:speed grade:level wage:pay'
    .split(' ')
    .map((pair) => pair.split(':')),
)

export const synonymOf = (word: string): string => SYNONYMS[word] ?? word

/** Draws of unused words before `next` falls back to a numbered name. */
const MAX_TRIES = 200

export type NameCase = 'snake' | 'camel'

/** Generates the words of names; `next` never returns the same words twice. */
export class Names {
  private readonly used = new Set<string>()
  private fallbacks = 0
  private readonly random: () => number

  constructor(random: () => number) {
    this.random = random
  }

  /**
   * Verb, two things and a measure: `grant lantern walnut quota`. Adds a number when no unused pair of things is left.
   */
  next(): readonly string[] {
    for (let tries = 0; ; tries++) {
      const [one, other] = [this.pick(THINGS), this.pick(THINGS)]
      const words = [this.pick(VERBS), one, other, this.pick(MEASURES)]
      // Each pair of things is used once, so that no two planted names are similar by chance.
      const key = [one, other].sort().join(' ')
      if (tries >= MAX_TRIES) return [...words, String(++this.fallbacks)]
      if (one === other || this.used.has(key)) continue
      this.used.add(key)
      return words
    }
  }

  /** `count` names that differ from the given one in a single word: near-copies a searcher must not confuse with it. */
  near(words: readonly string[], count: number): readonly (readonly string[])[] {
    const [verb = '', one = '', other = '', measure = ''] = words
    const found = new Map<string, readonly string[]>()
    while (found.size < count) {
      const near = [
        [this.pick(VERBS), one, other, measure],
        [verb, one, other, this.pick(MEASURES)],
        [verb, this.pick(THINGS), other, measure],
        [verb, one, this.pick(THINGS), measure],
        [...words, 'again'],
      ][Math.floor(this.random() * 5)]!
      if (near.join(' ') !== words.join(' ')) found.set(near.join(' '), near)
    }
    return [...found.values()]
  }

  /** A random five-digit number. */
  number(): number {
    return 10_000 + Math.floor(this.random() * 90_000)
  }

  private pick(list: readonly string[]): string {
    return list[Math.floor(this.random() * list.length)]!
  }
}

/** Joins words to an identifier. */
export function toIdentifier(words: readonly string[], style: NameCase): string {
  if (style === 'snake') return words.join('_')
  return words.map((word, i) => (i ? word[0]!.toUpperCase() + word.slice(1) : word)).join('')
}

/** The distinct five-digit numbers in a text, thousands separators removed: the values planted functions return. */
export const numbersIn = (text: string): readonly number[] => [
  ...new Set(
    [...text.replace(/(?<=\d)[,_\s](?=\d{3}\b)/g, '').matchAll(/\b\d{5}\b/g)].map(([digits]) => Number(digits)),
  ),
]
