/** Limits on what a request may weigh, enforced before anything of it is read for its meaning. */

/** No method takes more than a few kilobytes. */
export const bodyBytesMax = 64 * 1024
/** Longer than any address that we give out, with room for a caller's own parameters. */
export const urlCharactersMax = 8 * 1024
/** One token or key in a header. Ours have a tenth of it. */
export const tokenCharactersMax = 8 * 1024
/** All headers together, so that a token of 8 KiB passes and a flood does not. */
export const headerBytesMax = 16 * 1024
/** How long the headers, and then the body, may take to arrive. */
export const readMsMax = 10_000
