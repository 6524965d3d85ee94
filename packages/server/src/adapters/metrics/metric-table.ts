/**
 * Every metric there is: its type, and what it says. What is exposed, the page about it and the example dashboard are held
 * against this table by tests.
 */
export const metricTable = {
  adjourn_request_duration_seconds: {
    type: 'histogram',
    help: 'From the arrival of a request to its answer, by method, route and class of status',
  },
  adjourn_refusals_total: {
    type: 'counter',
    help: 'Requests that were refused or failed, by code and what lay behind it',
  },
  adjourn_session_checks_total: {
    type: 'counter',
    help: 'Members who asked whether they are signed in, by what was found',
  },
  adjourn_password_checks_total: { type: 'counter', help: 'Passwords that were checked, by outcome' },
  adjourn_audit_records_total: {
    type: 'counter',
    help: 'Durable audit records, by event and cause: every login, every act and every end is one',
  },
  adjourn_commit_duration_seconds: {
    type: 'histogram',
    help: 'From the begin of a shared transaction to its end, by outcome',
  },
  adjourn_commit_batch_size: { type: 'histogram', help: 'Writes that shared a transaction' },
  adjourn_check_duration_seconds: { type: 'histogram', help: 'Statements that look up sessions, by outcome' },
  adjourn_check_batch_size: {
    type: 'histogram',
    help: 'Look-ups that shared a statement, or a turn of the event loop',
  },
  adjourn_password_hash_duration_seconds: { type: 'histogram', help: 'Password hashes, without the wait for a place' },
  adjourn_password_hashes_running: { type: 'gauge', help: 'Password hashes that are being computed' },
  adjourn_password_hashes_waiting: { type: 'gauge', help: 'Password hashes that wait for a place' },
  adjourn_duties_pending: { type: 'gauge', help: 'Notices and mails that are owed and not delivered, by channel' },
  adjourn_duties_failed: { type: 'gauge', help: 'Notices and mails that were given up and not seen to, by channel' },
  adjourn_duty_oldest_age_seconds: {
    type: 'gauge',
    help: 'Since when the oldest undelivered notice or mail is owed, by channel; 0 where none is',
  },
  adjourn_delivery_duration_seconds: {
    type: 'histogram',
    help: 'From the commit that owes a notice or mail to its delivery, by channel',
  },
  adjourn_delivery_attempts_total: {
    type: 'counter',
    help: 'Attempts to deliver a notice or mail, by channel and outcome',
  },
  adjourn_revocation_log_entries: { type: 'gauge', help: 'The number of the last entry of the revocation log' },
  adjourn_database_up: { type: 'gauge', help: 'Whether the database answered when these metrics were read' },
  adjourn_build_info: { type: 'gauge', help: 'Always 1; the labels say which version runs on which runtime' },
  nodejs_eventloop_lag_mean_seconds: {
    type: 'gauge',
    help: 'How late the event loop was on average, since the last reading',
  },
  nodejs_eventloop_lag_p99_seconds: {
    type: 'gauge',
    help: 'How late it was at the 99th percentile, since the last reading',
  },
  nodejs_eventloop_lag_max_seconds: { type: 'gauge', help: 'How late it was at most, since the last reading' },
  nodejs_heap_size_used_bytes: { type: 'gauge', help: 'Memory of the JavaScript heap in use' },
  process_cpu_seconds_total: { type: 'counter', help: 'Processor time of the process' },
  process_resident_memory_bytes: { type: 'gauge', help: 'Memory of the process' },
  process_start_time_seconds: { type: 'gauge', help: 'When the process started, in seconds since 1970' },
} as const satisfies Readonly<
  Record<string, { readonly type: 'counter' | 'gauge' | 'histogram'; readonly help: string }>
>

export type MetricName = keyof typeof metricTable
