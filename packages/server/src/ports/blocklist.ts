/**
 * The passwords that are too common to be anyone's.
 *
 * The comparison is made on this machine: no password, nor a hash of one, leaves it (P-04).
 */
export interface Blocklist {
  /**
   * Whether the whole password is on the list, upper and lower case being the same. Never matches a part of it.
   *
   * @param password - In NFC, otherwise as typed.
   */
  has(password: string): boolean
}
