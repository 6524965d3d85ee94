import { existsSync } from 'node:fs'
import sparticuz from '@sparticuz/chromium'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** The program of a Chromium: the machine's own where there is one, else the one that came from the registry. */
    readonly chromium: string
  }
}

const ofTheMachine = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Before all tests: where the browser is. What came from the registry is unpacked once, for all of them. */
export default async function setup(project: TestProject): Promise<void> {
  project.provide('chromium', ofTheMachine.find((path) => existsSync(path)) ?? (await sparticuz.executablePath()))
}
