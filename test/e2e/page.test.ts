import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Response } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtPageFolder } from '../../src/page/index.ts';
import type { PageSession } from '../../src/page/wire.ts';
import { newTaskId } from '../../src/queue-api/index.ts';
import { navigate } from '../support/browser.ts';
import { keepRun } from '../support/kept-runs.ts';
import { type OpenedPage, openPage, PHONE } from '../support/page.ts';

const TOKEN = 'a-token-for-this-test-only';
const CLIENTS = [{ clientId: 'ada', accessToken: TOKEN, role: 'admin' }];
const DESKTOP = { width: 1000, height: 800 };

const PAGES = ['/', '/runs', '/tasks', '/sign-in'];

const definition = (name: string) => ({
  taskQueueId: 'test/docker',
  created: new Date().toISOString(),
  deadline: new Date(Date.now() + 3_600_000).toISOString(),
  payload: {},
  metadata: { name, description: 'd', owner: 'o', source: 'https://example.com' },
});

/** One call of the Queue API on a server that is open to this machine. */
async function call(url: string, method: string, path: string, body: object): Promise<Record<string, never>> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${url}/api/queue/v1${path}`, { method, headers, body: JSON.stringify(body) });
  expect(answer.status, path).toBe(200);
  return (await answer.json()) as Record<string, never>;
}

async function createTask(url: string, name: string): Promise<string> {
  const taskId = newTaskId();
  await call(url, 'PUT', `/task/${taskId}`, definition(name));
  return taskId;
}

describe('the web page of a server that is open to this machine', () => {
  let opened: OpenedPage;

  beforeAll(async () => {
    opened = await openPage();
  });

  afterAll(async () => {
    await opened[Symbol.asyncDispose]();
  });

  it('says on an empty server how it is not empty any more', async () => {
    const { page, rig, complaints } = opened;
    await opened.open('/');
    await page.getByText('Three commands change that').waitFor();
    const commands = await page.locator('.first-steps pre').allInnerTexts();
    expect(commands.map((text) => text.split(' ').slice(0, 3).join(' '))).toEqual([
      'slipway worker start',
      'slipway init',
      'slipway submit build',
    ]);
    expect(complaints).toEqual([]);
    await keepRun(rig, 'run-that-passed', 1, { application: { id: 'shop', name: 'shop' } });
    const message = 'the step <b>"push"</b> ended with 1';
    await keepRun(rig, 'run-that-failed', 2, { pipeline: 'deploy', result: 'failed', message });
    await opened.open('/');
    await page.getByText(message).waitFor();
  });

  it('shows each page in light, dark and on a phone without a fault, and nothing that its policy forbids', async () => {
    const { page, complaints } = opened;
    await createTask(
      opened.url,
      'a task with a name that is long enough to need more than one line on a phone',
    );
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const size of [DESKTOP, PHONE]) {
        await page.setViewportSize(size);
        for (const path of PAGES) {
          await opened.open(path);
          await page.locator('.skeleton').waitFor({ state: 'detached' });
          const where = `${path} ${colorScheme} ${size.width}`;
          expect(await opened.faults(), where).toEqual([]);
          expect(await opened.overflow(), where).toBe(0);
          await opened.picture(`${path.replace('/', '') || 'overview'}-${colorScheme}-${size.width}`);
        }
      }
    }
    await page.setViewportSize(DESKTOP);
    expect(complaints).toEqual([]);
  });

  it('needs less than 100 kB of scripts for a first view, all of them its own and packed', async () => {
    const { page, url } = opened;
    const taskId = await createTask(url, 'one whose log is looked at');
    await call(url, 'POST', '/claim-work/test%2Fdocker', { workerGroup: 'g', workerId: 'w', tasks: 32 });
    const others = ['/runs/run-that-passed', '/queues', '/cache', '/images', '/usage', `/tasks/${taskId}`];
    for (const path of [...PAGES, ...others]) {
      const scripts: Response[] = [];
      // Those of threads are among them.
      const note = (response: Response): void => {
        if (response.url().endsWith('.js')) scripts.push(response);
      };
      page.context().on('response', note);
      await opened.open(path);
      if (path.endsWith(taskId)) await page.getByRole('toolbar', { name: 'Log' }).waitFor();
      page.context().off('response', note);
      const names = new Set(scripts.map((script) => script.url()));
      const sizesOf = (urls: readonly string[], packed: '' | '.gz'): number =>
        urls
          .map((name) => statSync(join(builtPageFolder(), `${new URL(name).pathname}${packed}`)).size)
          .reduce((sum, size) => sum + size, 0);
      expect(names.size, path).toBeGreaterThan(0);
      expect(sizesOf([...names], ''), path).toBeLessThan(100_000);
      expect(sizesOf([...names], '.gz'), path).toBeLessThan(50_000);
      for (const script of scripts) {
        expect(script.url()).toContain(`${url}/assets/`);
        expect(script.headers()['content-encoding']).toMatch(/^(?:br|gzip)$/);
      }
    }
  });

  it('shows what changes without being loaded again', async () => {
    const { page, url } = opened;
    await opened.open('/tasks');
    await page.locator('.live-live').first().waitFor();
    await page.evaluate('window.wasLoadedOnce = true');
    const taskId = await createTask(url, 'created while somebody looks');
    const row = page.locator('tr', { hasText: 'created while somebody looks' });
    await row.getByText('pending', { exact: true }).waitFor();
    const worker = { workerGroup: 'group', workerId: 'the-worker', tasks: 32 };
    await call(url, 'POST', '/claim-work/test%2Fdocker', worker);
    await row.getByText('running', { exact: true }).waitFor();
    await row.getByText('the-worker').waitFor();
    await call(url, 'POST', `/task/${taskId}/runs/0/failed`, {});
    await row.getByText('failed', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Overview', exact: true }).click();
    await page
      .locator('section', { hasText: 'Failed lately' })
      .getByText('created while somebody looks')
      .waitFor();
    expect(await page.evaluate('window.wasLoadedOnce')).toBe(true);
  });

  it('filters lists by their address, and shows names as the texts that they are', async () => {
    const { page } = opened;
    await opened.open('/runs?result=failed');
    await page.getByText('the step <b>"push"</b> ended with 1').waitFor();
    expect(await page.locator('tbody tr').count()).toBe(1);
    await page.getByLabel('Result').selectOption('');
    await page.getByRole('link', { name: 'shop: build' }).waitFor();
    expect(new URL(page.url()).search).toBe('');
    await page.getByRole('searchbox').fill('SHOP buil');
    await page.waitForURL(/\?text=SHOP\+buil$/);
    await page.locator('tbody tr', { hasText: 'app: deploy' }).waitFor({ state: 'detached' });
    expect(await page.locator('tbody tr').count()).toBe(1);
    await page.getByRole('searchbox').fill('nothing like this');
    await page.getByText('No run is like this.').waitFor();
  });

  it('is gone through by keys alone', async () => {
    const { page } = opened;
    await opened.open('/runs');
    await page.locator('tbody tr').first().waitFor();
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').innerText()).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    expect(await page.locator(':focus').getAttribute('id')).toBe('content');
    // Of two rows, of which the one that was written last is the first.
    for (const key of ['j', 'j', 'j', 'k']) await page.keyboard.press(key);
    expect(await page.locator(':focus').innerText()).toContain('app: deploy');
    await page.keyboard.press('Enter');
    await page.waitForURL('**/runs/run-that-failed');
    await page.goBack();
    await page.locator('tbody tr').first().waitFor();
    await page.keyboard.press('/');
    expect(await page.locator(':focus').getAttribute('type')).toBe('search');
    await page.keyboard.type('j?');
    expect(await page.getByRole('searchbox').inputValue()).toBe('j?');
    await page.keyboard.press('Escape');
    await page.keyboard.press('?');
    await page.getByRole('dialog').getByText('Next row').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('g');
    await page.keyboard.press('t');
    await page.waitForURL('**/tasks');
    expect(await page.locator('[aria-current=page]').innerText()).toBe('Tasks');
  });

  it('keeps the colours that somebody chose', async () => {
    const { page } = opened;
    await page.emulateMedia({ colorScheme: 'light' });
    await opened.open('/runs');
    const ground = (): Promise<string> =>
      page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
    const light = await ground();
    await page.getByRole('button', { name: 'Dark colours' }).click();
    const dark = await ground();
    expect(dark).not.toBe(light);
    await opened.open('/tasks');
    expect(await ground()).toBe(dark);
    await page.getByRole('button', { name: 'Colours as the system has them' }).click();
    expect(await ground()).toBe(light);
  });

  it('has a menu on a phone that leads on and is shut then', async () => {
    const { page } = opened;
    await page.setViewportSize(PHONE);
    await opened.open('/runs');
    const link = page.getByRole('link', { name: 'Tasks', exact: true });
    expect(await link.isVisible()).toBe(false);
    await page.getByRole('button', { name: 'Menu' }).click();
    await link.click();
    await page.waitForURL('**/tasks');
    await link.waitFor({ state: 'hidden' });
    await page.setViewportSize(DESKTOP);
  });

  it('says where nothing is, and what an address of no page does not find', async () => {
    const { page, url } = opened;
    await opened.open('/tasks/not-a-task');
    await page.getByRole('alert').first().waitFor();
    const html = { accept: 'text/html' };
    expect((await fetch(`${url}/nothing/like/this`, { headers: html })).status).toBe(404);
    await opened.open('/nothing/like/this');
    await page.getByText('There is no page at /nothing/like/this.').waitFor();
    expect((await fetch(`${url}/config`, { headers: html })).headers.get('slipway-cache')).toBe('1');
  });
});

/** Whether the session of these cookies is none any more, whoever has kept them. */
async function hasEnded(
  { url }: OpenedPage,
  cookies: readonly { readonly name: string; readonly value: string }[],
): Promise<boolean> {
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  const answer = await fetch(`${url}/api/slipway/v1/session`, { headers: { cookie } });
  return ((await answer.json()) as PageSession).clientId === 'anonymous';
}

describe('the web page of a server that people sign in to', () => {
  let opened: OpenedPage;
  beforeAll(async () => {
    opened = await openPage({ clients: CLIENTS });
  });
  afterAll(async () => {
    await opened[Symbol.asyncDispose]();
  });

  it('asks who looks, leads back to where they were, and forgets them when they leave', async () => {
    const { page } = opened;
    await opened.open('/tasks?state=failed');
    await page.waitForURL((address) => address.pathname === '/sign-in');
    await page.getByLabel('Client').fill('ada');
    await page.getByLabel('Access token').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('knows no such client with this token').waitFor();
    await page.getByLabel('Access token').fill(TOKEN);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL('**/tasks?state=failed');
    await page.getByText('No task is like this.').waitFor();
    await navigate(() => page.reload());
    await page.getByText('No task is like this.').waitFor();
    const cookies = await page.context().cookies();
    expect(cookies).toMatchObject([{ httpOnly: true, sameSite: 'Strict' }]);
    expect(JSON.stringify(cookies)).not.toContain(TOKEN);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL((address) => address.pathname === '/sign-in');
    await opened.open('/runs');
    await page.waitForURL((address) => address.pathname === '/sign-in');
    expect(await hasEnded(opened, cookies)).toBe(true);
  });

  it('shows where somebody is signed in, and ends one of these sessions, or all', async () => {
    const { page } = opened;
    await opened.signIn('ada', TOKEN);
    const elsewhere = await page.context().cookies();
    await page.context().clearCookies();
    await opened.signIn('ada', TOKEN);
    await page.getByRole('link', { name: 'ada' }).click();
    await page.getByText('this one').waitFor();
    expect(await page.locator('tbody tr').count()).toBe(2);
    expect(await opened.faults()).toEqual([]);
    await opened.picture('sessions');
    await page.setViewportSize(PHONE);
    expect([await opened.overflow(), await opened.faults()]).toEqual([0, []]);
    await opened.picture('sessions-phone');
    await page.setViewportSize(DESKTOP);
    await page.getByRole('button', { name: 'End', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'End session' }).click();
    await expect.poll(() => page.locator('tbody tr').count()).toBe(1);
    expect(await hasEnded(opened, elsewhere)).toBe(true);
    await opened.open('/tasks/new');
    await page.getByLabel('Image', { exact: true }).fill('busybox');
    await page.getByLabel('Command', { exact: true }).fill('echo what took long to write');
    const own = await page.context().cookies();
    await page.context().clearCookies(); // as when a session is over
    await page.getByRole('button', { name: 'Create task' }).click();
    await page.waitForURL((address) => address.pathname === '/sign-in');
    await page.getByLabel('Client').fill('ada');
    await page.getByLabel('Access token').fill(TOKEN);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL('**/tasks/new');
    await expect
      .poll(() => page.getByLabel('Command', { exact: true }).inputValue())
      .toBe('echo what took long to write');
    expect(await page.getByRole('alert').count()).toBe(0);
    await page.getByRole('link', { name: 'ada' }).click();
    await page.getByText('this one').waitFor();
    await page.getByRole('button', { name: 'Sign out everywhere' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere' }).click();
    await page.waitForURL((address) => address.pathname === '/sign-in');
    expect(await hasEnded(opened, own)).toBe(true);
  });
});
