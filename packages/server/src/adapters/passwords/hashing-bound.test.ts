import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HashingOverloaded } from '../../ports/password-hasher.ts'
import { createHashingBound } from './hashing-bound.ts'

/** Computations that end when the test says so, with a record of when they began. */
function controlledComputations() {
  const begun: string[] = []
  const endings = new Map<string, { resolve(value: string): void; reject(error: Error): void }>()
  return {
    begun,
    inFlight: () => endings.size,
    computation: (name: string) => () => {
      const { promise, resolve, reject } = Promise.withResolvers<string>()
      begun.push(name)
      endings.set(name, { resolve, reject })
      return promise
    },
    end(name: string) {
      endings.get(name)?.resolve(name)
      endings.delete(name)
    },
    fail(name: string) {
      endings.get(name)?.reject(new Error(`${name} failed`))
      endings.delete(name)
    },
  }
}

test('P-06: no more computations begin than may be in flight, and the others begin in the order they came', async () => {
  const { begun, computation, end } = controlledComputations()
  const bound = createHashingBound({ concurrency: 2, queue: 2 })
  const answers = ['a', 'b', 'c', 'd'].map((name) => bound.run(computation(name)))
  await turnOfTheLoop()
  expect(begun).toEqual(['a', 'b'])
  end('b')
  await turnOfTheLoop()
  expect(begun).toEqual(['a', 'b', 'c'])
  end('a')
  await turnOfTheLoop()
  expect(begun).toEqual(['a', 'b', 'c', 'd'])
  end('c')
  end('d')
  expect(await Promise.all(answers)).toEqual(['a', 'b', 'c', 'd'])
})

test('P-06: when the queue is full a caller is refused at once, while everything in it is still waiting', async () => {
  const { begun, computation, end } = controlledComputations()
  const bound = createHashingBound({ concurrency: 1, queue: 1 })
  const answers = [bound.run(computation('a')), bound.run(computation('b'))]
  const refusal = bound.run(computation('c'))
  await expect(refusal).rejects.toThrow(HashingOverloaded)
  await expect(refusal).rejects.toMatchObject({ retryAfterSeconds: 1 })
  expect(begun).toEqual(['a'])
  end('a')
  await turnOfTheLoop()
  end('b')
  expect(await Promise.all(answers)).toEqual(['a', 'b'])
  expect(begun).toEqual(['a', 'b'])
})

test('P-06: without a queue a caller is refused while the only place is taken, and served once it is free', async () => {
  const { computation, end } = controlledComputations()
  const bound = createHashingBound({ concurrency: 1, queue: 0 })
  const first = bound.run(computation('a'))
  await expect(bound.run(computation('b'))).rejects.toThrow(HashingOverloaded)
  end('a')
  await first
  const third = bound.run(computation('c'))
  await turnOfTheLoop()
  end('c')
  expect(await third).toBe('c')
})

test('P-06: somebody who comes after a place was handed on does not run beside whoever waited for it', async () => {
  const { begun, computation, end } = controlledComputations()
  const bound = createHashingBound({ concurrency: 1, queue: 1 })
  const answers = [bound.run(computation('a')), bound.run(computation('b'))]
  await turnOfTheLoop()
  end('a')
  await answers[0]
  answers.push(bound.run(computation('c')))
  await turnOfTheLoop()
  expect(begun).toEqual(['a', 'b'])
  end('b')
  await turnOfTheLoop()
  end('c')
  expect(await Promise.all(answers)).toEqual(['a', 'b', 'c'])
})

test('P-06: a computation that fails gives its place to the next, and its error to its own caller alone', async () => {
  const { computation, end, fail } = controlledComputations()
  const bound = createHashingBound({ concurrency: 1, queue: 2 })
  const first = bound.run(computation('a'))
  const second = bound.run(() => {
    throw new Error('b failed before it began')
  })
  const third = bound.run(computation('c'))
  const outcomes = Promise.allSettled([first, second])
  await turnOfTheLoop()
  fail('a')
  expect(await outcomes).toMatchObject([
    { status: 'rejected', reason: { message: 'a failed' } },
    { status: 'rejected', reason: { message: 'b failed before it began' } },
  ])
  await turnOfTheLoop()
  end('c')
  expect(await third).toBe('c')
})

test('P-06: however callers come and computations end, the bound holds and everyone is answered', async () => {
  const step = fc.oneof(
    { weight: 3, arbitrary: fc.constant('come' as const) },
    { weight: 1, arbitrary: fc.constant('end' as const) },
    { weight: 1, arbitrary: fc.constant('fail' as const) },
    { weight: 1, arbitrary: fc.constant('turn' as const) },
  )
  const limits = fc.record({ concurrency: fc.integer({ min: 1, max: 3 }), queue: fc.integer({ min: 0, max: 3 }) })
  await fc.assert(
    fc.asyncProperty(limits, fc.array(step, { maxLength: 40, size: 'max' }), async ({ concurrency, queue }, steps) => {
      const computations = controlledComputations()
      const bound = createHashingBound({ concurrency, queue })
      const answers: Promise<unknown>[] = []
      const ended = new Set<string>()
      const oldestInFlight = () => computations.begun.find((name) => !ended.has(name))
      const finish = (how: 'end' | 'fail') => {
        const name = oldestInFlight()
        if (name === undefined) return
        ended.add(name)
        computations[how](name)
      }
      for (const [index, what] of steps.entries()) {
        if (what === 'come') answers.push(bound.run(computations.computation(`${index}`)).catch((error) => error))
        else if (what === 'turn') await turnOfTheLoop()
        else finish(what)
        expect(computations.inFlight()).toBeLessThanOrEqual(concurrency)
      }
      await turnOfTheLoop()
      while (oldestInFlight() !== undefined) {
        finish('end')
        await turnOfTheLoop()
      }
      const refused = (await Promise.all(answers)).filter((answer) => answer instanceof HashingOverloaded)
      expect(refused.length + computations.begun.length).toBe(answers.length)
      if (answers.length <= concurrency + queue) expect(refused).toEqual([])
    }),
    { numRuns: 50 },
  )
})

test('a limit that is not a whole number in its range is refused', () => {
  for (const concurrency of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => createHashingBound({ concurrency, queue: 1 })).toThrow(RangeError)
  }
  for (const queue of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => createHashingBound({ concurrency: 1, queue })).toThrow(RangeError)
  }
})
