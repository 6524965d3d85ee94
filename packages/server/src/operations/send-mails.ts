import type { MailId } from '../domain/ids.ts'
import { delayBeforeNextAttempt, type MailKind, worthSendingUntil } from '../domain/mail.ts'
import type { Site } from '../domain/site.ts'
import type { WrittenMail } from '../ports/mail-writer.ts'
import { type Mailer, MailNotTaken } from '../ports/mailer.ts'
import type { LeasedMail, MailSettlement } from '../ports/storage.ts'
import { findSite } from './find-site.ts'
import type { Service } from './service.ts'

/** What became of an attempt, for the log: nothing of what the mail says. */
export interface MailAttempt {
  readonly mailId: MailId
  readonly kind: MailKind
  readonly attempts: number
  readonly outcome: MailSettlement['outcome']
  readonly failure?: string
}

/** What the measurements call an outcome. */
const measured = { sent: 'delivered', again: 'to_be_repeated', failed: 'given_up' } as const satisfies Record<
  MailSettlement['outcome'],
  string
>

/** How many are being sent at the same time. */
const sendingMax = 10

/** Longer than a mailer takes with a mail, so that nobody else begins with the same one meanwhile. */
const leaseMs = 120_000

/**
 * Sends the mails that are owed, and says of each what became of it.
 *
 * A mail is sent at least once: when this process dies, or the database, between the moment in which a mail was taken on and
 * the one in which that is on record, it is sent again, under the same reference. What this process knows to be taken it
 * does not send again, however long the database is away.
 */
export class MailSender {
  readonly #service: Service
  readonly #mailer: Mailer
  readonly #tell: (attempt: MailAttempt) => void
  /** What is known here and not on record yet. */
  readonly #known = new Map<MailId, MailSettlement>()
  #nudged: () => void = () => {}

  /** @param options.tell - Told of every attempt, once it is on record. */
  constructor(options: {
    readonly service: Service
    readonly mailer: Mailer
    readonly tell: (attempt: MailAttempt) => void
  }) {
    this.#service = options.service
    this.#mailer = options.mailer
    this.#tell = options.tell
  }

  /**
   * Sends what is due, a few at the same time, until nothing is. One pass at a time.
   *
   * @param stop - Aborted when no further one is to be begun; those that are under way are finished.
   * @throws {StorageUnavailable} When the database does not answer; the next pass goes on where this one stopped.
   */
  async pass(stop: AbortSignal): Promise<void> {
    const sending = new Set<Promise<void>>()
    const failures: unknown[] = []
    while (!stop.aborted && failures.length === 0) {
      const nudged = new Promise<void>((resolve) => {
        this.#nudged = resolve
      })
      const leased = await this.#lease(sendingMax - sending.size).catch((error: unknown) => {
        failures.push(error)
        return []
      })
      for (const mail of leased) {
        const done: Promise<void> = this.#deal(mail)
          .catch((error: unknown) => void failures.push(error))
          .finally(() => sending.delete(done))
        sending.add(done)
      }
      if (sending.size === 0) break
      await Promise.race([...sending, nudged])
    }
    await Promise.all(sending)
    if (failures.length > 0) throw failures[0]
  }

  /** Has the pass that is under way look again, for what became due since: it may be waiting for one that takes long. */
  nudge(): void {
    this.#nudged()
  }

  async #lease(limit: number): Promise<readonly LeasedMail[]> {
    const at = this.#service.clock.now()
    return limit === 0 ? [] : this.#service.storage.leaseMails({ at, until: at + leaseMs, limit })
  }

  async #deal(mail: LeasedMail): Promise<void> {
    const settlement = this.#known.get(mail.id) ?? (await this.#attempt(mail))
    if (settlement.outcome === 'sent') this.#known.set(mail.id, settlement)
    await this.#service.storage.settleMails([settlement])
    this.#known.delete(mail.id)
    const { outcome, at } = settlement
    this.#service.measurements.delivered('mail', measured[outcome], at - mail.createdAt)
    const failure = 'failure' in settlement ? { failure: settlement.failure } : {}
    this.#tell({ mailId: mail.id, kind: mail.kind, attempts: mail.attempts, outcome, ...failure })
  }

  async #attempt(mail: LeasedMail): Promise<MailSettlement> {
    const { clock } = this.#service
    const lease = { id: mail.id, leasedUntil: mail.leasedUntil }
    if (clock.now() >= worthSendingUntil(mail)) {
      return { ...lease, at: clock.now(), outcome: 'failed', failure: mail.lastFailure ?? 'It was not sent in time' }
    }
    const site = await findSite(this.#service)
    const written = this.#written(mail, site)
    if (written === undefined) {
      return { ...lease, at: clock.now(), outcome: 'failed', failure: 'It could not be written' }
    }
    try {
      const reference = `${mail.siteId}.${mail.id}`
      const taken = await this.#mailer.send({
        ...written,
        reference,
        recipient: mail.recipient,
        kind: mail.kind,
        at: clock.now(),
      })
      const at = clock.now()
      if (taken.outcome === 'taken') return { ...lease, at, outcome: 'sent' }
      return { ...lease, at, outcome: 'failed', failure: taken.because }
    } catch (error) {
      if (!(error instanceof MailNotTaken)) throw error
      return this.#again(mail, error.message)
    }
  }

  /** `undefined` for one that holds not what its kind needs: to try again would come to the same, and hold up others. */
  #written(mail: LeasedMail, site: Site): WrittenMail | undefined {
    try {
      return this.#service.mailWriter.write(mail, site)
    } catch (error) {
      this.#service.reportFailure(`Mail ${mail.id} could not be written`, error)
      return undefined
    }
  }

  #again(mail: LeasedMail, failure: string): MailSettlement {
    const { clock, randomness } = this.#service
    const [byte = 0] = randomness.bytes(1)
    const at = clock.now()
    const lease = { id: mail.id, leasedUntil: mail.leasedUntil, at, failure }
    const nextAttemptAt = at + delayBeforeNextAttempt(mail.attempts, byte / 255)
    if (nextAttemptAt >= worthSendingUntil(mail)) return { ...lease, outcome: 'failed' }
    return { ...lease, outcome: 'again', nextAttemptAt }
  }
}
