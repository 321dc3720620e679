import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, utimesSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { currentOwner } from '../../kernel/index.ts';
import { openRepository } from './open-repository.ts';
import { makeArtifact } from './testing/make-artifact.ts';
import { expectSound, makeRepository, publishArtifact, summaryOf } from './testing/repository-folder.ts';

const PROGRAM = join(import.meta.dirname, 'testing/programs/publish-until-killed.ts');
const KILLS = 8;

interface Kill {
  readonly seed: number;
  /** How many publications are acknowledged before, and how long after the next one has begun it is killed. */
  readonly after?: { readonly publications: number; readonly ms: number };
  readonly stage?: string;
}

/** Runs the program until it is killed; gives the refs that it had acknowledged. */
async function publishUntilKilled(
  folder: string,
  { seed, after, stage }: Kill,
): Promise<Map<string, string>> {
  const words = [PROGRAM, folder, String(seed), ...(stage === undefined ? [] : [stage])];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'close');
  const refs = new Map<string, string>();
  let begun = 0;
  for await (const line of createInterface(child.stdout)) {
    const [ref = '', commit] = line.split(' ');
    if (commit !== undefined) refs.set(ref, commit);
    else begun += 1;
    if (after === undefined || commit !== undefined || begun !== after.publications + 1) continue;
    await setTimeout(after.ms); // somewhere between its first object and its summary
    child.kill('SIGKILL');
  }
  await ended; // its output ends a moment before it does
  return refs;
}

async function expectNothingLost(folder: string, acknowledged: ReadonlyMap<string, string>): Promise<void> {
  expectSound(folder);
  await using repository = await openRepository(folder);
  const refs = new Map((await repository.listRefs()).map(({ ref, commit }) => [ref, commit]));
  for (const [ref, commit] of acknowledged) if (ref !== 'crash/same') expect(refs.get(ref)).toBe(commit);
}

describe('a process that is killed while it publishes', () => {
  it('leaves refs to whole artifacts only, all that it acknowledged, and a lock that is free', async () => {
    const repository = await makeRepository();
    const { folder } = repository;
    const acknowledged = new Map<string, string>();
    for (let seed = 0; seed < KILLS; seed += 1) {
      const after = { publications: seed % 3, ms: (seed * 7) % 40 };
      for (const [ref, commit] of await publishUntilKilled(folder, { seed, after }))
        acknowledged.set(ref, commit);
      await expectNothingLost(folder, acknowledged);
    }
    expect(acknowledged.size).toBeGreaterThan(KILLS / 2);
    await publishArtifact(repository, makeArtifact({ last: 'one' }), 'crash/last');
    const refs = Object.fromEntries((await repository.listRefs()).map(({ ref, commit }) => [ref, commit]));
    expect(summaryOf(folder)).toEqual(refs);
    expect(readdirSync(join(folder, 'tmp'))).toEqual(['cache']);
  });

  it.each(['content', 'before', 'locked'])('at the stage "%s" leaves nothing to be seen', async (stage) => {
    const { folder } = await makeRepository();
    await publishUntilKilled(folder, { seed: 1, stage });
    await using repository = await openRepository(folder);
    expect(await repository.listRefs()).toEqual([]);
    expectSound(folder);
    await publishArtifact(repository, makeArtifact({ last: 'one' }), 'crash/last');
    expect(readdirSync(join(folder, 'tmp'))).toEqual(['cache']);
  });
});

describe('opening a staging', () => {
  it('removes what processes left that are gone, of others what is a day old, and nothing of those who live', async () => {
    const repository = await makeRepository();
    const child = spawn('true');
    await once(child, 'close');
    const { process: own } = currentOwner();
    const [boot, namespace] = own.split('.');
    const name = (host: string, owner: string): string =>
      `bst-push-00,${Buffer.from(host).toString('base64url')},${owner}`;
    const names = {
      own: name(hostname(), own),
      gone: name(hostname(), `${boot}.${namespace}.${child.pid}.1`),
      otherBoot: name(hostname(), `0000.${namespace}.${process.pid}.1`),
      otherHost: name('elsewhere', own),
      otherHostOld: name('elsewhere', `${own}0`),
      original: 'bst-push-abc12345',
      originalOld: 'bst-push-old12345',
      stray: 'something else',
    };
    for (const each of Object.values(names)) mkdirSync(join(repository.folder, 'tmp', each));
    const longAgo = Date.now() / 1000 - 25 * 60 * 60;
    for (const each of [names.otherHostOld, names.originalOld, names.own]) {
      utimesSync(join(repository.folder, 'tmp', each), longAgo, longAgo);
    }
    {
      await using _staging = await repository.openStaging();
    }
    const { own: mine, otherHost, original, stray } = names;
    expect(new Set(readdirSync(join(repository.folder, 'tmp')))).toEqual(
      new Set(['cache', mine, otherHost, original, stray]),
    );
  });
});
