import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'dist/**', 'examples/**'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // What is waited for comes late beside all the other tests.
    expect: { poll: { timeout: 20_000 } },
    // Two cores: each worker drives an engine of its own, more would only wait for each other.
    maxWorkers: 2,
    dangerouslyIgnoreUnhandledErrors: false,
  },
});
