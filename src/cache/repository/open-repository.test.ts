import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { initRepository } from './init-repository.ts';
import { openRepository } from './open-repository.ts';
import { makeArtifact } from './testing/make-artifact.ts';
import {
  expectSound,
  makeRepository,
  ostree,
  publishArtifact,
  summaryOf,
  temporaryFolder,
} from './testing/repository-folder.ts';

const configOf = (folder: string): string => readFileSync(join(folder, 'config'), 'utf8');

describe('making a repository', () => {
  it('makes one that the original takes for its own', async () => {
    const folder = join(temporaryFolder(), 'deep/repository');
    await initRepository(folder);
    expectSound(folder);
    expect([ostree(folder, 'refs'), summaryOf(folder)]).toEqual(['', {}]);
    expect(ostree(folder, 'config', 'get', 'core.mode').trim()).toBe('archive-z2');
  });

  it('changes only the settings that are given when it is repeated, and nothing else', async () => {
    const repository = await makeRepository({ quotaBytes: 1000, writeOnce: true });
    await publishArtifact(repository, makeArtifact({ a: 'b' }), 'p/e/k');
    const { folder } = repository;
    const before = execFileSync('find', [folder, '-newer', join(folder, 'config'), '-type', 'f'], {
      encoding: 'utf8',
    });
    await initRepository(folder, { keepFreeBytes: 7 });
    await using again = await openRepository(folder);
    expect(again.settings).toMatchObject({ quotaBytes: 1000, writeOnce: true, keepFreeBytes: 7 });
    expect(before).toContain('refs/heads/p/e/k');
    expect(summaryOf(folder)).toHaveProperty('p/e/k');
    await initRepository(folder, { quotaBytes: Number.POSITIVE_INFINITY });
    await using unlimited = await openRepository(folder);
    expect(unlimited.settings).toEqual({
      keepFreeBytes: 7,
      writeOnce: true,
      maxObjectBytes: expect.any(Number),
    });
  });

  it('leaves comments and groups of others as they are, also after the original changed them', async () => {
    const folder = join(temporaryFolder(), 'repository');
    ostree(folder, 'init', '--mode=archive');
    const text = `# ours\n${configOf(folder)}\n[remote "up"]\nurl=http://127.0.0.1/\n\n# the end\n`;
    writeFileSync(join(folder, 'config'), text);
    await initRepository(folder, { quotaBytes: 5 });
    expect(configOf(folder)).toBe(`${text}\n[slipway]\nquota-bytes=5\n`);
    ostree(folder, 'config', 'set', 'core.indexed-deltas', 'false');
    await initRepository(folder, { quotaBytes: 6 });
    expect(ostree(folder, 'config', 'get', '--group=slipway', 'quota-bytes').trim()).toBe('6');
    expect(ostree(folder, 'config', 'get', 'core.indexed-deltas').trim()).toBe('false');
  });

  it('refuses a folder of something else, and leaves it as it is', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'letter'), 'dear');
    await expect(initRepository(folder)).rejects.toMatchObject({ code: 'BAD_REPOSITORY' });
    expect(execFileSync('ls', ['-A', folder], { encoding: 'utf8' })).toBe('letter\n');
  });

  it('goes on where it was killed', async () => {
    const folder = temporaryFolder();
    for (const name of ['objects', 'refs', '.slipway']) mkdirSync(join(folder, name));
    await initRepository(folder);
    expectSound(folder);
  });

  it('refuses a place that is no folder', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    await expect(initRepository(join(file, 'below'))).rejects.toMatchObject({
      code: 'BAD_REPOSITORY',
      message: expect.stringContaining('file/below'),
    });
  });
});

describe('opening a repository', () => {
  it('takes one of the original, and makes the folders that are missing', async () => {
    const folder = join(temporaryFolder(), 'repository');
    ostree(folder, 'init', '--mode=archive');
    for (const name of ['tmp', 'state', 'extensions', 'refs/mirrors'])
      rmSync(join(folder, name), { recursive: true, force: true });
    await using repository = await openRepository(folder);
    await publishArtifact(repository, makeArtifact({ a: 'b' }), 'p/e/k');
    expectSound(folder);
    expect(['tmp', 'state', 'refs/mirrors'].map((name) => existsSync(join(folder, name)))).toEqual([
      true,
      true,
      true,
    ]);
  });

  it('reads what the original committed', async () => {
    const folder = join(temporaryFolder(), 'repository');
    ostree(folder, 'init', '--mode=archive');
    const tree = temporaryFolder();
    writeFileSync(join(tree, 'file'), 'content');
    const commit = ostree(
      folder,
      'commit',
      '--branch=p/e/k',
      '--subject=by hand',
      `--tree=dir=${tree}`,
    ).trim();
    await using repository = await openRepository(folder);
    expect(await repository.listRefs()).toEqual([{ ref: 'p/e/k', commit }]);
    expect(await repository.readCommit(commit)).toMatchObject({ subject: 'by hand' });
  });

  it('says what it is that it cannot use', async () => {
    const parent = temporaryFolder();
    const bare = join(parent, 'bare');
    ostree(bare, 'init', '--mode=bare-user');
    const config = (name: string, text: string): string => {
      mkdirSync(join(parent, name));
      writeFileSync(join(parent, name, 'config'), text);
      return join(parent, name);
    };
    const core = '[core]\nrepo_version=1\nmode=archive-z2\n';
    const cases: readonly (readonly [string, string, string])[] = [
      [join(parent, 'none'), 'NO_REPOSITORY', 'there is no such folder'],
      [join(bare, 'config'), 'NO_REPOSITORY', 'it is no folder'],
      [parent, 'NO_REPOSITORY', 'no file `config`'],
      [bare, 'BAD_REPOSITORY', 'the mode is bare-user, not archive-z2'],
      [config('git', '[user]\nname=me\n'), 'BAD_REPOSITORY', 'no configuration of an OSTree repository'],
      [config('future', '[core]\nrepo_version=2\nmode=archive-z2\n'), 'BAD_REPOSITORY', 'repo_version is 2'],
      [
        config('quota', `${core}[slipway]\nquota-bytes=much\n`),
        'BAD_REPOSITORY',
        "quota-bytes of [slipway] is 'much'",
      ],
      [
        config('once', `${core}[slipway]\nwrite-once=maybe\n`),
        'BAD_REPOSITORY',
        "is 'maybe', not true or false",
      ],
      [config('where', `${core}[slipway]\nobjects=ftp://host\n`), 'BAD_REPOSITORY', 'has the scheme ftp'],
    ];
    for (const [folder, code, message] of cases) {
      await expect(openRepository(folder)).rejects.toMatchObject({
        code,
        message: expect.stringContaining(message),
      });
    }
  });

  it('refuses one whose folders are links to others', async () => {
    const repository = await makeRepository();
    const elsewhere = temporaryFolder();
    rmSync(join(repository.folder, 'tmp'), { recursive: true });
    symlinkSync(elsewhere, join(repository.folder, 'tmp'));
    await expect(openRepository(repository.folder)).rejects.toMatchObject({ code: 'BAD_REPOSITORY' });
  });

  it('takes a path that leads through links', async () => {
    const repository = await makeRepository();
    const link = join(temporaryFolder(), 'link');
    symlinkSync(repository.folder, link);
    await using opened = await openRepository(link);
    await publishArtifact(opened, makeArtifact({ a: 'b' }), 'p/e/k');
    expect(await repository.readRef('p/e/k')).toBeDefined();
  });
});
