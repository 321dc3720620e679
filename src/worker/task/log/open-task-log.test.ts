import { mkdtemp, open as openFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { heldBytes } from '../../../engine/contract/testing/held-bytes.ts';
import type { TaskLog } from '../task-log.ts';
import { openTaskLog } from './open-task-log.ts';

const MEBIBYTE = 1024 * 1024;
const AT = Date.parse('2026-11-21T19:28:00.123Z');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-log-'));
});
afterEach(() => rm(folder, { recursive: true }));

const open = (maxBytes = MEBIBYTE) => openTaskLog({ folder, maxBytes, now: () => AT });

async function text(log: TaskLog, options: Partial<Parameters<TaskLog['read']>[0]> = {}): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of log.read({ follow: false, ...options })) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

describe('the log of a task', () => {
  it('has the lines of the worker among what the task printed, byte for byte', async () => {
    const log = await open();
    log.line('begin');
    await log.write(Buffer.from('\u001b[31mred\r\n\xff', 'latin1'));
    log.error('wrong');
    log.text('plain\r\n');
    await log.end();
    const all: Buffer[] = [];
    for await (const piece of log.read({ follow: false })) all.push(Buffer.from(piece));
    expect(Buffer.concat(all).toString('latin1')).toBe(
      '[taskcluster 2026-11-21 19:28:00.123Z] begin\n\u001b[31mred\r\n\xff\n[taskcluster:error] wrong\nplain\r\n',
    );
    expect(log.sizeBytes).toBe(Buffer.concat(all).length);
  });

  it('is followed by several, from where they want, until it ends', async () => {
    const log = await open();
    await log.write(Buffer.from('one '));
    const [first, second] = [text(log, { follow: true }), text(log, { follow: true, start: 4 })];
    await log.write(Buffer.from('two '));
    expect(await text(log)).toBe('one two ');
    await log.write(Buffer.from('three'));
    await log.end();
    expect(await first).toBe('one two three');
    expect(await second).toBe('two three');
    expect(await text(log, { follow: true })).toBe('one two three');
    expect(await text(log, { follow: true, start: 1000 })).toBe('');
  });

  it('is not followed any longer when the signal aborts', async () => {
    const log = await open();
    const ending = new AbortController();
    const following = text(log, { follow: true, signal: ending.signal });
    setImmediate(() => ending.abort(new Error('enough')));
    await expect(following).rejects.toThrow('enough');
    await log.end();
  });

  it('leaves out what is beyond its limit, says so once, and has the worker’s lines all the same', async () => {
    const log = await open(10);
    await log.write(Buffer.from('12345678'));
    await log.write(Buffer.from('90abc'));
    await log.write(Buffer.from('never'));
    log.line('end');
    await log.end();
    expect(await text(log)).toMatch(
      /^1234567890\n\[taskcluster:error\] The log is longer than 10 B: [^\n]+\n\[taskcluster [^\]]+\] end\n$/,
    );
  });

  it('takes a gigabyte in bounded memory', async () => {
    const log = await open(256 * MEBIBYTE);
    const piece = Buffer.alloc(4096, 'x');
    const before = heldBytes();
    let highest = 0;
    for (let n = 0; n < (1024 * MEBIBYTE) / piece.length; n += 1) {
      await log.write(piece);
      if (n % 1000 === 0) highest = Math.max(highest, heldBytes(before + 128 * MEBIBYTE) - before);
    }
    await log.end();
    // Without a bound it would be as much as the log takes; what was written is collected in its time.
    expect(highest).toBeLessThan(128 * MEBIBYTE);
    expect((await stat(join(folder, 'task.log'))).size).toBeLessThan(257 * MEBIBYTE);
  });

  it('never has a secret, however it comes', async () => {
    const log = await open();
    log.addSecrets(['hunter2-and-more']);
    await log.write(Buffer.from('a hunter2-'));
    await log.write(Buffer.from('and-more b\r\n'));
    log.line('it is hunter2-and-more');
    log.error(Buffer.from('hunter2-and-more').toString('base64'));
    await log.write(Buffer.from('the end of it: hunter2-'));
    await log.end();
    const all = await text(log);
    expect(all).toContain('a *** b\r\n');
    expect(all).toContain('it is ***\n');
    expect(all).not.toContain('and-more');
    expect(all).not.toContain(Buffer.from('hunter2-and').toString('base64').slice(0, 12));
    expect(all).toContain('the end of it: hunter2-');
  });

  it('takes nothing after its end, which may be told twice', async () => {
    const log = await open();
    await log.write(Buffer.from('all'));
    await log.end();
    log.line('late');
    await log.write(Buffer.from('late'));
    await log.end();
    expect(await text(log)).toBe('all');
  });

  it('can be read as far as it was written where the disk is full', async () => {
    const log = await open();
    log.line('before');
    expect(await text(log)).toContain('before\n');
    await using handle = await openFile(join(folder, 'task.log'));
    const full = Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    const writev = vi.spyOn(Object.getPrototypeOf(handle), 'writev').mockRejectedValueOnce(full);
    log.line('after');
    await expect(log.end()).rejects.toMatchObject({ cause: full });
    writev.mockRestore();
    expect(await text(log)).toMatch(/\] before\n$/);
  });

  it('begins once', async () => {
    const log = await open();
    await expect(open()).rejects.toThrow('EEXIST');
    await log.end();
  });
});
