import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

export const PROGRAM = resolve(import.meta.dirname, '../bin/slipway');
export const BUSYBOX = 'localhost/slipway-busybox:1';
export const DEBIAN = 'localhost/slipway-debian:12';

/** One row of the table: what was measured, the figure, and what it is held against. */
export interface Row {
  readonly figure: string;
  readonly slipway: string;
  readonly peer: string;
  readonly target: string;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** Does each piece of work in turn, round by round, the first one unmeasured. What a piece returns is called after it, unmeasured too. */
export async function inTurn(
  rounds: number,
  ...work: readonly (() => Promise<unknown>)[]
): Promise<number[][]> {
  const times: number[][] = work.map(() => []);
  for (let round = 0; round <= rounds; round += 1) {
    for (const [i, piece] of work.entries()) {
      const startedAt = performance.now();
      const afterwards = await piece();
      if (round > 0) times[i]?.push(performance.now() - startedAt);
      if (typeof afterwards === 'function') await afterwards();
    }
  }
  return times;
}

/** Does `count` pieces of work, so many at a time; gives how many a second. */
export async function perSecond(
  count: number,
  parallel: number,
  work: (i: number) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  const startedAt = performance.now();
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      while (next < count) {
        next += 1;
        await work(next - 1);
      }
    }),
  );
  return count / ((performance.now() - startedAt) / 1000);
}

/** Medians of two kinds of work, and the median of the ratios pair by pair. */
export function compare(a: readonly number[], b: readonly number[]): { a: number; b: number; ratio: number } {
  const ratios = a.map((value, i) => value / (b[i] ?? Number.NaN));
  return { a: median(a), b: median(b), ratio: median(ratios) };
}

export async function run(
  command: string,
  words: readonly string[],
  options: { cwd?: string; input?: Buffer } = {},
): Promise<void> {
  const child = spawn(command, words, { cwd: options.cwd, stdio: ['pipe', 'ignore', 'ignore'] });
  child.stdin.on('error', () => {}); // told by the exit code
  child.stdin.end(options.input);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command} ${words.join(' ')}: exit code ${code}`);
}

/** A temporary project; dispose it to remove it. */
export function project(
  files: Readonly<Record<string, string | Buffer>>,
): Disposable & { readonly folder: string } {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A pipeline of script steps on the small box. */
export const pipelineOf = (steps: readonly string[], more = ''): string =>
  [
    `box: ${BUSYBOX}`,
    more,
    'build:',
    '  steps:',
    ...steps.map((code) => `    - script: { code: ${JSON.stringify(code)} }`),
    '',
  ]
    .filter((line, i) => line !== '' || i > 1)
    .join('\n');

export const ms = (value: number): string =>
  value < 10 ? `${value.toFixed(2)} ms` : `${Math.round(value)} ms`;
