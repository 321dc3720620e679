import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DeviceName } from '../../settings.ts';

/** One thing of the machine that a task may get, under the same paths. */
export interface MachineDevice {
  /** Device files. */
  readonly files: readonly string[];
  /** A folder that is mounted. */
  readonly folder?: string;
}

/** What of a kind the machine has. `shared`: any number of tasks may have it at once. */
export interface MachineDevices {
  readonly all: readonly MachineDevice[];
  readonly shared: boolean;
}

/** Names in a folder; none where it is not there or may not be read. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  } catch {
    return []; // a machine without such devices
  }
}

const existing = (file: string): MachineDevice[] => (existsSync(file) ? [{ files: [file] }] : []);

function videoDevices(dev: string): MachineDevice[] {
  return namesIn(dev)
    .filter((name) => /^video\d+$/.test(name))
    .map((name) => ({ files: [join(dev, name)] }));
}

/** A card is its control file and those of its two pairs of streams. */
function audioDevices(dev: string): MachineDevice[] {
  const names = namesIn(join(dev, 'snd'));
  return names.flatMap((name) => {
    const [, card] = /^controlC(\d+)$/.exec(name) ?? [];
    if (card === undefined) return [];
    const wanted = [name, ...['D0c', 'D0p', 'D1c', 'D1p'].map((stream) => `pcmC${card}${stream}`)];
    return [{ files: wanted.filter((each) => names.includes(each)).map((each) => join(dev, 'snd', each)) }];
  });
}

/** Looks for what tasks may ask for. @param dev - of the machine's device files, `/dev` */
export const findDevices = (dev: string): Readonly<Record<DeviceName, MachineDevices>> => ({
  loopbackVideo: { all: videoDevices(dev), shared: false },
  loopbackAudio: { all: audioDevices(dev), shared: false },
  hostSharedMemory: {
    all: existsSync(join(dev, 'shm')) ? [{ files: [], folder: join(dev, 'shm') }] : [],
    shared: true,
  },
  kvm: { all: existing(join(dev, 'kvm')), shared: true },
});
