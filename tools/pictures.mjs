// Copies the screenshots for the README and the walkthrough from those the tests have just taken (npm run pictures).
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
/** Screenshot of a test → picture in media/. */
const PICTURES = {
  'window-dark-modern': 'window',
  chat: 'walkthrough/chat',
  'context-dark-modern': 'walkthrough/context',
  'model-dark-modern': 'walkthrough/model',
  map: 'walkthrough/map',
  explain: 'walkthrough/explain',
  'generate-review': 'walkthrough/generate',
}
mkdirSync(join(root, 'media', 'walkthrough'), { recursive: true })
for (const [from, to] of Object.entries(PICTURES))
  copyFileSync(join(root, '.vscode-test', 'pictures', `${from}.png`), join(root, 'media', `${to}.png`))
