import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createLock } from './lock.ts';
import { temporaryFolder } from './testing/repository-folder.ts';

function lockFile(): string {
  const file = join(temporaryFolder(), 'lock');
  writeFileSync(file, '');
  return file;
}

/** Another process that holds it. */
async function holder(file: string): Promise<{ kill(): Promise<void> }> {
  const program = `
    import { createLock } from ${JSON.stringify(join(import.meta.dirname, 'lock.ts'))};
    await createLock(${JSON.stringify(file)}).run(async () => {
      process.stdout.write('held');
      setInterval(() => {}, 1000);
      await new Promise(() => {});
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return {
    async kill() {
      child.kill('SIGKILL');
      await once(child, 'close');
    },
  };
}

describe('the lock of a repository', () => {
  it('is held by one at a time, in the order in which they ask', async () => {
    const file = lockFile();
    const locks = [createLock(file), createLock(file)];
    let holding = 0;
    const order: number[] = [];
    const work = async (i: number): Promise<void> => {
      holding += 1;
      expect(holding).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(i);
      holding -= 1;
    };
    await Promise.all([0, 1, 2, 3, 4, 5].map((i) => locks[i % 2]?.run(() => work(i))));
    expect(order.filter((i) => i % 2 === 0)).toEqual([0, 2, 4]);
    expect(order.filter((i) => i % 2 === 1)).toEqual([1, 3, 5]);
  });

  it('is free when its holder is killed', async () => {
    const file = lockFile();
    const other = await holder(file);
    let isFree = false;
    const mine = createLock(file).run(async () => {
      isFree = true;
    });
    expect(isFree).toBe(false);
    await other.kill();
    await mine;
    expect(isFree).toBe(true);
  });

  it('is not waited for any longer when the caller leaves, and can still be had', async () => {
    const file = lockFile();
    const other = await holder(file);
    const leaving = new AbortController();
    const lock = createLock(file);
    const waiting = lock.run(async () => {}, leaving.signal);
    const behind = lock.run(async () => 'mine', leaving.signal);
    leaving.abort(new Error('left'));
    await expect(waiting).rejects.toThrow('left');
    await expect(behind).rejects.toThrow('left');
    await other.kill();
    expect(await lock.run(async () => 'mine')).toBe('mine');
  });

  it('is there for work within work, and for nothing that the work left running', async () => {
    const lock = createLock(lockFile());
    const later = Promise.withResolvers<void>();
    let left: Promise<boolean> | undefined;
    expect(
      await lock.run(async () => {
        left = later.promise.then(() => lock.isHeld());
        return await lock.run(async () => lock.isHeld());
      }),
    ).toBe(true);
    later.resolve();
    expect([await left, lock.isHeld()]).toEqual([false, false]);
  });

  it('is let go when the work fails', async () => {
    const lock = createLock(lockFile());
    await expect(lock.run(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    expect(await lock.run(async () => 'again')).toBe('again');
  });

  it('says what is missing where there is no program for it', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = temporaryFolder();
    try {
      await expect(createLock(lockFile()).run(async () => {})).rejects.toMatchObject({
        code: 'BAD_REPOSITORY',
        message: 'Could not lock the repository: the program flock is not on this machine',
        hint: expect.stringContaining('util-linux'),
      });
    } finally {
      process.env['PATH'] = path;
    }
  });

  it('says so where the file cannot be locked', async () => {
    const missing = join(temporaryFolder(), 'none/lock');
    await expect(createLock(missing).run(async () => {})).rejects.toMatchObject({
      code: 'BAD_REPOSITORY',
      message: expect.stringMatching(/^Could not lock .*none\/lock with flock: .*No such file/),
    });
  });
});
