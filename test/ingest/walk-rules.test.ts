/** Ignore rules: which files are found, in trees written as text. */
import { test } from 'node:test'
import type { History } from '../../src/engine/ports.ts'
import { check, memoryFiles, noHistory, parseFixture } from '../fixture.ts'
import { tracking, walk } from './walking.ts'

/** The files of a fixture's `/r`, without the ignore files. */
async function walkText(fixture: string, history: History = tracking([])): Promise<string> {
  const lines = (await walk(memoryFiles(parseFixture(fixture)), history, '/r')).split('\n')
  return lines.filter((line) => !/(^|\/)\.(git|fovea)ignore$/.test(line)).join('\n')
}

test('handles nested files, anchors and negation; the deepest file decides', async () => {
  const found = await walkText(`
    //- /r/.gitignore
    *.log
    /top.txt
    out/
    docs/*.html
    !keep.log
    //- /r/a.log
    //- /r/keep.log
    //- /r/top.txt
    //- /r/sub/top.txt
    //- /r/sub/.gitignore
    !b.log
    /local.txt
    //- /r/sub/b.log
    //- /r/sub/c.log
    //- /r/sub/local.txt
    //- /r/sub/deep/local.txt
    //- /r/sub/out/x.ts
    //- /r/out
    //- /r/docs/a.html
    //- /r/docs/more/a.html
  `)
  check(
    found,
    `
    docs/more/a.html
    keep.log
    out
    sub/b.log
    sub/deep/local.txt
    sub/top.txt
  `,
  )
})

test('nothing in an excluded folder is re-included unless the folder itself is', async () => {
  const found = await walkText(`
    //- /r/.gitignore
    /build/
    !/build/keep.ts
    /gen/*
    !/gen/keep/
    vendor/
    //- /r/build/keep.ts
    //- /r/gen/a.ts
    //- /r/gen/keep/b.ts
    //- /r/lib/.gitignore
    !vendor/
    //- /r/lib/vendor/c.ts
    //- /r/lib/vendor/deep/vendor/d.ts
    //- /r/lib/vendor/deep/e.ts
    //- /r/vendor/f.ts
  `)
  check(
    found,
    `
    gen/keep/b.ts
    lib/vendor/c.ts
    lib/vendor/deep/e.ts
    lib/vendor/deep/vendor/d.ts
  `,
  )
})

test('tracked files stay even if a rule matches them or their folder', async () => {
  const found = await walkText(
    `
    //- /r/.gitignore
    *.log
    build/
    //- /r/a.log
    //- /r/b.log
    //- /r/build/in/kept.ts
    //- /r/build/in/new.ts
    //- /r/build/other/new.ts
  `,
    tracking(['a.log', 'build/in/kept.ts', 'deleted.ts']),
  )
  check(found, 'a.log\nbuild/in/kept.ts')
})

test('.foveaignore overrides tracked files and .gitignore, in both directions', async () => {
  const found = await walkText(
    `
    //- /r/.gitignore
    *.gen.ts
    data/
    //- /r/.foveaignore
    fixtures/
    big.*
    !api.gen.ts
    !data/
    //- /r/api.gen.ts
    //- /r/other.gen.ts
    //- /r/big.ts
    //- /r/fixtures/a.ts
    //- /r/data/a.ts
    //- /r/sub/.foveaignore
    !big.ts
    //- /r/sub/big.ts
  `,
    tracking(['big.ts', 'fixtures/a.ts']),
  )
  check(found, 'api.gen.ts\ndata/a.ts\nsub/big.ts')
})

test('excludes of the repository and the user yield to .gitignore', async () => {
  const fixture = `
    //- /r/.gitignore
    !b.tmp
    //- /r/a.tmp
    //- /r/b.tmp
    //- /r/sub/top
    //- /r/top
  `
  check(await walkText(fixture, tracking([], ['*.tmp', '/top'])), 'b.tmp\nsub/top')
})

test('handles byte order mark, CRLF, trailing spaces, case and Latin-1 bytes', async () => {
  const files = new Map<string, string | Uint8Array>([
    ['/r/.gitignore', '\uFEFFfirst\r\n*.tmp\r\nspaced  \r\nkept\\ \r\n# no\r\nLast'],
    ['/r/sub/.gitignore', Buffer.from('caf\xe9\nx.ts', 'latin1')],
    ...['first', 'a.tmp', 'A.TMP', 'spaced', 'kept ', 'kept', '# no', 'Last', 'last', 'sub/x.ts'].map(
      (path) => [`/r/${path}`, ''] as const,
    ),
  ])
  const found = await walk(memoryFiles(files), tracking([]), '/r')
  check(found, '# no\n.gitignore\nA.TMP\nkept\nlast\nsub/.gitignore')
})

test('without git, skips node_modules and applies .gitignore, but not of parent folders', async () => {
  const fixture = `
    //- /.gitignore
    *.ts
    //- /r/.gitignore
    out/
    //- /r/a.ts
    //- /r/out/b.ts
    //- /r/node_modules/c.js
    //- /r/sub/node_modules/c.js
  `
  check(await walkText(fixture, noHistory), 'a.ts')
})

test('a root below the top of its repository obeys the ignore files above it, and is walked even if ignored itself', async () => {
  const files = memoryFiles(
    parseFixture(`
      //- /repo/.git/HEAD
      //- /repo/.gitignore
      *.log
      /pkg/a/x.ts
      /ignored/
      //- /repo/pkg/.gitignore
      /a/y.ts
      //- /repo/pkg/a/a.log
      //- /repo/pkg/a/x.ts
      //- /repo/pkg/a/y.ts
      //- /repo/pkg/a/z.ts
      //- /repo/pkg/a/in/info
      //- /repo/ignored/a.log
      //- /repo/ignored/in/a.ts
    `),
  )
  check(await walk(files, tracking([], ['/pkg/a/in/info']), '/repo/pkg/a'), 'z.ts')
  check(await walk(files, tracking([]), '/repo/ignored'), 'in/a.ts')
})

test('ignore rules are case-insensitive where git is', async () => {
  const fixture = `
    //- /r/.gitignore
    Build/
    *.LOG
    !Keep.log
    //- /r/build/x.ts
    //- /r/a.log
    //- /r/KEEP.LOG
    //- /r/b.ts
    `
  check(await walkText(fixture, { ...tracking([]), ignoresCase: async () => true }), 'KEEP.LOG\nb.ts')
  check(await walkText(fixture), 'a.log\nb.ts\nbuild/x.ts')
})
