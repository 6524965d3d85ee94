import { defineConfig, mergeConfig } from 'vitest/config'
import everyday from './vitest.config.ts'

/** The same tests with their random runs made long. */
export default mergeConfig(everyday, defineConfig({ test: { env: { SOAK: '1' }, testTimeout: 60 * 60_000 } }))
