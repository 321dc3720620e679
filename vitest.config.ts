import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['**/node_modules/**', 'dist/**', 'examples/**'],
    // Other programs read and print names in whatever encoding the machine's locale says: a bare one says ASCII.
    env: { LC_ALL: 'C.UTF-8' },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What is waited for comes late beside all the other tests.
    expect: { poll: { timeout: 20_000 } },
    // One more than the cores that it is made for: much of what tests do is wait, for engines and for time-outs.
    maxWorkers: 3,
    dangerouslyIgnoreUnhandledErrors: false,
  },
});
