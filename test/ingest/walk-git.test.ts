/** The walk and the History port against the real `git`, with a nasty set of ignore rules. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { walkFiles } from '../../src/engine/ingest/walk/walk.ts'
import { nodeFiles } from '../../src/host/files.ts'
import { gitHistory } from '../../src/host/git-history.ts'
import { parseFixture, testRun } from '../fixture.ts'
import { temporaryFolder, write } from './walking.ts'

describe('agrees with git', { skip: process.platform === 'win32' }, () => {
  const git = (root: string, ...args: string[]): string =>
    execFileSync('git', ['-C', root, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { encoding: 'utf8' })

  function repository(): string {
    const root = temporaryFolder()
    git(root, 'init', '-q')
    write(
      root,
      parseFixture(`
        //- /.gitignore
        *.o
        !keep.o
        /abs
        **/any/
        a/**/z
        mid/*/leaf
        foo/**
        !foo/bar/
        [[:upper:]][!0-9].[ch]
        \\#hash
        \\!bang
        q\\?
        sp\\ 
        trail   
        *dir/
        !sub/rdir/
        one//two
        dir/
        !dir/x
        ex?ct
        [unclosed
        back\\\\slash
        //- /.git/info/exclude
        *.info
        /only-top
        //- /sub/.gitignore
        !*.o
        /abs2
        !any/
        any/*.tmp
        *
        !*/
        !*.[oct]*
        //- /sub/any/.gitignore
        !a.tmp
      `),
    )
    const folders = ['', 'a/', 'a/b/', 'a/b/c/', 'mid/', 'mid/y/', 'foo/', 'foo/bar/', 'sub/', 'sub/any/', 'sub/rdir/']
    const more = ['any/', 'xdir/', 'dir/', 'dir/dir/', 'one/', 'one/two/', 'sub/dir/', 'sub/any/deep/', 'y/any/deep/']
    const names = `a.o keep.o abs z leaf Ab.c A1.c ab.c #hash !bang q? qq trail x exact exxct [unclosed back\\slash
      a.info only-top abs2 a.tmp b.tmp two.txt`
    const all = [...folders, ...more].flatMap((folder) => [
      ...names.split(/\s+/).map((name) => folder + name),
      `${folder}sp `,
    ])
    write(
      root,
      all.map((path) => [path, ''] as const),
    )
    git(root, 'add', '-f', 'any/x', 'abs', 'dir/dir/x', 'sub/x', 'foo/z')
    rmSync(join(root, 'abs'))
    return root
  }

  for (const inner of ['', 'sub', 'sub/any', 'mid/y']) {
    test(`in ${inner || 'the whole repository'}`, async () => {
      const root = join(repository(), inner)
      const listed = git(root, 'ls-files', '-co', '--exclude-standard', '-z').split('\0')
      const expected = listed.filter((path) => path !== '' && (inner !== '' || path !== 'abs')).sort()
      const { files, skipped } = await walkFiles(testRun(), { files: nodeFiles, history: gitHistory }, [root])
      const found = [...files, ...skipped].map(({ path }) => path).sort()
      assert.deepEqual(found, expected)
      assert.ok(expected.length > 5)
    })
  }

  const commitsIn = async (root: string) =>
    (await gitHistory.commits(root, 5, null)).commits.map(({ subject, paths }) => ({ subject, paths }))

  test('commits, tracked paths and head are those of the folder', async () => {
    const root = temporaryFolder()
    git(root, 'init', '-q')
    assert.deepEqual(await commitsIn(root), [])
    assert.equal(await gitHistory.head(root), null)
    write(root, parseFixture('//- /a.ts\n//- /s ub/b"\\é.ts'))
    git(root, 'add', '-A')
    git(root, 'commit', '-qm', 'first: “é”')
    write(root, parseFixture('//- /a.ts\nx'))
    git(root, 'commit', '-qam', 'second\n\nbody')
    git(root, 'commit', '-q', '--allow-empty', '-m', 'nothing')
    const inner = join(root, 's ub')
    assert.deepEqual(await commitsIn(root), [
      { subject: 'second', paths: ['a.ts'] },
      { subject: 'first: “é”', paths: ['a.ts', 's ub/b"\\é.ts'] },
    ])
    assert.deepEqual(await commitsIn(inner), [{ subject: 'first: “é”', paths: ['b"\\é.ts'] }])
    assert.deepEqual([...((await gitHistory.tracked(inner)) ?? [])], ['b"\\é.ts'])
    assert.equal(await gitHistory.head(inner), git(root, 'rev-parse', 'HEAD').trim())
    const bare = temporaryFolder()
    assert.equal(await gitHistory.tracked(bare), null)
    assert.deepEqual(await gitHistory.excludes(bare), [])
    assert.equal(await gitHistory.ignoresCase(bare), false)
    git(root, 'config', 'core.ignoreCase', 'yes')
    assert.equal(await gitHistory.ignoresCase(root), true)
  })

  test('repository settings cannot start a program', async () => {
    const root = temporaryFolder()
    git(root, 'init', '-q')
    write(root, [
      ['a.ts', ''],
      ['trap', '#!/bin/sh\ntouch "$(dirname "$0")/sprung"\n'],
    ])
    chmodSync(join(root, 'trap'), 0o755)
    git(root, 'add', '-A')
    git(root, 'commit', '-qm', 'first')
    const commit = git(root, 'cat-file', 'commit', 'HEAD').replace(
      '\n\n',
      '\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n\n',
    )
    const options = { input: commit, encoding: 'utf8' as const }
    const signed = execFileSync('git', ['-C', root, 'hash-object', '-t', 'commit', '-w', '--stdin'], options).trim()
    git(root, 'update-ref', 'HEAD', signed)
    const trap = join(root, 'trap')
    for (const name of ['core.fsmonitor', 'gpg.program', 'core.pager', 'diff.external', 'core.sshCommand']) {
      git(root, 'config', name, trap)
    }
    git(root, 'config', 'log.showSignature', 'true')
    assert.deepEqual(await commitsIn(root), [{ subject: 'first', paths: ['a.ts', 'trap'] }])
    assert.equal((await gitHistory.tracked(root))?.size, 2)
    assert.equal(await gitHistory.head(root), signed)
    await gitHistory.hunks(root, [signed])
    await gitHistory.excludes(root)
    assert.ok(!existsSync(join(root, 'sprung')))
    git(root, 'log')
    assert.ok(existsSync(join(root, 'sprung')), 'the trap works when nothing holds it')
  })
})
