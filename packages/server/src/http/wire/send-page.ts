import type { FastifyReply } from 'fastify'
import type { Page } from '../pages/layout.ts'

/** Sends a page with the headers that keep it private, unframed and out of caches. */
export function sendPage(reply: FastifyReply, status: number, page: Page): void {
  addPageHeaders(reply, page)
  reply.code(status).type('text/html; charset=utf-8').send(page.html)
}

/** The headers of a page whose body somebody else sends. */
export function addPageHeaders(reply: FastifyReply, page: Page): void {
  reply
    .header('content-security-policy', page.contentSecurityPolicy)
    .header('referrer-policy', page.referrerPolicy)
    .header('x-frame-options', 'DENY')
    .header('cross-origin-opener-policy', 'same-origin')
    .header('cache-control', 'no-store')
}
