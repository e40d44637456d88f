/** Turns a flow's facts, each with its depth, into nested numbered steps. */
import type { Fact } from '../../engine/types/explanation.ts'

export interface FactRow {
  readonly fact: Fact
  readonly rows: readonly FactRow[]
}

export interface Step {
  /** `1`, `1.1`, `1.1.1` … */
  readonly number: string
  readonly fact: Fact
  readonly steps: readonly Step[]
}

/** Deeper facts are shown at this depth. */
const MAX_DEPTH = 12

/** Facts of negative depth are ways that lead to the symbol; the rest are its steps. */
export function stepsOf(facts: readonly Fact[]): {
  readonly reached: readonly Fact[]
  readonly steps: readonly Step[]
} {
  const isWayIn = ({ depth }: Fact) => depth < 0
  return { reached: facts.filter(isWayIn), steps: numberedSteps(rowsOf(facts.filter((fact) => !isWayIn(fact))), '') }
}

function numberedSteps(rows: readonly FactRow[], before: string): Step[] {
  return rows.map(({ fact, rows: inner }, i) => {
    const number = `${before}${i + 1}`
    return { number, fact, steps: numberedSteps(inner, `${number}.`) }
  })
}

/** Nests facts by depth. A deeper fact is a child of the one before it, however much deeper it is. */
export function rowsOf(facts: readonly Fact[]): FactRow[] {
  const top: MutableRow[] = []
  const open: { readonly depth: number; readonly rows: MutableRow[] }[] = [{ depth: -1, rows: top }]
  for (const fact of facts) {
    const depth = Math.min(MAX_DEPTH, Math.max(0, fact.depth))
    while (open.length > 1 && open.at(-1)!.depth >= depth) open.pop()
    const row: MutableRow = { fact, rows: [] }
    open.at(-1)!.rows.push(row)
    open.push({ depth, rows: row.rows })
  }
  return top
}

interface MutableRow {
  readonly fact: Fact
  readonly rows: MutableRow[]
}
