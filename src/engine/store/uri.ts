/** The location of a shared index: an object-storage address or a folder. Never contains credentials. */
import { isAbsolute } from 'node:path'
import { fileURLToPath } from 'node:url'
import { EngineError } from '../types/run.ts'

/** Schemes whose credentials LanceDB takes from the environment, with the variables that hold them. */
const CLOUDS: Readonly<Record<string, string>> = {
  s3: 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
  gs: 'GOOGLE_APPLICATION_CREDENTIALS',
  az: 'AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY',
}

const USE_INSTEAD = 'give a bucket (s3://, gs://, az://) or a folder.'

/** The address as LanceDB takes it. Throws for an unusable one; credentials in it are not repeated. */
export function sharedUri(text: string): string {
  const uri = text.trim().replace(/(?<=.)\/+$/, '')
  const scheme = schemeOf(uri)
  if (scheme === null) {
    if (isAbsolute(uri)) return uri
    throw invalidAddress(`The shared index ${uri} is not an absolute path: give the folder's full path.`)
  }
  if (scheme === 'file') return folderOf(uri)
  if (/^[^/]*:\/\/[^/]*@|[?#]/.test(uri))
    throw invalidAddress(
      'The address of the shared index must not contain credentials or options: ' +
        `remove them, and set ${variablesFor(uri) ?? 'the credentials'} in the environment.`,
    )
  if (scheme in CLOUDS) return uri
  throw invalidAddress(
    ['db', 'http', 'https'].includes(scheme)
      ? `The shared index ${uri} is a LanceDB server, which Fovea does not read yet: ${USE_INSTEAD}`
      : `Fovea does not support ${scheme}:// for a shared index: ${USE_INSTEAD}`,
  )
}

function folderOf(uri: string): string {
  try {
    return fileURLToPath(uri)
  } catch {
    throw invalidAddress(`The shared index ${uri} is not a folder on this machine: write it as file:///folder.`)
  }
}

/** null for a folder. */
export function schemeOf(uri: string): string | null {
  return /^([a-z][\w+.-]*):\/\//i.exec(uri)?.[1]?.toLowerCase() ?? null
}

/** The variables that hold the credentials for an address; null for a folder. */
export function variablesFor(uri: string): string | null {
  return CLOUDS[schemeOf(uri) ?? ''] ?? null
}

function invalidAddress(sentence: string): EngineError {
  return new EngineError('input', sentence)
}
