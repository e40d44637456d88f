/**
 * Secrets in a file that is worth indexing: blanked before anything is counted, shown or sent, each character by a star,
 * so that lines and offsets stay. By the shapes that issuers give their tokens, and by what is assigned to a name that
 * says it is a secret. After the rules of gitleaks and secretlint, written anew.
 */

/** Tokens that can be told by their form, wherever they stand: the whole match, or its group, with which it ends. */
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
/** `scheme://user:password@host`. */
const IN_URL = /[a-z][a-z0-9+.-]:\/\/[^\s:/@'"`{}<>$]{0,80}:([^\s@'"`/{}<>$]{3,200})(?=@[\w.[-])/gi
/** After `-p`, `--password` and their like on a command line, and in files that hold nothing else. */
const ON_COMMAND_LINE =
  /(?:-(?:password|passwd|pass|token|secret|api-key)[ =]|sshpass -p ?|\bpassword )(?=[^\s'"]*[^a-z\s'"])([^\s'"$<{(]{8,200})/gi

const SECRET_NAME =
  '(?:passw(?:or)?d|passwd|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|signing[_-]?key|encryption[_-]?key|server[_-]?key|storage[_-]?key|account[_-]?key|license[_-]?key|master[_-]?key|session[_-]?key|deploy[_-]?key|release[_-]?key|tls[_-]?key|client[_-]?key[_-]?data|credentials?|(?<![A-Za-z])auth(?![a-z])|become[_-]?pass|webhook|_hash|jwt)'
/** `name = "value"`, `name: value`, `"name": "value"`, `name => 'value'`, with a type between or not. */
const ASSIGNED = new RegExp(
  `(${SECRET_NAME}[\\w-]{0,30})["'\`]?\\]?\\s*(?::\\s*[A-Za-z][\\w<>[\\]| ]{0,40}?\\s*=|(?:\\?\\?|\\|\\|)?=>?|:=?)\\s*(?:(["'\`])((?:(?!\\2)[^\\n\\\\]|\\\\.){6,4000})\\2|([^\\s"'\`,;(){}[\\]<>$]{8,500}))`,
  'gi',
)
/** Names under which a password may be any word with a digit or a sign in it. */
const PASSWORD = /pass|pwd/i
/** What people write in the place of a secret, and what names one instead of being one. */
const STAND_IN =
  /^(?:[x*.•-]+|.*(?:example|change[_-]?me|your[_-]|placeholder|dummy|redacted|sample|insert|replace|todo|<|>|\$\{|\{\{|%\(|process\.env|os\.environ|getenv).*|(?:my|the|some|test|fake|mock|foo|bar|baz)[\w-]{0,20})$/i

/** The text with its secrets blanked; as long as it was. */
export function redactSecrets(text: string): string {
  const spans: [start: number, end: number][] = []
  const blank = ({ 0: found, 1: part = found, index }: RegExpExecArray) => {
    spans.push([index + found.length - part.length, index + found.length])
  }
  for (const token of TOKENS) for (const match of text.matchAll(token)) blank(match)
  for (const { 0: found, 1: body = '', index } of text.matchAll(KEY_BLOCK)) {
    const start = index + found.indexOf(body)
    spans.push([start, start + body.length])
  }
  for (const pattern of [IN_URL, ON_COMMAND_LINE])
    for (const match of text.matchAll(pattern)) if (!STAND_IN.test(match[1]!) && isRandom(match[1]!, true)) blank(match)
  for (const match of text.matchAll(ASSIGNED)) {
    const [whole, ending = '', , quoted, plain] = match
    const name = nameBefore(text, match.index) + ending
    const value = quoted ?? plain ?? ''
    // What stands without quotes may be a name of the program.
    const isName = quoted === undefined && /^[A-Za-z_$][\w$]*$/.test(value) && (value.match(/\d/g) ?? []).length < 3
    if (isName || STAND_IN.test(value) || !isRandom(value, PASSWORD.test(name))) continue
    const start = match.index + whole.lastIndexOf(value)
    spans.push([start, start + value.length])
  }
  return spans.length ? blanked(text, spans) : text
}

/** The part of a name that stands before an offset. */
const nameBefore = (text: string, at: number): string => /[\w.-]*$/.exec(text.slice(Math.max(0, at - 60), at))![0]

/** Looks drawn and not written: digits and letters mixed, no words in a row; of a password less is enough. */
function isRandom(value: string, password: boolean): boolean {
  if (/\s\S+\s/.test(value) || /^(?:[a-z]+[-_./ ])*[a-z]+$/i.test(value)) return false
  // A call, a path, a name of a constant or of a setting is none.
  if (/^[\w.]+\(|^\.{0,2}\/|^[A-Z][A-Z0-9_]*$|^[\w-]+\.[a-z]{2,5}$|^https?:\/\/[^@]*$/.test(value)) return false
  const classes = [/[a-z]/, /[A-Z]/, /\d/, /[^\w\s]/].filter((one) => one.test(value)).length
  if (password) return classes >= 2 && value.length >= 6
  return /\d/.test(value) && /[A-Za-z]/.test(value) && value.length >= 16 && new Set(value).size >= 8
}

function blanked(text: string, spans: readonly [number, number][]): string {
  const parts: string[] = []
  let at = 0
  for (const [start, end] of [...spans].sort((a, b) => a[0] - b[0])) {
    if (end <= at) continue
    const from = Math.max(at, start)
    parts.push(text.slice(at, from), text.slice(from, end).replace(/[^\s\\"'`]/g, '*'))
    at = end
  }
  return parts.join('') + text.slice(at)
}
