/** A line that begins a comment, or continues a block comment, in any of the supported languages. */
export const COMMENT_LINE =
  /^\s*(#(?!include|define|if|el|end|\[|pragma|undef)|\/\/|\/\*|\*(?!\w*\()|<!--|--\s|\(\*|;;|%%?\s)/
