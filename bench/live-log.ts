import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '../src/database/index.ts';
import { LOG_MIGRATIONS, type LogStore, openDatabaseLogs } from '../src/logs/index.ts';
import { openOwnRig } from '../src/queue/own-routes/testing/own-rig.ts';
import { startPostgres } from '../test/support/postgres.ts';
import { startFleet } from './fleet.ts';
import { DEBIAN, median, ms, type Row } from './measure.ts';

const LINES = 400;
const PAUSE_MS = 25;
const NAME = 'log/public%2Flogs%2Flive.log';

/** How long each line takes from a writer to a reader, both over HTTP on this machine. */
async function latencies(logs?: (folder: string) => Promise<LogStore>): Promise<number[]> {
  await using rig = await openOwnRig(logs === undefined ? {} : { logs });
  const taskId = rig.fake.add();
  const url = `${rig.url}${rig.path(taskId, NAME)}`;
  const writer = request(url, { method: 'PUT', agent: false });
  writer.on('error', () => undefined);
  writer.write('begin\n');
  const [reader] = await once(request(url, { agent: false }).end(), 'response');
  const sentAt: number[] = [];
  const times: number[] = [];
  let [text, isAllThere] = ['', Promise.withResolvers<void>()];
  reader.setEncoding('utf8').on('data', (piece: string) => {
    const now = performance.now();
    const lines = (text + piece).split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      const sent = sentAt[Number(line)];
      if (sent !== undefined) times.push(now - sent);
    }
    if (times.length === LINES) isAllThere.resolve();
  });
  for (let line = 0; line < LINES; line += 1) {
    await sleep(PAUSE_MS);
    sentAt[line] = performance.now();
    writer.write(`${line}\n`);
  }
  await isAllThere.promise;
  reader.destroy();
  writer.destroy();
  return times.slice(LINES / 10); // without the first ones, which compile what the others run
}

const row = (way: string, times: readonly number[]): Row => {
  const p99 = times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Number.NaN;
  return {
    figure: `a line of a live log, ${way}`,
    slipway: `${ms(median(times))} median, ${ms(p99)} p99`,
    peer: '–',
    target: '≤ 50 ms',
  };
};

/** How long each line of a task takes from the container to a reader: the program says when it prints. */
async function wholeWay(): Promise<number[]> {
  await using fleet = await startFleet({ capacity: 1 });
  const script = `sleep 2; for i in $(seq ${LINES}); do date +%s%N; sleep 0.0${PAUSE_MS}; done`;
  const taskId = await fleet.create(['bash', '-c', script], { image: DEBIAN });
  const url = `${fleet.url}/api/queue/v1/task/${taskId}/runs/0/artifacts/public%2Flogs%2Flive.log`;
  let answer = await fetch(url);
  // It is there as soon as the run has begun.
  for (; answer.status === 404; answer = await fetch(url)) await sleep(PAUSE_MS);
  if (!answer.ok || answer.body === null) throw new Error(`${url}: status ${answer.status}`);
  const times: number[] = [];
  let text = '';
  for await (const piece of answer.body.pipeThrough(new TextDecoderStream())) {
    const now = performance.timeOrigin + performance.now();
    const lines = (text + piece).split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) if (/^\d{19}\r?$/.test(line)) times.push(now - Number(line) / 1e6);
  }
  if (times.length !== LINES) throw new Error(`${times.length} of ${LINES} lines came`);
  await fleet.completed(taskId);
  return times.slice(LINES / 10);
}

/** A line that is sent → a reader sees it: with logs as files, in PostgreSQL, and all the way from a task's container. */
export async function liveLog(): Promise<Row[]> {
  const files = await latencies();
  await using postgres = await startPostgres();
  await using database = await openDatabase({
    location: { type: 'postgres', url: postgres.createDatabase() },
    migrations: LOG_MIGRATIONS,
  });
  const stored = await latencies(async () => openDatabaseLogs({ database }));
  const fromWriter = 'from its writer to a reader over HTTP';
  return [
    row(`${fromWriter}, in files`, files),
    row(`${fromWriter}, in PostgreSQL`, stored),
    row('from the program in the container to a reader of the task', await wholeWay()),
  ];
}
