/** Tasks of `fovea bench generate` whose tests need Python. */
import type { GenerateTask } from './task.ts'

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
const bank: GenerateTask = {
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
const index: GenerateTask = {
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

const steps: GenerateTask = {
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

export const PYTHON_TASKS: readonly GenerateTask[] = [bank, index, steps]
