import { describe, expect, it } from 'vitest';
import { EngineError } from '../../engine/index.ts';
import { QueueClientError } from '../../queue-client/index.ts';
import { TaskFailure } from './feature.ts';
import { machineTrouble, workerTrouble } from './worker-trouble.ts';

const because = (cause: unknown): Error =>
  new TaskFailure('it did not work', { cause: new Error('why', { cause }) });
const system = (code: string): Error => Object.assign(new Error(code), { code });

describe('trouble that is not of the task', () => {
  it.each([
    ['an engine that is gone', new EngineError('UNREACHABLE', 'gone'), 'worker-shutdown'],
    ["an engine's full disk", new EngineError('NO_SPACE', 'full'), 'resource-unavailable'],
    ['a full disk', system('ENOSPC'), 'resource-unavailable'],
    ['a used-up quota', system('EDQUOT'), 'resource-unavailable'],
    ['what an engine refuses', new EngineError('INVALID', 'no'), undefined],
    ['all else', 'a text', undefined],
  ])('is found behind what was made of it: %s', (_name, error, reason) => {
    expect([machineTrouble(error), machineTrouble(because(error))]).toEqual([reason, reason]);
  });

  it.each([
    ['no answer', undefined, 'worker-shutdown'],
    ['an overloaded server', 503, 'worker-shutdown'],
    ['a refusal', 403, 'internal-error'],
    ['a conflict', 409, 'internal-error'],
  ])('ends no task for good where the queue is away: %s', (_name, status, reason) => {
    const error = new QueueClientError('trouble', status === undefined ? {} : { status });
    expect(workerTrouble(because(error))).toBe(reason);
  });

  it('is looked for in a chain that does not end, and found nowhere', () => {
    const error = new Error('round');
    error.cause = error;
    expect(workerTrouble(error)).toBe('internal-error');
  });
});
