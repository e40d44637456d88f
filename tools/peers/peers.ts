/** All peers, in the order of the table. */
import { agenticPeer } from './agentic.ts'
import { bm25Peer } from './bm25.ts'
import { claudeContextPeer } from './claude-context.ts'
import { ctagsPeer } from './ctags.ts'
import { foveaPeer } from './fovea.ts'
import { pagerankPeer } from './pagerank.ts'
import type { Peer } from './peer.ts'
import { probePeer } from './probe.ts'
import { repomixPeer } from './repomix.ts'
import { ripgrepPeer } from './ripgrep.ts'
import { semblePeer } from './semble.ts'
import { tfidfPeer } from './tfidf.ts'

export const PEERS: readonly Peer[] = [
  foveaPeer,
  ripgrepPeer,
  agenticPeer,
  ctagsPeer,
  probePeer,
  repomixPeer,
  claudeContextPeer,
  bm25Peer,
  semblePeer,
  tfidfPeer,
  pagerankPeer,
]
