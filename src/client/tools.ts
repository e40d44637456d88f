/** Registers the language model tools, and an MCP server with the same tools for the editor's MCP clients. */
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
  const register = (name: string, title: string, describeCall: (input: Input) => string) => {
    const tool = {
      prepareInvocation: ({ input }: { readonly input?: Input }): PreparedToolInvocation => ({
        invocationMessage: describeCall(input ?? {}),
        confirmationMessages: {
          title,
          message: l10n.t('Reads the index of this workspace and returns the results to the model.'),
        },
      }),
      async invoke({ input }: LanguageModelToolInvocationOptions<Input>, token: CancellationToken) {
        // A failure is returned to the model as text, so that it can correct the call.
        const text = await connection.request('fovea/tool', { name, input }, token).then(({ text }) => text, messageOf)
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
  const fireChange = () => changes.fire()
  context.subscriptions.push(
    workspace.onDidChangeWorkspaceFolders(fireChange),
    workspace.onDidGrantWorkspaceTrust(fireChange),
  )
  const provider = {
    onDidChangeMcpServerDefinitions: changes.event,
    provideMcpServerDefinitions: () => {
      const folders = (workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file')
      // The MCP server would run git, which an untrusted workspace could abuse.
      if (folders.length === 0 || !workspace.isTrusted) return []
      const args = [cli, 'mcp', ...folders.flatMap(({ uri }) => ['--dir', uri.fsPath])]
      // The editor's own executable runs a script as Node does.
      return [new McpStdioServerDefinition('Fovea', process.execPath, args, { ELECTRON_RUN_AS_NODE: '1' }, version)]
    },
  }
  context.subscriptions.push(lm.registerMcpServerDefinitionProvider('fovea.mcp', provider))
}
