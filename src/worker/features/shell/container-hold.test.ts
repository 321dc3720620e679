import { closeSync, constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFeatureRig, type FeatureRig } from '../testing/feature-rig.ts';
import { type ContainerHold, holdContainer } from './container-hold.ts';

const interactive = { minTimeMs: 180_000, expirationAfterSessionMs: 900_000 };
const PATIENT = { timeout: 20_000, interval: 2 };

let rig: FeatureRig;
let hold: ContainerHold;
let time: number;
let pipe: number;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  time = 0;
  rig = await createFeatureRig({ settings: { interactive }, now: () => time });
  hold = await holdContainer(rig.task);
  const [mount] = hold.addition.mounts ?? [];
  pipe = openSync(join(mount?.source ?? '', 'hold'), constants.O_RDWR | constants.O_NONBLOCK);
});
afterEach(async () => {
  closeSync(pipe);
  await hold.lift();
  vi.useRealTimers();
  await rig[Symbol.asyncDispose]();
});

function pass(ms: number): void {
  time += ms;
  vi.advanceTimersByTime(ms);
}

/** Whether the shell around the command would go on; takes the word that lets it. */
function mayGoOn(): boolean {
  try {
    return readSync(pipe, Buffer.alloc(1)) === 1;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return false;
    throw error;
  }
}

const isLetGo = (): Promise<void> => vi.waitFor(() => expect(mayGoOn()).toBe(true), PATIENT);

describe('the container of an interactive task', () => {
  it('stays for its shortest time when nobody comes', async () => {
    hold.begin();
    pass(179_999);
    expect(mayGoOn()).toBe(false);
    pass(1);
    await isLetGo();
  });

  it('stays while a session is open, however long, and for a while after the last one', async () => {
    hold.begin();
    pass(100_000);
    const [first, second] = [hold.session(), hold.session()];
    pass(10_000_000);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    pass(10_000_000);
    expect(mayGoOn()).toBe(false);
    second[Symbol.dispose]();
    pass(899_999);
    expect(mayGoOn()).toBe(false);
    pass(1);
    await isLetGo();
  });

  it('may end at once when its run is over', async () => {
    hold.begin();
    hold.session();
    const lifted = hold.lift();
    await isLetGo();
    await lifted;
    hold = { ...hold, lift: async () => undefined };
  });
});
