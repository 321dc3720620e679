import { setTimeout } from 'node:timers/promises';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenedPage, openPage } from '../support/page.ts';
import { type PlayedQueue, playQueue } from '../support/page-tasks.ts';

let opened: OpenedPage;
let queue: PlayedQueue;

beforeAll(async () => {
  opened = await openPage();
  queue = playQueue(opened.url);
});
afterAll(async () => {
  await opened[Symbol.asyncDispose]();
});

/** A task that a played worker runs. */
async function running(): Promise<string> {
  const taskId = await queue.create();
  await queue.claim();
  return taskId;
}

/** A task that has ended, with this log. */
async function ended(log: string | Uint8Array): Promise<string> {
  const taskId = await running();
  await queue.writeLog(taskId, log);
  await queue.resolve(taskId);
  return taskId;
}

const view = (): Locator => opened.page.getByLabel('Log of the task, lines');
const row = (number: number): Locator =>
  view()
    .locator('.log-row')
    .filter({ has: opened.page.getByRole('link', { name: String(number), exact: true }) });
const textOf = (number: number): Promise<string | null> => row(number).locator('.log-text').textContent();
const numbered = (count: number): string =>
  Array.from({ length: count }, (_, at) => `line ${at + 1}\n`).join('');
const isSeen = (number: number): Promise<boolean> =>
  row(number).evaluate((element) => {
    const place = element.getBoundingClientRect();
    const frame = element.closest('.log-view')?.getBoundingClientRect();
    return frame !== undefined && place.top >= frame.top - 1 && place.bottom <= frame.bottom + 1;
  });

describe('the log of a task on the page', { timeout: 120_000 }, () => {
  it('shows bytes that are HTML, sequences or no text at all as what they are, and does nothing of it', async () => {
    const before = opened.complaints.length;
    const hostile = Buffer.concat([
      Buffer.from('<script>document.title = "owned"</script><img src=x onerror="document.title=1">\n'),
      Buffer.from(
        '\x1b]0;owned\x07\x1b]8;;javascript:alert(1)\x1b\\link\x1b]8;;\x1b\\ \x1b[2J\x1b[31mred\x1b[0m\n',
      ),
      Buffer.from('user\u202egnp.exe \u200bzero\n'),
      Buffer.from([0x61, 0xff, 0xfe, 0x00, 0x62, 0x0a]),
      Buffer.from('10 %\r60 %\r100 % done\r\n'),
      Buffer.from('\x1b[38;2;255;255;255;48;2;250;250;250mwhite on white\x1b[0m\n'),
    ]);
    await opened.open(`/tasks/${await ended(hostile)}`);
    await expect
      .poll(() => textOf(1))
      .toBe('<script>document.title = "owned"</script><img src=x onerror="document.title=1">');
    expect(await textOf(2)).toBe('link red');
    expect(await textOf(3)).toBe('user<U+202E>gnp.exe <U+200B>zero');
    expect(await textOf(4)).toBe('a��^@b');
    expect(await textOf(5)).toBe('100 % done');
    expect(await view().locator('a:not(.log-number), script, img').count()).toBe(0);
    expect(await opened.page.title()).toBe('played · Slipway');
    const white = row(6).locator('.log-text span');
    const [letters, ground] = await white.evaluate((element) => {
      const { color, backgroundColor } = element.ownerDocument.defaultView.getComputedStyle(element);
      return [color, backgroundColor];
    });
    expect(ground).toBe('rgb(250, 250, 250)');
    expect(letters).not.toBe('rgb(255, 255, 255)');
    expect(await opened.faults()).toEqual([]);
    expect(opened.complaints.slice(before)).toEqual([]);
  });

  it('follows a log that grows, lets go of it for who scrolls up, and takes it up again', async () => {
    const taskId = await running();
    const sending = queue.log(taskId);
    sending.write(numbered(300));
    await opened.open(`/tasks/${taskId}`);
    await row(300).waitFor();
    expect(await isSeen(300)).toBe(true);
    sending.write('one more\n');
    await expect.poll(() => textOf(301)).toBe('one more');
    await expect.poll(() => isSeen(301)).toBe(true);

    await view().hover();
    await opened.page.mouse.wheel(0, -2000);
    const follow = opened.page.getByRole('button', { name: 'Follow' });
    await follow.waitFor();
    sending.write(numbered(200));
    await opened.page.getByText('501 lines').waitFor();
    expect(await row(501).count()).toBe(0);

    await follow.click();
    await row(501).waitFor();
    await expect.poll(() => isSeen(501)).toBe(true);
    await sending.end();
    await queue.endLog(taskId);
    await queue.resolve(taskId);
    await expect.poll(() => opened.page.getByText('Live', { exact: true }).count()).toBe(1); // the page's own
  });

  it('finds texts and expressions, counts them and goes from one to the next', async () => {
    await opened.open(`/tasks/${await ended(`${numbered(5000)}${'a'.repeat(40)}!\n`)}`);
    await row(1).waitFor();
    await opened.page.keyboard.press('/');
    await opened.page.keyboard.type('LINE 49');
    const count = opened.page.locator('.log-count');
    await expect.poll(() => count.textContent()).toBe('111');
    await opened.page.keyboard.press('Enter');
    await expect.poll(() => count.textContent()).toBe('1 of 111');
    expect(await opened.page.locator('.log-hit.is-current').textContent()).toBe('line 49');
    await opened.page.keyboard.press('Shift+Enter');
    await expect.poll(() => isSeen(4999)).toBe(true);
    await expect.poll(() => count.textContent()).toBe('111 of 111');
    expect(await opened.faults()).toEqual([]);

    const field = opened.page.getByLabel('Search the log');
    await opened.page.getByLabel('Regular expression').click();
    await field.fill('^line \\d9{3}$');
    await expect.poll(() => count.textContent()).toBe('4');
    await field.fill('(');
    await expect.poll(() => count.textContent()).toBe('This is not a regular expression.');
    // This one takes longer than the world has: the search gives up, and the page never waits.
    await field.fill('^(a+)+$');
    await expect.poll(() => count.textContent()).toContain('takes too long');
    await field.fill('line 1234');
    await expect.poll(() => count.textContent()).toBe('1');
  });

  it('has links to lines, and to lines up to others', async () => {
    const { page } = opened;
    const taskId = await ended(numbered(20_000));
    await opened.open(`/tasks/${taskId}#L12000-L12003`);
    await expect.poll(() => isSeen(12_000)).toBe(true);
    const selected = async (): Promise<string[]> =>
      await page.locator('.log-row.is-selected .log-text').allTextContents();
    expect(await selected()).toEqual(['line 12000', 'line 12001', 'line 12002', 'line 12003']);

    await row(12_006).getByRole('link').click();
    await expect.poll(selected).toEqual(['line 12006']);
    await row(12_004)
      .getByRole('link')
      .click({ modifiers: ['Shift'] });
    await expect.poll(selected).toEqual(['line 12004', 'line 12005', 'line 12006']);
    expect(new URL(page.url()).hash).toBe('#L12004-L12006');

    await page.getByLabel('Go to a line').fill('19000');
    await page.keyboard.press('Enter');
    await expect.poll(() => isSeen(19_000)).toBe(true);
    expect(new URL(page.url()).hash).toBe('#L19000');
  });

  it('leads to a line though the lines are there before their view is', async () => {
    const { page } = opened;
    const taskId = await ended(numbered(20_000));
    const view = '**/log-view-*.js';
    await page.route(view, async (route) => {
      await setTimeout(1000); // longer than the log's thread takes for all of it
      await route.continue();
    });
    try {
      await opened.open(`/tasks/${taskId}#L12000`);
      await expect.poll(() => isSeen(12_000)).toBe(true);
    } finally {
      await page.unroute(view);
    }
  });

  it('keeps the line that is looked at where letters become larger', async () => {
    await opened.open(`/tasks/${await ended(numbered(20_000))}#L12000`);
    await expect.poll(() => isSeen(12_000)).toBe(true);
    const height = (): Promise<number> =>
      row(12_000).evaluate((element) => element.getBoundingClientRect().height);
    const before = await height();
    await opened.page.locator('html').evaluate((element) => {
      element.style.fontSize = '200%';
    });
    await expect.poll(height).toBeGreaterThan(before * 1.5);
    await expect.poll(() => isSeen(12_000)).toBe(true);
  });

  it('holds a million lines', async () => {
    const { page } = opened;
    const line = (number: number): string =>
      `${String(number).padStart(7, '0')} compiling some module of a large project\n`;
    const taskId = await running();
    const sending = queue.log(taskId);
    for (let from = 1; from <= 1_000_000; from += 20_000) {
      sending.write(Array.from({ length: 20_000 }, (_, at) => line(from + at)).join(''));
    }
    await sending.end();
    await queue.endLog(taskId);
    await queue.resolve(taskId);
    await opened.open(`/tasks/${taskId}`);
    await page.getByText('1,000,000 lines').waitFor({ timeout: 60_000 });
    for (const number of [500_000, 999_990, 3]) {
      await page.getByLabel('Go to a line').fill(String(number));
      await page.keyboard.press('Enter');
      await expect.poll(() => textOf(number)).toBe(line(number).trimEnd());
      await expect.poll(() => isSeen(number)).toBe(true);
    }
    // By the wheel from the end: line by line, though what is scrolled is lower than the lines together.
    await page.getByRole('button', { name: 'To the end' }).click();
    await expect.poll(() => isSeen(1_000_000)).toBe(true);
    await view().hover();
    await page.mouse.wheel(0, -200);
    await expect.poll(() => isSeen(999_985)).toBe(true);
    expect(await isSeen(1_000_000)).toBe(false);
    // Only what is seen is in the page.
    expect(await view().locator('.log-row').count()).toBeLessThan(150);
  });

  it('is wrapped for who asks, and stays where it is looked at', async () => {
    const { page } = opened;
    const log = Array.from({ length: 2000 }, (_, at) => `${at + 1} ${'word '.repeat(at % 90)}\n`).join('');
    await opened.open(`/tasks/${await ended(log)}#L1000`);
    await expect.poll(() => isSeen(1000)).toBe(true);
    await page.getByRole('button', { name: 'Wrap' }).click();
    await expect.poll(() => isSeen(1000)).toBe(true);
    expect(await view().evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)).toBe(0);
    await page.getByRole('button', { name: 'Wrap' }).click();
    await expect.poll(() => isSeen(1000)).toBe(true);
    await page.getByRole('button', { name: 'Wrap' }).click();
    await expect.poll(() => isSeen(1000)).toBe(true);
    // Narrower, and what is above needs more rows.
    const size = page.viewportSize() ?? { width: 0, height: 0 };
    await page.setViewportSize({ ...size, width: 600 });
    await expect.poll(() => isSeen(1000)).toBe(true);
    await view().focus();
    await page.keyboard.press('End');
    await expect.poll(() => isSeen(2000)).toBe(true);
    await page.setViewportSize(size);
    await expect.poll(() => isSeen(2000)).toBe(true);
    await page.keyboard.press('Home');
    await expect.poll(() => isSeen(1)).toBe(true);
  });
});
