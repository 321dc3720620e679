import type { TaskDefinition, TaskStatus } from '../../queue-api/index.ts';
import { type Asking, pages, path, query } from '../asking.ts';
import { NoAnswer } from '../connections.ts';
import { QueueClientError } from '../error.ts';
import type { QueueClient } from '../queue-client.ts';
import type { WaitingWorker } from './claims.ts';

const SLIPWAY = '/api/slipway/v1';
const WAIT_MS = 30_000; // at most that long, the server says

type SlipwayMethods = Pick<QueueClient, 'waitResolved' | 'listTasks' | 'usage' | 'loseRuns'>;

interface Found {
  readonly status: TaskStatus;
  readonly task: TaskDefinition;
}

/** What only a Slipway server answers. */
export const slipwayMethods = ({ get, post }: Asking): SlipwayMethods => ({
  async waitResolved(taskId, runId, options) {
    const where = `${SLIPWAY}${path`/task/${taskId}/wait`}${query({ runId, timeoutMs: WAIT_MS })}`;
    const all = { ...options, timeoutMs: 2 * WAIT_MS };
    return (await get<{ status: TaskStatus }>('waitResolved', where, 'status', all)).status;
  },
  async listTasks({ limit = Number.POSITIVE_INFINITY, ...filter }, options) {
    const found: Found[] = [];
    const list = async (continuationToken: string | undefined) => {
      const asked = query({ ...filter, limit: Math.min(limit - found.length, 1000), continuationToken });
      return await get<{ tasks: Found[] }>('listTasks', `${SLIPWAY}/tasks${asked}`, 'tasks', options);
    };
    for await (const { tasks } of pages(list)) {
      found.push(...tasks);
      if (found.length >= limit) break;
    }
    return found.slice(0, limit);
  },
  async loseRuns(worker, runs, options) {
    await post('loseRuns', `${SLIPWAY}/lost-runs`, 'anything', { ...options, body: { ...worker, runs } });
  },
  usage: (range, options) => get('usage', `${SLIPWAY}/usage${query(range)}`, 'usage', options),
});

/** Whether the server is Slipway. One that cannot be reached throws; any other answer is a no. */
export async function asksSlipway({ get }: Asking): Promise<boolean> {
  try {
    const answer = await get<{ product: string }>('isSlipway', `${SLIPWAY}/`, 'product');
    return answer.product === 'slipway';
  } catch (error) {
    if (!(error instanceof QueueClientError) || isOutOfReach(error)) throw error;
    return false;
  }
}

const isOutOfReach = (error: QueueClientError): boolean =>
  error instanceof NoAnswer || (error.status ?? 0) >= 500 || error.status === 429;

/** Lets the server answer a worker's claim now. */
export async function stopWaiting({ post }: Asking, worker: WaitingWorker): Promise<void> {
  await post('stopWaiting', `${SLIPWAY}/stop-waiting`, 'anything', { body: worker });
}
