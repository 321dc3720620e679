import { mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bytes, contentOf, followLog, type LogPlace, NAME } from '../contract/rig.ts';
import { describeLogContract } from '../contract.ts';
import type { LogStore } from '../log-store.ts';
import { openFolderLogs } from './open-folder-logs.ts';

interface FolderPlace extends LogPlace {
  readonly folder: string;
}

async function openPlace(options: { limitBytes?: number; maxOpenFiles?: number } = {}): Promise<FolderPlace> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-logs-'));
  const opened: LogStore[] = [];
  const open = async (): Promise<LogStore> => {
    const logs = await openFolderLogs({ folder, ...options });
    opened.push(logs);
    return logs;
  };
  return {
    folder,
    logs: await open(),
    reopen: open,
    async [Symbol.asyncDispose]() {
      await Promise.all(opened.map((logs) => logs[Symbol.asyncDispose]()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

describeLogContract('a folder', { open: openPlace });

/** How many files of a folder this process has open. */
async function openFiles(folder: string): Promise<number> {
  const links = await readdir('/proc/self/fd');
  const paths = await Promise.all(links.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
  return paths.filter((path) => path.startsWith(`${folder}/`)).length;
}

describe('a folder of logs', () => {
  it('has each log as a plain file, and no folders without logs', async () => {
    await using place = await openPlace();
    await place.logs.append(NAME, 0, bytes('text'));
    expect(await readFile(join(place.folder, `${NAME}.log`), 'utf8')).toBe('text');
    await place.logs.end(NAME);
    await place.logs.remove(NAME);
    expect(await readdir(place.folder)).toEqual([]);
  });

  it('keeps no more files open than it may, however many logs are written and followed', async () => {
    await using place = await openPlace({ maxOpenFiles: 4 });
    const names = Array.from({ length: 30 }, (_, i) => `log-${i}`);
    await Promise.all(names.map((name) => place.logs.append(name, 0, bytes(`${name} `))));
    const followers = names.map((name) => followLog(place.logs, { name }));
    await Promise.all(names.map((name) => place.logs.append(name, name.length + 1, bytes('more'))));
    await Promise.all(followers.map((follower, i) => follower.has(`log-${i} more`)));
    expect(await openFiles(place.folder)).toBeLessThanOrEqual(4);
    await Promise.all(names.map((name) => place.logs.end(name)));
    await Promise.all(followers.map(({ done }) => done));
    expect(await openFiles(place.folder)).toBe(0);
  });

  it('keeps no file open of a log that was only looked at or read', async () => {
    await using place = await openPlace();
    await place.logs.append(NAME, 0, bytes('text'));
    const logs = await place.reopen();
    const before = await openFiles(place.folder);
    await logs.end(NAME);
    expect(await contentOf(logs)).toBe('text');
    expect(await openFiles(place.folder)).toBe(before);
  });

  it('says what a system refuses', async () => {
    await using place = await openPlace();
    const file = join(place.folder, 'file');
    await writeFile(file, '');
    const refused = openFolderLogs({ folder: join(file, 'logs') });
    await expect(refused).rejects.toMatchObject({ name: 'LogError', code: 'UNAVAILABLE' });
  });

  it('follows no link that somebody put in the place of a log', async () => {
    await using place = await openPlace();
    const secret = join(place.folder, 'secret');
    await writeFile(secret, 'secret');
    await symlink(secret, join(place.folder, 'a.log'));
    await expect(contentOf(place.logs, 'a')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(place.logs.append('a', 6, bytes('x'))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await readFile(secret, 'utf8')).toBe('secret');
  });

  it('goes on behind what of a piece was written when the process was killed', async () => {
    await using place = await openPlace();
    await place.logs.append(NAME, 0, bytes('whole '));
    await writeFile(join(place.folder, `${NAME}.log`), 'whole ha', { flag: 'w' });
    const logs = await place.reopen();
    expect(await logs.size(NAME)).toEqual({ sizeBytes: 8, hasEnded: false });
    await logs.append(NAME, 6, bytes('half'));
    expect(await contentOf(logs)).toBe('whole half');
  });
});
