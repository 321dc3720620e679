import { type Sending, sendLog } from '../../src/queue/own-routes/testing/log-clients.ts';
import { newTaskId } from '../../src/queue-api/index.ts';

const QUEUE = '/api/queue/v1';
const OWN = '/api/slipway/v1';
const HOUR_MS = 3_600_000;

/** A worker and its tasks, played over HTTP: no container runs. */
export interface PlayedQueue {
  /** Creates a task; gives its id. */
  create(fields?: Readonly<Record<string, unknown>>): Promise<string>;
  /** Takes what waits, one task. */
  claim(): Promise<void>;
  /** Begins to send a log of a run 0. */
  log(taskId: string, name?: string): Sending;
  /** Sends a log of run 0 as a whole, and ends it. */
  writeLog(taskId: string, text: string | Uint8Array, name?: string): Promise<void>;
  endLog(taskId: string, name?: string): Promise<void>;
  resolve(taskId: string, how?: 'completed' | 'failed'): Promise<void>;
  call(method: string, path: string, body?: object): Promise<Readonly<Record<string, unknown>>>;
}

export const LIVE_LOG = 'public/logs/live.log';

/** Plays against a server that is open to this machine. */
export function playQueue(url: string, taskQueueId = 'test/played'): PlayedQueue {
  const call: PlayedQueue['call'] = async (method, path, body) => {
    const init =
      body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const answer = await fetch(url + path, { method, ...init });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? {} : JSON.parse(text);
  };
  const logPath = (taskId: string, name: string): string =>
    `${OWN}/task/${taskId}/runs/0/log/${encodeURIComponent(name)}`;
  const log: PlayedQueue['log'] = (taskId, name = LIVE_LOG) => sendLog(url + logPath(taskId, name));
  const endLog: PlayedQueue['endLog'] = async (taskId, name = LIVE_LOG) => {
    await call('POST', `${logPath(taskId, name)}/end`);
  };
  return {
    call,
    log,
    endLog,
    async create(fields = {}) {
      const taskId = newTaskId();
      const now = Date.now();
      await call('PUT', `${QUEUE}/task/${taskId}`, {
        taskQueueId,
        created: new Date(now).toISOString(),
        deadline: new Date(now + HOUR_MS).toISOString(),
        payload: { image: 'busybox', command: ['true'], maxRunTime: 60 },
        metadata: { name: 'played', description: 'd', owner: 'o', source: 'https://example.com/source' },
        ...fields,
      });
      return taskId;
    },
    async claim() {
      const worker = { workerGroup: 'group', workerId: 'worker' };
      await call('POST', `${QUEUE}/claim-work/${encodeURIComponent(taskQueueId)}`, worker);
    },
    async writeLog(taskId, text, name = LIVE_LOG) {
      const sending = log(taskId, name);
      sending.write(text);
      const { status, json } = await sending.end();
      if (status !== 200) throw new Error(`the log was refused: ${status} ${JSON.stringify(json)}`);
      await endLog(taskId, name);
    },
    async resolve(taskId, how = 'completed') {
      await call('POST', `${QUEUE}/task/${taskId}/runs/0/${how}`);
    },
  };
}

const EVENTS = 'public/logs/events.jsonl';

/** A task of a pipeline that a played worker runs: what it prints, and what happens meanwhile. */
export async function playPipeline(queue: PlayedQueue, fields: Readonly<Record<string, unknown>> = {}) {
  const taskId = await queue.create({ ...fields, payload: { pipeline: {}, maxRunTime: 60 } });
  await queue.claim();
  const [log, events] = [queue.log(taskId), queue.log(taskId, EVENTS)];
  let logOffset = 0;
  const begunAt = Date.now() - 60_000;
  return {
    taskId,
    print(text: string): void {
      log.write(text);
      logOffset += Buffer.byteLength(text);
    },
    happens(type: string, afterMs: number, more: object): void {
      const event = { type, runId: 'r', at: begunAt + afterMs, logOffset, ...more };
      events.write(`${JSON.stringify(event)}\n`);
    },
    async end(): Promise<void> {
      await Promise.all([log.end(), events.end()]);
      await Promise.all([queue.endLog(taskId), queue.endLog(taskId, EVENTS)]);
      await queue.resolve(taskId, 'failed');
    },
  };
}

/** What events of a step say of it. */
export const playedStep = (safeId: string, more: object = {}) => ({
  safeId,
  displayName: safeId,
  phase: 'main',
  ...more,
});
