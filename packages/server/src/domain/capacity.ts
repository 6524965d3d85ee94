/**
 * Which of a member's living sessions end so that one more can begin: the oldest, as many as are in its way. Usually none; more
 * than one where the limit was lowered.
 *
 * @param living - The living sessions, the oldest first.
 * @param most - How many there may be with the new one; at least 1.
 */
export function sessionsInTheWay<Session>(living: readonly Session[], most: number): readonly Session[] {
  return living.slice(0, Math.max(0, living.length - most + 1))
}
