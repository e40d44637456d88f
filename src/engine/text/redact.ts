/**
 * Redacts secrets in indexed files before anything is counted, shown or sent. Each character becomes `*`, so lines and
 * offsets stay valid. A secret is recognised by the format its issuer uses, or because it is assigned to a name that
 * denotes a secret. Modelled on the rules of gitleaks and secretlint, reimplemented.
 */

/** Tokens recognisable by their format alone: the whole match, or the capture group at its end. */
const TOKENS: readonly RegExp[] = [
  /\b(?:AKIA|ASIA)(?![0-9A-Z]{9}EXAMPLE)[0-9A-Z]{16}\b/g,
  /\bgh[pousr]_[A-Za-z0-9]{30,}\b/g,
  /\bgithub_pat_[A-Za-z0-9_]{50,}/g,
  /\bglpat-[A-Za-z0-9_-]{20,}/g,
  /\bnpm_[A-Za-z0-9]{36}\b/g,
  /\bpypi-[A-Za-z0-9_-]{50,}/g,
  /\bxox[abeprs]-[A-Za-z0-9-]{20,}/g,
  /\bhooks\.slack\.com\/services\/[A-Za-z0-9/]{20,}/g,
  /\bAIza[A-Za-z0-9_-]{35}(?![\w-])/g,
  /\bAAAA[A-Za-z0-9_-]{7}:[A-Za-z0-9_-]{100,}/g,
  /\b[rs]k_live_[A-Za-z0-9]{16,}/g,
  /\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{32,}/g,
  /\bkey-[0-9a-f]{32}\b/g,
  /(?<![\w-])sk-(?=[\w-]*[0-9])(?=[\w-]*[A-Z])[\w-]{32,}/g,
  /\bhf_[A-Za-z0-9]{30,}\b/g,
  /\bdo[op]_v1_[0-9a-f]{60,}/g,
  /(?<!\d)\d{8,10}:AA[A-Za-z0-9_-]{32,34}(?![\w-])/g,
  /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}/g,
  /\bshp(?:at|ca|pa|ss)_[0-9a-f]{32}\b/g,
  /\$(?:apr1|2[aby]|[156])\$[./A-Za-z0-9$]{20,}/g,
  /(?:Account(?:Key)?|SharedAccessKey|Account\*Key)=([A-Za-z0-9+/]{40,}={0,2})/g,
  /\b(?:Bearer|Basic)\s(?=\S*\d)([A-Za-z0-9._~+/-]{20,}={0,2})/g,
]
const KEY_BLOCK = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----([\s\S]{40,20000}?)-----END/g
/** The password in `scheme://user:password@host`. */
const IN_URL = /[a-z][a-z0-9+.-]:\/\/[^\s:/@'"`{}<>$]{0,80}:([^\s@'"`/{}<>$]{3,200})(?=@[\w.[-])/gi
/** The value after `--password`, `sshpass -p` and similar options on a command line. */
const ON_COMMAND_LINE =
  /(?:-(?:password|passwd|pass|token|secret|api-key)[ =]|sshpass -p ?|\bpassword )(?=[^\s'"]*[^a-z\s'"])([^\s'"$<{(]{8,200})/gi

const SECRET_NAME =
  '(?:passw(?:or)?d|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|signing[_-]?key|encryption[_-]?key|server[_-]?key|storage[_-]?key|account[_-]?key|license[_-]?key|master[_-]?key|session[_-]?key|deploy[_-]?key|release[_-]?key|tls[_-]?key|client[_-]?key[_-]?data|credentials?|(?<![A-Za-z])auth(?![a-z])|become[_-]?pass|webhook|_hash|jwt)'
/** `name = "value"`, `name: value`, `"name": "value"`, `name => 'value'`, with an optional type in between. */
const ASSIGNED = new RegExp(
  `(${SECRET_NAME}[\\w-]{0,30})["'\`]?\\]?\\s*(?::\\s*[A-Za-z][\\w<>[\\]| ]{0,40}?\\s*=|(?:\\?\\?|\\|\\|)?=>?|:=?)\\s*(?:(["'\`])((?:(?!\\2)[^\\n\\\\]|\\\\.){6,4000})\\2|([^\\s"'\`,;(){}[\\]<>$]{8,500}))`,
  'gi',
)
/** Names of passwords, whose values may be short: any word with a digit or punctuation. */
const PASSWORD_NAME = /pass|pwd/i
/** Placeholders for a secret, and expressions that refer to one. */
const PLACEHOLDER =
  /^(?:[x*.•-]+|.*(?:example|change[_-]?me|your[_-]|placeholder|dummy|redacted|sample|insert|replace|todo|<|>|\$\{|\{\{|%\(|process\.env|os\.environ|getenv).*|(?:my|the|some|test|fake|mock|foo|bar|baz)[\w-]{0,20})$/i

/** Returns the text with its secrets replaced by stars; its length does not change. */
export function redactSecrets(text: string): string {
  const spans: [start: number, end: number][] = []
  const addMatch = ({ 0: found, 1: secret = found, index }: RegExpExecArray) => {
    spans.push([index + found.length - secret.length, index + found.length])
  }
  for (const token of TOKENS) for (const match of text.matchAll(token)) addMatch(match)
  for (const { 0: found, 1: body = '', index } of text.matchAll(KEY_BLOCK)) {
    const start = index + found.indexOf(body)
    spans.push([start, start + body.length])
  }
  for (const pattern of [IN_URL, ON_COMMAND_LINE])
    for (const match of text.matchAll(pattern))
      if (!PLACEHOLDER.test(match[1]!) && isRandom(match[1]!, true)) addMatch(match)
  for (const match of text.matchAll(ASSIGNED)) {
    const [whole, suffix = '', , quoted, plain] = match
    const name = namePrefix(text, match.index) + suffix
    const value = quoted ?? plain ?? ''
    // An unquoted value may be an identifier of the program.
    const isIdentifier =
      quoted === undefined && /^[A-Za-z_$][\w$]*$/.test(value) && (value.match(/\d/g) ?? []).length < 3
    if (isIdentifier || PLACEHOLDER.test(value) || !isRandom(value, PASSWORD_NAME.test(name))) continue
    const start = match.index + whole.lastIndexOf(value)
    spans.push([start, start + value.length])
  }
  return spans.length ? replaceSpans(text, spans) : text
}

/** The part of a name that precedes an offset; at most 60 characters. */
const namePrefix = (text: string, offset: number): string =>
  /[\w.-]*$/.exec(text.slice(Math.max(0, offset - 60), offset))![0]

/** Whether a value looks generated: letters mixed with digits and no sequence of words. Passwords need less. */
function isRandom(value: string, isPassword: boolean): boolean {
  if (/\s\S+\s/.test(value) || /^(?:[a-z]+[-_./ ])*[a-z]+$/i.test(value)) return false
  // Calls, paths, file names and names of constants are not secrets.
  if (/^[\w.]+\(|^\.{0,2}\/|^[A-Z][A-Z0-9_]*$|^[\w-]+\.[a-z]{2,5}$|^https?:\/\/[^@]*$/.test(value)) return false
  const classes = [/[a-z]/, /[A-Z]/, /\d/, /[^\w\s]/].filter((pattern) => pattern.test(value)).length
  if (isPassword) return classes >= 2 && value.length >= 6
  return /\d/.test(value) && /[A-Za-z]/.test(value) && value.length >= 16 && new Set(value).size >= 8
}

/** Replaces all but white space, quotes and backslashes in the spans, which may overlap. */
function replaceSpans(text: string, spans: readonly [number, number][]): string {
  const parts: string[] = []
  let offset = 0
  for (const [start, end] of [...spans].sort((a, b) => a[0] - b[0])) {
    if (end <= offset) continue
    const from = Math.max(offset, start)
    parts.push(text.slice(offset, from), text.slice(from, end).replace(/[^\s\\"'`]/g, '*'))
    offset = end
  }
  return parts.join('') + text.slice(offset)
}
