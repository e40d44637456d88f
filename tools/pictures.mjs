// Takes the pictures of README and walkthrough from those the tests have just made (npm run pictures).
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const TAKEN = {
  'window-dark-modern': 'window',
  chat: 'walkthrough/chat',
  'context-dark-modern': 'walkthrough/context',
  'model-dark-modern': 'walkthrough/model',
  map: 'walkthrough/map',
  explain: 'walkthrough/explain',
  'generate-review': 'walkthrough/generate',
}
mkdirSync(join(root, 'media', 'walkthrough'), { recursive: true })
for (const [from, to] of Object.entries(TAKEN))
  copyFileSync(join(root, '.vscode-test', 'pictures', `${from}.png`), join(root, 'media', `${to}.png`))
