// The static checks, each a program of node_modules: format and lint, types, unused code.
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

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

/**
 * Runs all checks beside each other, as each alone leaves a core idle for much of its time. Prints a line for each and the
 * output of those that fail; returns the names of the failed ones.
 */
export async function runChecks(): Promise<string[]> {
  const passed = await Promise.all(CHECKS.map(passes));
  return CHECKS.filter((_, i) => !passed[i]).map(({ name }) => name);
}

async function passes({ name, program, args }: Check): Promise<boolean> {
  const startedAt = performance.now();
  const { passed, output } = await run([`node_modules/${program}`, ...args]);
  if (!passed) process.stdout.write(output);
  report(name, passed, startedAt);
  return passed;
}

async function run(words: readonly string[]): Promise<{ passed: boolean; output: string }> {
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<{ passed: boolean; trouble: string }>((resolve) => {
    child.once('error', ({ message }) => resolve({ passed: false, trouble: `${message}\n` }));
    child.once('close', (status) => resolve({ passed: status === 0, trouble: '' }));
  });
  const [{ passed, trouble }, ...printed] = await Promise.all([
    ended,
    text(child.stdout),
    text(child.stderr),
  ]);
  return { passed, output: printed.join('') + trouble };
}

/** Runs one check and prints its line. */
export function timed(name: string, check: () => boolean): boolean {
  const startedAt = performance.now();
  const passed = check();
  report(name, passed, startedAt);
  return passed;
}

/** The line of a check: the result and the seconds it took. */
function report(name: string, passed: boolean, startedAt: number): void {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${passed ? 'passed' : 'FAILED'}  ${name.padEnd(8)} ${seconds} s`);
}
