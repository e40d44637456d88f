/** An in-memory inverted index for the re-implementations that rank by words. */

export class Inverted {
  /** Term → posting list: document and term frequency, alternating. */
  private readonly postings = new Map<string, number[]>()
  private readonly lengths: number[] = []
  private total = 0

  get size(): number {
    return this.lengths.length
  }

  add(terms: readonly string[]): void {
    const id = this.lengths.length
    for (const term of terms) {
      const list = this.postings.get(term)
      if (!list) this.postings.set(term, [id, 1])
      else if (list.at(-2) === id) list[list.length - 1]!++
      else list.push(id, 1)
    }
    this.lengths.push(terms.length)
    this.total += terms.length
  }

  /** Document frequency of a term. */
  frequency(term: string): number {
    return (this.postings.get(term)?.length ?? 0) / 2
  }

  /** BM25 scores of the documents that hold any of the terms. */
  bm25(terms: readonly string[], k1: number, b: number): Map<number, number> {
    const mean = this.total / Math.max(1, this.size)
    return this.sum(terms, (term, tf, id) => {
      const df = this.frequency(term)
      const idf = Math.log(1 + (this.size - df + 0.5) / (df + 0.5))
      return (idf * tf * (k1 + 1)) / (tf + k1 * (1 - b + (b * this.lengths[id]!) / mean))
    })
  }

  /** Sums `worth` over the terms that each document contains. */
  sum(terms: readonly string[], worth: (term: string, tf: number, id: number) => number): Map<number, number> {
    const scores = new Map<number, number>()
    for (const term of terms) {
      const list = this.postings.get(term) ?? []
      for (let i = 0; i < list.length; i += 2)
        scores.set(list[i]!, (scores.get(list[i]!) ?? 0) + worth(term, list[i + 1]!, list[i]!))
    }
    return scores
  }
}

/** Document ids by score, best first; ties in index order. */
export const byScore = (scores: ReadonlyMap<number, number>): number[] =>
  [...scores].sort(([a, one], [b, other]) => other - one || a - b).map(([id]) => id)
