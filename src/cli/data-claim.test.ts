import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { currentOwner } from '../kernel/index.ts';
import { claimDataFolder, liveClaim } from './data-claim.ts';

describe('the claim of a data folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'slipway-claim-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const claimOf = (process: string, pid: number): Promise<void> =>
    writeFile(
      join(folder, 'server.json'),
      JSON.stringify({ pid, owner: { ...currentOwner(), process }, startedAt: 'before' }),
    );

  it('is given to one of those that ask at the same moment, also after one that is gone', async () => {
    await claimOf(currentOwner().process.replace(/\d+$/, '1'), process.pid); // its number came around again
    const asked = await Promise.allSettled([1, 2, 3, 4].map(() => claimDataFolder(folder)));
    const held = asked.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    expect(held).toHaveLength(1);
    expect(asked.flatMap((each) => (each.status === 'rejected' ? [String(each.reason)] : []))).toEqual(
      Array(3).fill(expect.stringContaining(`in use by the server with the process id ${process.pid}`)),
    );
    await held[0]?.tellAddress('http://127.0.0.1:1');
    expect(await liveClaim(folder)).toMatchObject({ pid: process.pid, url: 'http://127.0.0.1:1' });
    await held[0]?.[Symbol.asyncDispose]();
    expect(await readdir(folder)).toEqual([]);
  });

  it('of another server is not taken away with this one’s', async () => {
    const held = await claimDataFolder(folder);
    await claimOf('another.1.2.3', 7);
    await held[Symbol.asyncDispose]();
    expect(JSON.parse(await readFile(join(folder, 'server.json'), 'utf8'))).toMatchObject({ pid: 7 });
  });
});
