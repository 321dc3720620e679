// The static checks, each a program of node_modules: format and lint, types, unused code.
import { spawnSync } from 'node:child_process';

interface Check {
  readonly name: string;
  /** Path of the program under node_modules, and its arguments. */
  readonly program: string;
  readonly args: readonly string[];
}

const CHECKS: readonly Check[] = [
  { name: 'biome', program: '@biomejs/biome/bin/biome', args: ['check', '.'] },
  // TypeScript 7 is the native compiler; the package `typescript` is 5.x and there for knip, which needs its parser.
  { name: 'types', program: 'typescript-native/bin/tsc', args: ['-p', '.'] },
  { name: 'types of the page', program: 'typescript-native/bin/tsc', args: ['-p', 'ui'] },
  { name: 'knip', program: 'knip/bin/knip.js', args: [] },
];

/** Runs all checks, prints a line for each and the output of those that fail; returns the names of the failed ones. */
export function runChecks(): string[] {
  return CHECKS.filter((check) => !passes(check)).map((check) => check.name);
}

function passes({ name, program, args }: Check): boolean {
  return timed(name, () => {
    const { status, stdout, stderr, error } = spawnSync(
      process.execPath,
      [`node_modules/${program}`, ...args],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
        maxBuffer: 64 * 1024 * 1024,
      },
    );
    if (status === 0) return true;
    process.stdout.write(`${stdout}${stderr}${error === undefined ? '' : `${error.message}\n`}`);
    return false;
  });
}

/** Runs one check and prints its line: the result and the seconds it took. */
export function timed(name: string, check: () => boolean): boolean {
  const startedAt = performance.now();
  const passed = check();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${passed ? 'passed' : 'FAILED'}  ${name.padEnd(8)} ${seconds} s`);
  return passed;
}
