import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { navigate } from '../support/browser.ts';
import { makeRuntime, removeWithBuilt } from '../support/builder.ts';
import { type OpenedPage, openPage, PHONE } from '../support/page.ts';
import { openRegistry, type Registry } from '../support/registry.ts';

const DESKTOP = { width: 1280, height: 800 };

let registry: Registry;
let opened: OpenedPage;
let runtime = '';

beforeAll(async () => {
  runtime = makeRuntime();
  registry = await openRegistry();
  opened = await openPage({ words: ['--registry-host', registry.host] });
}, 90_000);
afterAll(async () => {
  await opened?.[Symbol.asyncDispose]();
  await registry?.[Symbol.asyncDispose]();
  if (runtime !== '') removeWithBuilt(runtime);
});

async function fill(fields: Readonly<Record<string, string>>): Promise<void> {
  for (const [label, value] of Object.entries(fields)) await opened.page.getByLabel(label).fill(value);
}

/** Starts a build by the form, and is on its page then. */
async function build(tag: string, file: string): Promise<void> {
  const { page } = opened;
  await opened.open('/images?new=yes');
  await page.getByLabel('Kind').selectOption('python');
  await fill({ 'Extend the image': runtime, User: 'alice', Tag: tag, 'Requirement file': file });
  await page.getByRole('button', { name: 'Start build' }).click();
  await page.waitForURL(/\/images\/[0-9a-f-]{36}$/);
}

async function expectSound(what: string): Promise<void> {
  const { page } = opened;
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const size of [DESKTOP, PHONE]) {
      await page.setViewportSize(size);
      expect(await opened.faults(), `${what} ${colorScheme} ${size.width}`).toEqual([]);
      expect(await opened.overflow(), `${what} ${size.width}`).toBe(0);
      await opened.picture(`${what}-${colorScheme}-${size.width}`);
    }
  }
  await page.setViewportSize(DESKTOP);
}

describe('the pages of images', { timeout: 120_000 }, () => {
  it('say at each field what has to be mended, whoever found it', async () => {
    const { page, complaints } = opened;
    await opened.open('/images');
    await page.getByText('No image was built here yet.').waitFor();
    await page.getByRole('button', { name: 'New build' }).click();
    await page.getByRole('button', { name: 'Start build' }).click();
    await page.getByText('A user is needed').waitFor();
    expect(await page.locator(':focus').getAttribute('name')).toBe('source');
    expect(complaints).toEqual([]);
    await expectSound('images-form');
    // The kind is known by the name of the file; what is in it is for the server to look at.
    await page.locator('input[type=file]').setInputFiles({
      name: 'package.json',
      mimeType: 'application/json',
      buffer: Buffer.from('{"dependencies": '),
    });
    await expect.poll(() => page.getByLabel('Kind').inputValue()).toBe('nodejs');
    await fill({ 'Extend the image': runtime, User: 'alice', Tag: 'broken' });
    await page.getByRole('button', { name: 'Start build' }).click();
    await page.getByText(/^package\.json:1:\d+: /).waitFor();
    expect(await page.getByLabel('Requirement file').getAttribute('aria-invalid')).toBe('true');
  });

  it('show a build while it goes on and what came of it, and build it anew', async () => {
    const { page } = opened;
    await build('kept', `# run: echo 'installing <b>all</b>'\nsome-package==1.0`);
    await page.getByText('succeeded', { exact: true }).waitFor({ timeout: 90_000 });
    await page.getByText('installing <b>all</b>').first().waitFor();
    await page.getByText(`docker pull ${registry.host}/alice@sha256:`).waitFor();
    await page.getByText('Added by this build').waitFor();
    await expectSound('image');
    await page.getByRole('link', { name: 'Build again' }).click();
    // What was typed here is there again; the server keeps no requirement file.
    expect(await page.getByLabel('Requirement file').inputValue()).toContain('some-package==1.0');
    expect(await page.getByLabel('Build anew').isChecked()).toBe(true);
    await navigate(() => page.reload());
    await page.getByText('Its requirement file is to be given again').waitFor();
    expect(await page.getByLabel('Tag').inputValue()).toBe('kept');
  });

  it('end a build that somebody cancels', async () => {
    const { page } = opened;
    await build('long', '# run: echo begun; sleep 600');
    await page.getByText('begun').last().waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: 'Cancel build' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel build' }).click();
    await page.getByText('cancelled', { exact: true }).first().waitFor({ timeout: 60_000 });
    await opened.open('/images?state=cancelled');
    await page.getByRole('link', { name: 'alice:long' }).waitFor();
    expect(await page.locator('tbody tr').count()).toBe(1);
    await expectSound('images');
  });
});
