import { randomBytes } from 'node:crypto';
import { readdirSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createArtifactHost } from '../testing/artifact-host.ts';
import { originalPush } from '../testing/original-client.ts';
import { makeArtifact, pushOf } from '../testing/ostree-artifact.ts';

const MIB = 1024 * 1024;

/** Of about a megabyte that does not become smaller. */
const large = () => makeArtifact({ 'files/data': randomBytes(MIB) });

/** As if all that is there had been used last that long ago. */
function age(repository: string, hours: number): void {
  const at = Date.now() / 1000 - hours * 3600;
  for (const part of ['objects', 'refs/heads']) {
    for (const name of readdirSync(join(repository, part), { recursive: true, encoding: 'utf8' })) {
      const path = join(repository, part, name);
      if (statSync(path).isFile()) utimesSync(path, at, at);
    }
  }
}

describe('a repository with a quota', () => {
  it('lets go of what was not used for longest when a push needs the room', async () => {
    using host = await createArtifactHost({ quotaBytes: 2.5 * MIB });
    for (const [ref, hours] of [
      ['p/e/oldest', 5],
      ['p/e/older', 3],
    ] as const) {
      expect(await originalPush(host.receive(), pushOf(large(), ref), { version: '1.0' })).toEqual({
        type: 'pushed',
      });
      age(host.repository, hours);
    }
    expect(await originalPush(host.receive(), pushOf(large(), 'p/e/new'), { version: '1.0' })).toEqual({
      type: 'pushed',
    });
    const refs = host.check();
    expect(refs).toContain('p/e/new');
    expect(refs).not.toContain('p/e/oldest');
  });

  it('refuses what can never fit, and what has no room beside what was used a moment ago', async () => {
    using host = await createArtifactHost({ quotaBytes: 1.5 * MIB });
    await originalPush(host.receive(), pushOf(large(), 'p/e/first'), { version: '1.0' });
    const receiver = host.receive();
    expect(await originalPush(receiver, pushOf(large(), 'p/e/second'), { version: '1.0' })).toMatchObject({
      type: 'failed',
    });
    expect(await receiver.said).toMatch(/no room/i);
    expect(host.check()).toEqual(['p/e/first']);
  });
});

describe('a repository on a disk without the room that is to stay free', () => {
  it('says so before anything is sent', async () => {
    using host = await createArtifactHost({ keepFreeBytes: 999_999_999_999_999 });
    const outcome = await originalPush(host.receive(), pushOf(large(), 'p/e/k'), { version: '1.0' });
    expect(outcome).toEqual({ type: 'failed', message: expect.stringMatching(/no room/i) });
    expect(host.check()).toEqual([]);
  });
});
