/** How the views write a place: a path with its lines. */

/** Lines are 1-based and inclusive; 0–0 is the whole file. */
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
