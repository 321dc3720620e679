import { defineConfig } from 'vitest/config';
import { onlyComputing, SlowestFirst } from './scripts/test-order.ts';

const UNIT_TESTS = ['src/**/*.test.ts', 'ui/src/**/*.test.ts'];
const together = onlyComputing(UNIT_TESTS);

export default defineConfig({
  test: {
    exclude: ['**/node_modules/**', 'dist/**', 'examples/**'],
    // Other programs read and print names in whatever encoding the machine's locale says: a bare one says ASCII.
    env: { LC_ALL: 'C.UTF-8' },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What is waited for comes late beside all the other tests.
    expect: { poll: { timeout: 20_000 } },
    // Two cores: with three workers all took a minute less, and what waits for an engine failed more often.
    maxWorkers: 2,
    sequence: { sequencer: SlowestFirst },
    dangerouslyIgnoreUnhandledErrors: false,
    projects: [
      {
        extends: true,
        test: { name: 'apart', include: [...UNIT_TESTS, 'test/**/*.test.ts'], exclude: together },
      },
      { extends: true, test: { name: 'together', include: together, isolate: false } },
    ],
  },
});
