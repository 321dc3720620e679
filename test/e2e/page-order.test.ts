import { randomInt } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type OpenedPage, openPage } from '../support/page.ts';
import { type PlayedQueue, playedStep, playPipeline, playQueue } from '../support/page-tasks.ts';

// An order that never was: its number is in the title of what fails.
const SEED = Number(process.env['SLIPWAY_SEED'] ?? randomInt(2 ** 31));
const MOST_MS = 300;

let opened: OpenedPage;
let queue: PlayedQueue;

beforeAll(async () => {
  opened = await openPage();
  queue = playQueue(opened.url);
});
afterAll(async () => {
  await opened[Symbol.asyncDispose]();
});
afterEach(async () => {
  await opened.page.unrouteAll({ behavior: 'ignoreErrors' });
});

/** Gives numbers from 0 to 1, for a seed always the same ones (a linear congruence: nothing hangs on their quality). */
function randomOf(seed: number): () => number {
  let state = seed % 2_147_483_647 || 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/** From now on everything that the page asks for comes as late as chance will have it: parts, styles, threads, answers, events. */
async function shuffle(): Promise<() => number> {
  const random = randomOf(SEED);
  await opened.page.route('**/*', async (route) => {
    await setTimeout(random() * MOST_MS);
    await route.continue().catch(() => {}); // the page may have been left
  });
  return random;
}

const viewOf = (log: string): Locator => opened.page.getByLabel(`${log}, lines`);
const isSeen = (place: Locator): Promise<boolean> =>
  place.evaluate((element) => {
    const [own, frame] = [element, element.closest('.log-view')].map((each) => each?.getBoundingClientRect());
    if (own === undefined || frame === undefined) return false;
    return own.top >= frame.top - 1 && own.bottom <= frame.bottom + 1 && own.left < frame.right;
  });
const numbered = (count: number): string =>
  Array.from({ length: count }, (_, at) => `line ${at + 1}\n`).join('');

describe(`whatever comes first (SLIPWAY_SEED=${SEED}), the page`, { timeout: 120_000 }, () => {
  it('shows a run that ends while its page comes, whole and once', async () => {
    const { page } = opened;
    const random = await shuffle();
    const task = await playPipeline(queue);
    task.happens('run-planned', 0, { steps: [playedStep('install'), playedStep('test')] });
    task.happens('step-started', 0, playedStep('install'));
    task.print('added one\n');
    const opening = opened.open(`/tasks/${task.taskId}`);
    await setTimeout(random() * 2 * MOST_MS);
    task.happens('step-finished', 1_000, playedStep('install', { result: 'passed', durationMs: 1_000 }));
    task.happens('step-started', 1_000, playedStep('test'));
    task.print('works\n');
    await setTimeout(random() * MOST_MS);
    task.print('breaks\n');
    task.happens('step-finished', 2_000, playedStep('test', { result: 'failed', message: 'exit code 1' }));
    task.happens('run-finished', 2_000, { result: 'failed' });
    await task.end();
    await opening;
    await page.locator('.page-title').getByText('failed').waitFor();
    await expect
      .poll(() => viewOf('Log of test').locator('.log-row').allTextContents())
      .toEqual(['2works', '3breaks']);
    expect(await page.locator('.step').count()).toBe(2);
  });

  it('shows the page that was asked for last, and nothing of those before', async () => {
    const { page } = opened;
    const random = await shuffle();
    await opened.open('/tasks/new');
    await page.getByLabel('Image', { exact: true }).fill('busybox');
    const created = page.waitForResponse((response) => response.request().method() === 'PUT');
    await page.getByRole('button', { name: 'Create task' }).click();
    const sections = ['Queues', 'Runs', 'Tasks', 'Usage', 'Images'];
    const menu = page.getByRole('navigation', { name: 'Pages' });
    const seen: string[] = ['New task'];
    for (let step = 0; step < 12; step += 1) {
      const section = sections[Math.floor(random() * sections.length)] ?? '';
      if (section === seen.at(-1)) continue;
      await menu.getByRole('link', { name: section, exact: true }).click();
      seen.push(section);
      await setTimeout(random() * 60);
    }
    for (let back = 0; back < 3; back += 1) {
      await page.evaluate('history.back()');
      seen.pop();
      await setTimeout(random() * 60);
    }
    await created;
    const last = seen.at(-1) ?? '';
    await page.getByRole('heading', { level: 1, name: last }).waitFor();
    await setTimeout(MOST_MS); // what may still be on its way
    expect(await page.locator('h1').allTextContents()).toEqual([last]);
    expect(new URL(page.url()).pathname).toBe(`/${last.toLowerCase()}`);
    expect(await page.getByRole('alert').count()).toBe(0);
  });

  it('leads to the line of a link, and to what is found for who does not wait for it', async () => {
    const { page } = opened;
    await shuffle();
    const taskId = await queue.create();
    await queue.claim();
    await queue.writeLog(taskId, `${numbered(20_000)}${'-'.repeat(3_000)} needle\n${numbered(5_000)}`);
    await queue.resolve(taskId);
    await opened.open(`/tasks/${taskId}#L12000`);
    const view = viewOf('Log of the task');
    const line = view.locator('.log-row.is-selected');
    await expect.poll(() => isSeen(line)).toBe(true);
    await page.keyboard.press('/');
    await page.keyboard.type('needle');
    await page.keyboard.press('Enter');
    await expect.poll(() => isSeen(view.locator('.log-hit.is-current'))).toBe(true);
    expect(await page.locator('.log-count').textContent()).toBe('1 of 1');
  });

  it.each(['js', 'css'])(
    'has its parts, though no .%s of them came when it was asked for first',
    async (kind) => {
      const { page } = opened;
      let documents = 0;
      await page.route('**/tasks/*', async (route) => {
        if (route.request().isNavigationRequest()) documents += 1;
        await route.continue();
      });
      await page.route(/\/assets\/(?:task|log-view|views)-.*\.(?:js|css)$/, async (route) => {
        const isCut = documents < 2 && new URL(route.request().url()).pathname.endsWith(kind);
        await (isCut ? route.abort('connectionreset') : route.continue());
      });
      await opened.open(`/tasks/${await queue.create()}`);
      await page.getByRole('navigation', { name: 'Views of the task' }).waitFor();
      expect(documents).toBeGreaterThan(1); // and again where the network of the machine changes meanwhile
      const styles = '[...document.styleSheets].filter(({ href }) => /\\b(task|views)-/.test(href)).length';
      await expect.poll(() => page.evaluate(styles)).toBeGreaterThan(0);
    },
  );

  it('says that a part does not come, and does not load itself anew for ever', async () => {
    const { page } = opened;
    await page.route(/\/assets\/task-.*\.js$/, (route) => route.abort('connectionreset'));
    await opened.open(`/tasks/${await queue.create()}`);
    await page.getByRole('heading', { name: 'Not loaded' }).waitFor();
    await page.getByRole('button', { name: 'Load again' }).waitFor();
  });
});
