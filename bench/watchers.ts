import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LIVE_LOG, playQueue } from '../test/support/page-tasks.ts';
import { startServer } from './fleet.ts';
import { ms, type Row } from './measure.ts';

const WATCHERS = 200;
const LINES_PER_SECOND = 1000;
const SECONDS = 20;
const TICK_MS = 20; // a worker sends what its container printed meanwhile
const WARM_UP_MS = 1000;

/** What one watcher saw. */
interface Watched {
  lines: number;
  worstMs: number;
  ended: Promise<void>;
}

/** Follows the log. Each line says when it was printed, so that each chunk says how late it is. */
async function watch(url: string, agent: Agent, begunAt: () => number): Promise<Watched> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request(url, { agent }, resolve).on('error', reject).end();
  const answer = await promise;
  const watched: Watched = { lines: 0, worstMs: 0, ended: Promise.resolve() };
  let rest = '';
  const done = Promise.withResolvers<void>();
  watched.ended = done.promise;
  answer.setEncoding('latin1');
  answer.on('data', (piece: string) => {
    const now = performance.now();
    const text = rest + piece;
    const end = text.lastIndexOf('\n');
    rest = text.slice(end + 1);
    let first = true;
    for (let at = 0; at < end; at = text.indexOf('\n', at) + 1) {
      watched.lines += 1;
      if (!first) continue; // the oldest line of a piece is the latest to come
      first = false;
      const printedAt = Number(text.slice(at, text.indexOf(' ', at)));
      if (printedAt > begunAt() + WARM_UP_MS) watched.worstMs = Math.max(watched.worstMs, now - printedAt);
    }
  });
  answer.on('end', done.resolve).on('error', done.reject);
  return watched;
}

/** One log that a thousand lines a second come to, and two hundred who follow it, all over HTTP on this machine. */
export async function watchers(): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-'));
  try {
    await using server = await startServer([], { SLIPWAY_DATA_DIR: folder });
    const queue = playQueue(server.url);
    const taskId = await queue.create();
    await queue.claim();
    const sending = queue.log(taskId);
    sending.write('0 begin\n');
    const url = `${server.url}/api/slipway/v1/task/${taskId}/runs/0/log/${encodeURIComponent(LIVE_LOG)}`;
    const agent = new Agent({ keepAlive: false });
    let begunAt = Number.POSITIVE_INFINITY;
    const watched = await Promise.all(
      Array.from({ length: WATCHERS }, () => watch(url, agent, () => begunAt)),
    );
    begunAt = performance.now();
    let sent = 0;
    while (sent < LINES_PER_SECOND * SECONDS) {
      const due = Math.min(
        LINES_PER_SECOND * SECONDS,
        ((performance.now() - begunAt) / 1000) * LINES_PER_SECOND,
      );
      let piece = '';
      // A line is printed when it is due, and not when this program comes to send it.
      for (; sent < due; sent += 1) {
        const printedAt = begunAt + (sent / LINES_PER_SECOND) * 1000;
        piece += `${printedAt} compiled a module of the project without a complaint, as builds say\n`;
      }
      if (piece !== '') sending.write(piece);
      await sleep(TICK_MS);
    }
    await sending.end();
    await queue.endLog(taskId);
    await Promise.all(watched.map(({ ended }) => ended));
    const short = watched.filter(({ lines }) => lines !== sent + 1);
    if (short.length > 0) throw new Error(`${short.length} watchers did not get all ${sent} lines`);
    return {
      figure: `${WATCHERS} watchers of one live log printing ${LINES_PER_SECOND} lines/s: the latest of all lines`,
      slipway: ms(Math.max(...watched.map(({ worstMs }) => worstMs))),
      peer: '–',
      target: '≤ 1 s',
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
