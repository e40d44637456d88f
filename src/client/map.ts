/** The Repo Map tree: folders → files → symbols, and clusters of code with a similar meaning → symbols. */
import {
  type Event,
  EventEmitter,
  type ExtensionContext,
  l10n,
  MarkdownString,
  ThemeIcon,
  type TreeDataProvider,
  TreeItem,
  TreeItemCollapsibleState,
} from 'vscode'
import type { MapNode } from '../protocol/requests.ts'
import type { Connection } from './connection.ts'

const ROOTS = ['cluster', 'folder'] as const
type Root = (typeof ROOTS)[number]
type Node = MapNode | Root

export class RepoMap implements TreeDataProvider<Node> {
  private readonly connection: Connection
  private readonly changes = new EventEmitter<undefined>()
  readonly onDidChangeTreeData: Event<undefined> = this.changes.event

  constructor(context: ExtensionContext, connection: Connection) {
    this.connection = connection
    let wasReady = false
    context.subscriptions.push(
      connection.onContent(() => this.changes.fire(undefined)),
      connection.onState(() => {
        const isReady = connection.server === 'running' && connection.index.files > 0
        if (isReady !== wasReady) this.changes.fire(undefined)
        wasReady = isReady
      }),
    )
  }

  async getChildren(node?: Node): Promise<Node[]> {
    const { connection } = this
    // An empty tree shows the view's welcome text.
    if (connection.server !== 'running' || connection.index.files === 0) return []
    if (!node) return [...ROOTS]
    const id = typeof node === 'string' ? `${node}:` : node.id
    return [...(await connection.request('fovea/children', { id }).catch(() => []))]
  }

  getTreeItem(node: Node): TreeItem {
    return typeof node === 'string' ? rootItem(node) : nodeItem(node)
  }
}

function rootItem(root: Root): TreeItem {
  const label = root === 'folder' ? l10n.t('Folders') : l10n.t('Topics')
  const state = root === 'folder' ? TreeItemCollapsibleState.Expanded : TreeItemCollapsibleState.Collapsed
  const item = new TreeItem(label, state)
  item.id = root
  item.iconPath = new ThemeIcon(root === 'folder' ? 'root-folder' : 'type-hierarchy')
  item.tooltip =
    root === 'folder' ? l10n.t('All indexed files, by folder') : l10n.t('Clusters of code with a similar meaning')
  return item
}

function nodeItem(node: MapNode): TreeItem {
  const item = new TreeItem(node.label, node.leaf ? TreeItemCollapsibleState.None : TreeItemCollapsibleState.Collapsed)
  item.description = node.detail
  item.contextValue = node.kind
  item.iconPath = new ThemeIcon(ICONS[node.kind] ?? SYMBOLS[node.symbol ?? ''] ?? 'symbol-misc')
  item.tooltip = new MarkdownString().appendText(node.card.join('\n'))
  item.accessibilityInformation = { label: `${node.kind} ${node.label}, ${node.detail}` }
  if (node.kind === 'symbol' || (node.kind === 'file' && node.leaf))
    item.command = { command: 'fovea.revealNode', title: l10n.t('Reveal in Editor'), arguments: [node] }
  return item
}

const ICONS: Readonly<Record<string, string>> = { folder: 'folder', file: 'file-code', cluster: 'symbol-namespace' }
const SYMBOLS: Readonly<Record<string, string>> = {
  function: 'symbol-function',
  method: 'symbol-method',
  class: 'symbol-class',
  interface: 'symbol-interface',
  struct: 'symbol-structure',
  enum: 'symbol-enum',
  trait: 'symbol-interface',
  module: 'symbol-module',
  type: 'symbol-type-parameter',
  constant: 'symbol-constant',
  variable: 'symbol-variable',
  macro: 'symbol-operator',
  section: 'symbol-string',
  key: 'symbol-key',
}
