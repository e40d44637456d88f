/** LanceDB, read when it is first needed. Its own log would tell a user of each try that failed: one sentence does. */
export function loadLance(): Promise<typeof import('./lance.ts')> {
  process.env.LANCEDB_LOG ??= 'off'
  return import('./lance.ts')
}
