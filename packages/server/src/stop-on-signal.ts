/**
 * Stops once, on the first signal that asks for it: with 0 when everything was finished, with 1 when something was not.
 *
 * @param close - Finishes what is in flight. Further signals are ignored meanwhile.
 * @returns What a signal does, for other reasons to stop.
 */
export function stopOnSignal(close: () => Promise<void>): () => void {
  let stopping = false
  const stop = () => {
    if (stopping) return
    stopping = true
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`Adjourn did not stop cleanly: ${String(error)}\n`)
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  return stop
}
