import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeMessage } from '../wire/encode-message.ts';
import { pullAddress } from './pull-address.ts';
import type { RemoteCache } from './remote.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-pull-address-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const CACHE: RemoteCache = { name: 'a@h:x', ask: { type: 'ssh', user: 'a', host: 'h', path: 'x' } };

/** An ssh whose other side says this address when it is greeted. */
function receiver(pullUrl?: string): { readonly program: string; readonly options: readonly string[] } {
  const answer = join(folder, 'answer');
  writeFileSync(
    answer,
    encodeMessage({ type: 'info', mode: 1, refs: new Map(), ...(pullUrl !== undefined && { pullUrl }) }),
  );
  const program = join(folder, 'ssh');
  writeFileSync(program, `#!/bin/sh\ncat '${answer}'\nexec cat >/dev/null\n`);
  chmodSync(program, 0o755);
  return { program, options: [] };
}

describe('the address of a cache that says itself where to pull from', () => {
  it('is what its receiver answers', async () => {
    const ssh = receiver('https://cache.example.com/artifacts');
    expect(await pullAddress(CACHE, { ssh })).toBe('https://cache.example.com/artifacts');
  });

  it('is none where the receiver does not say it, as one of the first version', async () => {
    expect(await pullAddress(CACHE, { ssh: receiver() })).toBeUndefined();
  });

  it.each(['/srv/private', 'file:///srv/private', 'ssh://h/x'])(
    'is no %s: another machine has no say in what of this one is read',
    async (said) => {
      await expect(pullAddress(CACHE, { ssh: receiver(said) })).rejects.toMatchObject({
        code: 'INVALID_CONFIGURATION',
        message: 'a@h:x says to pull from what is no http address',
      });
    },
  );

  it('is what is configured, where it is, without asking', async () => {
    const configured = { ...CACHE, pullUrl: 'https://x.example' };
    const ssh = { program: '/nowhere', options: [] };
    expect(await pullAddress(configured, { ssh })).toBe('https://x.example');
    expect(await pullAddress({ name: 'push alone' }, { ssh })).toBeUndefined();
  });
});
