/** Resolving members by type: through declarations, fields, results, collections, imports and exports of all kinds. */
import { test } from 'node:test'
import { check } from '../fixture.ts'
import { edgesOf } from './edges.ts'

/** Only calls, tests and references that start in the functions whose names begin so. */
const from = async (prefix: string, tree: string): Promise<string> =>
  (await edgesOf(tree))
    .split('\n')
    .filter((edge) => new RegExp(`^(?:\\w+\\.)?${prefix}`).test(edge))
    .join('\n')

test('TypeScript: chains, fields, destructuring, collections, casts and callbacks', async () => {
  check(
    await from(
      'u',
      `
      //- /store.ts
      export class Row {
        load() {}
      }
      export class Store {
        #rows: Row[] = []
        first = new Row()
        open() {
          return this
        }
        row(n: number) {
          return this.#rows[n]!
        }
        all(): readonly Row[] {
          return this.#rows
        }
      }
      //- /use.ts
      import { Row, Store } from './store'
      import * as all from './store'
      export function uChain() {
        new Store().open().row(1).load()
      }
      export function uField(store: Store) {
        store.first.load()
        const { first } = store
        first.load()
      }
      export function uLoop(store: Store) {
        for (const row of store.all()) row.load()
      }
      export function uCallback(store: Store) {
        return store.all().map((row) => row.load())
      }
      export function uCast(value: unknown) {
        ;(value as Row).load()
      }
      export function uNamespace() {
        return new all.Store().open()
      }
      export function uOptional(rows: Map<string, Row>) {
        rows.get('a')?.load()
      }
      `,
    ),
    `
      uCallback call Row.load
      uCallback call Store.all
      uCallback reference Store
      uCast call Row.load
      uCast reference Row
      uChain call Row.load
      uChain call Store
      uChain call Store.open
      uChain call Store.row
      uField call Row.load
      uField reference Store
      uLoop call Row.load
      uLoop call Store.all
      uLoop reference Store
      uNamespace call Store
      uNamespace call Store.open
      uOptional call Row.load
      uOptional reference Row
    `,
  )
})

test('Python, Go, Java, Rust, C++: types of variables, results, elements and embedded members', async () => {
  check(
    await from(
      'u',
      `
      //- /p/store.py
      class Row:
          def load(self):
              pass

      class Store:
          def __init__(self):
              self.first = Row()
          @property
          def last(self) -> Row:
              return self.first
          def rows(self) -> list[Row]:
              return [self.first]
      //- /p/use.py
      from .store import Store
      def u_py(store: "Store | None"):
          store.first.load()
          store.last.load()
          return [row.load() for row in store.rows()]
      //- /go.mod
      module example.com/app
      //- /g/store.go
      package g
      type Row struct{}
      func (r *Row) Load() {}
      type Store struct {
      	*Row
      	rows []*Row
      }
      func (s *Store) Rows() ([]*Row, error) { return s.rows, nil }
      //- /h/use.go
      package h
      import "example.com/app/g"
      func uGo(v any) {
      	store := &g.Store{}
      	rows, _ := store.Rows()
      	for _, row := range rows {
      		row.Load()
      	}
      	store.Load()
      	v.(*g.Row).Load()
      }
      //- /j/Row.java
      package j;
      public class Row { public Row load() { return this; } public static Row of() { return new Row(); } }
      //- /k/Use.java
      package k;
      import j.Row;
      class Use {
        java.util.List<Row> rows;
        void uJava(Object o) {
          Row.of().load().load();
          for (Row row : rows) row.load();
          rows.get(0).load();
          ((Row) o).load();
          Runnable r = Row::of;
        }
      }
      //- /src/lib.rs
      pub mod store;
      pub fn u_rust(rows: &Vec<store::Row>) {
          let row = crate::store::Row::new();
          row.load();
          for one in rows { one.load(); }
          println!("{}", row.load());
      }
      //- /src/store.rs
      pub struct Row;
      impl Row {
          pub fn new() -> Self { Row }
          pub fn load(&self) {}
      }
      //- /c/row.hpp
      namespace app { class Row { public: void load() {} static Row* make() { return nullptr; } }; }
      //- /c/use.cpp
      #include "row.hpp"
      void uCpp() {
        app::Row row;
        row.load();
        app::Row::make()->load();
        auto held = std::make_unique<app::Row>();
        held->load();
      }
      `,
    ),
    `
      Use.uJava call Row.load
      Use.uJava call Row.of
      Use.uJava reference Row
      uCpp call app.Row.load
      uCpp call app.Row.make
      uCpp reference app
      uCpp reference app.Row
      uGo call Load
      uGo call Rows
      uGo reference Row
      uGo reference Store
      u_py call Row.load
      u_py call Store.rows
      u_py reference Store.last
      u_rust call Row.load
      u_rust call Row.new
      u_rust reference Row
    `,
  )
})

test('barrels, stars, other names, default and CommonJS exports, packages of the tree', async () => {
  check(
    await from(
      'u',
      `
      //- /packages/core/package.json
      { "name": "@app/core" }
      //- /packages/core/src/index.ts
      export * from './a/index'
      export { hidden as shown } from './b'
      export { default as Made } from './c'
      //- /packages/core/src/a/index.ts
      export * from '../index'
      export * from './deep'
      //- /packages/core/src/a/deep.ts
      export function deep() {}
      //- /packages/core/src/b.ts
      export function hidden() {}
      //- /packages/core/src/c.ts
      class Inner {
        run() {}
      }
      export default Inner
      //- /packages/use/src/use.ts
      import { deep, shown, Made } from '@app/core'
      import { deep as renamed } from '@app/core'
      export function uBarrel() {
        deep()
        shown()
        new Made().run()
      }
      export function uAlias() {
        return renamed
      }
      //- /lib/old.js
      exports.login = function () {}
      module.exports.logout = logout
      function logout() {}
      const tools = { wipe() {} }
      module.exports.tools = tools
      //- /lib/use.js
      const old = require('./old')
      const { logout: away, tools } = require('./old')
      function uRequire() {
        old.login()
        away()
        tools.wipe()
        require('./old').login()
      }
      //- /py/pkg/__init__.py
      from .core import work as job
      from .more import *
      //- /py/pkg/core.py
      def work():
          pass
      //- /py/pkg/more.py
      def extra():
          pass
      //- /py/use.py
      import pkg
      from pkg import *
      def u_star():
          extra()
      def u_module():
          pkg.job()
          pkg.extra()
          pkg.core.work()
      `,
    ),
    `
      uAlias reference deep
      uBarrel call Inner
      uBarrel call Inner.run
      uBarrel call deep
      uBarrel call hidden
      uRequire call exports.login
      uRequire call logout
      uRequire call tools.wipe
      uRequire reference old
      uRequire reference tools
      u_module call extra
      u_module call work
      u_star call extra
    `,
  )
})

test('what scope, import and type do not say is not certain', async () => {
  check(
    await from(
      'u',
      `
      //- /a/store.py
      class Store:
          def flushAll(self):
              pass
      class Cache:
          def drop_rows(self):
              pass
      //- /a/use.py
      from a.store import Store
      import requests
      def u_unknown(thing):
          thing.drop_rows()
      def u_library():
          requests.get('x').flushAll()
      def u_shadow(Store):
          Store()
      def u_rebound(store: Store):
          store = requests.get('x')
          store.flushAll()
      //- /j/Base.java
      package j;
      public class Base { void put(String text) {} }
      //- /j/Heir.java
      package j;
      public class Heir extends Base { void put(int number) {} class Kind {} }
      //- /j/Use.java
      package j;
      import lib.Outer;
      class Use {
        void uOverload(Heir heir) { heir.put("a"); }
        Kind uNested() { return null; }
        void uForeign(Outer outer) { outer.put(1); }
      }
      //- /t/a.ts
      export class Engine {
        start() {}
      }
      //- /t/b.ts
      export class Engine {
        stop() {}
      }
      //- /t/use.ts
      import { Engine } from './b'
      export function uNamesake(a: Engine) {
        a.start()
        a.stop()
      }
      export function uLocal() {
        const start = () => 1
        return start()
      }
      `,
    ),
    `
      Use.uNested reference Heir.Kind ?0.90
      Use.uOverload call Heir.put ?0.90
      Use.uOverload reference Heir
      uLocal call uLocal.start
      uNamesake call Engine.stop
      uNamesake reference Engine
      u_rebound reference Store
      u_unknown call Cache.drop_rows ?0.90
    `,
  )
})

test('an import cycle of 200 barrels, names that stand for each other and types that contain each other end', async () => {
  const barrels = Array.from(
    { length: 200 },
    (_, i) => `
      //- /barrel/m${i}.ts
      export * from './m${(i + 1) % 200}'
      export * from './m${(i * 7 + 3) % 200}'
      ${i === 150 ? 'export function deep() {}' : ''}`,
  ).join('')
  check(
    await from(
      'u',
      `${barrels}
      //- /use.ts
      import { deep, nowhere } from './barrel/m0'
      export function uCycle() {
        deep()
        nowhere()
      }
      //- /self.ts
      export class A {
        next = new B()
        other = this.next.other.next
      }
      export class B {
        next = new A()
        other = this.next.next
      }
      export const x = y.next
      export const y = x.next
      export function uSelf() {
        x.next.other()
        return new A().next.next.next
      }
      `,
    ),
    `
      uCycle call deep
      uSelf call A
    `,
  )
})

test('thousands of namesakes and a file of 20,000 references are resolved, and a call of any of them is a guess or none', async () => {
  const classes = Array.from(
    { length: 2000 },
    (_, i) => `class C${i}:\n    def run(self):\n        return self.run()\n`,
  )
  const calls = Array.from({ length: 20_000 }, (_, i) => `    f(${i})`)
  check(
    await from(
      'u',
      `
//- /many.py
${classes.join('')}
//- /big.py
def f(x):
    return x
def u_big():
${calls.join('\n')}
def u_any(x):
    return x.run()
`,
    ),
    'u_big call f',
  )
})
