/** Lines of a file as the views name them. */

/** 0–0: the whole file. */
export interface Place {
  readonly path: string
  readonly start: number
  readonly end: number
}

/** `src/a.ts`, `src/a.ts:3`, `src/a.ts:3-9` */
export function placeOf({ path, start, end }: Place): string {
  if (start === 0) return path
  return start === end ? `${path}:${start}` : `${path}:${start}-${end}`
}
