import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { eventsSchema } from '../../src/cli/events-schema/events-schema.ts';
import { createRig, type Rig } from '../support/rig.ts';

const isLine = new Ajv({ allowUnionTypes: true, validateFormats: false }).compile(eventsSchema());

/** The JSON lines of a command, each of which is as the schema of the program says, and its exit code. */
async function json(rig: Rig, ...words: string[]) {
  const { stdout, exitCode } = await rig.run([...words, '--output', 'json']);
  const lines = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const value: unknown = JSON.parse(line);
      expect(isLine(value), JSON.stringify(isLine.errors)).toBe(true);
      return value as Record<string, unknown>;
    });
  return { lines, exitCode };
}

const refOf = (name: string) => `project/${name}/${'ab'.repeat(32)}`;
const [OLD, NEW] = [refOf('old'), refOf('new')];

const repositoryOf = (rig: Rig): string => join(rig.dataFolder, 'cache');

const fsck = (rig: Rig) =>
  execFileSync('ostree', ['fsck', `--repo=${repositoryOf(rig)}`], { encoding: 'utf8' });

/** Objects of this machine's repository, as files. */
const objectFiles = (rig: Rig): string[] => {
  const entries = readdirSync(join(repositoryOf(rig), 'objects'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
};

/** Two artifacts with a file of their own each, the old one used days ago. */
async function filled(): Promise<Rig> {
  const rig = createRig();
  const past = Date.now() / 1000 - 5 * 86_400;
  for (const [ref, text] of [
    [OLD, 'old'],
    [NEW, 'new'],
  ] as const) {
    rig.write(`${text}/file`, `${text} content\n`);
    const run = await rig.run(['cache', 'commit', ref, text]);
    expect(run.exitCode, run.stderr).toBe(0);
    if (ref !== OLD) continue;
    for (const path of [...objectFiles(rig), join(repositoryOf(rig), 'refs/heads', OLD)])
      utimesSync(path, past, past);
  }
  return rig;
}

describe('slipway cache fsck', () => {
  it('says that all is well where it is', async () => {
    await using rig = await filled();
    const { stdout, exitCode } = await rig.run(['cache', 'fsck']);
    expect(stdout).toMatch(/objects, .*, 2 refs: all of it is sound\n$/);
    expect(exitCode).toBe(0);
  });

  it('names what is wrong and fails; with --repair it is gone, and ostree is content', async () => {
    await using rig = await filled();
    const files = objectFiles(rig).filter((path) => path.endsWith('.filez'));
    const [damaged = ''] = files;
    rmSync(damaged);
    writeFileSync(damaged, 'nonsense');
    const { lines, exitCode } = await json(rig, 'cache', 'fsck');
    expect(exitCode).toBe(1);
    expect(lines.filter(({ type }) => type === 'cache-problem').map(({ what }) => what)).toEqual(
      expect.arrayContaining(['object', 'ref']),
    );
    expect(lines.at(-1)).toMatchObject({ type: 'cache-checked', refs: 2, sound: false, repaired: false });

    const repaired = await rig.run(['cache', 'fsck', '--repair']);
    expect(repaired.stdout).toContain('what was wrong is gone now');
    expect(repaired.exitCode).toBe(0);
    expect(fsck(rig)).toContain('no errors found');
    expect((await json(rig, 'cache', 'fsck')).lines.at(-1)).toMatchObject({ problems: 0, sound: true });
  });
});

describe('slipway cache prune', () => {
  it('removes what was removed before, and not what is young', async () => {
    await using rig = await filled();
    await rig.run(['cache', 'remove', OLD, NEW]);
    const dry = await json(rig, 'cache', 'prune', '--dry-run');
    expect(dry.lines[0]).toMatchObject({ type: 'cache-pruned', dryRun: true, refs: [], leftRefs: 0 });
    const pruned = await json(rig, 'cache', 'prune');
    expect(pruned.lines[0]).toMatchObject({ objects: dry.lines[0]?.['objects'], dryRun: false });
    expect(objectFiles(rig).length).toBeGreaterThan(0);
    expect(fsck(rig)).toContain('no errors found');
    await rig.run(['cache', 'prune', '--grace', '0']);
    expect(objectFiles(rig)).toEqual([]);
  });

  it('lets the artifact go that was not used for longest where the quota asks for it', async () => {
    await using rig = await filled();
    const { stdout, stderr } = await rig.run(['cache', 'prune', '--quota', '1']);
    expect(stdout).toContain(`Removed ${OLD}\n`);
    expect(stderr).toContain('more than 1 B');
    expect(execFileSync('ostree', ['refs', `--repo=${repositoryOf(rig)}`], { encoding: 'utf8' })).toBe(
      `${NEW}\n`,
    );
    expect(fsck(rig)).toContain('no errors found');
  });

  it('refuses a grace period that is none', async () => {
    await using rig = createRig();
    const { stderr, exitCode } = await rig.run(['cache', 'prune', '--grace', 'soon']);
    expect(stderr).toContain('--grace: expected a time such as 90s');
    expect(exitCode).toBe(2);
  });
});

describe('slipway cache pin', () => {
  it('keeps an artifact whatever the quota says, until it is unpinned', async () => {
    await using rig = await filled();
    expect((await json(rig, 'cache', 'pin', OLD)).lines).toEqual([
      expect.objectContaining({ type: 'cache-pinned', ref: OLD, pinned: true }),
    ]);
    expect((await json(rig, 'cache', 'prune', '--quota', '1')).lines[0]).toMatchObject({ refs: [] });
    expect((await rig.run(['cache', 'status'])).stdout).toContain(`pinned       ${OLD}`);
    expect((await rig.run(['cache', 'unpin', OLD])).stdout).toBe(`${OLD} is not pinned any more\n`);
    expect((await json(rig, 'cache', 'prune', '--quota', '1')).lines[0]).toMatchObject({ refs: [OLD] });
  });

  it('says what cannot be pinned or unpinned', async () => {
    await using rig = await filled();
    const pin = await rig.run(['cache', 'pin', refOf('absent')]);
    expect([pin.exitCode, pin.stderr]).toEqual([1, expect.stringContaining('There is no project/absent')]);
    const unpin = await rig.run(['cache', 'unpin', OLD]);
    expect([unpin.exitCode, unpin.stderr]).toEqual([1, expect.stringContaining('was not pinned')]);
    expect((await rig.run(['cache', 'pin'])).exitCode).toBe(2);
  });
});

describe('slipway cache status', () => {
  it('says how much there is, what could go, and what would go first', async () => {
    await using rig = await filled();
    await rig.run(['cache', 'init', repositoryOf(rig), '--quota', '1GiB']);
    const { lines } = await json(rig, 'cache', 'status');
    expect(lines[0]).toMatchObject({
      type: 'cache-status',
      refs: 2,
      objects: objectFiles(rig).length,
      quotaBytes: 1024 ** 3,
      unneededObjects: 0,
      leastUsed: OLD,
      pinned: [],
      incomplete: [],
    });
    const { stdout } = await rig.run(['cache', 'status']);
    expect(stdout).toContain('2 refs');
    expect(stdout).toContain('1% of the quota of 1.0 GiB');
    expect(stdout).toContain(`goes first   ${OLD}, used 5d ago`);
  });
});
