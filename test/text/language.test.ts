/** The list of languages is the one list of what a file name may end with. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planQuery } from '../../src/engine/retrieve/plan-query.ts'
import { LANGUAGES, languageOf } from '../../src/engine/text/language.ts'

test('a path of any language is known as one in a question, but for letters that are members as a rule', () => {
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

test('what goes on behind an extension is no path', () => {
  assert.deepEqual(planQuery('self.golden, x.cpus and a.rsx').paths, [])
})
