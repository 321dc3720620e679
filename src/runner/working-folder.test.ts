import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { currentOwner } from '../kernel/index.ts';
import { removeTemporaries } from './working-folder.ts';

describe('removing temporary folders', () => {
  const living = `${hostname()},${currentOwner().process},aaaa`;
  const killed = `${hostname()},another-boot.1.1.1,bbbb`;
  const elsewhere = 'elsewhere,another-boot.1.1.1,cccc';
  let root = '';
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'slipway-working-'));
    for (const name of [living, killed, elsewhere]) {
      mkdirSync(join(root, 'tmp', name), { recursive: true });
      writeFileSync(join(root, 'tmp', name, 'file'), '');
    }
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('takes those of killed runs, and leaves those of runs that go on or are on another machine', async () => {
    expect(await removeTemporaries(root)).toBe(1);
    expect(readdirSync(join(root, 'tmp')).sort()).toEqual([elsewhere, living].sort());
    expect(await removeTemporaries(root)).toBe(0);
  });

  it('takes every one of them when it is asked to', async () => {
    expect(await removeTemporaries(root, { all: true })).toBe(3);
    expect(readdirSync(join(root, 'tmp'))).toEqual([]);
  });

  it('finds nothing where no run ever was', async () => {
    expect(await removeTemporaries(join(root, 'nowhere'), { all: true })).toBe(0);
  });
});
