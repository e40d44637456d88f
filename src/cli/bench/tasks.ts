/**
 * Small projects with a task over several files, tests that whoever carries it out does not see, a solution that passes them
 * and mutants of it, each of which must fail them. Written for this bench.
 */

type Files = Readonly<Record<string, string>>

export interface Task {
  readonly name: string
  /** The program that runs the hidden test. */
  readonly runtime: 'node' | 'python3' | 'go'
  readonly files: Files
  /** A requirement a line. */
  readonly task: string
  /** Path of the hidden test, its text, and how it is run. */
  readonly hidden: Files
  readonly command: readonly string[]
  readonly solution: Files
  /** What is wrong with it: a path, a text of the solution, and what stands there instead. */
  readonly mutants: readonly (readonly [path: string, find: string, instead: string])[]
}

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

const cart: Task = {
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
const tags: Task = {
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
const cache: Task = {
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

const rename: Task = {
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

const BANK = `from bank.account import Account


class Bank:
    def __init__(self):
        self.accounts = {}

    def open(self, owner):
        self.accounts[owner] = Account(owner)
        return self.accounts[owner]
`
const ACCOUNT = `class Account:
    def __init__(self, owner):
        self.owner = owner
        self.balance = 0

    def deposit(self, amount):
        self.balance += amount
`
const bank: Task = {
  name: 'transfers in a bank',
  runtime: 'python3',
  files: { 'bank/__init__.py': '', 'bank/bank.py': BANK, 'bank/account.py': ACCOUNT },
  task: `- bank/errors.py defines InsufficientFunds, an Exception.
- Account.withdraw(amount) takes the amount off, and raises InsufficientFunds, with nothing changed, when the balance is less.
- Bank.transfer(source, target, amount) moves an amount between owners; nothing moves when it cannot.`,
  hidden: {
    'hidden.py': `from bank.bank import Bank
from bank.errors import InsufficientFunds

bank = Bank()
a, b = bank.open("a"), bank.open("b")
a.deposit(10)
bank.transfer("a", "b", 4)
assert (a.balance, b.balance) == (6, 4)
for work in (lambda: bank.transfer("a", "b", 7), lambda: a.withdraw(7)):
    try:
        work()
        raise SystemExit("no error")
    except InsufficientFunds:
        pass
assert (a.balance, b.balance) == (6, 4)
a.withdraw(6)
assert a.balance == 0
assert issubclass(InsufficientFunds, Exception)
`,
  },
  command: ['hidden.py'],
  solution: {
    'bank/errors.py': 'class InsufficientFunds(Exception):\n    pass\n',
    'bank/account.py': `from bank.errors import InsufficientFunds\n\n\n${ACCOUNT}
    def withdraw(self, amount):
        if amount > self.balance:
            raise InsufficientFunds(self.owner)
        self.balance -= amount
`,
    'bank/bank.py': `${BANK}
    def transfer(self, source, target, amount):
        self.accounts[source].withdraw(amount)
        self.accounts[target].deposit(amount)
`,
  },
  mutants: [
    ['bank/account.py', 'amount > self.balance', 'amount >= self.balance'],
    ['bank/bank.py', '        self.accounts[source].withdraw(amount)\n', ''],
    ['bank/errors.py', '(Exception)', '(BaseException)'],
  ],
}

const TEXTS = `def words(text):
    return text.split()
`
const index: Task = {
  name: 'an index of words',
  runtime: 'python3',
  files: {
    'search/__init__.py': '',
    'search/texts.py': TEXTS,
    'search/documents.py':
      'class Documents:\n    def __init__(self):\n        self.texts = {}\n\n    def add(self, name, text):\n        self.texts[name] = text\n',
  },
  task: `- words gives the words in lower case, without signs of punctuation around them.
- search/index.py has a class Index over a Documents, with find(query): the names of the documents that hold all words of the query, in the order of their names.
- Documents.remove(name) takes a document out, and find no longer gives it.`,
  hidden: {
    'hidden.py': `from search.documents import Documents
from search.index import Index
from search.texts import words

assert words('Hello, World! (again)') == ['hello', 'world', 'again']
documents = Documents()
documents.add('b', 'The quick fox.')
documents.add('a', 'A quick, brown fox')
documents.add('c', 'slow')
index = Index(documents)
assert index.find('Quick fox') == ['a', 'b']
assert index.find('brown') == ['a']
assert index.find('slow fox') == []
documents.remove('a')
assert index.find('fox') == ['b']
assert index.find('cat') == []
`,
  },
  command: ['hidden.py'],
  solution: {
    'search/texts.py':
      'import string\n\n\ndef words(text):\n    stripped = (word.strip(string.punctuation).lower() for word in text.split())\n    return [word for word in stripped if word]\n',
    'search/documents.py':
      'class Documents:\n    def __init__(self):\n        self.texts = {}\n\n    def add(self, name, text):\n        self.texts[name] = text\n\n    def remove(self, name):\n        del self.texts[name]\n',
    'search/index.py':
      'from search.texts import words\n\n\nclass Index:\n    def __init__(self, documents):\n        self.documents = documents\n\n    def find(self, query):\n        wanted = set(words(query))\n        return sorted(name for name, text in self.documents.texts.items() if wanted <= set(words(text)))\n',
  },
  mutants: [
    ['search/texts.py', '.lower()', ''],
    ['search/index.py', 'sorted(', 'list('],
    ['search/index.py', 'wanted <= set(words(text))', 'wanted & set(words(text))'],
  ],
}

const steps: Task = {
  name: 'a pipeline that can be stopped',
  runtime: 'python3',
  files: {
    'flow/__init__.py': '',
    'flow/pipeline.py':
      'class Pipeline:\n    def __init__(self, steps):\n        self.steps = steps\n\n    def run(self, value):\n        for step in self.steps:\n            value = step(value)\n        return value\n',
    'flow/steps.py': 'def double(value):\n    return value * 2\n\n\ndef increment(value):\n    return value + 1\n',
  },
  task: `- flow/stop.py defines Stop, an Exception that carries a value.
- Pipeline.run ends when a step raises Stop, and gives its value.
- flow/steps.py has limit(most): a step that raises Stop with most when its value is greater, and gives the value on otherwise.
- Pipeline.names() lists the names of its steps.`,
  hidden: {
    'hidden.py': `from flow.pipeline import Pipeline
from flow.steps import double, increment, limit
from flow.stop import Stop

assert Pipeline([double, increment]).run(3) == 7
assert Pipeline([double, limit(5), increment]).run(3) == 5
assert Pipeline([double, limit(6), increment]).run(3) == 7
assert Stop(4).value == 4
assert Pipeline([double, increment]).names() == ['double', 'increment']
`,
  },
  command: ['hidden.py'],
  solution: {
    'flow/stop.py':
      'class Stop(Exception):\n    def __init__(self, value):\n        super().__init__(value)\n        self.value = value\n',
    'flow/pipeline.py':
      'from flow.stop import Stop\n\n\nclass Pipeline:\n    def __init__(self, steps):\n        self.steps = steps\n\n    def names(self):\n        return [step.__name__ for step in self.steps]\n\n    def run(self, value):\n        try:\n            for step in self.steps:\n                value = step(value)\n            return value\n        except Stop as stop:\n            return stop.value\n',
    'flow/steps.py':
      'from flow.stop import Stop\n\n\ndef double(value):\n    return value * 2\n\n\ndef increment(value):\n    return value + 1\n\n\ndef limit(most):\n    def step(value):\n        if value > most:\n            raise Stop(most)\n        return value\n\n    return step\n',
  },
  mutants: [
    ['flow/steps.py', 'value > most', 'value >= most'],
    ['flow/steps.py', 'raise Stop(most)', 'raise Stop(value)'],
    ['flow/pipeline.py', 'step.__name__', 'str(step)'],
  ],
}

const queue: Task = {
  name: 'a queue with priorities',
  runtime: 'go',
  files: {
    'go.mod': 'module example.com/jobs\n\ngo 1.20\n',
    'job/job.go': 'package job\n\ntype Job struct {\n\tName string\n}\n',
    'queue/queue.go': `package queue

import "example.com/jobs/job"

type Queue struct {
	jobs []job.Job
}

func (q *Queue) Push(j job.Job) {
	q.jobs = append(q.jobs, j)
}
`,
  },
  task: `- job.Job has a field Priority, an int.
- queue.Queue has a method Pop that gives the job of the highest priority, of equal ones that which was pushed first, and false when the queue is empty.
- queue.Queue has a method Len.`,
  hidden: {
    'hidden_test.go': `package jobs

import (
	"testing"

	"example.com/jobs/job"
	"example.com/jobs/queue"
)

func TestQueue(t *testing.T) {
	q := &queue.Queue{}
	q.Push(job.Job{Name: "a", Priority: 1})
	q.Push(job.Job{Name: "b", Priority: 2})
	q.Push(job.Job{Name: "c", Priority: 2})
	if q.Len() != 3 {
		t.Fatal(q.Len())
	}
	for _, want := range []string{"b", "c", "a"} {
		j, ok := q.Pop()
		if !ok || j.Name != want {
			t.Fatal(j, ok, want)
		}
	}
	if _, ok := q.Pop(); ok {
		t.Fatal("not empty")
	}
}
`,
  },
  command: ['test', './...'],
  solution: {
    'job/job.go': 'package job\n\ntype Job struct {\n\tName     string\n\tPriority int\n}\n',
    'queue/queue.go': `package queue

import "example.com/jobs/job"

type Queue struct {
	jobs []job.Job
}

func (q *Queue) Push(j job.Job) {
	q.jobs = append(q.jobs, j)
}

func (q *Queue) Len() int {
	return len(q.jobs)
}

func (q *Queue) Pop() (job.Job, bool) {
	if len(q.jobs) == 0 {
		return job.Job{}, false
	}
	best := 0
	for i, j := range q.jobs {
		if j.Priority > q.jobs[best].Priority {
			best = i
		}
	}
	found := q.jobs[best]
	q.jobs = append(q.jobs[:best], q.jobs[best+1:]...)
	return found, true
}
`,
  },
  mutants: [
    ['queue/queue.go', 'j.Priority > q', 'j.Priority >= q'],
    ['queue/queue.go', 'return len(q.jobs)', 'return 0'],
  ],
}

export const TASKS: readonly Task[] = [cart, tags, cache, rename, bank, index, steps, queue]
