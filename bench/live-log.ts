import { once } from 'node:events';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '../src/database/index.ts';
import { LOG_MIGRATIONS, type LogStore, openDatabaseLogs } from '../src/logs/index.ts';
import { openOwnRig } from '../src/queue/own-routes/testing/own-rig.ts';
import { startPostgres } from '../test/support/postgres.ts';
import { median, ms, type Row } from './measure.ts';

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

const row = (where: string, times: readonly number[]): Row => {
  const p99 = times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? Number.NaN;
  return {
    figure: `a line of a live log, from its writer to a reader over HTTP, ${where}`,
    slipway: `${ms(median(times))} median, ${ms(p99)} p99`,
    peer: '–',
    target: '≤ 50 ms',
  };
};

/** A line that is sent → a reader sees it: with logs as files, and in PostgreSQL. */
export async function liveLog(): Promise<Row[]> {
  const files = await latencies();
  await using postgres = await startPostgres();
  await using database = await openDatabase({
    location: { type: 'postgres', url: postgres.createDatabase() },
    migrations: LOG_MIGRATIONS,
  });
  const stored = await latencies(async () => openDatabaseLogs({ database }));
  return [row('in files', files), row('in PostgreSQL', stored)];
}
