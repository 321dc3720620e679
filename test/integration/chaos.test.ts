import { execFileSync } from 'node:child_process';
import { createHash, randomInt } from 'node:crypto';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { isResolved, newTaskId, type TaskRequest, type TaskStatus } from '../../src/queue-api/index.ts';
import { type ManyServers, type Member, startManyServers } from '../support/many-servers.ts';
import { BUSYBOX } from '../support/rig.ts';

// SLIPWAY_CHAOS_ROUNDS=20 SLIPWAY_CHAOS_SEED=1 npx vitest run test/integration/chaos.test.ts: longer, and as another run was.
const ROUNDS = Number(process.env['SLIPWAY_CHAOS_ROUNDS'] ?? 1);
const SEED = Number(process.env['SLIPWAY_CHAOS_SEED'] ?? randomInt(2 ** 31));
const LIMIT_MS = 240_000 + 120_000 * ROUNDS;
const PATIENT = { timeout: 60_000, interval: 100 };
const CLAIM_SECONDS = 4;
/** As many tasks are on their way at any time. */
const AT_ONCE = 8;
const OUTPUT_LINES = 5000;

/** Numbers from 0 up to 1, the same for the same seed. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

const roll = dice(SEED);
const say = (what: string): void => void process.stdout.write(`chaos, seed ${SEED}: ${what}\n`);
const shuffled = <T>(items: readonly T[]): T[] =>
  items
    .map((item) => ({ item, at: roll() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);

type Kind = 'quick' | 'artifact' | 'failing';
const KINDS: readonly Kind[] = ['quick', 'artifact', 'failing'];

/** Each takes a while, so that there is always one to be interrupted. */
const SCRIPTS: Readonly<Record<Kind, string>> = {
  quick: 'sleep 0.4; echo "done $TASK_ID"',
  artifact: `i=0; while [ $i -lt ${OUTPUT_LINES} ]; do echo "$TASK_ID $i"; i=$((i + 1)); done > /out; sleep 0.4; echo "done $TASK_ID"`,
  failing: 'sleep 0.2; echo "done $TASK_ID"; exit 3',
};

function request(kind: Kind): TaskRequest {
  const now = Date.now();
  return {
    taskQueueId: 'local/docker',
    created: new Date(now).toISOString(),
    deadline: new Date(now + LIMIT_MS + 600_000).toISOString(),
    // Each kill costs one at most.
    retries: 49,
    payload: {
      image: BUSYBOX,
      command: ['sh', '-c', SCRIPTS[kind]],
      maxRunTime: 120,
      ...(kind === 'artifact' && { artifacts: { 'public/out.txt': { type: 'file', path: '/out' } } }),
    },
    metadata: { name: kind, description: 'chaos', owner: 'chaos@example.com', source: 'https://example.com' },
  };
}

const wantedBytes = (taskId: string): string =>
  Array.from({ length: OUTPUT_LINES }, (_, i) => `${taskId} ${i}\n`).join('');
const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

let fleet: ManyServers;
beforeAll(async () => {
  fleet = await startManyServers({ servers: 2, workers: 3, claimTimeout: `${CLAIM_SECONDS}s` });
}, 120_000);
afterAll(() => fleet?.[Symbol.asyncDispose](), 120_000);

/** Tasks that the fleet acknowledged, and what became of them. */
interface Load {
  readonly acknowledged: ReadonlyMap<string, Kind>;
  readonly ended: ReadonlyMap<string, TaskStatus>;
  /** No more are made; resolves when all have ended. */
  finish(): Promise<void>;
}

/** Makes tasks and follows them to their end, so many at a time, until it is told to finish. */
function startLoad(): Load {
  const acknowledged = new Map<string, Kind>();
  const ended = new Map<string, TaskStatus>();
  const stop = new AbortController();
  const over = AbortSignal.timeout(LIMIT_MS);
  const follow = async (turn: number): Promise<void> => {
    for (let i = turn; !stop.signal.aborted; i += 1) {
      const taskId = newTaskId();
      const kind = KINDS[i % KINDS.length] ?? 'quick';
      await patiently(() => fleet.queue.createTask(taskId, request(kind)));
      acknowledged.set(taskId, kind);
      for (let status: TaskStatus | undefined; status === undefined || !isResolved(status.state); ) {
        over.throwIfAborted();
        status = await patiently(() => fleet.queue.waitResolved(taskId, undefined, { signal: over }));
        if (isResolved(status.state)) ended.set(taskId, status);
      }
    }
  };
  const all = Promise.all(Array.from({ length: AT_ONCE }, (_, turn) => follow(turn)));
  all.catch(() => undefined); // told by `finish`
  return {
    acknowledged,
    ended,
    async finish() {
      stop.abort();
      await all;
    },
  };
}

/** A client asks again for as long as nobody answers, or the servers have no database; any other refusal is a mistake. */
const patiently = <T>(call: () => Promise<T>): Promise<T> =>
  vi.waitFor(call, { timeout: 90_000, interval: 200 });

/** Until more tasks have ended than now. */
async function progress({ ended }: Load, count: number): Promise<void> {
  const goal = ended.size + count;
  await vi.waitFor(() => expect(ended.size).toBeGreaterThanOrEqual(goal), PATIENT);
}

/** The others go on without it. */
const crash = (who: Member, load: Load) => async (): Promise<void> => {
  await who.kill();
  await progress(load, 2);
  await who.start();
};

async function crashDatabase(): Promise<void> {
  await fleet.postgres.stop('KILL');
  await fleet.postgres.start();
}

/** Tasks of a worker whose run goes on. */
async function runningAt(worker: Member, { acknowledged, ended }: Load): Promise<string[]> {
  const open = [...acknowledged.keys()].filter((taskId) => !ended.has(taskId));
  const statuses = await Promise.all(open.map((taskId) => fleet.queue.status(taskId)));
  return statuses
    .filter(({ runs }) => runs.at(-1)?.state === 'running' && runs.at(-1)?.workerId === worker.name)
    .map(({ taskId }) => taskId);
}

/** A machine that stands still for longer than its claims: its tasks are done by others. */
const freeze = (who: Member, load: Load) => async (): Promise<void> => {
  const held = await vi.waitFor(async () => {
    const found = await runningAt(who, load);
    expect(found).not.toEqual([]);
    who.process.kill('SIGSTOP');
    return found;
  }, PATIENT);
  try {
    // What was resolved in the moment of the signal is its own doing; the rest lapses.
    await vi.waitFor(async () => {
      const statuses = await Promise.all(held.map((taskId) => fleet.queue.status(taskId)));
      const kept = statuses.filter(
        ({ runs }) => runs.at(-1)?.state === 'running' && runs.at(-1)?.workerId === who.name,
      );
      expect(kept).toEqual([]);
    }, PATIENT);
  } finally {
    who.process.kill('SIGCONT');
  }
};

/** Names of what is on the engine of a worker of this fleet. */
const leftOnEngine = (): string[] =>
  fleet.workers.flatMap(({ name }) =>
    execFileSync('docker', ['ps', '-aq', '--filter', `label=io.slipway.worker=${name}`], { encoding: 'utf8' })
      .split('\n')
      .filter(Boolean),
  );

async function textOf(taskId: string, name: string): Promise<string> {
  const route = `/api/queue/v1/task/${taskId}/artifacts/${name}`;
  const { headers } = await fleet.queue.fetch(route, { redirect: 'manual' });
  const content = await fetch(headers.get('location') ?? '');
  return await content.text();
}

/** What is wrong with a task that has ended. */
async function problemsOf(taskId: string, kind: Kind, status: TaskStatus | undefined): Promise<string[]> {
  if (status === undefined) return [`${taskId} (${kind}) was acknowledged and has no end`];
  const wanted = kind === 'failing' ? 'failed/failed' : 'completed/completed';
  const runs = status.runs.map(({ state, reasonResolved }) => `${state}/${reasonResolved}`);
  const all = `${taskId} (${kind}): ${runs.join(', ')}`;
  const problems: string[] = [];
  if (status.state !== wanted.split('/')[0] || runs.at(-1) !== wanted) problems.push(`${all}: not ${wanted}`);
  const others = runs.slice(0, -1).filter((how) => !how.startsWith('exception/'));
  if (others.length > 0) problems.push(`${all}: came to an end more than once`);
  const log = await textOf(taskId, 'public/logs/live.log');
  if (!log.includes(`done ${taskId}`)) problems.push(`${all}: its log has no end:\n${log}`);
  if (kind !== 'artifact') return problems;
  const bytes = await textOf(taskId, 'public/out.txt');
  if (digest(bytes) !== digest(wantedBytes(taskId)))
    problems.push(`${all}: its artifact has ${bytes.length} bytes and not the right ones`);
  return problems;
}

it(
  `loses nothing that was acknowledged while each process is killed in turn (seed ${SEED})`,
  async () => {
    const load = startLoad();
    await progress(load, 3);
    for (let round = 0; round < ROUNDS; round += 1) {
      const faults: readonly (readonly [string, () => Promise<void>])[] = [
        ...[...fleet.servers, ...fleet.workers].map(
          (who) => [`${who.name} killed`, crash(who, load)] as const,
        ),
        ['PostgreSQL killed', crashDatabase],
        ...shuffled(fleet.workers)
          .slice(0, 1)
          .map((who) => [`${who.name} frozen`, freeze(who, load)] as const),
      ];
      for (const [what, happens] of shuffled(faults)) {
        say(`round ${round + 1}: ${what}; ${load.ended.size} of ${load.acknowledged.size} tasks have ended`);
        await happens();
        await progress(load, 2);
      }
    }
    await load.finish();
    const checked = await Promise.all(
      [...load.acknowledged].map(([taskId, kind]) => problemsOf(taskId, kind, load.ended.get(taskId))),
    );
    expect(checked.flat()).toEqual([]);
    // What killed workers left is taken away by those that came after them.
    await vi.waitFor(() => expect(leftOnEngine()).toEqual([]), PATIENT);
    for (const { process } of [...fleet.servers, ...fleet.workers]) expect(process.exitCode).toBeNull();
  },
  LIMIT_MS,
);
