/** Lines of a file as the views name them. */

/** 0–0: the whole file. */
export interface Place {
  readonly path: string
  readonly firstLine: number
  readonly lastLine: number
}

/** `src/a.ts`, `src/a.ts:3`, `src/a.ts:3-9` */
export function placeOf({ path, firstLine, lastLine }: Place): string {
  if (firstLine === 0) return path
  return firstLine === lastLine ? `${path}:${firstLine}` : `${path}:${firstLine}-${lastLine}`
}
