/** Starts the site: `node server.ts`. */
import { createSite } from './site.ts'

const port = Number(process.env['PORT'] ?? 4321)
const origin = `http://localhost:${port}`

createSite({
  origin,
  baseUrl: process.env['ADJOURN_URL'] ?? 'http://127.0.0.1:8787',
  clientId: process.env['CLIENT_ID'] ?? 'ad10ad10-0000-4000-8000-000000000001',
}).listen(port, 'localhost', (error?: Error) => {
  // Such as a port that is taken.
  if (error !== undefined) throw error
  process.stdout.write(`The site is listening on ${origin}\n`)
})
