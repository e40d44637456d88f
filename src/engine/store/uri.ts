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

/** The address as LanceDB takes it. Throws for an unusable one; credentials in it are not repeated. */
export function sharedUri(text: string): string {
  const uri = text.trim().replace(/(?<=.)\/+$/, '')
  const scheme = schemeOf(uri)
  if (scheme === '') {
    if (isAbsolute(uri)) return uri
    throw refused(`The shared index ${uri} is no whole path: write the folder from its root.`)
  }
  if (scheme === 'file') return folderOf(uri)
  if (/^[^/]*:\/\/[^/]*@|[?#]/.test(uri))
    throw refused(
      `The address of the shared index may hold no credentials and no options: remove them, and set ${variablesFor(uri) || 'the credentials'} in the environment.`,
    )
  if (scheme in CLOUDS) return uri
  throw refused(
    ['db', 'http', 'https'].includes(scheme)
      ? `The shared index ${uri} is a LanceDB server, which Fovea does not read yet: give a bucket (s3://, gs://, az://) or a folder.`
      : `Fovea knows no ${scheme}:// for a shared index: give a bucket (s3://, gs://, az://) or a folder.`,
  )
}

function folderOf(uri: string): string {
  try {
    return fileURLToPath(uri)
  } catch {
    throw refused(`The shared index ${uri} names no folder of this machine: write it as file:///folder.`)
  }
}

/** '' for a folder. */
export function schemeOf(uri: string): string {
  return /^([a-z][\w+.-]*):\/\//i.exec(uri)?.[1]?.toLowerCase() ?? ''
}

/** The variables that hold the credentials for an address; '' for a folder. */
export function variablesFor(uri: string): string {
  return CLOUDS[schemeOf(uri)] ?? ''
}

function refused(sentence: string): EngineError {
  return new EngineError('input', sentence)
}
