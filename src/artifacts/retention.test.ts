import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_RETENTION, liveBytes, planRetention, type RetentionRules } from './retention.ts';
import type { RunRecord } from './run-record.ts';
import { recordedArtifact, runRecord } from './testing/run-record.ts';

const DAY = 24 * 60 * 60_000;
const NOW = 1000 * DAY;
const NO_LIMIT: RetentionRules = { keepDays: Number.POSITIVE_INFINITY, keepRuns: Number.POSITIVE_INFINITY };

/** A run that ended so many days ago. */
const ended = (runId: string, daysAgo: number, more: Partial<RunRecord> = {}): RunRecord =>
  runRecord({ runId, startedAt: NOW - daysAgo * DAY, finishedAt: NOW - daysAgo * DAY, ...more });

const output = (sizeBytes: number, expiresAt?: number): Pick<RunRecord, 'artifacts'> => ({
  artifacts: [recordedArtifact({ key: 'k', sizeBytes, ...(expiresAt === undefined ? {} : { expiresAt }) })],
});

const goes = (runs: readonly RunRecord[], rules: RetentionRules): string[] =>
  planRetention(runs, { rules: rules, now: NOW }).map(({ run }) => run.runId);

const goesInAnyOrder = (runs: readonly RunRecord[], rules: RetentionRules): Set<string> =>
  new Set(goes(runs, rules));

describe('planRetention', () => {
  it('takes runs that ended too long ago, the oldest first, and says so', () => {
    const runs = [ended('new', 1), ended('old', 45), ended('older', 50.5)];
    expect(planRetention(runs, { rules: DEFAULT_RETENTION, now: NOW })).toMatchObject([
      { run: { runId: 'older' }, rule: 'age', reason: 'it ended 50 days ago, and runs are kept for 30 days' },
      { run: { runId: 'old' }, reason: 'it ended 45 days ago, and runs are kept for 30 days' },
    ]);
  });

  it('leaves the newest passed run of each pipeline, whatever its age and however many are newer', () => {
    const failed = { result: 'failed' } as const;
    const runs = [
      ended('failed-since', 90, failed),
      ended('passed', 100),
      ended('passed-before', 110),
      ended('deployed', 120, { pipeline: 'deploy' }),
      ended('of-another', 130, { application: { id: 'other', name: 'other' } }),
    ];
    expect(goes(runs, { keepDays: 30, keepRuns: 1 })).toEqual(['passed-before', 'failed-since']);
  });

  it('counts days anew for runs that did not pass', () => {
    const results = ['failed', 'interrupted', 'lost'] as const;
    const runs = [ended('passed', 4), ...results.map((result) => ended(result, 4, { result }))];
    const rules = { ...DEFAULT_RETENTION, keepFailedDays: 3 };
    expect(goesInAnyOrder(runs, rules)).toEqual(new Set(results));
    expect(planRetention(runs, { rules: rules, now: NOW })[0]?.reason).toBe(
      'it ended 4 days ago without passing, and such runs are kept for 3 days',
    );
  });

  it('counts the runs of each application for itself', () => {
    const other = { application: { id: 'id', name: 'Other' } };
    const runs = [1, 2, 3].flatMap((age) => [ended(`a${age}`, age), ended(`b${age}`, age, other)]);
    const plan = planRetention(runs, { rules: { ...NO_LIMIT, keepRuns: 2 }, now: NOW });
    expect(plan).toHaveLength(2);
    expect(plan).toContainEqual({
      run: runs.at(-1),
      rule: 'count',
      reason: 'Other has 2 newer runs, and 2 are kept of each application',
    });
  });

  it('takes the least recently finished where all together are too large, expired artifacts not counted', () => {
    const runs = [
      ended('new', 1, output(60)),
      ended('expired', 2, output(1000, NOW)),
      ended('middle', 3, output(30)),
      ended('empty', 4),
      ended('old', 5, output(50)),
    ];
    const plan = planRetention(runs, { rules: { ...NO_LIMIT, maxBytes: 100 }, now: NOW });
    expect(plan).toMatchObject([
      {
        run: { runId: 'old' },
        rule: 'size',
        reason: 'artifacts take 140 B, 100 B are kept, and it is among the least recently finished',
      },
    ]);
  });

  it('takes even the newest passed run where that alone is too large', () => {
    expect(goes([ended('only', 1, output(200))], { ...NO_LIMIT, maxBytes: 100 })).toEqual(['only']);
  });

  it('leaves kept runs, which take no place of others, and those that go on, which do', () => {
    const runs = [
      ended('kept', 400, { kept: true, ...output(500) }),
      ended('running', 300, { result: 'running', ...output(500) }),
      ended('a', 1, { result: 'failed' }),
      ended('b', 2, { result: 'failed' }),
    ];
    expect(goes(runs, { keepDays: 10, keepRuns: 3 })).toEqual([]);
    expect(goes(runs, { keepDays: 10, keepRuns: 2 })).toEqual(['b']);
    expect(goes(runs, { keepDays: 10, keepRuns: 1, maxBytes: 1 })).toEqual(['b', 'a']);
  });

  it('lets the runs that built a service go and stay with the run they are part of', () => {
    const runs = [
      ended('old', 50),
      ended('old-service', 50, { partOf: 'old' }),
      ended('old-service-service', 50, { partOf: 'old-service' }),
      ended('kept', 60, { kept: true }),
      ended('kept-service', 60, { partOf: 'kept' }),
      ended('new', 1),
      ended('orphan', 50, { partOf: 'gone', result: 'failed' }),
    ];
    expect(goesInAnyOrder(runs, DEFAULT_RETENTION)).toEqual(
      new Set(['old', 'old-service', 'old-service-service', 'orphan']),
    );
    expect(planRetention(runs, { rules: DEFAULT_RETENTION, now: NOW })).toContainEqual(
      expect.objectContaining({ rule: 'part', reason: 'it is part of run old, which goes' }),
    );
  });

  it('judges each by itself where records say that they are part of each other', () => {
    const runs = [ended('a', 50, { partOf: 'b' }), ended('b', 50, { partOf: 'a' }), ended('new', 1)];
    expect(goesInAnyOrder(runs, DEFAULT_RETENTION)).toEqual(new Set(['a', 'b']));
  });

  it('never takes a kept or running run, and fits what is left into maxBytes, whatever the rules', () => {
    const run = fc.record({
      age: fc.integer({ min: -5, max: 200 }),
      result: fc.constantFrom('passed', 'failed', 'running', 'lost' as const),
      kept: fc.boolean(),
      sizeBytes: fc.nat(1000),
      app: fc.constantFrom('a', 'b'),
      partOf: fc.option(fc.nat(10), { nil: undefined }),
    });
    const rules = fc.record({
      keepDays: fc.integer({ min: 0, max: 100 }),
      keepRuns: fc.integer({ min: 1, max: 5 }),
      maxBytes: fc.nat(3000),
    });
    fc.assert(
      fc.property(fc.array(run, { maxLength: 12 }), rules, (drawn, rule) => {
        const runs = drawn.map(({ age, app, partOf, sizeBytes, ...fields }, index) =>
          ended(`r${index}`, age, {
            ...fields,
            application: { id: app, name: app },
            ...output(sizeBytes),
            ...(partOf === undefined ? {} : { partOf: `r${partOf}` }),
          }),
        );
        const gone = new Set(goes(runs, rule));
        const left = runs.filter(({ runId }) => !gone.has(runId));
        const isFixed = ({ kept, result }: RunRecord): boolean => kept === true || result === 'running';
        expect(runs.filter(isFixed).every(({ runId }) => !gone.has(runId))).toBe(true);
        const bytes = left.reduce((sum, each) => sum + liveBytes(each.artifacts, NOW), 0);
        const onlyFixedStay = left.every(
          (each) => isFixed(each) || each.partOf !== undefined || hasPartOrIsEmpty(each, left),
        );
        expect(bytes <= rule.maxBytes || onlyFixedStay).toBe(true);
      }),
    );
  });
});

/** Whether it stays for a run that is part of it, or since taking it would free nothing. */
function hasPartOrIsEmpty(run: RunRecord, runs: readonly RunRecord[]): boolean {
  return runs.some(({ partOf }) => partOf === run.runId) || liveBytes(run.artifacts, NOW) === 0;
}
