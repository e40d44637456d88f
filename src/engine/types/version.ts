/**
 * Version of the stored index. Increment it when the stored format changes, or how files are parsed, chunked, counted
 * or linked: every index is then rebuilt.
 */
export const INDEX_VERSION = 12
