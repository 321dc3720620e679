import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenedPage, openPage, PHONE } from '../support/page.ts';
import { type PlayedQueue, playPipeline, playQueue, playedStep as step } from '../support/page-tasks.ts';

let opened: OpenedPage;
let queue: PlayedQueue;

beforeAll(async () => {
  opened = await openPage();
  queue = playQueue(opened.url);
});
afterAll(async () => {
  await opened[Symbol.asyncDispose]();
});

const named = (name: string, fields: object = {}): Readonly<Record<string, unknown>> => ({
  metadata: {
    name,
    description: 'what it does',
    owner: 'me@example.com',
    source: 'git@example.com:me/it.git',
  },
  ...fields,
});

describe('the page of a task', { timeout: 120_000 }, () => {
  it('shows steps as they come, each with its part of the log', async () => {
    const { page } = opened;
    const task = await playPipeline(queue, named('a build'));
    task.happens('run-started', 0, {});
    task.happens('run-planned', 1_000, { steps: [step('install'), step('test')] });
    task.happens('step-started', 1_000, step('install'));
    task.print('added one\nadded two\n');
    await opened.open(`/tasks/${task.taskId}`);
    const head = (name: string) => page.locator('.step-head').filter({ hasText: name });
    await expect.poll(() => head('install').getAttribute('aria-expanded')).toBe('true');
    await page.getByLabel('Log of install, lines').getByText('added two').waitFor();
    expect(await head('test').textContent()).toContain('pending');

    task.happens('step-finished', 9_000, step('install', { result: 'passed', durationMs: 8_000 }));
    task.happens('step-started', 9_000, step('test'));
    task.print('works\nbreaks\n');
    await expect.poll(() => head('install').textContent()).toContain('passed8.0 s');
    await expect.poll(() => head('install').getAttribute('aria-expanded')).toBe('false');
    const lines = page.getByLabel('Log of test, lines').locator('.log-row');
    await expect.poll(() => lines.allTextContents()).toEqual(['3works', '4breaks']);

    task.happens(
      'step-finished',
      12_000,
      step('test', { result: 'failed', durationMs: 3_000, message: 'exit code 1' }),
    );
    task.happens('run-finished', 12_500, { result: 'failed' });
    await task.end();
    await page.getByText('exit code 1').waitFor();
    await expect.poll(() => page.locator('h1 + *, .page-title').first().textContent()).toContain('failed');
    await head('install').click();
    const installed = page.getByLabel('Log of install, lines').locator('.log-row');
    await expect.poll(() => installed.allTextContents()).toEqual(['1added one', '2added two']);
    expect(await opened.faults()).toEqual([]);
    await opened.picture('task-steps');

    await page.getByRole('link', { name: 'Timeline' }).click();
    const bars = page.locator('.timeline-row');
    await expect
      .poll(() => bars.allTextContents())
      .toEqual([
        'install8.0 s, passed, began 0 ms after the start',
        'test3.0 s, failed, began 8.0 s after the start',
      ]);
    expect(await opened.faults()).toEqual([]);
  });

  it('lets who may cancel it, run it again, and make another of it', async () => {
    const { page } = opened;
    const taskId = await queue.create(named('to be canceled'));
    await opened.open(`/tasks/${taskId}`);
    await page
      .getByText('It waits for a worker')
      .or(page.getByText('This run has not begun'))
      .first()
      .waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Cancel task' }).click();
    await page.locator('.page-title').getByText('exception').waitFor();
    expect(await page.locator('.page-title').textContent()).toContain('canceled');

    await page.getByRole('button', { name: 'Run again' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Run again' }).click();
    await page.locator('.page-title').getByText('pending').waitFor();
    await page.getByRole('link', { name: /^Run 0/ }).waitFor();
    await queue.claim();
    await page.locator('.page-title').getByText('running').waitFor(); // told by the server
    expect(await page.getByRole('link', { name: 'Edit and create' }).getAttribute('href')).toBe(
      `/tasks/new?from=${taskId}`,
    );

    await page.getByRole('link', { name: 'Definition' }).click();
    await page.getByText('what it does').waitFor();
    expect(await page.getByRole('link', { name: 'git@' }).count()).toBe(0);
    expect(await opened.faults()).toEqual([]);
  });

  it('lists what a run left, and leads to it', async () => {
    const { page } = opened;
    const taskId = await queue.create(named('with artifacts'));
    await queue.claim();
    const name = 'public/a folder/<b>.txt';
    const path = `/api/queue/v1/task/${taskId}/runs/0/artifacts/${encodeURIComponent(name)}`;
    const { putUrl } = await queue.call('POST', path, {
      storageType: 's3',
      contentType: 'text/plain',
      expires: new Date(Date.now() + 600_000).toISOString(),
    });
    await fetch(String(putUrl), { method: 'PUT', headers: { 'content-type': 'text/plain' }, body: 'made' });
    await queue.writeLog(taskId, 'done\n');
    await queue.resolve(taskId);
    await opened.open(`/tasks/${taskId}?view=artifacts`);
    const link = page.getByRole('link', { name });
    const href = await link.getAttribute('href');
    expect(await (await fetch(opened.url + href)).text()).toBe('made');
    expect(await opened.faults()).toEqual([]);
  });

  it('says that there is none', async () => {
    await opened.open('/tasks/AAAAAAAAQACAAAAAAAAAAA');
    await opened.page.getByRole('alert').getByText('There is no task').waitFor();
  });
});

describe('the page of a group', { timeout: 120_000 }, () => {
  it('draws what waits for what, lists it, and shows when it ran', async () => {
    const { page } = opened;
    const group = await queue.create(named('decide'));
    const waiting = (name: string, ...dependencies: string[]) =>
      queue.create(named(name, { taskGroupId: group, dependencies }));
    const build = await waiting('build', group);
    const last = await waiting('test', group, build);
    await queue.claim();
    await queue.resolve(group);
    await opened.open(`/groups/${group}`);
    const nodes = page.locator('.graph-node');
    await expect
      .poll(() => nodes.allTextContents())
      .toEqual(['decidedecidecompleted', 'buildbuildpending', 'testtestunscheduled']);
    await queue.claim();
    await expect.poll(async () => (await nodes.allTextContents())[1]).toBe('buildbuildrunning'); // told by the server
    await queue.resolve(build);
    await expect.poll(async () => (await nodes.allTextContents())[2]).toBe('testtestpending');
    expect(await opened.faults()).toEqual([]);
    await opened.picture('group-graph');

    await nodes.nth(2).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/tasks/${last}`);
    await page.getByRole('link', { name: 'Group', exact: true }).click();
    await page.getByRole('link', { name: 'Timeline' }).click();
    await expect
      .poll(() => page.locator('.timeline-name').allTextContents())
      .toEqual(['decide', 'build', 'test']);
    await page.getByRole('link', { name: /^Tasks \d/ }).click();
    await page.getByRole('cell', { name: 'build' }).first().waitFor();
    expect(await opened.faults()).toEqual([]);
    await page.setViewportSize(PHONE);
    expect(await opened.overflow()).toBeLessThanOrEqual(0);
    expect(await opened.faults()).toEqual([]);
    await page.setViewportSize({ width: 1000, height: 800 });

    await page.getByRole('button', { name: 'Cancel group' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel group' }).click();
    await page.getByText('sealed').waitFor();
    await page.getByText('exception').first().waitFor();
    expect(await page.getByRole('link', { name: 'Add a task' }).count()).toBe(0);
    expect(opened.complaints.filter((text) => !text.includes('404'))).toEqual([]);
  });
});
