/**
 * The rows of the security requirements that this version claims, in its own words, and what of each waits for features
 * that are not built. `docs/coverage.md` is made from this list, the tests' names and the deliberate breaks.
 */
export interface RequirementRow {
  readonly says: string
  /** What of the row is not shown yet. */
  readonly later?: string
}

export const requirementRows: Readonly<Record<string, RequirementRow>> = {
  'L-02': { says: 'Whoever may have been sent by another site is asked first', later: 'ID token hints' },
  'L-04': { says: 'The confirmation is bound to the session, good for ten minutes, and cannot be forged or replayed' },
  'L-05': { says: 'Staying signed in changes nothing and leads nowhere' },
  'L-13': { says: 'Logging out while nobody is signed in is a success' },
  'L-14': { says: 'A program is answered alike whatever its credential was; one end is on record' },
  'L-15': { says: 'A cookie alone is not believed in a call that another site may have caused' },
  'L-16': { says: 'A prefetch changes nothing' },
  'L-17': {
    says: 'Logging out works for members who are blocked, waiting or locked out, while logins are held up, and past every limit',
  },
  'L-18': { says: 'The page claims only what is known', later: 'the list of applications and their deliveries' },
  'L-20': {
    says: 'A cross-site POST without cookies is repeated before anybody is told that nobody was signed in',
    later: 'the OpenID Connect endpoint',
  },
  'C-01': { says: 'The session cookie has the __Host- prefix and every attribute that keeps it in' },
  'C-02': {
    says: 'Removals carry the attributes that the cookies were set with, and leave the jar of a real browser empty',
  },
  'C-03': { says: 'One registry knows every cookie, and every write of one goes through it' },
  'C-04': { says: 'A cookie replayed after logout is refused everywhere', later: 'several nodes' },
  'C-05': { says: 'A late Set-Cookie is dead on arrival' },
  'C-06': { says: 'The cookie is opaque and small' },
  'C-07': { says: 'The cookie outlives the browser only on request, and is never relied on for expiry' },
  'C-08': { says: 'More than one session cookie lets nobody in' },
  'C-09': { says: 'Clear-Site-Data names storage, after completed logouts alone' },
  'C-10': {
    says: 'Back shows nothing of a member who has signed out, on our pages and on those of sites with our SDK',
    later: 'browsers other than Chromium; that of the registry keeps no pages, so a kept one is imitated',
  },
  'C-11': { says: 'Other tabs learn of a logout by a message without secrets, which makes nobody signed in' },
  'R-03': { says: 'Nobody is redirected when a check or the commit failed' },
  'R-06': { says: 'No redirect keeps the method of a form; logout answers 302 and the login form 303' },
  'R-07': {
    says: 'Addresses that could lead elsewhere cannot be registered',
    later: 'a registration endpoint: today the configuration registers',
  },
  'R-08': { says: 'A path to return to stays on this server', later: 'pages that use one' },
  'R-09': { says: 'A confirmed logout judges client and address again' },
  'T-07': { says: 'Access tokens are at+jwt with the claims that verifiers need, and short-lived' },
  'T-08': { says: 'Every endpoint of the service asks whether grant and session are alive' },
  'T-09': { says: 'The end of a session is the end of every grant and token in it, in one commit' },
  'T-11': { says: 'A rotating refresh token that is presented again ends its grant' },
  'T-12': { says: 'A lost answer can be had again for ten seconds, as the same successor, and not after logout' },
  'T-13': { says: 'Rotation never outlives the limits of the session' },
  'T-14': { says: 'A refresh needs grant, session, member and client alive and belonging together', later: 'DPoP' },
  'T-16': { says: 'The database holds no secret in any spelling' },
  'T-23': {
    says: 'Disabling or deleting a client ends its grants and tokens with that commit',
    later: 'withdrawn consent',
  },
  'T-24': { says: 'A token of one kind is worth nothing as another', later: 'ID and logout tokens' },
  'S-01': { says: 'Secrets have 256 random bits' },
  'S-02': { says: 'Login and step-up give a new secret, and one that was planted is never adopted' },
  'S-03': {
    says: 'Idle and overall limits are enforced to the second; raised ones are said aloud',
    later: 'lower limits for administrators',
  },
  'S-04': { says: 'What passed a limit ends like a logout', later: 'notices delivered to clients' },
  'S-05': { says: 'A password reset ends every session; a change every other, and renews the one that asked' },
  'S-07': {
    says: 'Blocking or deleting a member ends every session, grant, code and ticket of theirs in one commit',
  },
  'S-09': {
    says: 'One call ends everything of a member, and one ends everyone in constant time',
    later: 'notices delivered',
  },
  'S-11': { says: 'After logout, silent login is refused' },
  'S-12': { says: 'Codes and tickets of an ended session are void', later: 'flows that do not exist yet' },
  'S-14': { says: 'A member has a limited number of sessions; one more ends the oldest like a logout' },
  'P-01': { says: 'New passwords have at least 8 characters', later: 'a second factor' },
  'P-02': { says: 'Passwords of 256 characters are kept whole; only Unicode composition is normalised' },
  'P-03': { says: 'There are no rules about kinds of characters' },
  'P-04': { says: 'Common passwords, and those made of the context, are refused' },
  'P-05': { says: 'Hashes are argon2id of at least the recommended cost, and renewed at login' },
  'P-06': {
    says: 'Hash computations are bounded; the excess is told to try again, and logout goes on',
    later: 'memory and latency, which belong to the benchmark',
  },
  'P-07': {
    says: 'A login, a request for a new password, and a registration on our own page cost and show the same whether the address is known or not',
    later: 'the API keeps the codes that its clients branch on',
  },
  'P-09': {
    says: 'A link is good once and for twenty minutes, void after a newer one or a change, and nothing of it is stored',
  },
  'P-10': {
    says: 'Opening a link does not use it, its page names itself to nobody, and its host is the configured one',
  },
  'P-11': { says: 'The page of a link signs nobody in, and the member is told', later: 'a second factor' },
  'P-12': {
    says: 'A code is good once, for ten minutes, for its own login, and for five tries',
    later: 'other factors',
  },
  'P-08': {
    says: 'Failed logins make the next ones wait, for an account and for an address; a hundred in a row lock; sessions live on',
  },
  'P-13': {
    says: 'A site can have a password changed only soon after a login; what proves an address is compared in constant time',
    later: 'by default; factors',
  },
  'O-02': { says: 'Every authorization request needs an S256 challenge' },
  'O-03': { says: 'The exchange needs the verifier of that challenge' },
  'O-04': {
    says: 'Redirect URIs are compared character for character; a mismatch redirects nobody',
    later: 'native clients on loopback ports',
  },
  'O-05': { says: 'Codes and errors name the issuer', later: 'the metadata that announces it' },
  'O-06': { says: 'A code is good once, for a minute, for its client, address, challenge and session' },
  'O-07': { says: 'A second good use of a code ends what the first gave; a wrong one ends nothing' },
  'O-12': {
    says: 'Secrets of clients have 256 random bits, are shown once, stored hashed, and a wrong one is refused with 401',
    later: 'clients of OpenID Connect, which have to send theirs',
  },
  'H-01': {
    says: 'Under https every answer says that it stays https, and what a trusted proxy was sent without TLS is refused, not redirected',
  },
  'H-02': {
    says: 'Pages load nothing and cannot be framed; the answer to a framed login can, by the pages of its client alone',
  },
  'H-03': { says: 'Every answer carries the headers that keep it private' },
  'H-04': { says: 'Sizes and times are limited before anything is read', later: 'a measurement of memory' },
  'H-05': { says: 'Wrong methods, types, repetitions and shapes are refused by every route, and change nothing' },
  'H-06': {
    says: 'Login, registration, recovery, verification, token and token info answer 429 with an honest Retry-After; logout never does',
  },
  'H-07': { says: 'Forwarding headers count only from proxies that the operator named' },
  'H-08': { says: 'No session secret or token is in any address; one-time tickets are' },
  'H-09': { says: 'An unforeseen error opens nothing and tells nothing' },
  'H-10': { says: 'Tokens are verified with local keys and one algorithm, whatever their header offers' },
  'A-01': { says: 'Every start, step-up and end is audited in the commit that makes it, or does not happen' },
  'A-02': { says: 'The record of an end says who, why, when, and how much ended with it' },
  'A-03': {
    says: 'Nothing secret is logged, recorded, counted or traced, and no value can forge a line or choose a label',
  },
  'A-04': {
    says: 'The chain of the revocation log shows every change, removal and reordering',
    later: 'signed checkpoints and a command',
  },
  'A-06': {
    says: 'Metrics tell how long commits take and since when something is owed to whom; after five minutes an alert fires',
    later: 'the receivers of notices, of which nothing is delivered yet',
  },
  'A-07': {
    says: 'Ended sessions are pruned after 30 days, audit records after as many as the site says; a member who is erased leaves records that point to nobody, and the chain verifies',
  },
  'A-08': {
    says: 'Members are told by mail of credential changes and of what an administrator ended, with time and trigger',
    later: 'the end of everyone at once, which writes to nobody; signals',
  },
  'D-01': { says: 'Commits are synchronous and on the disk', later: 'a simulated power cut' },
  'D-02': { says: 'Without the database, logout says that it did not happen, and keeps the cookie' },
  'D-03': { says: 'A commit of unknown outcome is told as such, and a retry finds out' },
  'D-04': { says: 'A fault in any statement leaves everything or nothing' },
  'D-05': { says: 'Killed before any statement, a session is wholly live or wholly ended' },
  'D-08': { says: 'However logout and refresh interleave, nothing of the family works afterwards' },
  'D-09': { says: 'The same for the exchange of a code' },
  'D-10': { says: 'The same for the issue of a code', later: 'consent and second factors' },
  'D-11': { says: 'Noting a use never revives a session' },
  'D-12': {
    says: 'A hundred parallel logouts make one record and one set of duties',
    later: 'deliveries',
  },
  'D-13': {
    says: 'Logging out everywhere ends all that was committed before and nothing after',
  },
  'D-14': { says: 'Validity does not hang on the clock: within one millisecond, old is dead and new is alive' },
  'D-15': {
    says: 'A session that was ended on one node is refused by every other on its very next request',
    later: 'a replica that lags: none is read',
  },
  'D-17': { says: 'Without the database, checks answer 503 and never from memory' },
  'D-18': {
    says: 'A database that was put back, or a standby that may lack commits, is refused until a new epoch ends all of before',
    later: 'signed tokens that are ahead of the database',
  },
  'D-19': { says: 'What is missing is refused, at every age and after every clean-up' },
  'D-20': {
    says: 'Clocks of nodes that are off by minutes prolong and revive nothing; tokens have a minute of tolerance',
  },
  'D-21': {
    says: 'A stop finishes the logouts in flight; a later version may add to the schema while this one is at work',
    later: 'two released versions side by side, unsent duties',
  },
}
