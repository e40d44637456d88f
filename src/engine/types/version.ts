/** Raise when what is stored changes, or how files are parsed, cut, counted or linked: every index is then made anew. */
export const INDEX_VERSION = 9
