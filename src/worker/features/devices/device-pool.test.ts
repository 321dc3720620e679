import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDevicePool } from './device-pool.ts';

const ALL = { loopbackVideo: true, loopbackAudio: true, hostSharedMemory: true, kvm: true };
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-devices-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const make = (...names: readonly string[]): void => {
  for (const name of names) writeFileSync(join(folder, name), '');
};

describe('the devices of a machine', () => {
  it('limit nothing where there are none', () => {
    const pool = createDevicePool({ enabled: ALL, folder });
    expect(pool.free()).toBe(Number.POSITIVE_INFINITY);
    expect(pool.take('loopbackVideo')).toBeUndefined();
    expect(pool.take('kvm')).toBeUndefined();
  });

  it('go to one task at a time, and come back', () => {
    make('video10', 'video2', 'videos', 'video');
    const pool = createDevicePool({ enabled: ALL, folder });
    expect(pool.free()).toBe(2);
    const first = pool.take('loopbackVideo');
    const second = pool.take('loopbackVideo');
    expect([first?.files, second?.files]).toEqual([[join(folder, 'video2')], [join(folder, 'video10')]]);
    expect([pool.take('loopbackVideo'), pool.free()]).toEqual([undefined, 0]);
    first?.[Symbol.dispose]();
    first?.[Symbol.dispose]();
    expect(pool.free()).toBe(1);
    expect(pool.take('loopbackVideo')?.files).toEqual([join(folder, 'video2')]);
  });

  it('are not free from the moment in which a task is claimed that wants one', () => {
    make('video0', 'video1');
    const pool = createDevicePool({ enabled: ALL, folder });
    const [first, second] = [pool.expect(['loopbackVideo', 'kvm']), pool.expect(['loopbackVideo'])];
    expect(pool.free()).toBe(0);
    const taken = pool.take('loopbackVideo');
    expect(pool.free()).toBe(0);
    second[Symbol.dispose]();
    expect(pool.free()).toBe(1);
    taken?.[Symbol.dispose]();
    expect(pool.free()).toBe(1);
    first[Symbol.dispose]();
    expect(pool.free()).toBe(2);
  });

  it('are a card with those of its streams that are there', () => {
    mkdirSync(join(folder, 'snd'));
    make('snd/controlC0', 'snd/pcmC0D0p', 'snd/pcmC0D1c', 'snd/pcmC1D0p', 'snd/timer');
    const pool = createDevicePool({ enabled: ALL, folder });
    const expected = ['controlC0', 'pcmC0D0p', 'pcmC0D1c'].map((name) => join(folder, 'snd', name));
    expect(pool.take('loopbackAudio')?.files).toEqual(expected);
    expect(pool.free()).toBe(0);
  });

  it('are shared by all tasks where they can be', () => {
    mkdirSync(join(folder, 'shm'));
    make('kvm');
    const pool = createDevicePool({ enabled: ALL, folder });
    for (let i = 0; i < 3; i += 1) {
      expect(pool.take('kvm')?.files).toEqual([join(folder, 'kvm')]);
      expect(pool.take('hostSharedMemory')).toMatchObject({ files: [], folder: join(folder, 'shm') });
    }
    expect(pool.free()).toBe(Number.POSITIVE_INFINITY);
  });

  it('are given to nobody, and limit nothing, where the operator says so', () => {
    make('video0', 'kvm');
    const enabled = { ...ALL, loopbackVideo: false, kvm: false };
    const pool = createDevicePool({ enabled, folder });
    expect([pool.take('loopbackVideo'), pool.take('kvm'), pool.free()]).toEqual([
      undefined,
      undefined,
      Number.POSITIVE_INFINITY,
    ]);
  });
});
