// What a run of vitest came to, written to the file that SLIPWAY_TEST_REPORT names. Vitest's own JSON says nothing of errors
// outside of tests, so that nobody could tell a run that failed only by its tests.
import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

export const REPORT_VARIABLE = 'SLIPWAY_TEST_REPORT';

export interface TestReport {
  readonly files: readonly FileReport[];
  /** How many errors nobody caught; they fail a run in which every test passed. */
  readonly strayErrors: number;
}

export interface FileReport {
  readonly path: string;
  /** Also without a failed test: it cannot be loaded, a hook of it failed, its process died. */
  readonly failed: boolean;
  readonly tests: readonly { readonly name: string; readonly result: 'passed' | 'failed' | 'skipped' }[];
}

function reportOf(module: TestModule): FileReport {
  const state = module.state();
  const tests = [...module.children.allTests()].map((test) => {
    const result = test.result().state;
    return { name: test.fullName, result: result === 'pending' ? 'skipped' : result };
  });
  return { path: module.moduleId, failed: state !== 'passed' && state !== 'skipped', tests };
}

export default class TestReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const report: TestReport = { files: modules.map(reportOf), strayErrors: errors.length };
    writeFileSync(process.env[REPORT_VARIABLE] ?? '', JSON.stringify(report));
  }
}
