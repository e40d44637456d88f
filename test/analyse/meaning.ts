/** The meaning of a question as one line, for the corpus of phrasings. */
import type { Analysis, Filter } from '../../src/engine/analyse/grammar.ts'

const filter = (one: Filter): string => {
  switch (one.by) {
    case 'place':
      return `in ${one.name.replace(/\/$/, '')}`
    case 'lack':
      return `without ${one.of}`
    case 'documentation':
      return 'with documentation'
    case 'relation':
      return `${one.direction === 'in' ? 'from' : 'to'} ${one.name} by ${kinds(one.kinds)}`
    case 'name':
      return `name ${one.how} ${one.text}`
    case 'measure':
      return `${one.measure} ${one.more ? '>' : '<'} ${one.than}`
  }
}

const kinds = (all: readonly string[]): string => (all.length > 3 ? 'any' : [...all].sort().join('+'))
const flag = (is: boolean, text: string): string[] => (is ? [text] : [])

export function meaning(analysis: Analysis | null): string {
  if (!analysis) return 'none'
  const place = 'place' in analysis && analysis.place ? [`in ${analysis.place.replace(/\/$/, '')}`] : []
  switch (analysis.form) {
    case 'relation':
      return ['relation', analysis.direction, kinds(analysis.kinds), analysis.name, ...place].join(' ')
    case 'imports':
      return ['imports', analysis.name, ...flag(analysis.count, 'count')].join(' ')
    case 'markers':
      return ['markers', [...analysis.words].sort().join('+'), ...flag(analysis.count, 'count'), ...place].join(' ')
    case 'listing': {
      const { subject, count, filters, order } = analysis
      const head = ['listing', subject, ...flag(count, 'count')].join(' ')
      const first = order ? [`${order.first} with ${order.most ? 'most' : 'fewest'} ${order.by}`] : []
      return [head, ...filters.map(filter).sort(), ...first].join('; ')
    }
  }
}
