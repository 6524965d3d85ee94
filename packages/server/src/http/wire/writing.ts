/** Schemas as the writers of answers: what a schema does not name is not sent. */
import build from 'fast-json-stringify'

/** Makes a schema the framework's writer. It is compiled when it first writes, for the reason that checks are. */
export function compileWriter({ schema }: { readonly schema: unknown }) {
  let write: ((message: unknown) => string) | undefined
  return (message: unknown): string => {
    write ??= build(schema as Parameters<typeof build>[0])
    return write(message)
  }
}
