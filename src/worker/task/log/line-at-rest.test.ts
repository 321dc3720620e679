import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { TaskLog } from '../task-log.ts';
import { openTaskLog } from './open-task-log.ts';

let folder: string;
let log: TaskLog;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-log-'));
  log = await openTaskLog({ folder, maxBytes: 1000, now: Date.now });
  log.addSecrets(['tremendous-secret']);
});
afterEach(async () => {
  await log.end();
  await rm(folder, { recursive: true });
});

async function text(): Promise<string> {
  let shown = '';
  for await (const bytes of log.read({ follow: false })) shown += Buffer.from(bytes).toString();
  return shown;
}

it('a line is shown whole although its last letter may begin a secret', async () => {
  await log.write(Buffer.from('first\r\n'));
  expect(await text()).toBe('firs');
  await expect.poll(text, { timeout: 20_000 }).toBe('first\r\n');
});

it('a line that goes on at once, or stops in its middle, shows no secret', async () => {
  await log.write(Buffer.from('it is t\r\n'));
  await log.write(Buffer.from('remendous-secret and tremen'));
  await log.write(Buffer.from('dous-secret\r\n'));
  await log.end();
  expect(await text()).toBe('it is ***\r\n*** and ***\r\n');
});
