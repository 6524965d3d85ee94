/** An installation was not moved to another database. The message says why, and what was left as it was. */
export class CannotMove extends Error {
  override readonly name = 'CannotMove'
}
