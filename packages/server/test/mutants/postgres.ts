import type { Mutant } from './mutant.ts'

const postgres = 'packages/server/src/adapters/postgres'
const severalNodes = ['packages/server/test/postgres/several-nodes.test.ts']
const followers = ['packages/server/test/postgres/followers.test.ts']
const faults = ['packages/server/test/postgres/faults.test.ts']
const clocks = ['packages/server/test/postgres/clocks.test.ts']
const known = ['packages/server/test/postgres/known-database.test.ts']
const conformance = ['packages/server/test/postgres-conformance.test.ts']
const severalServers = ['packages/server/test/postgres/several-servers.test.ts']
const faultsByHttp = ['packages/server/test/postgres/faults-by-http.test.ts']
const opening = ['packages/server/test/postgres/opening.test.ts']

/** Breaks of the storage on PostgreSQL that only several nodes, or a failing network, bring to light. */
export const mutants: readonly Mutant[] = [
  {
    rows: ['D-12'],
    breaks: 'Batches pass the head of the log without waiting for each other, so audit numbers come up behind readers',
    file: `${postgres}/locks.ts`,
    find: ', 1)`',
    replace: ', pg_backend_pid())`',
    tests: severalNodes,
  },
  {
    rows: ['D-09'],
    breaks: 'A grant is opened although its session has ended since it was looked at',
    file: `${postgres}/changes.ts`,
    find: 'const relies = this.reliedOn.sessions.size + this.reliedOn.grants.size > 0',
    replace: 'const relies = false',
    tests: severalNodes,
  },
  {
    rows: ['D-13'],
    breaks: 'An end of all of a member’s sessions does not wait for sessions that are being started',
    file: `${postgres}/needs.ts`,
    find: "const memberLock = this.#changesMembers ? 'FOR NO KEY UPDATE' : 'FOR SHARE'",
    replace: "const memberLock = ''",
    tests: severalNodes,
  },
  {
    rows: ['O-06'],
    breaks: 'A code is read without being held',
    file: `${postgres}/needs.ts`,
    find: 'WHERE hash = ANY ($1::bytea[]) ORDER BY hash FOR UPDATE`',
    replace: 'WHERE hash = ANY ($1::bytea[]) ORDER BY hash`',
    tests: severalNodes,
  },
  {
    rows: ['D-08'],
    breaks: 'A refresh token is read without being held',
    file: `${postgres}/needs.ts`,
    find: "'SELECT hash FROM refresh_token WHERE hash = ANY ($1::bytea[]) ORDER BY hash FOR UPDATE'",
    replace: "'SELECT hash FROM refresh_token WHERE hash = ANY ($1::bytea[]) ORDER BY hash'",
    tests: severalNodes,
  },
  {
    rows: ['D-15'],
    breaks: 'A check is answered before the end of the session is looked up',
    file: `${postgres}/session-facts.ts`,
    find: "ended: endOf(integerOrNull(row, 'session_end') ?? 0)",
    replace: 'ended: null',
    tests: severalNodes,
  },
  {
    rows: [],
    breaks: 'A follower goes on behind the first entry of a page',
    file: 'packages/server/src/adapters/following/follow-log.ts',
    find: 'const last = entries?.at(-1)',
    replace: 'const last = entries?.at(0)',
    tests: followers,
  },
  {
    rows: [],
    breaks: 'A follower goes on behind what the log holds by now, not behind what it was handed',
    file: 'packages/server/src/adapters/following/follow-log.ts',
    find: 'after = last.n',
    replace: 'after = (await read(after, 1_000_000)).at(-1)?.n ?? last.n',
    tests: followers,
  },
  {
    rows: [],
    breaks: 'Nobody listens to what other nodes tell',
    file: `${postgres}/followers.ts`,
    find: 'connection.runSimple(`LISTEN ',
    replace: 'connection.runSimple(`UNLISTEN ',
    tests: followers,
  },
  {
    rows: ['D-20'],
    breaks: 'A node gives times by the clock of its own machine',
    file: 'packages/server/src/main.ts',
    find: 'const { clock } = storage',
    replace: 'const { clock } = parts',
    tests: clocks,
  },
  {
    rows: ['D-20'],
    breaks: 'A node takes its own clock for the database’s',
    file: `${postgres}/database-clock.ts`,
    find: 'this.#node.now() + (least + most) / 2',
    replace: 'this.#node.now() + (least + most) / 2e9',
    tests: clocks,
  },
  {
    rows: ['D-20'],
    breaks: 'Sessions are judged by the clock of the node that asks',
    file: `${postgres}/postgres-storage.ts`,
    find: 'const now = clock === undefined ? undefined : () => clock.now()',
    replace: 'const now = () => (clock ?? options.nodeClock ?? steadyClock).now()',
    tests: clocks,
  },
  {
    rows: ['D-20'],
    breaks: 'Access tokens are taken for two minutes after they ran out',
    file: 'packages/server/src/adapters/keys/access-tokens.ts',
    find: 'const toleranceMs = 60_000',
    replace: 'const toleranceMs = 120_000',
    tests: clocks,
  },
  {
    rows: ['D-15'],
    breaks: 'A server remembers of a session that it was alive',
    file: `${postgres}/postgres-storage.ts`,
    find: 'check: async (credential) => (await found.ask(credential))?.facts,',
    replace: `check: async (credential) => {
      const [known, key] = [(found.known ??= new Map()), JSON.stringify(credential)]
      if (!known.has(key)) known.set(key, (await found.ask(credential))?.facts)
      return known.get(key)
    },`,
    tests: severalServers,
  },
  {
    rows: ['D-13'],
    breaks: 'An end of all does not raise the generation under which the member’s sessions are started',
    file: `${postgres}/seal.ts`,
    find: "ARRAY(SELECT name FROM item WHERE by = 'member')",
    replace: "ARRAY(SELECT name FROM item WHERE by = 'nobody')",
    tests: severalNodes,
  },
  {
    rows: ['D-03'],
    breaks: 'Whoever asks again to log out everywhere, as the answer was lost, is refused',
    file: 'packages/server/src/operations/own-sessions.ts',
    find: "if (standing.because === 'logout_everywhere') return { session, leftEverywhere: true }",
    replace: '',
    tests: faultsByHttp,
  },
  {
    rows: ['D-02', 'D-17'],
    breaks: 'What a network fault leaves of a connection is used on',
    file: `${postgres}/commit-queue.ts`,
    find: 'if (this.#connection?.usable !== true)',
    replace: 'if (this.#connection === undefined)',
    tests: faultsByHttp,
  },
  {
    rows: ['D-17'],
    breaks: 'Any database that answers is taken for the one that was opened',
    file: `${postgres}/known-database.ts`,
    find: 'throw notTheOne(`its log is another one',
    replace: 'notTheOne(`its log is another one',
    tests: known,
  },
  {
    rows: ['D-17'],
    breaks: 'A database that lacks what this node has seen is taken for the one that was opened',
    file: `${postgres}/known-database.ts`,
    find: 'if (found.n < head.n) throw',
    replace: 'if (found.n < head.n) return; if (false) throw',
    tests: known,
  },
  {
    rows: ['D-17'],
    breaks: 'The database of another installation is taken for the one that was opened',
    file: `${postgres}/known-database.ts`,
    find: 'site !== null && foundSite !== site',
    replace: 'false',
    tests: known,
  },
  {
    rows: ['S-05'],
    breaks: 'A browser that holds the secret of before a password change cannot end its session',
    file: `${postgres}/seal.ts`,
    find: "lookUp('former_secret', 'f', 'x.hash = i.hash')",
    replace: "lookUp('former_secret', 'f', 'false')",
    tests: conformance,
  },
  {
    rows: ['S-05'],
    breaks: 'Nobody is asked about the session of a cookie from before a password change',
    file: `${postgres}/session-facts.ts`,
    find: '(SELECT f.session_id FROM former_secret f WHERE f.hash = k.name)',
    replace: 'NULL::bigint',
    tests: conformance,
  },
  {
    rows: ['S-05'],
    breaks: 'The secret of before a password change still lets in',
    file: `${postgres}/session-facts.ts`,
    find: "lookUp('session', 's', 'x.secret_hash = k.name')",
    replace: "lookUp('session', 's', ['x.id = ', sessionOfAnySecret].join(''))",
    tests: conformance,
  },
  {
    rows: ['S-05'],
    breaks: 'A secret that was given and replaced within one commit is forgotten',
    file: `${postgres}/changes.ts`,
    find: 'add(this.#shortLivedSecrets.length > 0,',
    replace: 'add(false,',
    tests: conformance,
  },
  {
    rows: ['D-03'],
    breaks: 'A commit whose acknowledgement is lost is told as if nothing had happened',
    file: `${postgres}/transaction.ts`,
    find: 'const isKnown = last?.reason instanceof StatementRefused && !last.reason.fatal',
    replace: 'const isKnown = true',
    tests: faults,
  },
  {
    rows: ['D-02', 'D-17'],
    breaks: 'A connection that was lost is used on',
    file: `${postgres}/pool.ts`,
    find: 'if (current?.usable === true) return current',
    replace: 'if (current !== undefined) return current',
    tests: faults,
  },
  {
    rows: ['D-17'],
    breaks: 'A database that keeps silent is waited for',
    file: `${postgres}/connection.ts`,
    find: 'const silence = setTimeout(() => this.destroy(), withinMs)',
    replace: 'const silence = setTimeout(() => {}, withinMs)',
    tests: faults,
  },
  {
    rows: ['D-01'],
    breaks: 'Commits are as durable as the database’s default makes them',
    file: `${postgres}/connection.ts`,
    find: "synchronous_commit: 'on',",
    replace: '',
    tests: opening,
  },
  {
    rows: ['D-01'],
    breaks: 'A server that does not sync is taken',
    file: `${postgres}/connection.ts`,
    find: "if (found['fsync'] !== 'on' || ",
    replace: 'if (',
    tests: opening,
  },
  {
    rows: ['D-01'],
    breaks: 'An answer does not wait for the commit',
    file: `${postgres}/transaction.ts`,
    find: '  const answers = await all(connection, [...before, ...statements, commit])\n',
    replace: `  const answers = await all(connection, [...before, ...statements])
  setImmediate(() => void connection.run(commit).catch(() => {}))
  answers.push({ status: 'fulfilled', value: { rows: [], command: 'COMMIT' } })\n`,
    tests: ['packages/server/test/postgres/killed-server.test.ts'],
  },
]
