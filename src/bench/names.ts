/** Invented names, the same for the same seed: words that code hardly uses, so that a name stands for one thing. */
const VERBS =
  'grant settle weigh braid ferry polish gather ripen anchor kindle thatch carve mend harvest varnish tally ration steep quarry brew'.split(
    ' ',
  )
const THINGS =
  'lantern walnut glacier orchard pigeon saddle marble thimble meadow oyster cradle pebble trellis kettle badger violin chimney almond beacon ribbon goblet heron juniper lobster mitten nutmeg paddle quilt rafter saffron teapot turnip velvet walrus yarrow zither acorn bramble clover dahlia'.split(
    ' ',
  )
const MEASURES = 'quota levy dose span depth pitch toll yield girth tempo grade wage'.split(' ')

/** Other words for the same. */
const SYNONYMS: Readonly<Record<string, string>> = Object.fromEntries(
  'grant:allow settle:resolve weigh:balance braid:twist ferry:carry polish:shine gather:collect ripen:mature anchor:fasten kindle:ignite thatch:roof carve:cut mend:repair harvest:reap varnish:coat tally:sum ration:share steep:soak quarry:dig brew:cook quota:allowance levy:tax dose:portion span:width depth:profundity pitch:slope toll:fee yield:output girth:circumference tempo:speed grade:level wage:pay'
    .split(' ')
    .map((pair) => pair.split(':')),
)

export const synonymOf = (word: string): string => SYNONYMS[word] ?? word

const MOST_TRIES = 200

export type NameCase = 'snake' | 'camel'

/** The words of a name; each list of words is handed out once. */
export class Names {
  private readonly used = new Set<string>()
  private spent = 0
  private readonly random: () => number

  constructor(random: () => number) {
    this.random = random
  }

  /** Verb, two things and a measure, `grant lantern walnut quota`; when no two things are left, a number behind. */
  next(): readonly string[] {
    for (let tries = 0; ; tries++) {
      const [one, other] = [this.pick(THINGS), this.pick(THINGS)]
      const words = [this.pick(VERBS), one, other, this.pick(MEASURES)]
      // Two things are used once, so that no two planted names are near by chance.
      const key = [one, other].sort().join(' ')
      if (tries >= MOST_TRIES) return [...words, String(++this.spent)]
      if (one === other || this.used.has(key)) continue
      this.used.add(key)
      return words
    }
  }

  /** Names that differ from the words in one: what a searcher must not take for it. */
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

  /** A number of five digits. */
  number(): number {
    return 10_000 + Math.floor(this.random() * 90_000)
  }

  private pick(list: readonly string[]): string {
    return list[Math.floor(this.random() * list.length)]!
  }
}

export function written(words: readonly string[], style: NameCase): string {
  if (style === 'snake') return words.join('_')
  return words.map((word, i) => (i ? word[0]!.toUpperCase() + word.slice(1) : word)).join('')
}

/** Every number a planted function may give that stands in a text, each once. */
export const numbersIn = (text: string): readonly number[] => [
  ...new Set(
    [...text.replace(/(?<=\d)[,_\s](?=\d{3}\b)/g, '').matchAll(/\b\d{5}\b/g)].map(([digits]) => Number(digits)),
  ),
]
