/** Registers the commands of the palette, the menus and the key bindings. Each reports its failure as one message. */
import { commands, type ExtensionContext, type LogOutputChannel, l10n, window } from 'vscode'
import type { ExplainTarget } from '../engine/types/explanation.ts'
import type { Mention } from '../engine/types/thread.ts'
import type { MapNode } from '../protocol/requests.ts'
import type { ChatView } from './chat.ts'
import { type Connection, messageOf } from './connection.ts'
import type { IndexDetailsDocument } from './details.ts'
import { clipboardTarget, type ExplainPanel, problemTarget, targetOf } from './explain.ts'
import type { GeneratePanel } from './generate.ts'
import type { ModelSettings } from './models.ts'
import { openPlace, selectionMention } from './places.ts'
import { pickModel, setUpModel } from './setup.ts'
import type { ShownContext } from './shown-context.ts'
import { statusMenu } from './status.ts'

interface Services {
  readonly connection: Connection
  readonly models: ModelSettings
  readonly chat: ChatView
  readonly shownContext: ShownContext
  readonly details: IndexDetailsDocument
  readonly explain: ExplainPanel
  readonly generate: GeneratePanel
  readonly log: LogOutputChannel
}

export function registerCommands(context: ExtensionContext, services: Services): void {
  const { connection, models, chat, shownContext, details, explain, generate, log } = services
  const control = (how: 'pause' | 'resume' | 'rebuild' | 'clear') => async () => {
    await context.workspaceState.update('paused', how === 'pause' || how === 'clear')
    await connection.request('fovea/index', { how })
  }
  const table: Readonly<Record<string, (...args: unknown[]) => unknown>> = {
    'fovea.ask': () => chat.compose('', []),
    'fovea.askSelection': async () => {
      const mention = await selectionMention(connection)
      if (!mention) return window.showWarningMessage(l10n.t('Select code in an indexed file of this workspace.'))
      return chat.compose('', [mention])
    },
    'fovea.explain': async (argument) => {
      const target = await targetOf(connection, argument)
      return target && explain.explain(target)
    },
    'fovea.explainTrace': async () => {
      const target = await clipboardTarget()
      return target && explain.explain(target)
    },
    'fovea.explainProblem': async (...problem) => {
      const target = await problemTarget(connection, problem)
      return target && explain.explain(target)
    },
    'fovea.explainAgain': (target) => explain.explain(target as ExplainTarget),
    'fovea.generate': (task, mentions) =>
      typeof task === 'string' ? generate.begin(task, mentions as readonly Mention[]) : generate.begin(''),
    'fovea.resumeRun': () => generate.pickRun(),
    'fovea.exportThread': () => chat.exportThread(),
    'fovea.forgetInterests': async () => {
      await connection.request('fovea/forgetInterests', {})
      return window.showInformationMessage(l10n.t('Fovea has forgotten what you asked about.'))
    },
    'fovea.newThread': () => chat.newThread(),
    'fovea.showContext': () => commands.executeCommand('fovea.context.focus'),
    'fovea.openMap': () => commands.executeCommand('fovea.map.focus'),
    'fovea.pickModel': () => pickModel(connection, models),
    'fovea.setUpModel': () => setUpModel(connection, models),
    'fovea.pause': control('pause'),
    'fovea.resume': control('resume'),
    'fovea.rebuild': control('rebuild'),
    'fovea.clear': async () => {
      const clear = l10n.t('Clear')
      const question = l10n.t('Remove the index of this workspace from the disk? Indexing pauses until you resume it.')
      if ((await window.showWarningMessage(question, { modal: true }, clear)) === clear) await control('clear')()
    },
    'fovea.details': () => details.show(),
    'fovea.openLog': () => log.show(),
    'fovea.restartServer': () => connection.restart(),
    'fovea.statusMenu': () => statusMenu(connection),
    'fovea.revealNode': (node) => {
      const { path, firstLine, lastLine } = node as MapNode
      return openPlace(connection, path, firstLine, lastLine)
    },
    'fovea.askNode': (node) => chat.compose(...questionAbout(node as MapNode)),
    'fovea.repack': () => shownContext.pack(),
  }
  for (const [name, run] of Object.entries(table)) {
    const guarded = async (...args: unknown[]) => {
      try {
        return await run(...args)
      } catch (error) {
        // One sentence for the user; details are in the log.
        return window.showErrorMessage(messageOf(error))
      }
    }
    context.subscriptions.push(commands.registerCommand(name, guarded))
  }
}

function questionAbout({ kind, label, path, firstLine, lastLine }: MapNode): readonly [string, readonly Mention[]] {
  if (kind === 'symbol')
    return [l10n.t('How does {0} work?', label), [{ kind: 'symbol', label, path, firstLine, lastLine }]]
  if (kind === 'file')
    return [l10n.t('What is {0} for?', label), [{ kind: 'file', label: path, path, firstLine: 0, lastLine: 0 }]]
  if (kind === 'folder') return [l10n.t('What is in {0}, and how do its parts work together?', path), []]
  return [l10n.t('Where is {0} handled?', label), []]
}
