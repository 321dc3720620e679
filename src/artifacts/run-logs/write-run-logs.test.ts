import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { RunEvent, RunEventBody } from '../../kernel/index.ts';
import { GrowingFile } from './growing-file.ts';
import { writeRunLogs } from './write-run-logs.ts';

const WAIT = { timeout: 20_000 };

function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-run-logs-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const STARTED: RunEventBody = {
  type: 'run-started',
  at: 1,
  pipeline: 'build',
  kind: 'build',
  application: { id: 'app', name: 'app' },
  runFolder: '/tmp/x',
};
const STEP = { safeId: 's', displayName: 'compile', phase: 'main' } as const;
const output = (text: string): RunEventBody => ({
  type: 'step-output',
  at: 3,
  safeId: 's',
  bytes: Buffer.from(text),
});
const FINISHED: RunEventBody = { type: 'run-finished', at: 5, result: 'passed', durationMs: 4 };

function open(folder = temporary(), isBroken = false) {
  const troubles: [string, string][] = [];
  const logs = writeRunLogs({
    folder: async () => folder,
    renderer: (write) => (event) => write(event.type === 'step-output' ? event.bytes : `--> ${event.type}\n`),
    onTrouble: (error, runId) => troubles.push([runId, String(error)]),
  });
  const see = (runId: string, ...bodies: readonly RunEventBody[]): void => {
    for (const body of bodies) logs.see({ ...body, runId } as RunEvent);
  };
  const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
  return { folder, logs, see, read, troubles, isBroken };
}

it('keeps what a run showed, and its events with where the log was', async () => {
  const { logs, see, read, troubles } = open();
  see(
    'a',
    STARTED,
    { type: 'step-started', at: 2, ...STEP, index: 1, count: 1 },
    output('hello\n'),
    output('world\n'),
  );
  see('a', { type: 'step-finished', at: 4, ...STEP, result: 'passed', durationMs: 2, exitCode: 0 }, FINISHED);
  await logs.close();
  const log = read('a/log.log');
  expect(log).toBe('--> run-started\n--> step-started\nhello\nworld\n--> step-finished\n--> run-finished\n');
  expect(read('a/log.ended') + read('a/events.ended')).toBe('');
  const events = read('a/events.log')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(events.map(({ type, runId, at }) => [type, runId, at])).toEqual([
    ['run-started', 'a', 1],
    ['step-started', 'a', 2],
    ['step-finished', 'a', 4],
    ['run-finished', 'a', 5],
  ]);
  for (const { type, logOffset } of events)
    expect(log.slice(logOffset)).toMatch(new RegExp(`^--> ${type}\n`));
  expect(events[2]).toMatchObject({ safeId: 's', result: 'passed', durationMs: 2, exitCode: 0 });
  expect(troubles).toEqual([]);
});

it('is on the disk while the run goes on, each run in its own log', async () => {
  const { logs, see, read } = open();
  see('a', STARTED, output('of a\n'));
  see('b', STARTED, output('of b\n'));
  await vi.waitFor(() => expect(read('a/log.log')).toBe('--> run-started\nof a\n'), WAIT);
  await vi.waitFor(() => expect(read('b/log.log')).toBe('--> run-started\nof b\n'), WAIT);
  expect(() => read('a/log.ended')).toThrow('ENOENT');
  see('b', FINISHED);
  await vi.waitFor(() => expect(read('b/log.ended')).toBe(''), WAIT);
  await logs.close();
});

it('goes on where the disk does not take it, and says so once', async () => {
  const folder = temporary();
  writeFileSync(join(folder, 'a'), 'in the way');
  const { logs, see, troubles } = open(folder);
  see('a', STARTED, output('x'), FINISHED);
  await logs.close();
  expect(troubles).toEqual([['a', expect.stringContaining('EEXIST')]]);
});

it('passes over runs whose id makes no file, and events of runs that it has not seen begin', async () => {
  const { logs, see } = open();
  see('../x', STARTED);
  see('x.ended', STARTED, FINISHED);
  see('late', output('x'), FINISHED);
  await logs.close();
});

it('cuts a log that becomes too large, and says so in it', async () => {
  const folder = temporary();
  const file = new GrowingFile({
    path: async () => join(folder, 'log'),
    limitBytes: 10,
    onTrouble: (error) => expect.fail(String(error)),
  });
  for (const text of ['12345', '67890abc', 'never']) file.write(Buffer.from(text));
  await file.end();
  file.write(Buffer.from('later'));
  const text = readFileSync(join(folder, 'log.log'), 'utf8');
  expect(text).toBe('1234567890\n[The log is cut here: no more than 10 B of it is kept.]\n');
  expect(file.sizeBytes).toBe(text.length);
});

it('keeps no file open that its disk has no room for', async () => {
  const folder = temporary();
  symlinkSync('/dev/full', join(folder, 'log.log'));
  const onTrouble = vi.fn();
  const file = new GrowingFile({ path: async () => join(folder, 'log'), limitBytes: 1e9, onTrouble });
  file.write(Buffer.from('x'));
  await file.end();
  expect(onTrouble.mock.calls).toEqual([[expect.objectContaining({ code: 'ENOSPC' })]]);
  const opened = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return []; // that of the list itself
    }
  });
  expect(opened).not.toContain('/dev/full');
});

it('leaves out what a slow disk does not take in time, and says how much', async () => {
  const folder = temporary();
  const { promise, resolve } = Promise.withResolvers<string>();
  const file = new GrowingFile({
    path: () => promise,
    limitBytes: 1e9,
    onTrouble: (error) => expect.fail(String(error)),
  });
  const mib = Buffer.alloc(1024 * 1024, 'x');
  for (let i = 0; i < 70; i += 1) file.write(mib);
  resolve(join(folder, 'log'));
  await file.end();
  const text = readFileSync(join(folder, 'log.log'), 'utf8');
  expect(text.slice(0, 64 * 1024 * 1024)).toBe('x'.repeat(64 * 1024 * 1024));
  expect(text.slice(64 * 1024 * 1024)).toBe(
    '\n[6.0 MiB are left out here: the disk did not take them in time.]\n',
  );
  expect(file.sizeBytes).toBe(text.length);
});
