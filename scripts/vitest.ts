// Runs vitest, and once more what failed.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { timed } from './checks.ts';
import { type FileReport, REPORT_VARIABLE, type TestReport } from './test-report.ts';

export interface VitestRun {
  readonly passed: boolean;
  /** Absent where vitest ended before it wrote one. */
  readonly report?: TestReport;
  /** What failed at first and passed alone, with its first errors. */
  readonly flaky?: readonly Failure[];
}

/** A test that failed, or a file that did without one. */
export interface Failure {
  readonly name: string;
  readonly errors: readonly string[];
}

const MOST_FILES = 5; // where more have failed the machine's load is not why
const ALONE = ['--maxWorkers=1', '--no-file-parallelism'];

/** Runs vitest with these arguments and prints a line under this name. */
export function runVitest(name: string, args: readonly string[]): VitestRun {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-test-'));
  const file = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=./scripts/test-report.ts'];
  const command = ['node_modules/vitest/vitest.mjs', 'run', ...reporters, ...args];
  const env = { ...process.env, [REPORT_VARIABLE]: file };
  try {
    const passed = timed(
      name,
      () => spawnSync(process.execPath, command, { stdio: 'inherit', env }).status === 0,
    );
    const report = readReport(file);
    return report === undefined ? { passed: false } : { passed, report };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function readReport(file: string): TestReport | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as TestReport; // written by the reporter beside this file
  } catch {
    return undefined;
  }
}

/**
 * Runs the files that failed once more, one after the other with nothing beside them, and says which tests pass then. In
 * the result the second time counts. Where too many failed for that to tell anything the run stays as it is.
 */
export function repeatFailed(first: VitestRun): VitestRun {
  const { report } = first;
  const failed = report?.files.filter((file) => file.failed) ?? [];
  if (report === undefined || failed.length === 0 || failed.length > MOST_FILES) return first;
  const second = runVitest('again', [...ALONE, ...failed.map(({ path }) => path)]);
  const again = new Map(second.report?.files.map((file) => [file.path, file]));
  const flaky = failed.flatMap((file) => flakyIn(file, again.get(file.path)));
  const files = report.files.map((file) => again.get(file.path) ?? file);
  const passed = second.passed && report.strayErrors.length === 0 && !files.some((file) => file.failed);
  return { passed, report: { ...report, files }, flaky };
}

/** What failed in a file: its tests, and the file itself where it, or a hook of it, did. */
export function failuresIn({ path, failed, errors, tests }: FileReport): Failure[] {
  const name = relative('.', path);
  const bad = tests.filter(({ result }) => result === 'failed');
  const failures = bad.map((test) => ({ name: `${name} > ${test.name}`, errors: test.errors }));
  return failed && (errors.length > 0 || bad.length === 0) ? [{ name, errors }, ...failures] : failures;
}

function flakyIn(first: FileReport, second: FileReport | undefined): Failure[] {
  const path = relative('.', first.path);
  const passed = new Set(
    second?.tests.filter(({ result }) => result === 'passed').map(({ name }) => `${path} > ${name}`),
  );
  if (second?.failed === false) passed.add(path);
  return failuresIn(first).filter(({ name }) => passed.has(name));
}
