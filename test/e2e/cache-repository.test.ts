import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { eventsSchema } from '../../src/cli/events-schema/events-schema.ts';
import { createRig, type Rig } from '../support/rig.ts';

const isLine = new Ajv({ allowUnionTypes: true, validateFormats: false }).compile(eventsSchema());

/** The JSON lines of a command, each of which is as the schema of the program says. */
async function json(rig: Rig, ...words: string[]): Promise<Record<string, unknown>[]> {
  const { stdout } = await rig.run([...words, '--output', 'json']);
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const value: unknown = JSON.parse(line);
      expect(isLine(value), JSON.stringify(isLine.errors)).toBe(true);
      return value as Record<string, unknown>; // the schema says so
    });
}

const ostree = (folder: string, command: string, ...words: string[]): string =>
  execFileSync('ostree', [command, `--repo=${folder}`, ...words], { encoding: 'utf8' }).trim();

function commit(rig: Rig, folder: string, ref: string): string {
  const tree = join(rig.folder, 'tree');
  mkdirSync(tree, { recursive: true });
  writeFileSync(join(tree, 'file'), ref);
  return ostree(folder, 'commit', `--branch=${ref}`, `--tree=dir=${tree}`);
}

describe('slipway cache init', () => {
  it('makes a repository that is listed as empty at once, and says how it is kept', async () => {
    await using rig = await createRig();
    const folder = join(rig.folder, 'artifacts');
    const made = await rig.run(['cache', 'init', 'artifacts', '--quota', '10GB', '--write-once']);
    expect(made).toMatchObject({ exitCode: 0, stderr: '' });
    expect(made.stdout).toContain(`The repository ${folder} is ready\n  quota         10.0 GiB\n`);
    expect(ostree(folder, 'refs')).toBe('');
    expect(ostree(folder, 'summary', '-v')).not.toContain('*');
    ostree(folder, 'fsck', '--quiet');
    expect((statSync(join(folder, 'summary')).mode & 0o777).toString(8)).toBe('644');
  });

  it('changes only what a line names when it is repeated', async () => {
    await using rig = await createRig();
    const folder = join(rig.folder, 'artifacts');
    await json(rig, 'cache', 'init', 'artifacts', '--quota', '1MiB', '--keep-free', '2k');
    const lines = await json(rig, 'cache', 'init', 'artifacts', '--max-object', '5MB', '--write-once');
    const settings = {
      quotaBytes: 1024 ** 2,
      keepFreeBytes: 2048,
      maxObjectBytes: 5 * 1024 ** 2,
      writeOnce: true,
    };
    expect(lines).toMatchObject([{ type: 'cache-initialised', repository: folder, settings }]);
    const [last] = await json(rig, 'cache', 'init', 'artifacts', '--quota', 'unlimited', '--no-write-once');
    const { quotaBytes: _, ...unlimited } = settings;
    expect(last?.['settings']).toEqual({ ...unlimited, writeOnce: false });
  });

  it("makes this machine's own without a folder", async () => {
    await using rig = await createRig();
    await rig.run(['cache', 'init']);
    expect(readFileSync(join(rig.dataFolder, 'cache/config'), 'utf8')).toContain('mode=archive-z2');
  });

  it('refuses a folder of something else, and sizes that are none', async () => {
    await using rig = await createRig();
    rig.write('mine/letter', 'dear');
    const other = await rig.run(['cache', 'init', 'mine']);
    expect(other).toMatchObject({ exitCode: 1, stdout: '' });
    expect(other.stderr).toContain('holds something else: letter');
    const size = await rig.run(['cache', 'init', 'artifacts', '--quota', 'much']);
    expect(size.exitCode).toBe(2);
    expect(size.stderr).toContain('--quota: expected a size such as 20GiB');
    expect(rig.exists('artifacts')).toBe(false);
  });
});

describe('slipway cache summary', () => {
  it('lists what another program put there', async () => {
    await using rig = await createRig();
    const folder = join(rig.folder, 'artifacts');
    await rig.run(['cache', 'init', 'artifacts']);
    const id = commit(rig, folder, 'project/element/one');
    expect(await json(rig, 'cache', 'summary', '--repository', 'artifacts')).toMatchObject([
      { type: 'cache-summary', repository: folder, refs: 1, leftOut: 0 },
    ]);
    expect(ostree(folder, 'summary', '-v')).toContain(id);
  });

  it('says that there is none where there is no repository', async () => {
    await using rig = await createRig();
    const result = await rig.run(['cache', 'summary', '--repository', 'nowhere']);
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toContain('is no repository: there is no such folder');
    expect(result.stderr).toContain('slipway cache init DIR');
  });
});

describe('slipway cache remove', () => {
  it('forgets artifacts that are there, lists the rest, and says which were not', async () => {
    await using rig = await createRig();
    const folder = join(rig.folder, 'artifacts');
    await rig.run(['cache', 'init', 'artifacts']);
    for (const ref of ['p/e/one', 'p/e/two', 'p/e/three']) commit(rig, folder, ref);
    const words = ['cache', 'remove', 'p/e/one', 'p/e/none', '--repository', 'artifacts'];
    const result = await rig.run(words);
    expect(result).toMatchObject({ exitCode: 1, stdout: `Removed p/e/one from ${folder}\n` });
    expect(result.stderr).toContain(`There is no p/e/none in ${folder}`);
    expect(await json(rig, 'cache', 'remove', 'p/e/two', '--repository', 'artifacts')).toMatchObject([
      { type: 'cache-removed', repository: folder, ref: 'p/e/two' },
    ]);
    expect(ostree(folder, 'refs')).toBe('p/e/three');
    expect(ostree(folder, 'summary', '-v')).toMatch(/^\* p\/e\/three$/m);
    expect(ostree(folder, 'summary', '-v')).not.toContain('p/e/two');
  });

  it('wants a name, and one that can be a ref', async () => {
    await using rig = await createRig();
    expect(await rig.run(['cache', 'remove'])).toMatchObject({ exitCode: 2 });
    const hostile = await rig.run(['cache', 'remove', '../../config']);
    expect(hostile.exitCode).toBe(1);
    expect(hostile.stderr).toContain('is no name of a ref');
  });
});
