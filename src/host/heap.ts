/** Returns memory to the system after heavy work. */
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Used share of the JavaScript heap's limit, including garbage. */
export function usedMemory(): number {
  const { used_heap_size, heap_size_limit } = getHeapStatistics()
  return used_heap_size / heap_size_limit
}

/**
 * V8 collects under pressure, which may not come again once a tree is indexed. Takes about 200 ms for a million lines.
 */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as (options: object) => void
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}
