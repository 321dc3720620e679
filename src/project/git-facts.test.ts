import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readGitFacts } from './git-facts.ts';

const folder = mkdtempSync(join(tmpdir(), 'slipway-facts-'));
const who = ['-c', 'user.name=me', '-c', 'user.email=me@example.com'];
const git = (...words: string[]): string =>
  execFileSync('git', ['-C', folder, ...who, ...words], { encoding: 'utf8' }).trim();

beforeAll(() => git('init', '--quiet', '--initial-branch', 'trunk'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('what git knows of a folder', () => {
  it('is nothing before the first commit, and outside of a repository', async () => {
    for (const place of [folder, join(folder, 'none'), undefined])
      expect(await readGitFacts(place, {})).toMatchObject({ branch: '', tag: '', commit: '' });
  });

  it('is branch, commit and the last of its tags', async () => {
    git('commit', '--quiet', '--allow-empty', '--message', 'first');
    const commit = git('rev-parse', 'HEAD');
    expect(await readGitFacts(folder, {})).toMatchObject({ branch: 'trunk', tag: '', commit });
    for (const tag of ['v1', 'v2']) git('tag', tag);
    expect(await readGitFacts(folder, {})).toMatchObject({ branch: 'trunk', tag: 'v2', commit });
  });

  it('is no branch where a commit is checked out', async () => {
    git('checkout', '--quiet', '--detach');
    const commit = git('rev-parse', 'HEAD');
    expect(await readGitFacts(folder, {})).toMatchObject({ branch: '', tag: 'v2', commit });
  });

  it('is not asked for what is given', async () => {
    const commit = git('rev-parse', 'HEAD');
    git('checkout', '--quiet', 'trunk');
    expect(await readGitFacts(folder, { branch: 'b' })).toMatchObject({ branch: 'b', tag: 'v2', commit });
    expect(await readGitFacts(folder, { commit: 'c' })).toMatchObject({ branch: 'trunk', commit: 'c' });
    const given = { branch: 'b', tag: 't', commit: 'c', owner: 'o' };
    expect(await readGitFacts(folder, given)).toMatchObject(given);
  });
});
