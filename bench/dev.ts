import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { BUSYBOX, median, ms, PROGRAM, project, type Row } from './measure.ts';

const ROUNDS = 9;
const REST_MS = 2500; // changes that follow each other closely are slowed down on purpose: see src/watch/settle.ts
const FILE = JSON.stringify({
  box: BUSYBOX,
  dev: { steps: [{ 'internal/watch': { reload: true, code: 'echo "up $(cat message)."; sleep 1000' } }] },
});

/** From a file's change on disk to the first line of the code that started again, against a container's restart. */
export async function devReload(): Promise<Row> {
  const reload = await reloadTimes();
  const restart = await restartTimes();
  return {
    figure: 'a file changes under `dev` → the code has started again',
    slipway: ms(median(reload)),
    peer: `docker restart -t 0 of the same command ${ms(median(restart))}`,
    target: '≤ 200 ms',
  };
}

async function reloadTimes(): Promise<number[]> {
  using work = project({ 'wercker.yml': FILE, message: '0' });
  const child = spawn(PROGRAM, ['dev'], { cwd: work.folder, stdio: ['ignore', 'pipe', 'ignore'] });
  const printed = lineWaiter(child.stdout);
  const times: number[] = [];
  try {
    await printed('up 0.');
    for (let round = 0; round <= ROUNDS; round += 1) {
      await delay(REST_MS);
      const startedAt = performance.now();
      writeFileSync(join(work.folder, 'message'), `round${round}`);
      await printed(`up round${round}.`);
      if (round > 0) times.push(performance.now() - startedAt);
    }
  } finally {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  }
  return times;
}

async function restartTimes(): Promise<number[]> {
  const id = execFileSync('docker', ['run', '-d', BUSYBOX, 'sh', '-c', 'echo up; sleep 1000'], {
    encoding: 'utf8',
  }).trim();
  const times: number[] = [];
  try {
    for (let round = 0; round <= ROUNDS; round += 1) {
      const startedAt = performance.now();
      execFileSync('docker', ['restart', '-t', '0', id]);
      if (round > 0) times.push(performance.now() - startedAt);
    }
  } finally {
    execFileSync('docker', ['rm', '-f', id]);
  }
  return times;
}

/** Waits for a text in a stream that is read all the time. */
function lineWaiter(stream: NodeJS.ReadableStream): (text: string) => Promise<void> {
  let seen = '';
  let look = (): void => undefined;
  stream.on('data', (piece: Buffer) => {
    seen += piece.toString('utf8');
    look();
  });
  return (text) =>
    new Promise((resolve) => {
      look = () => {
        if (seen.includes(text)) resolve();
      };
      look();
    });
}
