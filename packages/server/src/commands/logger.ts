import pino from 'pino'
import type { Configuration } from '../config/configuration.ts'

/** Standard output is for people: the ready line and the first steps. The log goes to standard error. */
export function loggerOf({ logLevel }: Pick<Configuration, 'logLevel'>) {
  return pino({ level: logLevel }, pino.destination({ fd: 2, sync: true }))
}
