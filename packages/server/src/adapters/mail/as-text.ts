/** A mail as plain text. */
export function asText({
  paragraphs,
  proof,
  afterwards,
  closing,
}: {
  readonly paragraphs: readonly string[]
  /** The link or the code, on a line of its own. */
  readonly proof: string | null
  readonly afterwards: readonly string[]
  readonly closing: string
}): string {
  const parts = [...paragraphs, ...(proof === null ? [] : [proof]), ...afterwards, `-- \n${closing}`]
  return `${parts.join('\n\n')}\n`
}
