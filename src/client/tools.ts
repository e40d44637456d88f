/** The model-facing tools in the editor, and the same over MCP for clients the editor starts. */
import {
  type CancellationToken,
  EventEmitter,
  type ExtensionContext,
  LanguageModelTextPart,
  type LanguageModelToolInvocationOptions,
  LanguageModelToolResult,
  l10n,
  lm,
  McpStdioServerDefinition,
  type PreparedToolInvocation,
  workspace,
} from 'vscode'
import { type Connection, messageOf } from './connection.ts'

type Input = Readonly<Record<string, unknown>>

export function registerTools(context: ExtensionContext, connection: Connection): void {
  const register = (name: string, title: string, say: (input: Input) => string) => {
    const tool = {
      prepareInvocation: ({ input }: { readonly input?: Input }): PreparedToolInvocation => ({
        invocationMessage: say(input ?? {}),
        confirmationMessages: {
          title,
          message: l10n.t('It reads the index of this workspace and returns what it finds to the model that asks.'),
        },
      }),
      async invoke({ input }: LanguageModelToolInvocationOptions<Input>, token: CancellationToken) {
        // What goes wrong is told to the model, so that it can do better.
        const text = await connection
          .request('fovea/tool', { name, input }, token)
          .then(({ text: said }) => said, messageOf)
        return new LanguageModelToolResult([new LanguageModelTextPart(text)])
      },
    }
    context.subscriptions.push(lm.registerTool(name, tool))
  }
  register('fovea_context', l10n.t('Assemble code context?'), ({ question }) =>
    l10n.t('Assembling code context for “{0}”', String(question ?? '')),
  )
  register('fovea_symbol', l10n.t('Look up a symbol?'), ({ name }) => l10n.t('Looking up {0}', String(name ?? '')))
  register('fovea_explain', l10n.t('Explain across files?'), ({ target }) =>
    l10n.t('Explaining {0} across files', String(target ?? '').slice(0, 80)),
  )
  register('fovea_map', l10n.t('Read the repository map?'), () => l10n.t('Reading the repository map'))
}

export function registerMcp(context: ExtensionContext): void {
  const version = String(context.extension.packageJSON.version)
  const cli = context.asAbsolutePath('dist/cli.js')
  const changes = new EventEmitter<void>()
  const changed = () => changes.fire()
  context.subscriptions.push(
    workspace.onDidChangeWorkspaceFolders(changed),
    workspace.onDidGrantWorkspaceTrust(changed),
  )
  const provider = {
    onDidChangeMcpServerDefinitions: changes.event,
    provideMcpServerDefinitions: () => {
      const folders = (workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file')
      // A process of its own would run git, which an untrusted workspace may abuse.
      if (folders.length === 0 || !workspace.isTrusted) return []
      const args = [cli, 'mcp', ...folders.flatMap(({ uri }) => ['--dir', uri.fsPath])]
      // The editor's own executable runs a script as Node does.
      return [new McpStdioServerDefinition('Fovea', process.execPath, args, { ELECTRON_RUN_AS_NODE: '1' }, version)]
    },
  }
  context.subscriptions.push(lm.registerMcpServerDefinitionProvider('fovea.mcp', provider))
}
