import { type Mailer, MailNotTaken } from '../ports/mailer.ts'
import { type Storage, StorageUnavailable } from '../ports/storage.ts'

/** What is wrong with the database of an emulator, and with its way to send mails. */
export interface PresentFaults {
  readonly database: 'up' | 'down'
  /** How long every commit takes longer. */
  readonly commitDelayMs: number
  readonly mail: 'up' | 'down'
}

const noFaults: PresentFaults = { database: 'up', commitDelayMs: 0, mail: 'up' }

/**
 * What a call is to a fault: one that `asks` fails while the database is down; one that `commits` is also slow. What the server
 * does by itself commits too, but nobody waits for it, and a reset must not have to.
 */
type Effect = 'asks' | 'commits' | 'goes through'

const effects = {
  clock: 'goes through',
  close: 'goes through',
  // It waits while the database does not answer, and nobody follows here.
  followLog: 'goes through',
  ping: 'asks',
  findSite: 'asks',
  createSite: 'commits',
  replaceSettings: 'commits',
  findAdministratorKey: 'asks',
  listAdministratorKeys: 'asks',
  addAdministratorKey: 'commits',
  removeAdministratorKey: 'commits',
  findApiKey: 'asks',
  listApiKeys: 'asks',
  createApiKey: 'commits',
  revokeApiKey: 'commits',
  findClient: 'asks',
  listClients: 'asks',
  createClient: 'commits',
  changeClient: 'commits',
  setClientSecret: 'commits',
  disableClient: 'commits',
  enableClient: 'commits',
  deleteClient: 'commits',
  findGrantsToEnd: 'asks',
  noteGrantsEnded: 'asks',
  findMember: 'asks',
  findMemberByEmail: 'asks',
  registerMember: 'commits',
  rehashPassword: 'commits',
  changePassword: 'commits',
  blockMember: 'commits',
  unblockMember: 'commits',
  findChallenge: 'asks',
  countLoginCodes: 'asks',
  openChallenge: 'commits',
  sendAnotherCode: 'commits',
  tryCode: 'commits',
  recoverMember: 'commits',
  approveMember: 'commits',
  rejectMember: 'commits',
  listMembers: 'asks',
  findMemberRecord: 'asks',
  addMembers: 'commits',
  updateMember: 'commits',
  changeEmail: 'commits',
  deleteMember: 'commits',
  // What the server does by itself, and nobody waits for.
  leaseMails: 'asks',
  settleMails: 'asks',
  listMails: 'asks',
  findMail: 'asks',
  retryMail: 'commits',
  check: 'asks',
  checkVisitor: 'asks',
  listSessions: 'asks',
  startSession: 'commits',
  findSessionOfKey: 'asks',
  touchSession: 'commits',
  signOn: 'commits',
  endSessions: 'commits',
  findOverdueSessions: 'asks',
  prune: 'asks',
  endGrants: 'commits',
  issueLogoutTicket: 'commits',
  findTicket: 'asks',
  issueCode: 'commits',
  redeemCode: 'commits',
  findRefreshToken: 'asks',
  rotateRefreshToken: 'commits',
  keepRedirectSession: 'commits',
  findRedirectSession: 'asks',
  listKeys: 'asks',
  rotateKeys: 'commits',
  rewrapKeys: 'commits',
  logHead: 'asks',
  readLog: 'asks',
  readLogBatches: 'asks',
  owedDuties: 'asks',
  readAudit: 'asks',
  queryAudit: 'asks',
  pruneAudit: 'asks',
  recordAct: 'commits',
  findThrottles: 'asks',
  countAttempts: 'commits',
  forgetThrottles: 'commits',
  listNotices: 'asks',
  retryNotice: 'commits',
  decideEpoch: 'commits',
  witness: 'asks',
  copyTo: 'asks',
} satisfies Record<keyof Storage, Effect>

/** Stands between a server and its database, and makes it fail or slow on demand. */
export class Faults {
  #present = noFaults
  readonly #waiting = new Set<() => void>()

  /** What is wrong at present. */
  get present(): PresentFaults {
    return this.#present
  }

  /** How many commits are held up at present. */
  get waitingCommits(): number {
    return this.#waiting.size
  }

  /** Changes what is given and leaves the rest. Commits that wait go on at once, by what holds from now on. */
  set(change: Partial<PresentFaults>): void {
    this.#present = { ...this.#present, ...change }
    for (const goOn of this.#waiting) goOn()
  }

  /** Nothing is wrong any more. */
  mend(): void {
    this.set(noFaults)
  }

  /** To be given to the server. */
  readonly decorate = (storage: Storage): Storage =>
    new Proxy(storage, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name)
        const effect = effectOn(name)
        if (typeof method !== 'function' || effect === 'goes through') return method
        return async (...given: readonly unknown[]) => {
          this.#assertUp()
          if (effect === 'commits' && this.#present.commitDelayMs > 0 && !isOfNobody(name, given)) {
            await this.#delay(this.#present.commitDelayMs)
            this.#assertUp()
          }
          return Reflect.apply(method, target, given)
        }
      },
    })

  /** To be put in the place of a way to send mails. */
  decorateMailer(mailer: Mailer): Mailer {
    return {
      ...mailer,
      send: async (mail) => {
        if (this.#present.mail === 'down') throw new MailNotTaken('The emulator was told that mail is down')
        return mailer.send(mail)
      },
    }
  }

  /** @throws {StorageUnavailable} As a database does that cannot be reached: the call was never made. */
  #assertUp(): void {
    if (this.#present.database === 'up') return
    throw new StorageUnavailable('The emulator was told that its database is down', { outcome: 'nothing_happened' })
  }

  /** Before the commit rather than after it: until a slow one is done, nothing of it is to be seen. */
  #delay(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const goOn = () => {
        clearTimeout(timer)
        this.#waiting.delete(goOn)
        resolve()
      }
      const timer = setTimeout(goOn, ms)
      this.#waiting.add(goOn)
    })
  }
}

function effectOn(name: string | symbol): Effect {
  return Object.hasOwn(effects, name) ? effects[name as keyof Storage] : 'goes through'
}

/** Ends that nobody asked for: of sessions that have passed a limit. */
function isOfNobody(name: string | symbol, [requests]: readonly unknown[]): boolean {
  if (name !== 'endSessions') return false
  return (requests as Parameters<Storage['endSessions']>[0]).every(({ actor }) => actor?.kind === 'system')
}
