import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenedPage, openPage, PHONE } from '../support/page.ts';
import { BUSYBOX } from '../support/rig.ts';

const DESKTOP = { width: 1280, height: 800 };
const ON_ITS_SIDE = { width: PHONE.height, height: PHONE.width };

let opened: OpenedPage;

beforeAll(async () => {
  opened = await openPage({ words: ['--with-worker'] });
}, 60_000);
afterAll(async () => {
  await opened?.[Symbol.asyncDispose]();
});

/** Nothing is wrong with what is shown, in both colours, also on a phone. */
async function expectSound(path: string): Promise<void> {
  const { page } = opened;
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const size of [DESKTOP, PHONE]) {
      await page.setViewportSize(size);
      expect(await opened.faults(), `${path} ${colorScheme} ${size.width}`).toEqual([]);
      expect(await opened.overflow(), `${path} ${size.width}`).toBe(0);
      await opened.picture(`${path.replaceAll(/[^a-z]+/g, '-')}-${colorScheme}-${size.width}`);
    }
  }
  await page.setViewportSize(ON_ITS_SIDE);
  expect(await opened.overflow(), `${path} on its side`).toBe(0);
  await page.setViewportSize(DESKTOP);
}

/** Fills the form, and gives the id of the task that comes of it. */
async function createTask(fields: Readonly<Record<string, string>>): Promise<string> {
  const { page } = opened;
  for (const [label, value] of Object.entries(fields))
    await page.getByLabel(label, { exact: true }).fill(value);
  await page.getByRole('button', { name: 'Create task' }).click();
  await page.waitForURL(/\/tasks\/[A-Za-z0-9_-]{22}$/);
  return page.url().split('/').at(-1) ?? '';
}

async function queueApi(path: string, method = 'GET'): Promise<Record<string, never>> {
  const answer = await fetch(`${opened.url}/api/queue/v1${path}`, { method });
  expect(answer.status).toBe(200);
  return (await answer.json()) as Record<string, never>;
}

describe('the form of a task', { timeout: 60_000 }, () => {
  it('says at each field what has to be mended, and goes to the first one', async () => {
    const { page, complaints } = opened;
    await opened.open('/tasks/new');
    await page.getByLabel('Variables').fill('CI=true\nCI=false');
    await page.getByRole('button', { name: 'Create task' }).click();
    await page.getByText('An image is needed.').waitFor();
    await page.getByText('Line 2: “CI” is there twice.').waitFor();
    expect(await page.locator(':focus').getAttribute('name')).toBe('image');
    await expectSound('/tasks/new');
    await page.getByLabel('Image', { exact: true }).fill(BUSYBOX);
    expect(await page.getByText('An image is needed.').count()).toBe(0);
    // What was folded away is shown for its mistake, and not folded under the hands of who mends it.
    await page.getByText('More: times').click();
    await page.getByLabel('Retries').fill('99');
    await page.getByText('More: times').click();
    await page.getByRole('button', { name: 'Create task' }).click();
    await page.getByLabel('Retries').fill('9');
    expect(await page.getByLabel('Retries').isVisible()).toBe(true);
    expect(complaints).toEqual([]);
  });

  it('makes a task of fields, and the next one of that, as a definition too', async () => {
    const { page } = opened;
    await opened.open('/tasks/new');
    const first = await createTask({
      Image: BUSYBOX,
      Name: 'the first',
      Command: 'echo hello\ntrue',
      Queue: 'test/nobody',
      Variables: 'GREETING=hi there',
    });
    const payload = { env: { GREETING: 'hi there' }, command: ['sh', '-ec', 'echo hello\ntrue'] };
    expect(await queueApi(`/task/${first}`)).toMatchObject({ taskQueueId: 'test/nobody', payload });

    await opened.open(`/tasks/new?from=${first}`);
    await page.getByRole('radio', { name: 'JSON or YAML' }).check();
    const definition = JSON.parse(await page.getByLabel('Definition').inputValue());
    expect(definition).toMatchObject({ metadata: { name: 'the first' }, payload });
    const yaml = `payload: {image: '${BUSYBOX}', command: ['true'], maxRunTime: 60}\nmetadata: {name: the second}\ntaskQueueId: test/nobody`;
    await page.getByLabel('Definition').fill('payload: [');
    await page.getByRole('button', { name: 'Create task' }).click();
    await page.getByText('neither JSON nor YAML').waitFor();
    const second = await createTask({ Definition: yaml });
    expect(await queueApi(`/task/${second}`)).toMatchObject({ metadata: { name: 'the second' } });
  });

  it('shows what the server does not take', async () => {
    const { page } = opened;
    await opened.open('/tasks/new');
    await page.getByRole('radio', { name: 'JSON or YAML' }).check();
    await page.getByLabel('Definition').fill('{"payload": {}, "retries": 99, "nonsense": 1}');
    await page.getByRole('button', { name: 'Create task' }).click();
    const refusal = page.getByRole('alert');
    await refusal.getByText('The task was not created').waitFor();
    expect(await refusal.innerText()).toMatch(/retries: .*\n.*nonsense/s);
  });
});

describe('the pages of queues', { timeout: 120_000 }, () => {
  it('show what waits in its order, and that nobody takes it', async () => {
    const { page } = opened;
    await opened.open('/queues/test/nobody');
    const waiting = page.getByRole('table', { name: 'What waits' }).locator('tbody tr');
    await waiting.nth(1).waitFor();
    expect(await waiting.locator('a').allInnerTexts()).toEqual(['the first', 'the second']);
    await page.getByText('no worker takes what waits').waitFor();
    await page.getByText('slipway worker start --root-url').waitFor();
    await expectSound('/queues/test/nobody');
  });

  it('show what workers do now, and keep one from getting tasks until it may again', async () => {
    const { page, complaints } = opened;
    const before = complaints.length; // browsers complain of what a server refuses
    await opened.open('/tasks/new');
    const taskId = await createTask({ Image: BUSYBOX, Name: 'a long one', Command: 'sleep 600' });
    await opened.open('/queues');
    const running = page.getByRole('table', { name: 'What runs now' });
    await running.getByText('a long one').waitFor({ timeout: 60_000 });
    await expectSound('/queues');
    await page.getByRole('link', { name: 'local/docker' }).first().click();
    const worker = page.getByRole('table', { name: 'Workers' }).locator('tbody tr');
    await worker.getByText('a long one').waitFor();
    await worker.getByText('running', { exact: true }).waitFor();

    await worker.getByRole('button', { name: /^Quarantine/ }).click();
    await page.getByLabel('For', { exact: true }).fill('soon');
    await page.getByLabel('Why').fill('its disk is <b>full</b>');
    const confirm = page.getByRole('dialog').getByRole('button', { name: 'Quarantine' });
    await confirm.click();
    await page.getByRole('dialog').getByText('Expected a time such as').waitFor();
    await page.getByLabel('For', { exact: true }).fill('2h');
    await confirm.click();
    await worker.getByText('quarantined', { exact: true }).waitFor();
    await worker.getByText('its disk is <b>full</b>').waitFor();
    await expectSound('/queues/local/docker');

    await worker.getByRole('button', { name: 'Lift' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Lift the quarantine' }).click();
    await worker.getByText('running', { exact: true }).waitFor();
    await queueApi(`/task/${taskId}/cancel`, 'POST');
    await worker.getByText('idle', { exact: true }).waitFor({ timeout: 60_000 });
    expect(complaints.slice(before)).toEqual([]);
  });
});

describe('the pages of cache and usage', { timeout: 60_000 }, () => {
  it('are there without a cache, and where nothing was used', async () => {
    const { page } = opened;
    for (const path of ['/cache', '/usage']) {
      await opened.open(path);
      await page.locator('.skeleton').waitFor({ state: 'detached' });
      await expectSound(path);
    }
  });

  it('give usage to other programs', async () => {
    const { page } = opened;
    await opened.open('/usage?from=2026-01-01&to=2026-01-31');
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'CSV' }).click(),
    ]);
    expect(file.suggestedFilename()).toBe('usage-2026-01-01-2026-01-31.csv');
  });
});
