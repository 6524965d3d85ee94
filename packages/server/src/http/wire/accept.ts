/** Whether an `Accept` header names HTML, at any place of its list and with any preference. */
export function wantsHtml(accept: string | undefined): boolean {
  return names(accept, 'text/html')
}

/** Whether an `Accept` header names JSON and no HTML, as that of a program does that can do nothing with a page. */
export function wantsJson(accept: string | undefined): boolean {
  return names(accept, 'application/json') && !wantsHtml(accept)
}

function names(accept: string | undefined, type: string): boolean {
  return accept?.split(',').some((range) => range.split(';')[0]?.trim().toLowerCase() === type) ?? false
}
