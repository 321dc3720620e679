// What a run of vitest came to, written to the file that SLIPWAY_TEST_REPORT names. Vitest's own JSON says nothing of errors
// outside of tests, so that nobody could tell a run that failed only by its tests.
import { writeFileSync } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';

export const REPORT_VARIABLE = 'SLIPWAY_TEST_REPORT';

export interface TestReport {
  readonly files: readonly FileReport[];
  /** Errors that nobody caught, the first lines of each; they fail a run in which every test passed. */
  readonly strayErrors: readonly string[];
}

export interface FileReport {
  readonly path: string;
  /** Also without a failed test: it cannot be loaded, a hook of it failed, its process died. */
  readonly failed: boolean;
  /** What is wrong with the file itself, or a hook of it: the first lines of each error. */
  readonly errors: readonly string[];
  readonly tests: readonly TestOutcome[];
}

export interface TestOutcome {
  readonly name: string;
  readonly result: 'passed' | 'failed' | 'skipped';
  /** Only of those that failed: the first lines of each error. */
  readonly errors: readonly string[];
}

const MOST_LINES = 6; // of one error: what was expected and what came, not how it got there
const MOST_CHARACTERS = 300; // of one line

function firstLines({ message }: { readonly message: string }): string {
  const lines = stripVTControlCharacters(message).split('\n').slice(0, MOST_LINES);
  return lines.map((line) => line.slice(0, MOST_CHARACTERS)).join('\n');
}

function reportOf(module: TestModule): FileReport {
  const state = module.state();
  const tests = [...module.children.allTests()].map((test) => {
    const { state: result, errors = [] } = test.result();
    return {
      name: test.fullName,
      result: result === 'pending' ? 'skipped' : result,
      errors: result === 'failed' ? errors.map(firstLines) : [],
    };
  });
  const suites = [...module.children.allSuites()].flatMap((suite) => suite.errors());
  return {
    path: module.moduleId,
    failed: state !== 'passed' && state !== 'skipped',
    errors: [...module.errors(), ...suites].map(firstLines),
    tests,
  };
}

export default class TestReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    const report: TestReport = { files: modules.map(reportOf), strayErrors: errors.map(firstLines) };
    writeFileSync(process.env[REPORT_VARIABLE] ?? '', JSON.stringify(report));
  }
}
