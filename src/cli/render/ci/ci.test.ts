import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RunEvent, RunEventBody } from '../../../kernel/index.ts';
import { breakMessages } from './break-messages.ts';
import { githubMarks } from './github.ts';
import { gitlabMarks } from './gitlab.ts';
import type { CiMarks } from './marks.ts';
import { teamcityMarks } from './teamcity.ts';

const at = 1_700_000_000_000;
const application = { id: 'app', name: 'app' };
const runId = 'run1';

/** The log that the marks make of events, with their plain lines between. */
function logOf(marks: CiMarks, events: readonly RunEventBody[]): string[] {
  return events.flatMap((body) => {
    const event = { ...body, runId } as RunEvent;
    const shown = event.type === 'step-output' ? marks.output(event.bytes).toString() : `(${event.type})`;
    return [...marks.before(event), shown, ...marks.after(event)];
  });
}

const begin: RunEventBody = {
  type: 'step-started',
  at,
  safeId: 's',
  displayName: '100% [ours]\n::error::x',
  phase: 'main',
  index: 1,
  count: 1,
};
const output = (text: string): RunEventBody => ({ type: 'step-output', at, bytes: Buffer.from(text) });
const end: RunEventBody = {
  type: 'step-finished',
  at,
  safeId: 's',
  displayName: 'a, b: c',
  phase: 'main',
  result: 'failed',
  durationMs: 12.4,
  message: "it's [bad]|\nvery",
};

describe('the marks for GitHub', () => {
  const marks = () => githubMarks({ currentFolder: '/work/app', workspace: '/work' });

  it('fold each step, and turn commands off while it prints, by a word that differs each time', () => {
    const log = logOf(marks(), [begin, output('::error::mine\n'), end, begin, output('x'), output('y'), end]);
    const [first, second] = log.flatMap((line) => /^::stop-commands::([\da-f]{32})$/.exec(line)?.[1] ?? []);
    expect(first).not.toBe(second);
    const group = ['::group::step: 100%25 [ours]%0A::error::x', '(step-started)'];
    const failed = "::error title=Step failed%3A a%2C b%3A c::it's [bad]|%0Avery";
    expect(log).toEqual([
      ...group,
      `::stop-commands::${first}`,
      '::error::mine\n',
      `::${first}::`,
      '(step-finished)',
      '::endgroup::',
      failed,
      ...group,
      `::stop-commands::${second}`,
      'x',
      'y',
      `::${second}::`,
      '(step-finished)',
      '::endgroup::',
      failed,
    ]);
  });

  it('show a mistake at its place in the file', () => {
    const diagnosed: RunEventBody = {
      type: 'diagnosed',
      at,
      diagnostic: {
        severity: 'warning',
        code: 'unknown-key',
        message: 'what: 5%?',
        file: 'ci/wercker.yml',
        hint: 'this',
        range: {
          start: { line: 3, column: 5, offset: 20 },
          end: { line: 3, column: 9, offset: 24 },
        },
      },
    };
    expect(logOf(marks(), [diagnosed]).at(-1)).toBe(
      '::warning file=app/ci/wercker.yml,line=3,endLine=3,col=5,endColumn=8,title=unknown-key::what: 5%25? (this)',
    );
  });

  it('take the meaning of a command out of what Slipway itself says', () => {
    const { plain } = marks();
    const commands = [
      '::error::x',
      '  ::error::x',
      'a\n::error::x',
      'a\r\u0085::error::x',
      'a ##[error]x',
      '::::x',
    ];
    for (const command of commands) expect(plain(command)).not.toMatch(/(^|[\r\n])[\s\u0085]*::|##\[/);
    expect(plain('a::b at 10::20')).toBe('a::b at 10::20');
  });

  it('close the part that is open when the run ends in it', () => {
    const setup: RunEventBody = { type: 'phase-started', at, phase: 'setup environment' };
    const over: RunEventBody = { type: 'run-finished', at, result: 'failed', durationMs: 1 };
    expect(logOf(marks(), [setup, over])).toEqual([
      '::group::setup environment',
      '(phase-started)',
      '::endgroup::',
      '(run-finished)',
    ]);
  });
});

describe('the marks of runs that go on at once', () => {
  it('show one part at a time, each named by its pipeline, and no step speaks between them', () => {
    const marks = githubMarks({ currentFolder: '/', workspace: undefined });
    const log: string[] = [];
    const show = (run: string, body: RunEventBody) => {
      const event = { ...body, runId: run } as RunEvent;
      const shown = event.type === 'step-output' ? marks.output(event.bytes).toString() : `(${event.type})`;
      log.push(...marks.before(event), shown, ...marks.after(event));
    };
    for (const run of ['a', 'b']) {
      show(run, { type: 'run-started', at, pipeline: run, kind: 'build', application, runFolder: '/r' });
    }
    for (const run of ['a', 'b']) show(run, { ...begin, displayName: 's' } as RunEventBody);
    for (const run of ['a', 'a', 'b']) show(run, output(run));
    for (const run of ['b', 'a']) show(run, { ...end, result: 'passed' } as RunEventBody);
    const hidden = log.map((line) => line.replace(/[\da-f]{32}/, 'TOKEN'));
    expect(hidden).toEqual([
      '(run-started)',
      '(run-started)',
      '::group::a: step: s',
      '(step-started)',
      '::endgroup::',
      '::group::b: step: s',
      '(step-started)',
      '::endgroup::',
      '::group::a: step: s (goes on)',
      '::stop-commands::TOKEN',
      'a',
      'a',
      '::TOKEN::',
      '::endgroup::',
      '::group::b: step: s (goes on)',
      '::stop-commands::TOKEN',
      'b',
      '::TOKEN::',
      '(step-finished)',
      '::endgroup::',
      '::group::a: step: s (goes on)',
      '(step-finished)',
      '::endgroup::',
    ]);
  });
});

describe('the marks for TeamCity', () => {
  it('make a suite of the run and a test of each step, with every sign escaped', () => {
    const started: RunEventBody = {
      type: 'run-started',
      at,
      pipeline: 'büild',
      kind: 'build',
      application,
      runFolder: '/r',
    };
    const over: RunEventBody = { type: 'run-finished', at, result: 'failed', durationMs: 1, message: 'no' };
    expect(
      logOf(teamcityMarks(), [started, begin, end, over]).filter((line) => line.startsWith('##')),
    ).toEqual([
      "##teamcity[testSuiteStarted name='b|0x00fcild' flowId='run1']",
      "##teamcity[blockOpened name='step: 100% |[ours|]|n::error::x' flowId='run1']",
      "##teamcity[testStarted name='100% |[ours|]|n::error::x' flowId='run1' captureStandardOutput='false']",
      "##teamcity[testFailed name='a, b: c' flowId='run1' message='it|'s |[bad|]|||nvery']",
      "##teamcity[testFinished name='a, b: c' flowId='run1' duration='12']",
      "##teamcity[blockClosed name='step: a, b: c' flowId='run1']",
      "##teamcity[testSuiteFinished name='b|0x00fcild' flowId='run1']",
      "##teamcity[buildProblem description='Pipeline b|0x00fcild failed: no' identity='slipway_b_ild']",
    ]);
  });

  it('leave no message in what a step prints, wherever it is cut', () => {
    const signs = fc.constantFrom('##teamcity[', '#', '##teamcity', '[', 'x', '##', 'team', '\n');
    fc.assert(
      fc.property(fc.array(fc.array(signs).map((parts) => parts.join(''))), (pieces) => {
        const broken = breakMessages();
        const printed = pieces.map((piece) => broken(Buffer.from(piece)).toString()).join('');
        expect(printed).not.toContain('##teamcity[');
        expect(printed.replaceAll('##teamcity [', '##teamcity[')).toBe(pieces.join(''));
      }),
    );
  });
});

describe('the marks for GitLab', () => {
  it('open and close a section around each step', () => {
    const log = logOf(gitlabMarks(), [begin, output('x'), end]);
    expect(log).toEqual([
      'section_start:1700000000:slipway_1\r\u001b[0Kstep: 100% [ours] ::error::x',
      '(step-started)',
      'x',
      '(step-finished)',
      'section_end:1700000000:slipway_1\r\u001b[0K',
    ]);
  });
});
