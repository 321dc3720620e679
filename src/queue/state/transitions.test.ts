import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isResolved, PRIORITIES, REPORTED_REASONS } from '../../queue-api/index.ts';
import type { Decision } from './decision.ts';
import { type Moment, type Run, stateOf, type TaskRecord } from './task-record.ts';
import * as transitions from './transitions.ts';

const WORKERS = [
  { workerGroup: 'g', workerId: 'a' },
  { workerGroup: 'g', workerId: 'b' },
];
const DEADLINE = 100_000;

type Command = (record: TaskRecord, moment: Moment) => Decision;

const runId = fc.integer({ min: 0, max: 4 });
const command: fc.Arbitrary<readonly [string, Command]> = fc.oneof(
  fc.constantFrom<readonly [string, Command]>(
    ['schedule', transitions.schedule],
    ['rerun', transitions.rerun],
    ['cancel', transitions.cancel],
    ['expireClaim', transitions.expireClaim],
    ['exceedDeadline', transitions.exceedDeadline],
  ),
  fc
    .record({ run: runId, worker: fc.constantFrom(...WORKERS) })
    .map(
      ({ run, worker }) =>
        [
          `claim ${run} ${worker.workerId}`,
          (record: TaskRecord, moment: Moment) =>
            transitions.claim(record, { runId: run, worker, takenUntil: moment.now + 1000 }, moment),
        ] as const,
    ),
  fc
    .record({ run: runId, worker: fc.constantFrom(...WORKERS), isCurrent: fc.boolean() })
    .map(({ run, worker, isCurrent }) => {
      const claimed = ({ runs }: TaskRecord) => ({
        runId: run,
        takenUntil: (runs[run]?.takenUntil ?? 0) - (isCurrent ? 0 : 1),
      });
      return [
        `giveBack ${run}${isCurrent ? '' : ' of a claim before'}`,
        (record: TaskRecord) => transitions.giveBack(record, claimed(record), worker),
      ] as const;
    }),
  runId.map(
    (run) =>
      [
        `reclaim ${run}`,
        (record: TaskRecord, moment: Moment) =>
          transitions.reclaim(record, { runId: run, takenUntil: moment.now + 1000 }, moment),
      ] as const,
  ),
  fc
    .record({ run: runId, state: fc.constantFrom('completed' as const, 'failed' as const) })
    .map(
      ({ run, state }) =>
        [
          `report ${run} ${state}`,
          (record: TaskRecord, moment: Moment) => transitions.report(record, run, { state }, moment),
        ] as const,
    ),
  fc
    .record({ run: runId, reason: fc.constantFrom(...REPORTED_REASONS) })
    .map(
      ({ run, reason }) =>
        [
          `report ${run} ${reason}`,
          (record: TaskRecord, moment: Moment) =>
            transitions.report(record, run, { state: 'exception', reason }, moment),
        ] as const,
    ),
  fc
    .constantFrom(...PRIORITIES)
    .map(
      (priority) =>
        [
          `prioritise ${priority}`,
          (record: TaskRecord, moment: Moment) => transitions.prioritise(record, priority, moment),
        ] as const,
    ),
);
const steps = fc.array(fc.record({ command, pause: fc.integer({ min: 0, max: 4000 }) }), { maxLength: 60 });

const fresh = (retries: number): TaskRecord => ({
  taskId: 'task',
  revision: 0,
  taskQueueId: 'p/w',
  schedulerId: '-',
  projectId: 'none',
  taskGroupId: 'task',
  priority: 'low',
  retries,
  retriesLeft: retries,
  deadline: DEADLINE,
  expires: DEADLINE,
  hasDependents: false,
  place: 0,
  runs: [],
});

/** What is true of every record, whatever was asked of it. */
function expectSound(record: TaskRecord): void {
  const { runs } = record;
  expect(runs.map((run) => run.runId)).toEqual(runs.map((_, i) => i));
  for (const run of runs.slice(0, -1)) expect(isResolved(run.state)).toBe(true);
  for (const run of runs) expectSoundRun(run);
  expect(record.retriesLeft).toBeGreaterThanOrEqual(0);
  expect(record.retriesLeft).toBeLessThanOrEqual(record.retries);
  expect(runs.length).toBeLessThanOrEqual(transitions.MAX_RUNS);
}

function expectSoundRun(run: Run): void {
  const hasEnded = isResolved(run.state);
  expect(run.resolved !== undefined).toBe(hasEnded);
  expect(run.reasonResolved !== undefined).toBe(hasEnded);
  if (run.state === 'running') expect([run.workerId, run.takenUntil, run.started]).not.toContain(undefined);
  if (run.state === 'pending')
    expect([run.workerId, run.takenUntil, run.started]).toEqual([undefined, undefined, undefined]);
  if (run.state === 'completed' || run.state === 'failed') expect(run.workerId).toBeDefined();
  expect(run.resolved ?? run.scheduled).toBeGreaterThanOrEqual(run.scheduled);
}

/** What may follow from one decision. */
function expectStep(name: string, from: TaskRecord, to: TaskRecord, now: number): void {
  for (const [i, run] of from.runs.entries()) if (isResolved(run.state)) expect(to.runs[i]).toEqual(run);
  expect(to.runs.length - from.runs.length).toBeGreaterThanOrEqual(0);
  expect(to.runs.length - from.runs.length).toBeLessThanOrEqual(1);
  expect(to.taskId).toBe(from.taskId);
  const added = to.runs[from.runs.length];
  if (added?.reasonCreated === 'retry' || added?.reasonCreated === 'task-retry') {
    expect(to.retriesLeft).toBe(from.retriesLeft - 1);
  }
  // After the deadline only one thing happens, and after that nothing: but a run that nobody heard of may go back.
  if (now >= DEADLINE && !name.startsWith('giveBack')) {
    expect(to.runs.at(-1)?.reasonResolved).toBe('deadline-exceeded');
  }
}

describe('what becomes of a task', () => {
  it('is sound after any sequence of commands, and the same command twice changes nothing the second time', () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 0, max: 3 }), (sequence, retries) => {
        let record = fresh(retries);
        let automatic = 0;
        let now = 0;
        for (const {
          command: [name, decide],
          pause,
        } of sequence) {
          now += pause;
          const moment = { now, place: now };
          const decision = decide(record, moment);
          if (decision.kind !== 'change') continue;
          const { to } = decision;
          expectSound(to);
          expectStep(name, record, to, now);
          if (to.runs.length > record.runs.length && to.runs.at(-1)?.reasonCreated.endsWith('retry'))
            automatic += 1;
          if (to.runs.at(-1)?.reasonCreated === 'rerun') automatic = 0;
          expect(automatic).toBeLessThanOrEqual(retries);
          const again = decide(to, moment);
          const renews = name.startsWith('reclaim');
          const lapses = name === 'expireClaim' || name.startsWith('claim') || name.startsWith('giveBack');
          if (!lapses && !renews) expect(again.kind === 'change' ? again.to : to).toEqual(to);
          record = to;
        }
      }),
      { numRuns: 400 },
    );
  });

  it('ends, whatever happens: at the latest at its deadline', () => {
    fc.assert(
      fc.property(steps, (sequence) => {
        let record = fresh(2);
        let now = 0;
        for (const {
          command: [, decide],
          pause,
        } of sequence) {
          now += pause;
          const decision = decide(record, { now, place: now });
          if (decision.kind === 'change') record = decision.to;
        }
        const last = transitions.exceedDeadline(record, { now: Math.max(now, DEADLINE), place: 0 });
        expect(isResolved(stateOf(last.kind === 'change' ? last.to : record))).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('has at most 50 runs, however often it is run again', () => {
    let record = fresh(49);
    for (let i = 0; i < 60; i += 1) {
      for (const decide of [transitions.rerun, transitions.cancel]) {
        const decision = decide(record, { now: 1, place: 1 });
        if (decision.kind === 'change') record = decision.to;
      }
    }
    expect(record.runs).toHaveLength(50);
    const refused = transitions.rerun(record, { now: 1, place: 1 });
    expect(refused).toMatchObject({ kind: 'refuse', error: { code: 'RequestConflict' } });
  });
});
