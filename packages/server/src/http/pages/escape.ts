/** Where the pages have their HTML from; mails have it from there too. */
export { type Html, html, nothing } from '../../protocol/html.ts'
