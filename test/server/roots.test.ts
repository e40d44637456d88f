/** Mapping paths as the editor names them to paths on disk, including case-insensitive file systems. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { rootsOf, withDiskSpelling } from '../../src/server/roots.ts'

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'fovea-roots-')))
after(() => rmSync(folder, { recursive: true, force: true }))

test('resolves an editor’s file to the one on disk, through links and in other spellings', async () => {
  mkdirSync(join(folder, 'real'))
  writeFileSync(join(folder, 'real', 'a.ts'), '')
  symlinkSync(join(folder, 'real'), join(folder, 'link'))
  const roots = await rootsOf([join(folder, 'link')])
  const file = join(folder, 'real', 'a.ts')
  assert.equal(await roots.realPathOf(join(folder, 'link', 'a.ts')), file)
  assert.equal(await roots.realPathOf(file), file)
  assert.equal(await roots.realPathOf(join(folder, 'link', 'new.ts')), join(folder, 'real', 'new.ts'))
  assert.equal(await roots.realPathOf(join(folder, 'elsewhere.ts')), null)
  assert.equal(roots.editorPathOf(file), join(folder, 'link', 'a.ts'))
})

test('takes the case and form of letters from the disk, but keeps links and paths that do not exist yet', async () => {
  const onDisk = (real: string) => (async () => real) as unknown as typeof import('node:fs/promises').realpath
  assert.equal(await withDiskSpelling('/Repo/SRC/A.ts', onDisk('/repo/src/a.ts')), '/repo/src/a.ts')
  assert.equal(await withDiskSpelling('/repo/u\u0308.ts', onDisk('/repo/\u00fc.ts')), '/repo/\u00fc.ts')
  assert.equal(await withDiskSpelling('/repo/link.ts', onDisk('/repo/target.ts')), '/repo/link.ts')
  assert.equal(await withDiskSpelling(join(folder, 'None.ts')), join(folder, 'None.ts'))
})
