import { describe, expect, it, vi } from 'vitest';
import { QueueClientError } from '../../queue-client/index.ts';
import { FakeQueue } from '../testing/fake-queue.ts';
import { watchRun } from './watch-run.ts';

const WORKER = { workerGroup: 'group', workerId: 'one', tasks: 1 };
const QUICK = { firstMs: 1, foreignMs: 2 };
const never = new AbortController().signal;

async function claimed(isSlipway: boolean) {
  const queue = new FakeQueue({ isSlipway });
  const taskId = queue.add();
  await queue.claimWork('test/worker', WORKER);
  return { queue, taskId, run: { taskId, runId: 0 } };
}

describe('a run that is watched', () => {
  it('is waited for at a server of Slipway, with one call', async () => {
    const { queue, taskId, run } = await claimed(true);
    const { reached, release } = queue.holdNext('waitResolved');
    const watched = watchRun(queue, run, never, QUICK);
    await reached;
    release();
    await queue.cancelTask(taskId);
    expect(await watched).toBe(true);
    expect([queue.callsOf('waitResolved').length, queue.callsOf('status').length]).toEqual([1, 0]);
  });

  it('is looked at from time to time at any other server', async () => {
    const { queue, taskId, run } = await claimed(false);
    const watched = watchRun(queue, run, never, QUICK);
    await vi.waitFor(() => expect(queue.callsOf('status').length).toBeGreaterThan(2), { timeout: 20_000 });
    await queue.cancelTask(taskId);
    expect(await watched).toBe(true);
    expect(queue.callsOf('waitResolved')).toEqual([]);
  });

  it('is over where its task is gone, and not because the server is away', async () => {
    const { queue, taskId, run } = await claimed(false);
    queue.failNext('status', new QueueClientError('away', { status: 503 }));
    queue.failNext('status', new QueueClientError('expired', { status: 404, code: 'ResourceNotFound' }));
    expect(await watchRun(queue, run, never, QUICK)).toBe(true);
    expect(queue.callsOf('status')).toHaveLength(2);
    expect((await queue.status(taskId)).state).toBe('running');
  });

  it('is not looked at any more when it has ended here', async () => {
    const { queue, run } = await claimed(true);
    const { reached } = queue.holdNext('waitResolved');
    const ending = new AbortController();
    const watched = watchRun(queue, run, ending.signal, QUICK);
    await reached;
    ending.abort();
    expect(await watched).toBe(false);
  });
});
