import type { Storage } from '../../ports/storage.ts'
import type { MetricSamples, Sample } from './samples.ts'

/** Whoever collects waits ten seconds by default, and wants the rest also while the database keeps silent. */
const answersWithinMs = 3_000

/**
 * What only the database knows: what is owed since when, and how far the log has come. Where it does not answer, that is
 * what is told, and nothing else.
 */
export async function databaseSamples(
  storage: Pick<Storage, 'owedDuties' | 'logHead' | 'clock'>,
): Promise<readonly MetricSamples[]> {
  let impatience: NodeJS.Timeout | undefined
  try {
    const asked = Promise.all([storage.owedDuties(), storage.logHead()])
    const silence = new Promise<undefined>((resolve) => {
      impatience = setTimeout(() => resolve(undefined), answersWithinMs)
    })
    const answered = await Promise.race([asked, silence])
    if (answered === undefined) {
      asked.catch(() => {})
      return [down]
    }
    const [duties, head] = answered
    const now = storage.clock.now()
    const each = (value: (duty: (typeof duties)[number]) => number): readonly Sample[] =>
      duties.map((duty) => ({ labels: { channel: duty.channel }, value: value(duty) }))
    return [
      { name: 'adjourn_database_up', samples: [{ labels: {}, value: 1 }] },
      { name: 'adjourn_duties_pending', samples: each(({ pending }) => pending) },
      { name: 'adjourn_duties_failed', samples: each(({ failed }) => failed) },
      {
        name: 'adjourn_duty_oldest_age_seconds',
        samples: each(({ oldestOwedAt }) => (oldestOwedAt === null ? 0 : Math.max(0, now - oldestOwedAt) / 1000)),
      },
      { name: 'adjourn_revocation_log_entries', samples: [{ labels: {}, value: head.n }] },
    ]
  } catch {
    // Why it does not answer is in the log of whoever asked it for something.
    return [down]
  } finally {
    clearTimeout(impatience)
  }
}

const down: MetricSamples = { name: 'adjourn_database_up', samples: [{ labels: {}, value: 0 }] }
