/** Checks one password again and again with argon2id for a while, and nothing else; prints how often in a second. */
import { hash, verify } from '@node-rs/argon2'
import { password } from '../../adjourn/password.ts'

/** One more than there is a core for, so that a thread never waits for the event loop. */
const atOnce = 2

const forMs = Number(process.argv[2])
const stored = await hash(password.text, password.cost)
let done = 0
const begun = performance.now()
await Promise.all(
  Array.from({ length: atOnce }, async () => {
    while (performance.now() - begun < forMs) {
      if (!(await verify(stored, password.text))) throw new Error('The password is right')
      done += 1
    }
  }),
)
process.stdout.write(`${(done / (performance.now() - begun)) * 1000}\n`)
