import type { EpochMs, SiteId } from '../domain/ids.ts'
import type { AccessTokens } from '../ports/access-tokens.ts'
import type { Blocklist } from '../ports/blocklist.ts'
import type { CaptchaVerifier } from '../ports/captcha.ts'
import type { Clock } from '../ports/clock.ts'
import type { KeyPurpose, Keyring, StoredKey } from '../ports/keys.ts'
import type { MailWriter } from '../ports/mail-writer.ts'
import type { Mailer } from '../ports/mailer.ts'
import type { Measurements } from '../ports/measurements.ts'
import type { PasswordHasher } from '../ports/password-hasher.ts'
import type { Proofs } from '../ports/proofs.ts'
import type { Randomness } from '../ports/randomness.ts'
import type { Storage } from '../ports/storage.ts'
import type { VisitorTokens } from '../ports/visitor-tokens.ts'
import type { AttemptsUnderWay } from './attempts-under-way.ts'
import type { BlockedSources } from './limit-failures.ts'

/** All that operations need from outside. Put together once, in `main.ts`; nothing here changes while the server runs. */
export interface Service {
  readonly siteId: SiteId
  /** The origin under which the service is reached, without a trailing slash. */
  readonly baseUrl: string
  readonly storage: Storage
  readonly clock: Clock
  readonly randomness: Randomness
  readonly passwordHasher: PasswordHasher
  readonly blocklist: Blocklist
  /** The lowest floor for passwords that an operator may set. */
  readonly passwordLengthLeast: number
  readonly keyring: Keyring
  /** Makes a key, wrapped where a key-encryption key is set. */
  readonly makeKey: (
    purpose: KeyPurpose,
    times: { readonly createdAt: EpochMs; readonly activeFrom: EpochMs },
  ) => Promise<StoredKey>
  readonly accessTokens: AccessTokens
  readonly visitorTokens: VisitorTokens
  readonly proofs: Proofs
  /** `null` where no captcha has to be solved. */
  readonly captcha: CaptchaVerifier | null
  /** The logins that this node is looking at. */
  readonly loginsUnderWay: AttemptsUnderWay
  /** The sources that this node knows to be blocked. */
  readonly blockedSources: BlockedSources
  /** Whether too many failures in a row lock an account until it is recovered: only where mail can bring the link for that. */
  readonly locksAccounts: boolean
  readonly mailWriter: MailWriter
  /** `null` where nobody sends mails: they wait. */
  readonly mailer: Mailer | null
  /** Writes a backup to where the operator wants them; resolves to the path of the file. */
  readonly backUp: (at: EpochMs) => Promise<string>
  /** Told of what happens, to count it. */
  readonly measurements: Measurements
  /** Told of a failure that no caller waits for. Never given a secret. */
  readonly reportFailure: (sentence: string, error: unknown) => void
}
