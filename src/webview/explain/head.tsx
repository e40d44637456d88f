/** The top of the view: title, toolbar, byline, notices and summary. */
import { t } from '@vscode/l10n'
import type { Explanation } from '../../engine/types/explanation.ts'
import type { ExplainMessage, ExplainState } from '../../protocol/messages.ts'
import { bylineText, Markdown, Prose, VerifiedCount } from '../cited.tsx'
import { announce } from '../connection.ts'
import { Icon, Notice, showCheck } from '../icon.tsx'
import { send } from './wire.ts'
import { aspectTitle } from './words.ts'

/** Messages without further fields. */
type PlainMessage = Exclude<ExplainMessage['type'], 'open' | 'explain'>

export function Head({ state }: { readonly state: ExplainState }) {
  const { title, explanation } = state
  return (
    <header>
      <h1 title={title.slice(0, 1000)}>
        <bdi>{title.slice(0, 1000) || t('Explain Across Files')}</bdi>
      </h1>
      <Toolbar state={state} />
      <Byline state={state} />
      {explanation?.note && (
        <p class="note">
          <Prose text={explanation.note} />
        </p>
      )}
    </header>
  )
}

function Toolbar({ state: { explanation, working } }: { readonly state: ExplainState }) {
  const isEmpty = explanation === null
  return (
    <div class="toolbar" role="toolbar" aria-label={t('Explanation')}>
      {working && <Tool icon="debug-stop" text={t('Stop')} label={t('Stop (Escape)')} type="stop" />}
      <Tool
        icon="refresh"
        text={t('Explain again')}
        label={t('Explain again, from the current files')}
        type="again"
        disabled={working}
      />
      <Tool
        icon="copy"
        text={t('Copy')}
        label={t('Copy as Markdown, with the diagram')}
        type="copy"
        disabled={isEmpty}
      />
      <Tool
        icon="markdown"
        text={t('Open')}
        label={t('Open as Markdown, with the diagram')}
        type="save"
        disabled={isEmpty}
      />
      {explanation?.model && (
        <>
          <Tool icon="open-preview" text={t('As sent')} label={t('Show what the model was sent')} type="as sent" />
          <Tool
            icon="list-tree"
            text={t('Show context')}
            label={t('Show the cited blocks in the Context view')}
            type="show context"
          />
        </>
      )}
    </div>
  )
}

interface ToolProps {
  readonly icon: string
  readonly text: string
  /** The tooltip, which says in more words what it does. */
  readonly label: string
  readonly type: PlainMessage
  readonly disabled?: boolean
}

function Tool({ icon, text, label, type, disabled = false }: ToolProps) {
  const onClick = ({ currentTarget }: MouseEvent) => {
    send({ type })
    if (type !== 'copy' || !(currentTarget instanceof Element)) return
    showCheck(currentTarget)
    announce(t('Copied.'))
  }
  return (
    <button type="button" class="icon-button" title={label} {...{ disabled, onClick }}>
      <Icon name={icon} />
      <span class="word">{text}</span>
    </button>
  )
}

/** Which model wrote it, or that it is being created. */
function Byline({ state: { explanation, working, writing, server } }: { readonly state: ExplainState }) {
  if (working && server === 'running')
    return (
      <p class="by working muted">
        <Icon name="loading" spin />
        <span>
          {writing.length
            ? t('Being written: {0}', writing.map(aspectTitle).join(' · '))
            : explanation
              ? t('Working…')
              : t('Following calls through the repository…')}
        </span>
      </p>
    )
  if (!explanation) return null
  if (explanation.model) return <p class="by muted">{bylineText(explanation.model, explanation.usage)}</p>
  return (
    <p class="by muted">
      <span>{explanation.error ? t('Read off the index alone') : t('Read off the index; no model was asked')}</span>
      <button type="button" class="link" onClick={() => send({ type: 'set up model' })}>
        {t('Set up a model')}
      </button>
    </p>
  )
}

export function Summary({ explanation: { summary, summaryCitations } }: { readonly explanation: Explanation }) {
  if (!summary) return null
  return (
    <section class="summary" aria-label={t('Summary')}>
      <Markdown text={summary} citations={summaryCitations} />
      {summaryCitations.length > 0 && <VerifiedCount citations={summaryCitations} />}
    </section>
  )
}

const again = () => send({ type: 'again' })

/** Notices about the server, errors, incomplete parts and stale files. */
export function Notices({ state }: { readonly state: ExplainState }) {
  const { server, error, explanation, stale, working } = state
  return (
    <div class="notices">
      {server === 'stopped' && (
        <Notice icon="error">
          {t('The Fovea server has stopped: restart it with the command Fovea: Restart Server.')}
        </Notice>
      )}
      {server === 'starting' && (
        <Notice icon="loading" spin>
          {t('Fovea is starting.')}
        </Notice>
      )}
      {server === 'restarting' && (
        <Notice icon="loading" spin>
          {t('Fovea stopped and is restarting; this view shows the previous state.')}
        </Notice>
      )}
      {error && (
        <Notice icon="error" action={[t('Try again'), again]}>
          <Prose text={error} />
        </Notice>
      )}
      {explanation?.error && (
        <Notice icon="warning" action={[t('Try again'), again]}>
          <Prose text={explanation.error} />
        </Notice>
      )}
      {!working && explanation?.end === 'stopped' && (
        <Notice icon="debug-stop" action={[t('Explain again'), again]}>
          {t('Stopped: only the parts finished by then are shown.')}
        </Notice>
      )}
      {!working && explanation?.end === 'cut' && (
        <Notice icon="warning" action={explanation.error ? undefined : [t('Explain again'), again]}>
          {t('Cut short: in one part the model stopped early or reached its length limit.')}
        </Notice>
      )}
      {stale && (
        <Notice icon="history" action={[t('Explain again'), again]}>
          {t('Files have changed since this explanation was created.')}
        </Notice>
      )}
    </div>
  )
}
