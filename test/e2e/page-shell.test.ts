import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { newTaskId } from '../../src/queue-api/index.ts';
import { openQueueClient, type QueueClient } from '../../src/queue-client/index.ts';
import { navigate } from '../support/browser.ts';
import { type OpenedPage, openPage } from '../support/page.ts';
import { BUSYBOX } from '../support/rig.ts';

const TOKENS = { ada: 'the-token-of-who-may-all', rita: 'the-token-of-who-may-look' };
const CLIENTS = [
  { clientId: 'ada', accessToken: TOKENS.ada, role: 'admin' },
  { clientId: 'rita', accessToken: TOKENS.rita, role: 'reader' },
];
const PATIENT = { timeout: 20_000 };
const SHELL = 'private/docker-worker/shell.html';

let opened: OpenedPage;
let queue: QueueClient;
let taskId: string;

/** What the terminal shows: its rows are there for those who do not see it. */
const shown = (page: Page): Promise<string> =>
  page
    .locator('.xterm-rows')
    .innerText()
    .then((text) => text.replaceAll('\u00a0', ' '));

const shellOf = (id: string): string => `/shell/?v=1&taskId=${id}&runId=0`;

async function type(text: string): Promise<void> {
  await opened.page.locator('.xterm-helper-textarea').focus();
  await opened.page.keyboard.type(text);
}

const untilShown = (text: string | RegExp): Promise<void> =>
  vi.waitFor(async () => expect(await shown(opened.page)).toMatch(text), PATIENT);

beforeAll(async () => {
  opened = await openPage({ clients: CLIENTS, words: ['--with-worker'] });
  const credentials = { clientId: 'ada', accessToken: TOKENS.ada };
  queue = openQueueClient({ rootUrl: opened.url, credentials: () => credentials });
  taskId = newTaskId();
  const now = Date.now();
  await queue.createTask(taskId, {
    taskQueueId: 'local/docker',
    created: new Date(now).toISOString(),
    deadline: new Date(now + 3_600_000).toISOString(),
    payload: {
      image: BUSYBOX,
      command: ['sleep', '600'],
      maxRunTime: 600,
      features: { interactive: true },
    },
    metadata: { name: 'a task to look into', description: '', owner: 'o', source: 'https://example.com' },
  });
  await vi.waitFor(
    async () => {
      const names = (await queue.listArtifacts(taskId, 0)).map(({ name }) => name);
      expect(names).toContain(SHELL);
    },
    { timeout: 60_000 },
  );
}, 120_000);
afterAll(async () => {
  await queue?.cancelTask(taskId);
  await queue?.[Symbol.asyncDispose]();
  await opened?.[Symbol.asyncDispose]();
});

describe('the page of a shell', { timeout: 90_000 }, () => {
  it('opens none for who may only look', async () => {
    const { page } = opened;
    await opened.signIn('rita', TOKENS.rita);
    await opened.open(shellOf(taskId));
    await page.getByText('You may not open shells here').waitFor();
  });

  it('types what is typed, knows its size and says how the shell ended', async () => {
    const { page, complaints } = opened;
    await opened.signIn('ada', TOKENS.ada);
    const before = complaints.length;
    await opened.open(shellOf(taskId));
    await page.getByText('open', { exact: true }).waitFor();
    await untilShown(/# $|# \s*$/m);
    await type('echo it is $((6 * 7)) in $TASK_ID; stty size\n');
    await untilShown('it is 42 in');
    await untilShown(/^\d+ \d+\s*$/m);
    const [, rows, columns] = /^(\d+) (\d+)\s*$/m.exec(await shown(page)) ?? [];
    await page.setViewportSize({ width: 640, height: 480 });
    await vi.waitFor(async () => {
      await type('clear; stty size\n');
      const [, fewer, narrower] = /^(\d+) (\d+)\s*$/m.exec(await shown(page)) ?? [];
      expect(Number(fewer)).toBeLessThan(Number(rows));
      expect(Number(narrower)).toBeLessThan(Number(columns));
    }, PATIENT);
    expect(await opened.faults()).toEqual([]);
    await opened.picture('shell-640');
    expect(complaints.slice(before)).toEqual([]);
    await type('exit 3\n');
    await page.getByText('exited with 3').waitFor();
    await page.getByRole('button', { name: 'New shell' }).click();
    await page.getByText('open', { exact: true }).waitFor();
  });

  it('takes much at once without losing any of it', async () => {
    const { page } = opened;
    await opened.open(shellOf(taskId));
    await page.getByText('open', { exact: true }).waitFor();
    await type(
      'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo "line $i of many"; done | tee /tmp/x; wc -l </tmp/x; echo over\n',
    );
    await untilShown(/line 20000 of many\s+20000\s+over/);
  });

  it('sends nothing to a socket that is not of this server', async () => {
    const { page } = opened;
    const sockets: string[] = [];
    page.on('websocket', (socket) => sockets.push(socket.url()));
    const elsewhere = encodeURIComponent('wss://shells.example.com/api/slipway/v1/task/x/shell');
    await opened.open(`${shellOf(taskId)}&socketUrl=${elsewhere}`);
    await page.getByText('not on this server').waitFor();
    expect(sockets).toEqual([]);
    expect(await opened.faults()).toEqual([]);
    await page.getByRole('link', { name: 'Ask this server for a shell' }).click();
    await page.getByText('open', { exact: true }).waitFor();
    expect(sockets).toEqual([expect.stringContaining(`/api/slipway/v1/task/${taskId}/runs/0/shell?`)]);
  });

  it('is where the artifact of the task leads, and says when the container has ended', async () => {
    const { page } = opened;
    const content = await queue.artifactContent(taskId, 0, SHELL);
    await navigate(() => page.goto('url' in content ? content.url : 'about:blank'));
    await page.getByText('open', { exact: true }).waitFor();
    await queue.cancelTask(taskId);
    // Whichever the worker hears of first: the process was killed, or its container is gone.
    const state = page.locator('.shell-state');
    await expect.poll(() => state.innerText()).toMatch(/^(?:the container has ended|exited with 137)$/);
    await page.getByText(/container has ended, and every shell in it/).waitFor();
    await page.getByRole('button', { name: /Reconnect|New shell/ }).click();
    await page.getByText('The task does not run').waitFor({ timeout: 20_000 });
  });
});
