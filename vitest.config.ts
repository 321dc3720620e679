import { defineConfig } from 'vitest/config';
import { SlowestFirst } from './scripts/test-order.ts';

const UNIT_TESTS = ['src/**/*.test.ts', 'ui/src/**/*.test.ts'];

export default defineConfig({
  test: {
    exclude: ['**/node_modules/**', 'dist/**', 'examples/**'],
    // Other programs read and print names in whatever encoding the machine's locale says: a bare one says ASCII.
    env: { LC_ALL: 'C.UTF-8' },
    // Only what hangs meets it: beside other work a machine has been twenty times slower than alone.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // What is waited for comes late beside all the other tests.
    expect: { poll: { timeout: 20_000 } },
    // Two cores: with three workers each file took 1.7 times as long, and all of them no less.
    maxWorkers: 2,
    // Of a file whose tests go on beside each other: each has containers and a program that compete for those cores.
    maxConcurrency: 4,
    sequence: { sequencer: SlowestFirst },
    dangerouslyIgnoreUnhandledErrors: false,
    globalSetup: ['test/support/memory-folder.ts', 'test/support/compile-cache.ts'],
    projects: [
      { extends: true, test: { name: 'apart', include: ['test/**/*.test.ts'] } },
      // A process that has loaded most of the code for the files before needs a third of a second less for each.
      { extends: true, test: { name: 'together', include: UNIT_TESTS, isolate: false } },
    ],
  },
});
