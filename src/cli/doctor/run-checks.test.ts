import { expect, it } from 'vitest';
import { type Check, ok } from './check.ts';
import { runChecks } from './run-checks.ts';

const NEVER = new AbortController().signal;
const check = (name: string, run: Check<undefined>['run']): Check<undefined> => ({ name, run });

it('runs checks at the same time, and waits for none longer than its time', async () => {
  const first = Promise.withResolvers<void>();
  const findings = await runChecks(
    [
      check('waits', async () => {
        await first.promise;
        return ok('the other one went on');
      }),
      check('lets go', async () => {
        first.resolve();
        return ok('fine');
      }),
      check('deaf', () => new Promise(() => {})),
      check('listens', async (_, signal) => {
        await new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason)),
        );
        return ok('never');
      }),
      check('throws', async () => {
        throw Object.assign(new Error('there is none'), { hint: 'make one' });
      }),
    ],
    { patient: undefined, timeoutMs: 200, signal: NEVER },
  );
  expect(findings.map(({ name, state, found, hint }) => [name, state, found, hint])).toEqual([
    ['waits', 'ok', 'the other one went on', undefined],
    ['lets go', 'ok', 'fine', undefined],
    ['deaf', 'failed', 'no answer within 0.2 s', expect.any(String)],
    ['listens', 'failed', 'no answer within 0.2 s', expect.any(String)],
    ['throws', 'failed', 'there is none', 'make one'],
  ]);
});
