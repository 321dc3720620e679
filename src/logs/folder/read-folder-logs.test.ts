import { appendFileSync, mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openFolderLogs } from './open-folder-logs.ts';
import { ReadFolderLogs, type ReadFolderLogsOptions } from './read-folder-logs.ts';

const NAME = 'run/log';
const WAIT = { timeout: 20_000 };

function open(options: Partial<ReadFolderLogsOptions> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-read-logs-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const logs = new ReadFolderLogs({ folder, lookMs: 50, ...options });
  const file = join(folder, `${NAME}.log`);
  /** As another process writes. */
  const append = (text: string): void => {
    mkdirSync(join(folder, 'run'), { recursive: true });
    appendFileSync(file, text);
  };
  const end = (): void => writeFileSync(join(folder, `${NAME}.ended`), '');
  return { folder, file, logs, append, end };
}

function follow(logs: ReadFolderLogs, { start = 0, follow: follows = true, awaited = false } = {}) {
  const leaving = new AbortController();
  onTestFinished(() => leaving.abort());
  const pieces: Buffer[] = [];
  const done = (async () => {
    const chunks = logs.read(NAME, { start, follow: follows, awaited, signal: leaving.signal });
    for await (const chunk of chunks) pieces.push(Buffer.from(chunk));
  })();
  done.catch(() => {});
  const text = (): string => Buffer.concat(pieces).toString();
  return {
    done,
    text,
    leave: () => leaving.abort(),
    has: (wanted: string) => vi.waitFor(() => expect(text()).toBe(wanted), WAIT),
  };
}

describe('a log that another process writes', () => {
  it('is followed from anywhere on as it grows, until it has ended', async () => {
    const { logs, append, end } = open();
    append('one\n');
    const [all, rest] = [follow(logs), follow(logs, { start: 2 })];
    await all.has('one\n');
    append('two\n');
    await Promise.all([all.has('one\ntwo\n'), rest.has('e\ntwo\n')]);
    append('three\n');
    end();
    await Promise.all([all.done, rest.done]);
    expect(all.text()).toBe('one\ntwo\nthree\n');
    expect(await logs.size(NAME)).toEqual({ sizeBytes: 14, hasEnded: true });
  });

  it('is waited for, and not where nobody wants to', async () => {
    const { logs, append, end } = open();
    expect(await logs.size(NAME)).toBeUndefined();
    await expect(follow(logs).done).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const awaiting = follow(logs, { awaited: true });
    append('first');
    await awaiting.has('first');
    end();
    await awaiting.done;
  });

  it('ends where its writer is gone without a word', async () => {
    let isOver = false;
    const { logs, append } = open({ isOver: async () => isOver });
    append('so far');
    const follower = follow(logs);
    await follower.has('so far');
    isOver = true;
    await follower.done;
    expect(await logs.size(NAME)).toEqual({ sizeBytes: 6, hasEnded: true });
  });

  it('is read as far as it is there, in pieces that many share', async () => {
    const { logs, append } = open();
    const text = Array.from({ length: 100_000 }, (_, i) => `line ${i}\n`).join('');
    append(text);
    const readers = Array.from({ length: 20 }, (_, i) => follow(logs, { follow: false, start: i * 50_000 }));
    await Promise.all(readers.map(({ done }) => done));
    for (const [i, reader] of readers.entries()) expect(reader.text()).toBe(text.slice(i * 50_000));
  });

  it('ends for those who follow it where it is removed, or made anew', async () => {
    const { folder, file, logs, append } = open();
    append('a long text');
    const first = follow(logs);
    await first.has('a long text');
    truncateSync(file, 3);
    await expect(first.done).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const second = follow(logs);
    await second.has('a l');
    rmSync(join(folder, 'run'), { recursive: true });
    await expect(second.done).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('has the form of a log store, whoever wrote it', async () => {
    const { folder, logs } = open();
    await using store = await openFolderLogs({ folder });
    await store.append(NAME, 0, Buffer.from('text'));
    const follower = follow(logs);
    await follower.has('text');
    await store.end(NAME);
    await follower.done;
  });

  it.each(['../x', '', 'a//b', 'a/../b', '/etc/passwd'])(
    'has no name that leads elsewhere: %j',
    async (name) => {
      const { logs } = open();
      await expect(logs.size(name)).rejects.toMatchObject({ code: 'INVALID_NAME' });
    },
  );
});
