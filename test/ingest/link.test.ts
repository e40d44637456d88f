/** Resolving calls: by scope, by import, by the type of the receiver. Text in, edges out. */

import { test } from 'node:test'
import { check } from '../fixture.ts'
import { edgesOf } from './edges.ts'

test('TypeScript: resolves this, typed parameters, fields of other files, constructors and results, but no array methods', async () => {
  check(
    await edgesOf(`
      //- /src/store.ts
      export class Base {
        close() {}
      }
      export class Store extends Base {
        private readonly rows: string[] = []
        push(row: string) {
          this.rows.push(row)
          this.close()
        }
      }
      export function openStore(): Store {
        return new Store()
      }
      //- /src/use.ts
      import { openStore, type Store } from './store'
      export class Holder {
        constructor(private readonly store: Store) {}
        add(row: string) {
          this.store.push(row)
        }
      }
      export class Keeper extends Holder {
        drop() {
          this.store.close()
        }
      }
      export function use(list: string[], held: Holder) {
        list.push('a')
        held.add('b')
        const store = openStore()
        store.push('c')
        openStore().close()
      }
      export function shadow(openStore: () => void) {
        openStore()
      }
    `),
    `
      Holder.add call Store.push
      Holder.constructor reference Store
      Keeper extends Holder
      Keeper.drop call Base.close
      Store extends Base
      Store.push call Base.close
      openStore call Store
      openStore reference Store
      use call Base.close
      use call Holder.add
      use call Store.push
      use call openStore
      use reference Holder
    `,
  )
})

test('Python: resolves self, annotations, with and modules, and leaves names of libraries alone', async () => {
  check(
    await edgesOf(`
      //- /app/store.py
      class Base:
          def close(self):
              pass

      class Store(Base):
          def add(self, row):
              self.close()

      def open_store() -> Store:
          return Store()
      //- /app/use.py
      from urllib.parse import unquote
      from . import store
      from .store import Store

      def unquoted(text):
          return unquote(text)

      def use(held: Store, rows: list):
          rows.append(1)
          held.add(2)
          store.open_store()
          with Store() as other:
              other.add(3)
      //- /app/text.py
      def unquote(text):
          return text
    `),
    `
      Store extends Base
      Store.add call Base.close
      open_store call Store
      open_store reference Store
      use call Store
      use call Store.add
      use call open_store
      use reference Store
    `,
  )
})

test('Go: resolves receivers, fields, capitalized constructors and implicitly implemented interfaces', async () => {
  check(
    await edgesOf(`
      //- /store/store.go
      package store

      type Reader interface {
      	Read(n int) string
      	Close()
      }

      type Store struct {
      	file *File
      }

      type File struct{}

      func (f *File) Read(n int) string { return "" }
      func (f *File) Close()            {}

      func New() *Store { return &Store{file: &File{}} }

      func (s *Store) Load() string {
      	s.file.Close()
      	return s.file.Read(3)
      }
      //- /main.go
      package main

      import "example.com/app/store"

      func main() {
      	held := store.New()
      	held.Load()
      }
    `),
    `
      Close reference File
      File implements Reader
      Load call Close
      Load call Read
      Load reference Store
      New reference File
      New reference Store
      Read reference File
      Store reference File
      main call Load
      main call New
    `,
  )
})

test('unknowable calls are guesses, weaker for common names, and code does not call test doubles', async () => {
  check(
    await edgesOf(`
      //- /a.js
      export class Engine {
        startEngine() {}
        push() {}
      }
      export class Motor {
        rev() {}
      }
      export class Wheel {
        rev() {}
      }
      //- /b.js
      export function drive(thing) {
        thing.startEngine()
        thing.push()
        thing.rev()
      }
      //- /test/double.js
      export class Double {
        startEngine() {}
      }
    `),
    `
      drive call Engine.push ?0.20
      drive call Engine.startEngine ?0.90
      drive call Motor.rev ?0.25
      drive call Wheel.rev ?0.25
    `,
  )
})

test('Rust, Kotlin, PHP: resolves names imported under another name', async () => {
  check(
    await edgesOf(`
      //- /src/tools.rs
      pub fn measure() {}
      //- /src/main.rs
      use crate::tools::measure as gauge;
      fn run() {
          gauge();
      }
      //- /a/Tools.kt
      package shop.tools
      fun weigh() = 1
      //- /b/Use.kt
      package shop
      import shop.tools.weigh as scale
      fun carry() = scale()
      //- /lib/Core.php
      <?php
      namespace P;
      function count_all() { return 1; }
      //- /web/page.php
      <?php
      use function P\\count_all as total;
      function show() { return total(); }
    `),
    `
      carry call weigh
      run call measure
      show call count_all
    `,
  )
})

test('TypeScript: a name used as a value or a type refers to what it was imported from, unless it is bound anew', async () => {
  check(
    await edgesOf(`
      //- /src/tools.ts
      export function work() {}
      export const LIMIT = { a: 1 }
      export enum Status { On }
      export interface Shape {}
      //- /src/use.ts
      import { LIMIT, Status, work, type Shape } from './tools'
      function helper() {}
      export function handedOver() { [1].map(work) }
      export function stored() { return { work, on: Status.On } }
      export function own() { setTimeout(helper) }
      export function typed(shapes: Map<string, Shape[]>) { return LIMIT as unknown }
      export function inTemplate() { return \`\${String(work)} work LIMIT\` }
      export function parameter(work: string) { return [work] }
      export function local() { const { work } = globalThis; return [work] }
      export function arrow() { return [1].map((work) => [work]) }
      export function text() { return 'work LIMIT' } // Status
      export function key() { return { work: 1 }.work }
    `),
    `
      handedOver reference work
      inTemplate reference work
      own reference helper
      stored reference Status
      stored reference work
      typed reference LIMIT
      typed reference Shape
    `,
  )
})

test('Python: a name used as a value refers to what it was imported from, unless it is bound anew', async () => {
  check(
    await edgesOf(`
      //- /shop/tools.py
      def work():
          pass
      class Shape:
          pass
      //- /shop/use.py
      from .tools import work, Shape
      def handed_over():
          return list(map(work, [1]))
      def default(f=work):
          return f
      def annotated(shapes: dict[str, list[Shape]]) -> "int":
          return 1
      def keyword():
          return run(work=1)
      def parameter(work):
          return [work]
      def local():
          work = 1
          return [work]
      def loop():
          for work in []:
              print(work)
      def text():
          """work"""
          return "work" # work
      ROUTES = {"a": work}
    `),
    `
      ROUTES reference work
      annotated reference Shape
      default reference work
      handed_over reference work
    `,
  )
})
