/**
 * What proves that somebody was sent a challenge: the token in a link, the code in a mail, and the `stateToken` that the
 * identity API gives to whoever waits for one.
 *
 * All are made from the id of the challenge by a MAC, so that nothing secret lies in the database: neither in the challenge
 * nor in the mail that waits to be sent, which holds the id alone. That one is genuine says that this service made it, and
 * nothing about whether the challenge exists, is of the right kind, has expired or was used: that is for the caller to look
 * up. A new MAC root makes new proofs; old ones hold until their root is retired.
 */
export interface Proofs {
  /**
   * The token of a link for choosing a password, `adj_proof_<id>.<mac>`.
   *
   * @param challengeId a GUID
   * @throws {RangeError} when it is not one
   * @throws {NoActiveKey} when there is no MAC root
   */
  recoveryToken(challengeId: string): string
  /** The id of the challenge, in lower case; undefined when the token is not a genuine one. Never throws because of it. */
  readRecoveryToken(token: string): string | undefined
  /** The token that names a challenge to whoever waits for its code, `adj_state_<id>.<mac>`; likewise. */
  stateToken(challengeId: string): string
  readStateToken(token: string): string | undefined
  /**
   * The code that is mailed: six digits, leading zeros included. Another one for each sending, so that sending again makes
   * the code before it worthless.
   *
   * @param challengeId a GUID
   * @param codesSent how many codes were sent for the challenge, this one included
   * @throws {RangeError} when the id is no GUID or the count no whole number from 0
   * @throws {NoActiveKey} when there is no MAC root
   */
  code(challengeId: string, codesSent: number): string
  /** Whether a code is the one of this sending, also after a rotation of keys. Takes equally long for any wrong one. */
  isCode(challengeId: string, codesSent: number, presented: string): boolean
}
