/** The site's one page, for visitors and for members. */
export function page({
  title,
  member,
  message,
}: {
  readonly title: string
  /** The member's address; `null` for a visitor. */
  readonly member: string | null
  readonly message: string
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
${member === null ? forVisitors : forMembers(member)}
</main>
</html>`
}

const forVisitors = `<form method="post" action="/login">
<label>E-mail <input name="email" type="email" autocomplete="username" required></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<button>Log in</button>
<button formaction="/register">Register</button>
</form>
<p><a href="/hosted">Log in on the server’s page</a></p>`

function forMembers(member: string): string {
  return `<p>You are <strong>${text(member)}</strong>.</p>
<form method="post" action="/logout"><button>Log out</button></form>`
}

function text(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
