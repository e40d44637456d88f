/** Tasks of `fovea bench generate` whose tests need only Node. */
import type { GenerateTask } from './task.ts'

const CART = `import { priceOf } from './price.mjs'

export class Cart {
  #items = []
  add(name) {
    this.#items.push(name)
  }
  total() {
    return this.#items.reduce((sum, name) => sum + priceOf(name), 0)
  }
}
`
const PRICE = `const PRICES = { apple: 100, pear: 150 }

export function priceOf(name) {
  return PRICES[name] ?? 0
}
`

const cart: GenerateTask = {
  name: 'discounts in a cart',
  runtime: 'node',
  files: { 'src/cart.mjs': CART, 'src/price.mjs': PRICE, 'package.json': '{"type":"module"}\n' },
  task: `- src/discount.mjs exports discountOf(total): 10 percent of totals of 1000 and more, else 0; rounded down to a whole number.
- Cart has a method due() that gives the total less the discount.
- priceOf throws an Error whose message holds the name for a name that has no price.`,
  hidden: {
    'hidden.mjs': `import assert from 'node:assert'
import { Cart } from './src/cart.mjs'
import { discountOf } from './src/discount.mjs'
import { priceOf } from './src/price.mjs'
assert.equal(discountOf(999), 0)
assert.equal(discountOf(1000), 100)
assert.equal(discountOf(1005), 100)
const cart = new Cart()
for (let i = 0; i < 10; i++) cart.add('apple')
assert.equal(cart.total(), 1000)
assert.equal(cart.due(), 900)
assert.throws(() => priceOf('plum'), /plum/)
`,
  },
  command: ['hidden.mjs'],
  solution: {
    'src/discount.mjs': `export const discountOf = (total) => (total >= 1000 ? Math.floor(total / 10) : 0)\n`,
    'src/cart.mjs': CART.replace('import {', "import { discountOf } from './discount.mjs'\nimport {").replace(
      '  total() {',
      '  due() {\n    return this.total() - discountOf(this.total())\n  }\n  total() {',
    ),
    'src/price.mjs': PRICE.replace(
      'return PRICES[name] ?? 0',
      "if (!(name in PRICES)) throw new Error('no price of ' + name)\n  return PRICES[name]",
    ),
  },
  mutants: [
    ['src/discount.mjs', '>= 1000', '> 1000'],
    ['src/discount.mjs', 'Math.floor(total / 10)', 'total / 10'],
    ['src/cart.mjs', ' - discountOf(this.total())', ''],
    ['src/price.mjs', "'no price of ' + name", "'no price'"],
  ],
}

const NOTES = `export class Notes {
  constructor(store) {
    this.store = store
  }
  add(text) {
    this.store.push({ text })
  }
  all() {
    return this.store.slice()
  }
}
`
const tags: GenerateTask = {
  name: 'tags on notes',
  runtime: 'node',
  files: {
    'lib/notes.mjs': NOTES,
    'lib/format.mjs': `export const line = (note) => '- ' + note.text\n`,
    'lib/main.mjs': `import { line } from './format.mjs'
import { Notes } from './notes.mjs'

export function render(texts) {
  const notes = new Notes([])
  for (const text of texts) notes.add(text)
  return notes.all().map(line).join('\\n')
}
`,
  },
  task: `- lib/tags.mjs exports tagsIn(text): the words that follow a # in the text, in lower case, each once, in their order.
- Notes.add keeps them as tags of the note, and Notes.tagged(tag) gives the notes that have it.
- line shows the tags after the text in brackets, separated by a comma and a space, and no brackets where there are none.`,
  hidden: {
    'hidden.mjs': `import assert from 'node:assert'
import { Notes } from './lib/notes.mjs'
import { tagsIn } from './lib/tags.mjs'
import { render } from './lib/main.mjs'
assert.deepEqual(tagsIn('Buy #Milk and #eggs, #milk'), ['milk', 'eggs'])
assert.deepEqual(tagsIn('none # here'), [])
const notes = new Notes([])
notes.add('a #x')
notes.add('b #y')
assert.deepEqual(notes.tagged('x').map((one) => one.text), ['a #x'])
assert.equal(render(['a #x #y', 'b']), '- a #x #y [x, y]\\n- b')
`,
  },
  command: ['hidden.mjs'],
  solution: {
    'lib/tags.mjs': `export const tagsIn = (text) => [...new Set([...text.matchAll(/#(\\w+)/g)].map(([, tag]) => tag.toLowerCase()))]\n`,
    'lib/notes.mjs': NOTES.replace('export class', "import { tagsIn } from './tags.mjs'\n\nexport class")
      .replace('this.store.push({ text })', 'this.store.push({ text, tags: tagsIn(text) })')
      .replace(
        '  all() {',
        '  tagged(tag) {\n    return this.store.filter((note) => note.tags.includes(tag))\n  }\n  all() {',
      ),
    'lib/format.mjs': `export const line = (note) => '- ' + note.text + (note.tags.length ? ' [' + note.tags.join(', ') + ']' : '')\n`,
  },
  mutants: [
    ['lib/tags.mjs', '.toLowerCase()', ''],
    ['lib/notes.mjs', '=> note.tags.includes(tag)', '=> note.tags.length'],
    ['lib/format.mjs', 'note.tags.length ? ', 'true ? '],
  ],
}

const CACHE = `export class Cache {
  #rows = new Map()
  get(key) {
    return this.#rows.get(key)
  }
  set(key, value) {
    this.#rows.set(key, value)
  }
}
`
const cache: GenerateTask = {
  name: 'a cache that forgets',
  runtime: 'node',
  files: {
    'src/cache.mjs': CACHE,
    'src/config.mjs': 'export const config = {}\n',
    'src/load.mjs': `import { Cache } from './cache.mjs'

export function loader(read) {
  const cache = new Cache()
  return (key) => {
    if (cache.get(key) === undefined) cache.set(key, read(key))
    return cache.get(key)
  }
}
`,
  },
  task: `- config has a field maxRows, 3.
- Cache takes the most rows it holds as its constructor's argument, config.maxRows without one, and forgets the row that was used longest ago when there are more; getting a row uses it.
- loader takes a second argument, the number of rows, and hands it to its cache.`,
  hidden: {
    'hidden.mjs': `import assert from 'node:assert'
import { Cache } from './src/cache.mjs'
import { config } from './src/config.mjs'
import { loader } from './src/load.mjs'
assert.equal(config.maxRows, 3)
const cache = new Cache()
for (const key of ['a', 'b', 'c']) cache.set(key, key)
cache.get('a')
cache.set('d', 'd')
assert.deepEqual(['a', 'b', 'c', 'd'].map((key) => cache.get(key)), ['a', undefined, 'c', 'd'])
let reads = 0
const load = loader((key) => { reads++; return key }, 1)
load('a'); load('b'); load('a')
assert.equal(reads, 3)
`,
  },
  command: ['hidden.mjs'],
  solution: {
    'src/config.mjs': 'export const config = { maxRows: 3 }\n',
    'src/cache.mjs': `import { config } from './config.mjs'

export class Cache {
  #rows = new Map()
  constructor(most = config.maxRows) {
    this.most = most
  }
  get(key) {
    if (!this.#rows.has(key)) return undefined
    const value = this.#rows.get(key)
    this.#rows.delete(key)
    this.#rows.set(key, value)
    return value
  }
  set(key, value) {
    this.#rows.delete(key)
    this.#rows.set(key, value)
    if (this.#rows.size > this.most) this.#rows.delete(this.#rows.keys().next().value)
  }
}
`,
    'src/load.mjs': `import { Cache } from './cache.mjs'

export function loader(read, most) {
  const cache = new Cache(most)
  return (key) => {
    const known = cache.get(key)
    if (known !== undefined) return known
    const value = read(key)
    cache.set(key, value)
    return value
  }
}
`,
  },
  mutants: [
    ['src/config.mjs', '3', '4'],
    [
      'src/cache.mjs',
      '    this.#rows.delete(key)\n    this.#rows.set(key, value)\n    return value',
      '    return value',
    ],
    ['src/load.mjs', 'new Cache(most)', 'new Cache()'],
  ],
}

const rename: GenerateTask = {
  name: 'a name that changes everywhere',
  runtime: 'node',
  files: {
    'a/user.mjs': `export const fetchUser = (id) => ({ id, name: 'user ' + id })\n`,
    'a/index.mjs': `export { fetchUser } from './user.mjs'\n`,
    'b/greet.mjs': `import { fetchUser } from '../a/index.mjs'\n\nexport const greet = (id) => 'Hello ' + fetchUser(id).name\n`,
    'b/list.mjs': `import { fetchUser } from '../a/index.mjs'\n\nexport const list = (ids) => ids.map((id) => fetchUser(id).name)\n`,
  },
  task: `- fetchUser is called loadUser everywhere, and the old name is gone.
- a/user.mjs is called a/load-user.mjs.`,
  hidden: {
    'hidden.mjs': `import assert from 'node:assert'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import * as a from './a/index.mjs'
import { greet } from './b/greet.mjs'
import { list } from './b/list.mjs'
assert.equal(a.loadUser(1).name, 'user 1')
assert.equal(a.fetchUser, undefined)
assert.equal(greet(2), 'Hello user 2')
assert.deepEqual(list([1]), ['user 1'])
assert.ok(existsSync('a/load-user.mjs') && !existsSync('a/user.mjs'))
for (const folder of ['a', 'b'])
  for (const name of readdirSync(folder)) assert.ok(!readFileSync(folder + '/' + name, 'utf8').includes('fetchUser'))
`,
  },
  command: ['hidden.mjs'],
  solution: {
    'a/user.mjs': '',
    'a/load-user.mjs': `export const loadUser = (id) => ({ id, name: 'user ' + id })\n`,
    'a/index.mjs': `export { loadUser } from './load-user.mjs'\n`,
    'b/greet.mjs': `import { loadUser } from '../a/index.mjs'\n\nexport const greet = (id) => 'Hello ' + loadUser(id).name\n`,
    'b/list.mjs': `import { loadUser } from '../a/index.mjs'\n\nexport const list = (ids) => ids.map((id) => loadUser(id).name)\n`,
  },
  mutants: [
    ['a/index.mjs', '{ loadUser }', '{ loadUser, loadUser as fetchUser }'],
    ['b/list.mjs', 'loadUser(id).name)\n', 'loadUser(id).name) // fetchUser\n'],
  ],
}

export const NODE_TASKS: readonly GenerateTask[] = [cart, tags, cache, rename]
