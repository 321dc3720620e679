// Runs all checks and tests, however many fail, and says at the end which did; where few did, these once more and alone.
// With arguments: only vitest, with these. The very last line is `N passed, N failed, N skipped`.
import { runChecks } from './checks.ts';
import type { FileReport, TestReport } from './test-report.ts';
import { repeatFailed, runVitest } from './vitest.ts';

const args = process.argv.slice(2);
const isWhole = args.length === 0;
const failed = isWhole ? runChecks() : [];
const first = runVitest('vitest', args);
const { passed, report } = isWhole ? repeatFailed(first) : first;
if (!passed) failed.push('vitest');
if (failed.length > 0) {
  console.log(`Failed: ${failed.join(', ')}`);
  process.exitCode = 1;
}
console.log(summary(report));

/** A file that failed without a failed test counts as one. */
function summary(report: TestReport | undefined): string {
  if (report === undefined) return '0 passed, 1 failed, 0 skipped';
  const count = (wanted: string): number =>
    report.files.flatMap(({ tests }) => tests).filter(({ result }) => result === wanted).length;
  const broken = report.files.filter(isBroken).length;
  return `${count('passed')} passed, ${count('failed') + broken} failed, ${count('skipped')} skipped`;
}

function isBroken({ failed, tests }: FileReport): boolean {
  return failed && !tests.some(({ result }) => result === 'failed');
}
