// Runs all checks and tests, however many fail, and says at the end which did; where few did, these once more and alone.
// With arguments: only vitest, with these. The very last line is `N passed, N failed, N skipped`.
import { runChecks } from './checks.ts';
import type { TestReport } from './test-report.ts';
import { type Failure, failuresIn, repeatFailed, runVitest } from './vitest.ts';

const args = process.argv.slice(2);
const isWhole = args.length === 0;
const failed = isWhole ? await runChecks() : [];
const first = runVitest('vitest', args);
const { passed, report, flaky = [] } = isWhole ? repeatFailed(first) : first;
if (!passed) failed.push('vitest');
// Once more what the many lines before have somewhere: often the end is all that is shown of a run.
tell('Failed once, passed alone (flaky)', flaky);
tell('Failed', report?.files.flatMap(failuresIn) ?? []);
tell(
  'Failed',
  report?.strayErrors.map((error) => ({ name: 'an error that no test caught', errors: [error] })) ?? [],
);
if (failed.length > 0) {
  console.log(`Failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}
console.log(summary(report));

function tell(what: string, failures: readonly Failure[]): void {
  for (const { name, errors } of failures) {
    console.log(`${what}: ${name}`);
    for (const error of errors) console.log(error.replaceAll(/^/gm, '    '));
  }
}

/** A file that failed without a failed test counts as one. */
function summary(report: TestReport | undefined): string {
  if (report === undefined) return '0 passed, 1 failed, 0 skipped';
  const tests = report.files.flatMap((file) => file.tests);
  const count = (wanted: string): number => tests.filter(({ result }) => result === wanted).length;
  const broken = report.files.flatMap(failuresIn).length - count('failed');
  return `${count('passed')} passed, ${count('failed') + broken} failed, ${count('skipped')} skipped`;
}
