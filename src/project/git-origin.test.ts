import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readGitOrigin } from './git-facts.ts';

const folder = mkdtempSync(join(tmpdir(), 'slipway-origin-'));
const git = (...words: string[]): void => void execFileSync('git', ['-C', folder, ...words]);

beforeAll(() => {
  mkdirSync(join(folder, 'services/api'), { recursive: true });
  git('init', '--quiet');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('where a folder was cloned from', () => {
  it('is not known without an origin', async () => {
    expect(await readGitOrigin(folder)).toBeUndefined();
    expect(await readGitOrigin(join(folder, 'none'))).toBeUndefined();
  });

  it.each([
    ['https://host.example.com/me/app.git', 'app'],
    ['https://me:secret@host.example.com/me/app', 'app'],
    ['git@host.example.com:me/app.git', 'app'],
    ['git@host.example.com:app.git', 'app'],
    ['/srv/git/app.git/', 'app'],
    ['ssh://host.example.com/me/app.js.git', 'app.js'],
  ])('%s is %s', async (url, repository) => {
    git('config', 'remote.origin.url', url);
    expect(await readGitOrigin(folder)).toEqual({ repository, path: '' });
    expect(await readGitOrigin(join(folder, 'services/api'))).toEqual({ repository, path: 'services/api' });
  });
});
