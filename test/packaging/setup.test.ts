import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Checkout } from './checkout.ts';

const FIRST_SETUP_LIMIT_MS = 120_000; // may make an image
const SECOND_SETUP_LIMIT_MS = 3_000; // takes 0.3 s; a machine busy with other tests takes longer

describe('scripts/setup', () => {
  test('is quick and silent when there is nothing to do', { timeout: FIRST_SETUP_LIMIT_MS }, async () => {
    await using checkout = await Checkout.create();
    await checkout.bringNode();
    const first = await checkout.run('scripts/setup', ['busybox']);
    expect(first).toMatchObject({ status: 0, stdout: '' });
    expect(first.stderr).toContain('installing the npm packages');
    expect(existsSync(join(checkout.folder, 'node_modules/local'))).toBe(true);

    const startedAt = performance.now();
    expect(await checkout.run('scripts/setup', ['busybox'])).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(performance.now() - startedAt).toBeLessThan(SECOND_SETUP_LIMIT_MS);
  });

  test('installs the npm packages again when the lock file has changed', async () => {
    await using checkout = await Checkout.create();
    await checkout.bringNode();
    expect(await checkout.run('scripts/setup-deps')).toMatchObject({ status: 0 });
    await checkout.write('package-lock.json', '{}');
    const outcome = await checkout.run('scripts/setup-deps');
    expect(outcome.status).toBe(1);
    expect(outcome.stderr).toContain('`npm ci` failed (see above)');
  });
});

describe('scripts/setup-images', () => {
  test('refuses a name that is none of its images', async () => {
    await using checkout = await Checkout.create();
    const outcome = await checkout.run('scripts/setup-images', ['busybox', 'windows']);
    expect(outcome).toMatchObject({ status: 1, stdout: '' });
    expect(outcome.stderr).toMatch(/^set-up: There is no local image "windows": name some of busybox httpd/);
  });
});
