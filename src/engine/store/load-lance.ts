/**
 * Loads LanceDB on first use. Its own log is silenced: it would print every failed attempt, where one sentence is
 * enough.
 */
export function loadLance(): Promise<typeof import('./lance.ts')> {
  process.env.LANCEDB_LOG ??= 'off'
  return import('./lance.ts')
}
