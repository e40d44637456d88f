/** The list of languages is the single list of known file extensions. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planQuery } from '../../src/engine/retrieve/plan-query.ts'
import { LANGUAGES, languageOf } from '../../src/engine/text/language.ts'

test('recognizes a path of any language in a question, except extensions that are more often member names', () => {
  const unknown = LANGUAGES.flatMap(({ extensions }) => extensions).filter((extension) => {
    const path = `src/deep/name.${extension}`
    assert.notEqual(languageOf(path).id, 'text')
    const found = ['see %.', 'in `%`, line 3', '%:12', '(%)'].filter((text) =>
      planQuery(text.replace('%', path)).paths.includes(path.toLowerCase()),
    )
    return found.length < 4
  })
  assert.deepEqual(unknown, ['m', 'r', 'R'])
})

test('a longer word after an extension makes it no path', () => {
  assert.deepEqual(planQuery('self.golden, x.cpus and a.rsx').paths, [])
})
