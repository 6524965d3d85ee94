/** The site's one page, whatever is on it. */
export function page({
  title,
  message,
  content,
}: {
  readonly title: string
  readonly message: string
  /** As HTML: one of the parts below. */
  readonly content: string
}): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${text(title)}</title>
<style>:root{color-scheme:light dark;font-family:system-ui}main{max-width:32rem;margin:3rem auto;padding:0 1rem}label,input{display:block;margin-block:.5rem}</style>
<main>
<h1>${text(title)}</h1>
<p role="status">${text(message)}</p>
${content}
</main>
</html>`
}

/** For whoever is known not to be signed in. */
export const forVisitors: string = `<form method="post" action="/login">
<label>E-mail <input name="email" type="email" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Log in</button>
<button formaction="/register">Register</button>
</form>
<p><a href="/hosted">Log in on the server’s page</a></p>`

/** For somebody of whom it is not known whether they are signed in: no login form, which would say that they are not. */
export const tryAgain: string = '<p><a href="/members">Try again</a></p>'

/**
 * A browser may bring this page back as it was, without asking the site, when somebody goes back to it: also one that must not be
 * stored, and also after they have logged out. So it is hidden then, and asked for anew.
 */
const askedForAnew = `<script>
addEventListener('pageshow', (event) => {
  if (!event.persisted) return
  document.documentElement.hidden = true
  location.reload()
})
</script>`

/** @param member - Their address. */
export function forMembers(member: string): string {
  return `${askedForAnew}
<p>You are <strong>${text(member)}</strong>.</p>
<form method="post" action="/logout"><button>Log out</button></form>`
}

function text(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
