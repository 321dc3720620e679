import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type OpenedPage, openPage } from '../support/page.ts';
import { BUSYBOX } from '../support/rig.ts';

const TOKEN = 'the-token-of-who-has-no-mouse';
const MOST_TABS = 80;

let opened: OpenedPage;

beforeAll(async () => {
  opened = await openPage({
    clients: [{ clientId: 'ada', accessToken: TOKEN, role: 'operator' }],
    words: ['--with-worker'],
  });
}, 60_000);
afterAll(async () => {
  await opened?.[Symbol.asyncDispose]();
});

const hasFocus = (target: Locator): Promise<boolean> =>
  target.evaluate((element) => element === element.ownerDocument.activeElement);

/** Goes on with Tab until something has the focus, and sees that the focus can be seen. */
async function tabTo(target: Locator): Promise<void> {
  await target.waitFor();
  const { keyboard } = opened.page;
  for (let tabs = 0; tabs < MOST_TABS; tabs += 1) {
    if (await hasFocus(target)) {
      expect(await target.evaluate((element) => element.matches(':focus-visible'))).toBe(true);
      return;
    }
    await keyboard.press('Tab');
  }
  throw new Error(`${MOST_TABS} tabs did not lead to ${String(target)}`);
}

/** Presses a button, and answers the question that it asks with another one. */
async function pressAndAnswer(button: string, answer: string): Promise<void> {
  const { page } = opened;
  await tabTo(page.getByRole('button', { name: button, exact: true }));
  await page.keyboard.press('Enter');
  await tabTo(page.getByRole('dialog').getByRole('button', { name: answer }));
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

it('signs in, starts a task, follows it, cancels it and runs it again without a mouse', async () => {
  const { page, complaints } = opened;
  const { keyboard } = page;
  await opened.open('/tasks');
  await page.waitForURL((address) => address.pathname === '/sign-in');
  await tabTo(page.getByLabel('Client'));
  await keyboard.type('ada');
  await tabTo(page.getByLabel('Access token'));
  await keyboard.type(TOKEN);
  await keyboard.press('Enter');
  await page.waitForURL((address) => address.pathname === '/tasks');

  await tabTo(page.getByRole('link', { name: 'New task' }));
  await keyboard.press('Enter');
  await tabTo(page.getByLabel('Image', { exact: true }));
  await keyboard.type(BUSYBOX);
  await tabTo(page.getByLabel('Command', { exact: true }));
  await keyboard.type('echo the first line; sleep 600');
  await keyboard.press('Control+Enter');
  await page.waitForURL(/\/tasks\/[A-Za-z0-9_-]{22}$/);

  await page.getByText('the first line', { exact: true }).first().waitFor({ timeout: 60_000 });
  await tabTo(page.getByRole('button', { name: 'Cancel', exact: true }));
  await keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await pressAndAnswer('Cancel', 'Cancel task');
  await page.locator('.badge', { hasText: 'exception' }).first().waitFor();

  await pressAndAnswer('Run again', 'Run again');
  await page.locator('.badge', { hasText: 'running' }).first().waitFor({ timeout: 60_000 });
  await pressAndAnswer('Cancel', 'Cancel task');
  await page.locator('.badge', { hasText: 'exception' }).first().waitFor();
  expect(complaints.filter((text) => !text.includes('401'))).toEqual([]);
}, 120_000);
