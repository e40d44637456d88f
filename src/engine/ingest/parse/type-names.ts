/**
 * Declared types → the notation in which receivers are stored: `=Type` for a type by its last name, `=Outer.Type` within another, `=Type[]` for a
 * collection of it (lists, sets, the values of a map), `=` alone for a type that no repository defines. Read from the
 * text, the same for all languages; not a type checker.
 */

/** Wrapper types that stand for their content. */
const TRANSPARENT =
  /^(?:Optional|Type|ClassVar|Final|Annotated|Required|NotRequired|Box|Rc|Arc|RefCell|Mutex|RwLock|Cow|Pin|unique_ptr|shared_ptr|weak_ptr|Readonly|Partial|NonNullable|Awaited|Promise|PromiseLike|Result|Option|Future|CompletableFuture|Lazy|Ref|Mono|Task|ValueTask|Awaitable|Coroutine|type|Self|io)$/
const COLLECTION =
  /^(?:Array|ReadonlyArray|Set|ReadonlySet|List|ArrayList|LinkedList|Collection|Iterable|Iterator|AsyncIterable|AsyncIterator|Generator|AsyncGenerator|Sequence|MutableSequence|MutableList|MutableSet|Vec|VecDeque|HashSet|BTreeSet|Tuple|FrozenSet|IEnumerable|ICollection|IList|IReadOnlyList|IReadOnlyCollection|Queue|Deque|Stack|Seq|Vector|Stream|Flux|vector|list|set|frozenset|deque)$/
const MAP =
  /^(?:Map|ReadonlyMap|WeakMap|Record|HashMap|BTreeMap|TreeMap|LinkedHashMap|ConcurrentHashMap|MutableMap|Dict|dict|DefaultDict|defaultdict|OrderedDict|Mapping|MutableMapping|Dictionary|IDictionary|unordered_map|map)$/
const BUILT_IN =
  /^(?:string|number|boolean|bool|str|String|int|float|bytes|bytearray|object|u?int\d*|[iuf]\d+|usize|isize|char|byte|double|long|short|void|None|error|rune|u?ssize_t|size_t|u?int\d+_t|symbol|bigint|Number|Boolean|Date|RegExp|Error|Uint8Array|Float32Array|Uint32Array|Int32Array|Buffer|ArrayBuffer|Integer|Long|Double|Float|Short|Byte|Character|StringBuilder|StringBuffer|CharSequence|Callable|Function|tuple|Int|Bool|Unit|Nothing|Duration|Path|PathBuf|uintptr|complex\d+|nil)$/
const VAGUE =
  /^(?:any|Any|unknown|object|Object|dynamic|var|val|let|auto|def|T|K|V|U|R|E|interface|func|fn|typeof|keyof|infer|impl|dyn|never|undefined|null|new|return|else|case|in|is|as|of|not|and|or|await|yield|async)$/
const LEADING =
  /^(?:[&*\s]+|(?:mut|readonly|const|final|static|volatile|unsigned|signed|struct|union|enum|dyn|impl|in|out|inout|ref|abstract|virtual|override|internal|default|native|synchronized|transient|public|private|protected|export|extern|inline|register|restrict|lateinit|required|weak|unowned|typing\.|t\.|'\w+)(?:\s+|(?<=\.)))+/
const GENERIC_PARAMETER = /^[A-Z]\d?$/
const MAX_TYPE_CHARS = 200

/** Parts of a list of types, split outside brackets. */
export function splitOutside(text: string, separator: string): string[] {
  const parts: string[] = []
  let depth = 0
  let from = 0
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!
    if ('<([{'.includes(character)) depth++
    else if (')]}'.includes(character) || (character === '>' && text[i - 1] !== '=' && text[i - 1] !== '-')) depth--
    else if (character === separator && depth <= 0) {
      parts.push(text.slice(from, i))
      from = i + 1
    }
  }
  parts.push(text.slice(from))
  return parts
}

/** null when the type says nothing. */
export function typeReceiver(annotation: string): string | null {
  let type = annotation
    .slice(0, MAX_TYPE_CHARS)
    .trim()
    .replace(/^(['"])(.*)\1$/, '$2')
    .replace(/^\?/, '')
    .replace(LEADING, '')
    .trim()
  const members = splitOutside(type, '|').map((one) => one.trim())
  const known = members.filter((one) => !/^(?:null|undefined|None|nil|void|false)?$/.test(one))
  if (known.length !== 1) return null
  type = known[0]!.replace(/[?!]+$/, '')
  const element = /^(?:\[\d*\]|\.\.\.)\s*(.+)$/.exec(type)?.[1] ?? /^(.+?)\s*(?:\[\s*\d*\s*\]|\.\.\.)$/.exec(type)?.[1]
  if (element !== undefined) return listOf(typeReceiver(element))
  const slice = /^\[\s*(?:&|mut\s)*([^\];]+)(?:;[^\]]*)?\]$/.exec(type)?.[1]
  if (slice !== undefined) return listOf(typeReceiver(slice))
  const goMap = /^map\[[^\]]*\](.+)$/.exec(type)?.[1]
  if (goMap !== undefined) return listOf(typeReceiver(goMap))
  if (/^(?:chan|<-chan)\b/.test(type)) return listOf(typeReceiver(type.replace(/^(?:<-)?chan(?:<-)?\s*/, '')))
  const [, name = '', inner] = /^([A-Za-z_$][\w.$\\]*(?:::\w+)*)\s*(?:[<[](.*)[>\]][*&\s]*)?[*&\s]*$/s.exec(type) ?? []
  const last = name.split(/\.|::|\\/).at(-1) ?? ''
  if (!last || GENERIC_PARAMETER.test(last) || VAGUE.test(last)) return null
  if (inner !== undefined && TRANSPARENT.test(last)) return typeReceiver(splitOutside(inner, ',')[0]!)
  if (inner !== undefined && COLLECTION.test(last)) return listOf(typeReceiver(splitOutside(inner, ',')[0]!))
  if (inner !== undefined && MAP.test(last)) return listOf(typeReceiver(splitOutside(inner, ',')[1] ?? ''))
  if (BUILT_IN.test(last) || COLLECTION.test(last) || MAP.test(last)) return '='
  const outer = name.split(/\.|::|\\/).at(-2) ?? ''
  // A type within a type; packages and namespaces are left out.
  return /^[A-Z][a-z]/.test(outer) ? `=${outer}.${last}` : `=${last}`
}

const listOf = (element: string | null): string => (element && element !== '=' ? `${element}[]` : '=')
