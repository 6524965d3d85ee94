/** What is said of a text that is not {@link isWritable}. */
export const writableRule = 'must be well-formed Unicode without NUL'

/** Whether a text has neither a NUL nor half a surrogate pair: no store and no page can carry those whole. */
export function isWritable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}
