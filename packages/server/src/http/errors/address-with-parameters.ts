/**
 * Whether a path is one of those that an address with parameters stands for: `/members/:id` for every `/members/…` of as many
 * parts. An address without parameters fits nothing here: it is found by its name.
 */
export function fitsAddress(address: string, path: string): boolean {
  if (!address.includes('/:')) return false
  const parts = path.split('/')
  const wanted = address.split('/')
  return (
    parts.length === wanted.length &&
    wanted.every((part, index) => (part.startsWith(':') ? parts[index] !== '' : parts[index] === part))
  )
}
