/** A password hash cannot be read, or must not be computed. The reason holds nothing of the hash, which is worth stealing. */
export class UnreadableHash extends Error {
  override readonly name = 'UnreadableHash'
  /** To be read after the word "as". */
  readonly because: string

  constructor(because: string, options?: ErrorOptions) {
    super(`Cannot read a stored password hash as ${because}`, options)
    this.because = because
  }
}
