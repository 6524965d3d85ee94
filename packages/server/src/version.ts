/** The version that is told to whoever asks; a test holds it against the package's own. */
export const version = '0.1.0'
