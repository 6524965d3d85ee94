import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { MetricSamples } from '../adapters/metrics/samples.ts'
import type { ParentMessage } from './messages.ts'
import { SamplesOfAll } from './samples-of-all.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const counted = (value: number): readonly MetricSamples[] => [
  { name: 'adjourn_password_hashes_running', samples: [{ labels: {}, value }] },
]
const labelledAs = (worker: string, value: number) => ({
  name: 'adjourn_password_hashes_running',
  samples: [{ labels: { worker }, value }],
})

function aWorker(number: number) {
  const heard: ParentMessage[] = []
  return { number, heard, tell: (message: ParentMessage) => void heard.push(message) }
}

function inquiryOf({ heard }: { readonly heard: readonly ParentMessage[] }): number {
  const asked = heard.findLast(({ kind }) => kind === 'count')
  if (asked?.kind !== 'count') throw new Error('Nobody asked')
  return asked.inquiry
}

test('who asks is answered once all have answered, each with its number', () => {
  const samples = new SamplesOfAll()
  const [first, second] = [aWorker(1), aWorker(2)]
  samples.inquire(first, 7, [first, second])
  samples.take(2, inquiryOf(second), counted(5))
  expect(first.heard).toHaveLength(1)
  samples.take(1, inquiryOf(first), counted(3))
  const answer = { kind: 'samples_of_all', question: 7, samples: [labelledAs('2', 5), labelledAs('1', 3)] }
  expect(first.heard.slice(1)).toEqual([answer])
  expect(second.heard).toHaveLength(1)
})

test('a worker that keeps silent is left out after two seconds, and what it says later is passed over', () => {
  const samples = new SamplesOfAll()
  const [first, stuck] = [aWorker(1), aWorker(2)]
  samples.inquire(first, 1, [first, stuck])
  const inquiry = inquiryOf(stuck)
  samples.take(1, inquiry, counted(3))
  vi.advanceTimersByTime(1_999)
  expect(first.heard).toHaveLength(1)
  vi.advanceTimersByTime(1)
  expect(first.heard.slice(1)).toEqual([{ kind: 'samples_of_all', question: 1, samples: [labelledAs('1', 3)] }])
  samples.take(2, inquiry, counted(5))
  expect(first.heard).toHaveLength(2)
})

test('an answer that comes twice counts once, and those of two questions are kept apart', () => {
  const samples = new SamplesOfAll()
  const [first, second] = [aWorker(1), aWorker(2)]
  samples.inquire(first, 1, [first, second])
  const earlier = inquiryOf(first)
  samples.inquire(second, 1, [first, second])
  const later = inquiryOf(first)
  samples.take(1, earlier, counted(3))
  samples.take(1, earlier, counted(4))
  samples.take(2, later, counted(5))
  samples.take(1, later, counted(6))
  expect(first.heard.filter(({ kind }) => kind === 'samples_of_all')).toEqual([])
  const answer = { kind: 'samples_of_all', question: 1, samples: [labelledAs('2', 5), labelledAs('1', 6)] }
  expect(second.heard.filter(({ kind }) => kind === 'samples_of_all')).toEqual([answer])
})
