// Runs all checks and tests, however many fail, and says at the end which did. With arguments: only vitest, with these.
// The very last line is `N passed, N failed, N skipped`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runChecks, timed } from './checks.ts';

/** The part of vitest's JSON report that is read here. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numTotalTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

const args = process.argv.slice(2);
const failed = args.length === 0 ? runChecks() : [];

const folder = mkdtempSync(join(tmpdir(), 'slipway-test-'));
const reportFile = join(folder, 'report.json');
try {
  if (!timed('vitest', runVitest)) failed.push('vitest');
  if (failed.length > 0) {
    console.log(`Failed: ${failed.join(', ')}`);
    process.exitCode = 1;
  }
  console.log(summary());
} finally {
  rmSync(folder, { recursive: true });
}

function runVitest(): boolean {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const command = ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...args];
  return spawnSync(process.execPath, command, { stdio: 'inherit' }).status === 0;
}

/** A file that failed before its first test counts as one failed test. */
function summary(): string {
  const report = readReport();
  if (report === undefined) return '0 passed, 1 failed, 0 skipped';
  const broken = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const skipped = report.numTotalTests - report.numPassedTests - report.numFailedTests;
  return `${report.numPassedTests} passed, ${report.numFailedTests + broken} failed, ${skipped} skipped`;
}

/** `undefined` where vitest ended before it wrote one. */
function readReport(): Report | undefined {
  try {
    return JSON.parse(readFileSync(reportFile, 'utf8')) as Report; // written by the vitest of our lock file
  } catch {
    return undefined;
  }
}
