/** A flow's facts, which say how deep each is, as numbered steps within steps. */
import type { Fact } from '../../engine/types/explanation.ts'

export interface Row {
  readonly fact: Fact
  readonly rows: readonly Row[]
}

export interface Step {
  /** `1`, `1.1`, `1.1.1` … */
  readonly number: string
  readonly fact: Fact
  readonly steps: readonly Step[]
}

/** Deeper ones are shown at this depth. */
const DEEPEST = 12

export function stepsOf(facts: readonly Fact[]): {
  readonly reached: readonly Fact[]
  readonly steps: readonly Step[]
} {
  const isWay = ({ depth }: Fact) => depth < 0
  return { reached: facts.filter(isWay), steps: numbered(rowsOf(facts.filter((fact) => !isWay(fact))), '') }
}

function numbered(rows: readonly Row[], before: string): Step[] {
  return rows.map(({ fact, rows: inner }, i) => {
    const number = `${before}${i + 1}`
    return { number, fact, steps: numbered(inner, `${number}.`) }
  })
}

/** A fact that is deeper than the one before it belongs to that one, however much deeper it is. */
export function rowsOf(facts: readonly Fact[]): Row[] {
  const top: Growing[] = []
  const open: { readonly depth: number; readonly rows: Growing[] }[] = [{ depth: -1, rows: top }]
  for (const fact of facts) {
    const depth = Math.min(DEEPEST, Math.max(0, fact.depth))
    while (open.length > 1 && open.at(-1)!.depth >= depth) open.pop()
    const row: Growing = { fact, rows: [] }
    open.at(-1)!.rows.push(row)
    open.push({ depth, rows: row.rows })
  }
  return top
}

interface Growing {
  readonly fact: Fact
  readonly rows: Growing[]
}
