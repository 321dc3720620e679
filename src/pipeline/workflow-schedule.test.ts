import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GraphNode } from './workflow-graph.ts';
import {
  criticalPath,
  type PipelineOutcome,
  pipelinesToStart,
  type SchedulePolicy,
} from './workflow-schedule.ts';

const node = (name: string, ...requires: string[]): GraphNode => ({ name, requires });

interface Task extends GraphNode {
  readonly takes: number;
  readonly outcome: PipelineOutcome;
}

interface Case {
  readonly tasks: readonly Task[];
  readonly policy: SchedulePolicy;
}

/** Workflows without cycles in any order of the file, some of whose pipelines fail. */
const cases: fc.Arbitrary<Case> = fc
  .array(
    fc.record({
      requires: fc.array(fc.nat(20), { maxLength: 3 }),
      takes: fc.nat(5),
      fails: fc.nat(5).map((n) => n === 0),
    }),
    { minLength: 1, maxLength: 9 },
  )
  .chain((list) => {
    const tasks = list.map(({ requires, takes, fails }, i): Task => {
      const names = i === 0 ? [] : [...new Set(requires.map((at) => `p${at % i}`))];
      return { name: `p${i}`, requires: names, takes, outcome: fails ? 'failed' : 'passed' };
    });
    return fc.record({
      tasks: fc.shuffledSubarray(tasks, { minLength: tasks.length }),
      policy: fc.record({
        limit: fc.integer({ min: 1, max: 4 }),
        afterFailure: fc.constantFrom('stop' as const, 'go-on' as const),
      }),
    });
  });

interface Simulation {
  readonly startedAt: ReadonlyMap<string, number>;
  readonly endedAt: ReadonlyMap<string, number>;
  readonly ended: ReadonlyMap<string, PipelineOutcome>;
  readonly order: readonly string[];
  readonly most: number;
}

/** Runs a workflow on a clock of its own: asks again after every end, as the runner does. */
function simulate({ tasks, policy }: Case): Simulation {
  const [startedAt, endedAt] = [new Map<string, number>(), new Map<string, number>()];
  const ended = new Map<string, PipelineOutcome>();
  const running = new Map<string, Task>();
  const endOf = ({ name, takes }: Task): number => (startedAt.get(name) ?? 0) + takes;
  let most = 0;
  for (let now = 0; ; ) {
    for (const task of pipelinesToStart(tasks, { running: new Set(running.keys()), ended }, policy)) {
      running.set(task.name, task);
      startedAt.set(task.name, now);
    }
    most = Math.max(most, running.size);
    const next = [...running.values()].toSorted((a, b) => endOf(a) - endOf(b))[0];
    if (next === undefined) return { startedAt, endedAt, ended, order: [...startedAt.keys()], most };
    now = endOf(next);
    running.delete(next.name);
    ended.set(next.name, next.outcome);
    endedAt.set(next.name, now);
  }
}

describe('what starts in a workflow', () => {
  it('starts only after all that it requires has passed', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const { startedAt, endedAt, ended } = simulate(given);
        for (const { name, requires } of given.tasks) {
          for (const required of startedAt.has(name) ? requires : []) {
            expect(ended.get(required)).toBe('passed');
            expect(endedAt.get(required)).toBeLessThanOrEqual(startedAt.get(name) ?? -1);
          }
        }
      }),
    );
  });

  it('starts at the moment when that is so, while there is room and nothing has failed', () => {
    fc.assert(
      fc.property(cases, ({ tasks }) => {
        const healthy = tasks.map((task) => ({ ...task, outcome: 'passed' as const }));
        const { startedAt, endedAt } = simulate({
          tasks: healthy,
          policy: { limit: tasks.length, afterFailure: 'stop' },
        });
        for (const { name, requires } of tasks) {
          const ready = Math.max(0, ...requires.map((required) => endedAt.get(required) ?? Number.NaN));
          expect(startedAt.get(name)).toBe(ready);
        }
      }),
    );
  });

  it('is never more than the limit at once, and the room is used', () => {
    fc.assert(
      fc.property(cases, (given) => {
        expect(simulate(given).most).toBeLessThanOrEqual(given.policy.limit);
      }),
    );
    const free = ['a', 'b', 'c'].map((name): Task => ({ ...node(name), takes: 1, outcome: 'passed' }));
    expect(simulate({ tasks: free, policy: { limit: 2, afterFailure: 'stop' } }).most).toBe(2);
  });

  it('is everything, where nothing fails', () => {
    fc.assert(
      fc.property(cases, ({ tasks, policy }) => {
        const healthy = tasks.map((task) => ({ ...task, outcome: 'passed' as const }));
        expect(simulate({ tasks: healthy, policy }).order).toHaveLength(tasks.length);
      }),
    );
  });

  it('is nothing more after a failure, unless told to go on', () => {
    fc.assert(
      fc.property(cases, ({ tasks, policy }) => {
        const { startedAt, endedAt, ended } = simulate({
          tasks,
          policy: { ...policy, afterFailure: 'stop' },
        });
        const failures = [...ended].flatMap(([name, outcome]) =>
          outcome === 'passed' ? [] : [endedAt.get(name) ?? Number.NaN],
        );
        const first = Math.min(...failures);
        for (const at of startedAt.values()) expect(at).toBeLessThanOrEqual(first);
      }),
    );
  });

  it('is all that no failure stands before, when told to go on', () => {
    fc.assert(
      fc.property(cases, ({ tasks, policy }) => {
        const { ended } = simulate({ tasks, policy: { ...policy, afterFailure: 'go-on' } });
        const byName = new Map(tasks.map((task) => [task.name, task]));
        const canRun = (name: string): boolean =>
          byName.get(name)?.requires.every((r) => byName.get(r)?.outcome === 'passed' && canRun(r)) ?? false;
        expect(new Set(ended.keys())).toEqual(new Set([...byName.keys()].filter(canRun)));
      }),
    );
  });

  it('is chosen in the order of the file', () => {
    const nodes = [node('z'), node('a'), node('m')];
    const started = pipelinesToStart(
      nodes,
      { running: new Set(), ended: new Map() },
      { limit: 2, afterFailure: 'stop' },
    );
    expect(started.map(({ name }) => name)).toEqual(['z', 'a']);
  });
});

describe('the critical path', () => {
  it('leads back from what ended last over the requirements that ended last', () => {
    const nodes = [node('build'), node('lint', 'build'), node('test', 'build'), node('ship', 'lint', 'test')];
    const ended = new Map([
      ['build', 10],
      ['lint', 15],
      ['test', 40],
      ['ship', 50],
    ]);
    expect(criticalPath(nodes, ended)).toEqual(['build', 'test', 'ship']);
  });

  it('leaves out what never ran, and is empty where nothing did', () => {
    const nodes = [node('build'), node('ship', 'build')];
    expect(criticalPath(nodes, new Map([['build', 10]]))).toEqual(['build']);
    expect(criticalPath(nodes, new Map())).toEqual([]);
  });

  it('begins at a root and goes from requirement to dependent', () => {
    fc.assert(
      fc.property(cases, (given) => {
        const { endedAt } = simulate(given);
        const path = criticalPath(given.tasks, endedAt);
        const byName = new Map(given.tasks.map((task) => [task.name, task]));
        expect(byName.get(path[0] ?? '')?.requires).toEqual([]);
        for (const [i, name] of path.slice(1).entries())
          expect(byName.get(name)?.requires).toContain(path[i]);
        expect(endedAt.get(path.at(-1) ?? '')).toBe(Math.max(...endedAt.values()));
      }),
    );
  });
});
