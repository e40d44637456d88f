/** The blocks of the context by folder and file, each with its level of detail, cost and reasons. */
import { t } from '@vscode/l10n'
import type { Block } from '../../engine/types/pack.ts'
import type { Override } from '../../engine/types/query.ts'
import { Code } from './code.tsx'
import { useFold } from './folds.ts'
import { isPinned, nextLevel, overrideFor, togglePin } from './overrides.ts'
import { Action, Fold, Open, type Send } from './parts.tsx'
import { dots, fileOf, folderOf, linesWord, reasons, resolutionWord, short } from './words.ts'

interface Shown {
  readonly overrides: readonly Override[]
  readonly stale: readonly string[]
  readonly send: Send
}

const tokensOf = (blocks: readonly Block[]) => blocks.reduce((sum, { tokens }) => sum + tokens, 0)
/** A block of commits; overrides apply to the block of lines beside it. */
const isLog = ({ resolution }: Block) => resolution === 'log'
const isCard = ({ resolution }: Block) => resolution === 'file card' || resolution === 'folder card'

export function Blocks({ blocks, ...rest }: Shown & { readonly blocks: readonly Block[] }) {
  const folders = Map.groupBy(blocks, ({ path }) => folderOf(path))
  const mapBlocks = (folders.get('') ?? []).filter(({ path }) => path === '')
  return (
    <div class="blocks">
      <ul>
        {mapBlocks.map((block) => (
          <Row key={block.id} block={block} {...rest} />
        ))}
      </ul>
      {[...folders].map(([folder, inFolder]) => (
        <Folder key={folder} folder={folder} blocks={inFolder.filter(({ path }) => path !== '')} {...rest} />
      ))}
    </div>
  )
}

function Folder({ folder, blocks, ...rest }: Shown & { readonly folder: string; readonly blocks: readonly Block[] }) {
  const [open, toggle] = useFold(`folder ${folder}`, true)
  if (blocks.length === 0) return null
  const files = [...Map.groupBy(blocks, ({ path }) => path)]
  return (
    <section>
      <h2>
        <Fold open={open} toggle={toggle}>
          <span class="label">{folder || t('(root folder)')}</span>
          <span class="sum">{short(tokensOf(blocks))}</span>
        </Fold>
      </h2>
      {open && files.map(([path, inFile]) => <File key={path} path={path} blocks={inFile} {...rest} />)}
    </section>
  )
}

/** A file's blocks under a heading; a file of which there is only a card has none. */
function File({ path, blocks, ...rest }: Shown & { readonly path: string; readonly blocks: readonly Block[] }) {
  const [open, toggle] = useFold(`file ${path}`, true)
  const rows = (
    <ul>
      {blocks.map((block) => (
        <Row key={block.id} block={block} {...rest} />
      ))}
    </ul>
  )
  if (blocks.every(isCard)) return rows
  return (
    <>
      <h3>
        <Fold open={open} toggle={toggle}>
          <span class="label" title={path}>
            {fileOf(path)}
          </span>
          <span class="sum">{short(tokensOf(blocks))}</span>
        </Fold>
      </h3>
      {open && rows}
    </>
  )
}

function Row({ block, overrides, stale, send }: Shown & { readonly block: Block }) {
  const { id, path, symbols, resolution, firstLine, lastLine, tokens, why } = block
  const [open, toggle] = useFold(`${isLog(block) ? 'commits' : 'block'} ${path} ${firstLine} ${lastLine}`, false)
  const { best, all } = reasons(why)
  const name = isCard(block) ? fileOf(path) || t('repository map') : symbols.join(', ') || t('lines')
  const isStale = stale.includes(id)
  return (
    <li class={isLog(block) ? 'block log' : 'block'} data-id={id}>
      <div class="row">
        <Fold open={open} toggle={toggle} class="number" label={t('Text of [{0}] {1}', id.slice(1), name)}>
          [{id.slice(1)}]
        </Fold>
        <span class="title">
          {path ? (
            <Open place={block} send={send}>
              {name}
            </Open>
          ) : (
            <span class="name">{name}</span>
          )}
          {isStale && (
            <span class="stale">
              <span class="codicon codicon-warning" aria-hidden="true" />
              {t('stale')}
            </span>
          )}
        </span>
        <span class="facts">
          <span class="lines muted">{linesWord(firstLine, lastLine)}</span>
          <span class="detail">
            {isLog(block) ? (
              <span class="codicon codicon-git-commit" aria-hidden="true" />
            ) : (
              <span class="dots" aria-hidden="true">
                {dots(resolution)}
              </span>
            )}{' '}
            {resolutionWord(resolution)}
          </span>
        </span>
        <span class="sum" title={t('{0} tokens', tokens)}>
          {short(tokens)}
        </span>
        {path && !isLog(block) ? <Actions {...{ block, name, overrides, send }} /> : <span class="actions" />}
        {path && best && (
          <span class="why muted" title={all}>
            {best}
          </span>
        )}
      </div>
      {open && <Code block={block} />}
    </li>
  )
}

function Actions(props: {
  readonly block: Block
  readonly name: string
  readonly overrides: readonly Override[]
  readonly send: Send
}) {
  const { block, name, overrides, send } = props
  const pinned = isPinned(overrides, block)
  const finer = nextLevel(block, 'finer')
  const coarser = nextLevel(block, 'coarser')
  const setOverrides = (list: Override[]) => send({ type: 'overrides', overrides: list })
  return (
    <span class="actions">
      <Action
        icon={pinned ? 'pinned' : 'pin'}
        label={pinned ? t('Pinned; unpin {0}', name) : t('Pin {0}', name)}
        pressed={pinned}
        onClick={() => setOverrides(togglePin(overrides, block))}
      />
      <Action
        icon="remove"
        label={t('Coarser: {0}', name)}
        disabled={!coarser}
        onClick={() => coarser && setOverrides(overrideFor(overrides, block, coarser))}
      />
      <Action
        icon="add"
        label={t('Finer: {0}', name)}
        disabled={!finer}
        onClick={() => finer && setOverrides(overrideFor(overrides, block, finer))}
      />
      <Action
        icon="close"
        label={t('Drop {0}', name)}
        onClick={() => setOverrides(overrideFor(overrides, block, 'drop'))}
      />
    </span>
  )
}
