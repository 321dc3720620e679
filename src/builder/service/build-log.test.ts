import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createRedactor } from '../../kernel/index.ts';
import { LogError, type LogStore, openFolderLogs } from '../../logs/index.ts';
import { type BuildLog, openBuildLog } from './build-log.ts';

const NAME = 'builds/a';

async function openLogs(): Promise<LogStore> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-build-log-'));
  const logs = await openFolderLogs({ folder });
  onTestFinished(async () => {
    await logs[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });
  return logs;
}

async function contentOf(logs: LogStore): Promise<string> {
  const pieces: Uint8Array[] = [];
  const signal = new AbortController().signal;
  for await (const piece of logs.read(NAME, { follow: false, signal })) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

const open = (logs: LogStore, limitBytes = 100_000, errors: unknown[] = []): BuildLog =>
  openBuildLog({
    logs,
    name: NAME,
    redactor: createRedactor({ secrets: ['a secret word'] }),
    limitBytes,
    onError: (error) => errors.push(error),
  });

describe('the log of a build', () => {
  it('has all that was written, and our lines on lines of their own', async () => {
    const logs = await openLogs();
    const log = open(logs);
    await log.write('one\ntwo');
    log.say('ours, with a secret word');
    await log.write('three\n');
    log.say('ours');
    await log.close();
    expect(await contentOf(logs)).toBe('one\ntwo\n--- ours, with ***\nthree\n--- ours\n');
  });

  it('knows what was said last, without secrets and without our own lines', async () => {
    const log = open(await openLogs());
    await log.write('#5 0.1 the password is a secr');
    await log.write('et word');
    log.say('that failed');
    expect(log.lastWords()).toBe('the password is ***');
    expect(log.lastWords()).toBeUndefined();
    await log.close();
  });

  it('goes on behind what a server before wrote', async () => {
    const logs = await openLogs();
    for (const text of ['first\n', 'second\n']) {
      const log = open(logs);
      await log.write(text);
      await log.close();
    }
    expect(await contentOf(logs)).toBe('first\nsecond\n');
  });

  it('keeps to its limit, whatever that is, and counts what is left out', async () => {
    for (const limitBytes of [1000, 5000, 70_000]) {
      const logs = await openLogs();
      const log = open(logs, limitBytes);
      for (let i = 0; i < 1000; i += 1) await log.write(`${String(i).padStart(99, '.')}\n`);
      await log.close();
      const text = await contentOf(logs);
      const [note = '', leftOut] =
        /\n--- (\d+) bytes are left out: a log has at most \d+ ---\n/.exec(text) ?? [];
      expect(Buffer.byteLength(text)).toBeLessThanOrEqual(limitBytes);
      expect(text.length - note.length + Number(leftOut)).toBe(100_000);
      expect(text).toMatch(/\.999\n$/);
    }
  });

  it('keeps what a store does not take, tells of it once, and writes it with what comes then', async () => {
    const logs = await openLogs();
    const errors: unknown[] = [];
    let isFull = false;
    const full = new LogError('NO_SPACE', 'the disk is full');
    const bad: LogStore = {
      ...logs,
      append: async (...values) => {
        if (isFull) throw full;
        return await logs.append(...values);
      },
    };
    const log = open(bad, 100_000, errors);
    log.say('kept');
    await expect.poll(async () => await logs.size(NAME)).toMatchObject({ sizeBytes: 9 });
    isFull = true;
    log.say('late');
    await expect.poll(() => errors).toEqual([full]);
    isFull = false;
    log.say('kept too');
    await log.close();
    expect(await contentOf(logs)).toBe('--- kept\n--- late\n--- kept too\n');
    expect(errors).toEqual([full]);
  });

  it('can be closed again when the store is back, and writes nothing twice', async () => {
    for (const isTaken of [false, true]) {
      const logs = await openLogs();
      let isAway = true;
      const bad: LogStore = {
        ...logs,
        append: async (...values) => {
          if (!isAway) return await logs.append(...values);
          if (isTaken) await logs.append(...values);
          throw new LogError('UNAVAILABLE', 'the answer was lost');
        },
      };
      const log = open(bad, 1_000_000);
      await log.write(`first\n${'x'.repeat(99)}\n`);
      await log.close();
      isAway = false;
      await log.close();
      await log.close();
      expect(await contentOf(logs)).toBe(`first\n${'x'.repeat(99)}\n`);
    }
  });

  it('says how much is missing of what was more than it keeps', async () => {
    const logs = await openLogs();
    let isAway = true;
    const bad: LogStore = {
      ...logs,
      append: async (...values) => {
        if (isAway) throw new LogError('UNAVAILABLE', 'the database is away');
        return await logs.append(...values);
      },
    };
    const log = open(bad, 1_000_000);
    for (const digit of '012') await log.write(`${digit.repeat(50_000)}\n`);
    await log.close();
    isAway = false;
    await log.close();
    expect(await contentOf(logs)).toMatch(
      /^\n--- 84467 bytes are missing: the log could not be written for a while ---\n1+\n2+\n$/,
    );
  });

  it('writes nothing behind the end of a log', async () => {
    const logs = await openLogs();
    await logs.end(NAME);
    const errors: unknown[] = [];
    const log = open(logs, 100_000, errors);
    await log.write('late\n');
    await log.close();
    expect(await contentOf(logs)).toBe('');
  });
});
