import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RunEvent, readEvent } from './step-events.ts';
import { partsOf, type RunPart } from './steps-of.ts';

let clock = 0;
const event = (type: string, logOffset: number, fields: object = {}): RunEvent => {
  clock += 1;
  return { type, runId: 'r', at: 1000 * clock, logOffset, ...fields };
};
const step = (safeId: string, fields: object = {}) => ({
  safeId,
  displayName: safeId,
  phase: 'main',
  ...fields,
});

describe('the parts of a run', () => {
  it('are its phases and steps, with their times and where their logs are', () => {
    clock = 0;
    const { parts, startedAt, finishedAt } = partsOf([
      event('run-started', 0),
      event('phase-started', 0, { phase: 'setup environment' }),
      event('phase-finished', 40, { phase: 'setup environment', result: 'passed', durationMs: 900 }),
      event('step-started', 40, step('test')),
      event('step-finished', 90, step('test', { result: 'failed', durationMs: 800, message: 'exit code 1' })),
      event('run-finished', 90, { result: 'failed' }),
    ]);
    expect(parts).toEqual([
      {
        ...{ key: 'around setup environment 1', name: 'setup environment', kind: 'around', state: 'passed' },
        ...{ startedAt: 2000, finishedAt: 3000, durationMs: 900, log: { from: 0, to: 40 } },
      },
      {
        ...{ key: 'step test 1', name: 'test', kind: 'step', state: 'failed', message: 'exit code 1' },
        ...{ startedAt: 4000, finishedAt: 5000, durationMs: 800, log: { from: 40, to: 90 } },
      },
    ]);
    expect({ startedAt, finishedAt }).toEqual({ startedAt: 1000, finishedAt: 6000 });
  });

  it('are planned before they begin, and gone where they never did', () => {
    const planned = event('run-planned', 0, { steps: [step('a'), step('b'), step('z', { phase: 'after' })] });
    const begun = [planned, event('step-started', 0, step('a'))];
    expect(partsOf(begun).parts.map(({ name, state }) => [name, state])).toEqual([
      ['a', 'running'],
      ['b', 'pending'],
    ]);
    const ended = partsOf([...begun, event('run-finished', 9, { result: 'interrupted' })]).parts;
    expect(ended.map(({ name, state, log }) => [name, state, log])).toEqual([
      ['a', 'interrupted', { from: 0, to: 9 }],
    ]);
  });

  it('have no log where they were skipped', () => {
    const { parts } = partsOf([
      event('run-planned', 0, { steps: [step('a')] }),
      event('step-finished', 0, step('a', { result: 'skipped', durationMs: 0 })),
    ]);
    expect(parts).toEqual([expect.objectContaining({ name: 'a', state: 'skipped' })]);
    expect(parts[0]?.log).toBeUndefined();
  });

  it('are tried again as parts of their own', () => {
    const { parts } = partsOf([
      event('step-started', 0, step('a')),
      event('step-finished', 5, step('a', { result: 'failed' })),
      event('step-started', 5, step('a')),
      event('step-finished', 9, step('a', { result: 'passed' })),
    ]);
    expect(parts.map(({ state, attempt, log }) => [state, attempt, log])).toEqual([
      ['failed', undefined, { from: 0, to: 5 }],
      ['passed', 2, { from: 5, to: 9 }],
    ]);
  });

  it('do not go on for ever where nobody was left to write down their end', () => {
    const events = [
      event('run-planned', 0, { steps: [step('a'), step('b')] }),
      event('step-started', 0, step('a')),
    ];
    const states = (parts: readonly RunPart[]) =>
      parts.map(({ state, finishedAt }) => ({ state, finishedAt }));
    expect(states(partsOf(events).parts)).toEqual([{ state: 'running' }, { state: 'pending' }]);
    const lost = partsOf(events, {});
    expect(states(lost.parts)).toEqual([{ state: 'interrupted' }, { state: 'skipped' }]);
    expect(lost.finishedAt).toBeUndefined();
    const canceled = partsOf(events, { at: 7_000 });
    expect(states(canceled.parts)).toEqual([
      { state: 'interrupted', finishedAt: 7_000 },
      { state: 'skipped' },
    ]);
    expect(canceled.finishedAt).toBe(7_000);
  });

  it('have the time that services took', () => {
    clock = 10;
    const { services } = partsOf([event('service-ready', 0, { service: 'db', durationMs: 300 })]);
    expect(services).toMatchObject([{ name: 'db', startedAt: 10_700, finishedAt: 11_000 }]);
  });

  it('come from whatever stands in a log', () => {
    const anyEvent = fc.record({
      type: fc.constantFrom(
        'run-planned',
        'step-started',
        'step-finished',
        'phase-finished',
        'service-ready',
        'x',
      ),
      at: fc.integer(),
      logOffset: fc.nat(),
      safeId: fc.jsonValue(),
      displayName: fc.jsonValue(),
      phase: fc.jsonValue(),
      result: fc.jsonValue(),
      steps: fc.jsonValue(),
      durationMs: fc.jsonValue(),
    });
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 20 }), (events) => {
        const read = events.flatMap((each) => readEvent(JSON.stringify(each)) ?? []);
        const { parts } = partsOf(read);
        expect(new Set(parts.map(({ key }) => key)).size).toBe(parts.length);
        for (const { name } of parts) expect(typeof name).toBe('string');
      }),
    );
    for (const line of ['', 'null', '[]', '{', '{"type":1}', '{"type":"x","at":"y","logOffset":0}'])
      expect(readEvent(line)).toBeUndefined();
  });
});
