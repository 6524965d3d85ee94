/** What a record of an event names besides who did it and in which request. `counts` is how much ended and is owed. */
export type AuditedField = 'cause' | 'member' | 'session' | 'client' | 'key' | 'counts'

/**
 * Everything that the audit log records: the event, what it means, and what its records name. A record may leave out what its
 * event has only sometimes. `docs/audit.md` has the same table; `npm run audit-page` writes it.
 *
 * A name stays with its meaning: records live longer than versions.
 */
export const auditEvents = {
  'site.created': { says: 'The site was made, at the first start', names: [] },
  'site.settings_changed': { says: 'The name or settings of the site were changed', names: [] },
  'site.generation_raised': {
    says: 'Every session and visitor of the site was ended at once; the sessions have records of their own as they are written out',
    names: ['cause'],
  },
  'member.registered': { says: 'A member registered, or was signed on for the first time', names: ['member'] },
  'member.created': { says: 'An administrator added a member', names: ['member'] },
  'member.imported': { says: 'A member was brought in from elsewhere', names: ['member'] },
  'member.updated': {
    says: 'An administrator changed the profile of a member, or it was changed as they were signed on',
    names: ['member'],
  },
  'member.email_changed': { says: 'An administrator gave a member another address', names: ['member'] },
  'member.exported': { says: 'All that is stored of a member was handed to an administrator', names: ['member'] },
  'member.deleted': { says: 'A member was deleted and erased', names: ['member'] },
  'member.password_changed': { says: 'A member changed their password', names: ['member', 'session'] },
  'challenge.opened': {
    says: 'A link or a code was asked for; where nobody has the address it names no member, and nothing was sent',
    names: ['member', 'client'],
  },
  'member.password_reset': { says: 'A member set a password by a link', names: ['member', 'client'] },
  'member.email_verified': { says: 'A member proved their address by a link or a code', names: ['member'] },
  'member.approved': { says: 'A member who waited was approved by the owner, or signed on', names: ['member'] },
  'member.rejected': { says: 'A member who waited for the owner was rejected', names: ['member'] },
  'member.blocked': { says: 'A member was blocked', names: ['member'] },
  'member.unblocked': { says: 'A block was lifted', names: ['member'] },
  'session.started': { says: 'A member logged in', names: ['member', 'session', 'client'] },
  'session.claimed': {
    says: 'The ticket of a session was used for the first time',
    names: ['member', 'session', 'client'],
  },
  'session.secret_rotated': {
    says: 'A session that goes on got another cookie secret, or lost the one it had',
    names: ['member', 'session'],
  },
  'session.ended': { says: 'A session ended, with its grants', names: ['cause', 'member', 'session', 'counts'] },
  'grant.opened': { says: 'A client got tokens of a session', names: ['member', 'session', 'client'] },
  'grant.ended': {
    says: 'A client’s share of a session ended, and the session lives on',
    names: ['cause', 'member', 'session', 'client', 'counts'],
  },
  'visitor.ended': { says: 'A visitor was closed', names: ['cause'] },
  'client.created': { says: 'A client was registered', names: ['client'] },
  'client.updated': { says: 'Something that is said of a client was changed', names: ['client'] },
  'client.secret_made': { says: 'A client was given a secret; one that it had before is dead', names: ['client'] },
  'client.disabled': {
    says: 'A client was disabled, and all that it held is over; its grants have records of their own as they are written out',
    names: ['client'],
  },
  'client.enabled': { says: 'A client that was disabled may act again', names: ['client'] },
  'client.deleted': { says: 'A client was deleted, with all that disabling it does', names: ['client'] },
  'keys.rotated': { says: 'New signing keys were made', names: [] },
  'administrator.added': { says: 'An administrator was added, by a key of their own', names: ['key'] },
  'administrator.removed': { says: 'An administrator was removed, and with them their key', names: ['key'] },
  'api_key.created': { says: 'An API key was made', names: ['key'] },
  'api_key.revoked': { says: 'An API key was revoked, and is gone', names: ['key'] },
  'notice.retried': { says: 'A notice that was given up is to be delivered again', names: ['member', 'client'] },
  'mail.retried': { says: 'A mail that was given up is to be sent again', names: ['member'] },
  'backup.ordered': { says: 'A running server was told to write a backup', names: [] },
  'epoch.started': { says: 'An operator began a new epoch, which ended everyone', names: [] },
  'epoch.kept': { says: 'An operator took a database as it is, and ended nobody', names: [] },
  'standby.promoted': { says: 'A standby that commits had waited for took over', names: [] },
} as const satisfies Readonly<Record<string, { readonly says: string; readonly names: readonly AuditedField[] }>>

export type AuditEvent = keyof typeof auditEvents
