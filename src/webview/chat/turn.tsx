/** A question and its answer, with their actions. */
import * as l10n from '@vscode/l10n'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { Mention, Turn as TurnType } from '../../engine/types/thread.ts'
import { announce } from '../connection.ts'
import { Icon, IconButton, showCheck } from '../icon.tsx'
import { placeOf } from '../place.ts'
import { Answer, textOf } from './answer.tsx'
import { Composer } from './composer.tsx'
import { iconOf, nameOf } from './mentions.tsx'
import { send, type UnsentQuestion } from './wire.ts'

interface TurnProps {
  readonly turn: TurnType
  /** A question is being answered, so no other can be sent. */
  readonly busy: boolean
  readonly unready: string | null
  readonly onAsk: (question: UnsentQuestion, replaces: string | null) => void
}

export function Turn({ turn, busy, unready, onAsk }: TurnProps) {
  const { id, question, mentions, answer, error } = turn
  const retry = () => onAsk({ text: question, mentions }, id)
  return (
    <article class="turn" aria-label={question}>
      <Question turn={turn} busy={busy} unready={unready} onAsk={onAsk} />
      {answer ? (
        <>
          <Answer answer={answer} />
          <Actions turn={turn} answer={answer} disabled={busy || unready !== null} onRetry={retry} />
        </>
      ) : (
        <div class="failed">
          <p>
            <Icon name="error" />
            <span>{error || l10n.t('This question was not answered.')}</span>
          </p>
          <button type="button" class="button" disabled={busy || unready !== null} onClick={retry}>
            {l10n.t('Retry')}
          </button>
          <button type="button" class="button secondary" onClick={() => send({ type: 'set up model' })}>
            {l10n.t('Set up a model')}
          </button>
        </div>
      )}
    </article>
  )
}

function Question({ turn, busy, unready, onAsk }: TurnProps) {
  const { id, question, mentions } = turn
  const [edited, setEdited] = useState<UnsentQuestion | null>(null)
  const editButton = useRef<HTMLDivElement>(null)
  const isCancelled = useRef(false)
  useLayoutEffect(() => {
    if (edited || !isCancelled.current) return
    isCancelled.current = false
    editButton.current?.querySelector('button')?.focus()
  }, [edited])
  if (!edited)
    return (
      <div class="question" ref={editButton}>
        <IconButton
          icon="edit"
          label={l10n.t('Edit and send again')}
          disabled={busy}
          onClick={() => setEdited({ text: question, mentions })}
        />
        <Bubble question={question} mentions={mentions} />
      </div>
    )
  return (
    <div class="editing">
      <Composer
        label={l10n.t('Edited question')}
        question={edited}
        focus={1}
        unready={unready}
        asking={busy}
        onChange={setEdited}
        onSend={(question) => {
          setEdited(null)
          onAsk(question, id)
        }}
        onCancel={() => {
          isCancelled.current = true
          setEdited(null)
        }}
      />
      <p class="muted">{l10n.t('Sending replaces this question and everything after it.')}</p>
    </div>
  )
}

/** A question as asked, with its mentions. */
export function Bubble({ question, mentions }: Pick<TurnType, 'question' | 'mentions'>) {
  return (
    <div class="bubble">
      {question}
      {mentions.length > 0 && (
        <div class="chips">
          {mentions.map((mention) => (
            <MentionLink key={`${mention.kind} ${placeOf(mention)}`} mention={mention} />
          ))}
        </div>
      )}
    </div>
  )
}

function MentionLink({ mention }: { mention: Mention }) {
  const { path, firstLine, lastLine } = mention
  return (
    <button
      type="button"
      class="chip"
      title={placeOf(mention)}
      onClick={() => send({ type: 'open', path, firstLine, lastLine })}
    >
      <Icon name={iconOf(mention.kind)} />
      <span class="ellipsis">{nameOf(mention)}</span>
    </button>
  )
}

interface ActionsProps {
  readonly turn: TurnType
  readonly answer: NonNullable<TurnType['answer']>
  readonly disabled: boolean
  readonly onRetry: () => void
}

function Actions({ turn: { id, feedback }, answer, disabled, onRetry }: ActionsProps) {
  const rate = (value: 'helpful' | 'unhelpful') => () =>
    send({ type: 'feedback', turn: id, value: feedback === value ? null : value })
  return (
    <div class="actions">
      <IconButton
        icon="copy"
        label={l10n.t('Copy answer')}
        onClick={({ currentTarget }) => {
          send({ type: 'copy', text: textOf(answer) })
          announce(l10n.t('Copied.'))
          if (currentTarget instanceof Element) showCheck(currentTarget)
        }}
      />
      <IconButton
        icon={feedback === 'helpful' ? 'thumbsup-filled' : 'thumbsup'}
        label={l10n.t('Helpful')}
        pressed={feedback === 'helpful'}
        onClick={rate('helpful')}
      />
      <IconButton
        icon={feedback === 'unhelpful' ? 'thumbsdown-filled' : 'thumbsdown'}
        label={l10n.t('Unhelpful')}
        pressed={feedback === 'unhelpful'}
        onClick={rate('unhelpful')}
      />
      <IconButton
        icon="list-tree"
        label={l10n.t('Show context')}
        onClick={() => send({ type: 'show context', turn: id })}
      />
      <IconButton icon="refresh" label={l10n.t('Retry')} disabled={disabled} onClick={onRetry} />
    </div>
  )
}
