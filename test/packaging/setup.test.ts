import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Checkout } from './checkout.ts';

const FIRST_SETUP_LIMIT_MS = 120_000; // may make an image

describe('scripts/setup', () => {
  test('does nothing and says nothing when there is nothing to do', {
    timeout: FIRST_SETUP_LIMIT_MS,
  }, async () => {
    await using checkout = await Checkout.create();
    await checkout.bringNode();
    await checkout.write('ui/index.html', '');
    await checkout.write('dist/ui/index.html', ''); // as if built: the bundlers are not among its packages
    await checkout.write('dist/main.js', '');
    const first = await checkout.run('scripts/setup', ['busybox']);
    expect(first).toMatchObject({ status: 0, stdout: '' });
    expect(first.stderr).toContain('installing the npm packages');
    expect(existsSync(join(checkout.folder, 'node_modules/local'))).toBe(true);

    expect(await checkout.run('scripts/setup', ['busybox'])).toEqual({ status: 0, stdout: '', stderr: '' });
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
