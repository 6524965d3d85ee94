import { existsSync } from 'node:fs'
import sparticuz from '@sparticuz/chromium'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** The program of a Chromium: the one that is named, else the machine's own where there is one, else the registry's. */
    readonly chromium: string
  }
}

const ofTheMachine = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Before all tests: where the browser is. What came from the registry is unpacked once, for all of them. */
export default async function setup(project: TestProject): Promise<void> {
  const named = process.env['E2E_CHROMIUM'] ?? ''
  const found = named === '' ? ofTheMachine.find((path) => existsSync(path)) : named
  project.provide('chromium', found ?? (await sparticuz.executablePath()))
}
