import { expect, test } from 'vitest'
import { statusOnceBlocked, statusOnceUnblocked } from './blocking.ts'

test.each(['ACTIVE', 'PENDING', 'OFFLINE', 'BLOCKED'] as const)('a member who is %s can be blocked', (status) => {
  expect(statusOnceBlocked(status)).toBe('BLOCKED')
})

test('a deleted member can be neither blocked nor unblocked', () => {
  expect(statusOnceBlocked('DELETED')).toBeUndefined()
  expect(statusOnceUnblocked({ status: 'DELETED', statusReasons: [] })).toBeUndefined()
})

test('a blocked member is active once unblocked, and one who was waiting for approval waits on', () => {
  expect(statusOnceUnblocked({ status: 'BLOCKED', statusReasons: [] })).toBe('ACTIVE')
  const statusReasons = ['PENDING_ADMIN_APPROVAL_REQUIRED'] as const
  expect(statusOnceUnblocked({ status: 'BLOCKED', statusReasons })).toBe('PENDING')
})

test.each(['ACTIVE', 'PENDING', 'OFFLINE'] as const)('unblocking a member who is %s changes nothing', (status) => {
  expect(statusOnceUnblocked({ status, statusReasons: [] })).toBe(status)
})
