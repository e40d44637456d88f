/**
 * Raise it when what is stored changes, or how files are parsed, chunked, counted or linked: every index is then
 * rebuilt.
 */
export const INDEX_VERSION = 9
