import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { syncDisk } from './sync-disk.ts';
import { temporaryFolder } from './testing/repository-folder.ts';

const PATH = process.env['PATH'];
afterEach(() => {
  process.env['PATH'] = PATH;
});

/** Which of the paths were asked for. */
async function syncWith(programs: string): Promise<readonly string[]> {
  const folder = temporaryFolder();
  const file = join(folder, 'file');
  writeFileSync(file, 'content');
  const asked: string[] = [];
  process.env['PATH'] = programs;
  await syncDisk(folder, function* () {
    asked.push(file);
    yield file;
  });
  return asked;
}

describe('putting a file system on the disk', () => {
  it('takes one call for any number of files', async () => {
    expect(await syncWith(PATH ?? '')).toEqual([]);
  });

  it('waits for each of the files where there is no program for it', async () => {
    expect(await syncWith(temporaryFolder())).toHaveLength(1);
  });

  it('fails where the program says that it failed', async () => {
    const programs = temporaryFolder();
    writeFileSync(
      join(programs, 'sync'),
      '#!/bin/sh\necho "error syncing: Input/output error" >&2\nexit 1\n',
    );
    chmodSync(join(programs, 'sync'), 0o755);
    await expect(syncWith(`${programs}:${PATH}`)).rejects.toMatchObject({
      code: 'BAD_REPOSITORY',
      message: expect.stringMatching(/^Could not put .* on the disk: error syncing: Input\/output error$/),
    });
  });
});
