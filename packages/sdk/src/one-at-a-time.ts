/** As much of the Web Locks API as is used. */
interface Locks {
  request<T>(name: string, work: () => Promise<T>): Promise<T>
}

/**
 * Does work under a name while nobody else does: no other call of this page, and, where the browser has Web Locks, no other
 * tab of the site either.
 *
 * @param name - `undefined` for work that only calls of the same client wait for.
 */
export function oneAtATime(name: string | undefined): <T>(work: () => Promise<T>) => Promise<T> {
  const { locks } = ((globalThis as { navigator?: { locks?: Locks } }).navigator ?? {}) as { locks?: Locks }
  if (locks !== undefined && name !== undefined) return (work) => locks.request(name, work)
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const result = last.then(work)
    last = result.catch(() => {})
    return result
  }
}
