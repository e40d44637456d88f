/**
 * Decodes a file's bytes and decides by content whether to index it: not binary, minified, generated or secret. Pure;
 * `walk` judges by name, size and ignore rules.
 */
import { COMMENT_LINE } from '../../text/comment.ts'
import { redactSecrets } from '../../text/redact.ts'
import type { SkipReason } from '../../types/source.ts'

export interface Screened {
  /** Decoded, without byte order mark; line endings unchanged, secrets redacted. */
  readonly text: string
  /** Nothing was redacted: the text equals the result of `decode`. */
  readonly plain: boolean
  /** Number of lines; a last line without line ending counts. */
  readonly lines: number
}

/** Share of undecodable bytes up to which a file counts as text in another encoding. */
const MAX_BAD_SHARE = 0.1
/** A minifiable file is minified if its average and longest lines are longer. */
const MINIFIED_AVERAGE_CHARS = 300
const MINIFIED_LONGEST_CHARS = 5000
/** A line this long is no source text, whatever the file. */
const ENDLESS_LINE_CHARS = 1_000_000
/** Lines searched for a marker of generated code. */
const MARKER_LINES = 5

const MINIFIABLE = new Set(
  `js mjs cjs jsx ts mts cts tsx css scss less html htm xhtml vue svelte json json5 jsonc jsonl geojson webmanifest
  svg xml`.split(/\s+/),
)
const PROSE = new Set('md mdx markdown rst adoc txt'.split(' '))
/** Files whose content is data, so that a key in them is a real key and not a mention of one. */
const DATA = new Set('pem key crt txt env json yaml yml toml ini cfg conf properties'.split(' '))

const GENERATED = /@generated\b|\bgenerated\b.*\bDO NOT EDIT\b|<auto-?generated\b/i

const PRIVATE_KEY = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----[\s\S]{0,400}?[A-Za-z0-9+/=]{40}/
const TOKENS = [
  /\b(?:AKIA|ASIA)(?![0-9A-Z]{9}EXAMPLE)[0-9A-Z]{16}\b/,
  /\bgh[pousr]_[A-Za-z0-9]{36,}\b/,
  /\bgithub_pat_[A-Za-z0-9_]{50,}/,
  /\bglpat-[A-Za-z0-9_-]{20,}/,
  /\bnpm_[A-Za-z0-9]{36}\b/,
  /\bxox[abeprs]-[A-Za-z0-9-]{20,}/,
  /\bAIza[A-Za-z0-9_-]{35}(?![\w-])/,
  /\bsk_live_[A-Za-z0-9]{20,}/,
  /(?<![\w-])sk-(?=[\w-]*[0-9])(?=[\w-]*[A-Z])[\w-]{32,}/,
]

function extensionOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const dot = name.lastIndexOf('.')
  return dot < 1 ? '' : name.slice(dot + 1).toLowerCase()
}

/** The part of a path that screening depends on. */
export function screeningOf(path: string): string {
  const extension = extensionOf(path)
  return [MINIFIABLE, PROSE, DATA].map((all) => (all.has(extension) ? 1 : 0)).join('') + (extension === '' ? 'n' : '')
}

/** The text of a file, or why it is not indexed. Only the extension of `path` matters. */
export function screenText(bytes: Uint8Array, path: string): Screened | { readonly reason: SkipReason } {
  const text = decode(bytes)
  if (text === null) return { reason: 'binary' }
  const extension = extensionOf(path)
  const { lines, longest } = measure(text)
  const isMinified =
    text.length > MINIFIED_AVERAGE_CHARS * lines && longest > MINIFIED_LONGEST_CHARS && MINIFIABLE.has(extension)
  if (isMinified || longest >= ENDLESS_LINE_CHARS) return { reason: 'minified' }
  if (!PROSE.has(extension) && hasMarker(text)) return { reason: 'generated' }
  if ((extension === '' || DATA.has(extension)) && hasSecret(text)) return { reason: 'secret' }
  const screened = redactSecrets(text).replace(DECEPTIVE, '\uFFFD')
  return { text: screened, plain: screened === text, lines }
}

/**
 * Characters that reorder displayed text (Trojan Source, Boucher and Anderson, 2021), and those that begin a terminal
 * escape.
 */
const DECEPTIVE = /[\u202A-\u202E\u2066-\u2069\u001B]/g

/** The text without its byte order mark, or null when it is not text. */
export function decode(bytes: Uint8Array): string | null {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : 'utf-16be'
  if (encoding === 'utf-16le' || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
    const text = new TextDecoder(encoding).decode(bytes)
    return text.includes('\0') || count(text, /\uFFFD/g) > text.length * MAX_BAD_SHARE ? null : text
  }
  if (bytes.includes(0)) return null
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return decodeBroken(bytes)
  }
}

/** Text that is not valid UTF-8: mostly UTF-8 with a few broken bytes, or one byte per character as in old sources. */
function decodeBroken(bytes: Uint8Array): string | null {
  const text = new TextDecoder('utf-8').decode(bytes)
  const bad = count(text, /\uFFFD/g)
  const control = count(text, /[\x01-\x07\x0e-\x1a\x1c-\x1f\x7f]/g)
  if (bad + control > bytes.length * MAX_BAD_SHARE) return null
  const good = count(text, /[^\0-\x7f\uFFFD]/gu)
  return good >= bad ? text : new TextDecoder('windows-1252').decode(bytes)
}

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0

function measure(text: string): { readonly lines: number; readonly longest: number } {
  let lines = 0
  let longest = 0
  for (let at = 0; at < text.length; lines++) {
    const end = text.indexOf('\n', at)
    const stop = end < 0 ? text.length : end
    if (stop - at > longest) longest = stop - at
    at = stop + 1
  }
  return { lines, longest }
}

/** Whether a comment in the first lines says that the file was generated; a generator quotes such a line as text. */
function hasMarker(text: string): boolean {
  let at = 0
  for (let line = 0; line < MARKER_LINES && at < text.length; line++) {
    const end = text.indexOf('\n', at)
    const stop = end < 0 ? text.length : end
    const opening = text.slice(at, Math.min(stop, at + MINIFIED_LONGEST_CHARS))
    if (COMMENT_LINE.test(opening) && GENERATED.test(opening)) return true
    at = stop + 1
  }
  return false
}

function hasSecret(text: string): boolean {
  return PRIVATE_KEY.test(text) || TOKENS.some((token) => token.test(text))
}
