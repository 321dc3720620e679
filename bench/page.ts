import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from '../test/support/browser.ts';
import { playQueue } from '../test/support/page-tasks.ts';
import { startServer } from './fleet.ts';
import { median, ms, type Row } from './measure.ts';

const LINES = 100_000;
const ROUNDS = 9;

/** As builds print: colours now and then, a hundred letters in the middle. */
function buildLog(): string {
  const lines: string[] = [];
  for (let at = 1; at <= LINES; at += 1) {
    const isTest = at % 7 === 0;
    lines.push(
      isTest
        ? `\x1b[32m✓\x1b[0m module ${at} works as its page says \x1b[2m(${at % 90} ms)\x1b[0m`
        : `2026-01-01T00:00:00.000Z compiled src/some/folder/of/the/project/module-${at}.ts without a complaint`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** Milliseconds from the beginning of the navigation. */
interface Seen {
  /** The first screen of lines was drawn. */
  readonly firstMs: number;
  /** All lines are counted and can be gone to. */
  readonly allMs: number;
}

// Notes when lines are drawn for the first time, after the frame that shows them. Text: it runs in the page.
const NOTE_FIRST_LINES = `
new MutationObserver((changes, observer) => {
  if (document.querySelectorAll('.log-text:not(:empty)').length < 10) return;
  observer.disconnect();
  requestAnimationFrame(() => setTimeout(() => { globalThis.firstLinesAt = performance.now(); }));
}).observe(document, { subtree: true, childList: true, characterData: true });
`;

async function look(browser: Browser, url: string): Promise<Seen> {
  // Nothing is known to the browser: no file, no compiled script.
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page: Page = await context.newPage();
  await page.addInitScript({ content: NOTE_FIRST_LINES });
  await page.goto(url);
  await page.getByText(`${LINES.toLocaleString('en')} lines`).waitFor();
  const seen = await page.evaluate(() => ({
    firstMs: (globalThis as { firstLinesAt?: number }).firstLinesAt ?? Number.NaN,
    allMs: performance.now(),
  }));
  await context.close();
  return seen;
}

/** The page of a task's run with a long log → its lines are drawn, in a browser that was never here. */
export async function page(): Promise<Row> {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-bench-'));
  try {
    await using server = await startServer([], { SLIPWAY_DATA_DIR: folder });
    const queue = playQueue(server.url);
    const taskId = await queue.create();
    await queue.claim();
    await queue.writeLog(taskId, buildLog());
    await queue.resolve(taskId);
    await using opened = await openBrowser();
    const browser = opened.page.context().browser();
    if (browser === null) throw new Error('the browser is gone');
    const url = `${server.url}/tasks/${taskId}`;
    await look(browser, url); // the server has run what it runs
    const seen: Seen[] = [];
    for (let round = 0; round < ROUNDS; round += 1) seen.push(await look(browser, url));
    const all = median(seen.map(({ allMs }) => allMs));
    return {
      figure: `first view of a run's page with a ${LINES.toLocaleString('en')}-line log`,
      slipway: `${ms(median(seen.map(({ firstMs }) => firstMs)))} (all lines can be gone to: ${ms(all)})`,
      peer: '–',
      target: '≤ 1 s',
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
