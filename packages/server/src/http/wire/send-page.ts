import type { FastifyReply } from 'fastify'
import type { Page } from '../pages/layout.ts'

/** Sends a page with the headers that keep it private, out of caches, and out of frames unless it was made for one. */
export function sendPage(reply: FastifyReply, status: number, page: Page): void {
  addPageHeaders(reply, page)
  reply.code(status).type('text/html; charset=utf-8').send(page.html)
}

/** The headers of a page whose body somebody else sends. */
export function addPageHeaders(reply: FastifyReply, page: Page): void {
  reply
    .header('content-security-policy', page.contentSecurityPolicy)
    .header('referrer-policy', page.referrerPolicy)
    .header('cache-control', 'no-store')
  // What may be framed is said by the policy alone: the older header knows no list.
  if (page.framedBy === undefined) {
    reply.header('x-frame-options', 'DENY').header('cross-origin-opener-policy', 'same-origin')
  }
}
