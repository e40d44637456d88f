/** The Explain view. */
